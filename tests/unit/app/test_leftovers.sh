#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# What is left of a runtime directory of EAL's: nothing when lastack was alone in it, all of it when
# another process is there. And that a file prefix in use is named as the cause. Usage:
# test_leftovers.sh PROGRAM
set -eu

program=$1
work=$(mktemp -d /tmp/lastack-test-leftovers-XXXXXX)
export RUNTIME_DIRECTORY="$work" # of EAL, by its own rules
directory=$work/dpdk/left
pid=
trap '[ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || :; rm -r "$work"' EXIT
cat >"$work/null.yaml" <<END
eal: [--no-huge, --no-pci, -m, 128, -l, 0, --vdev=net_null0, --file-prefix, left]
ports: [{name: net_null0, addresses: [198.18.0.1/24]}]
listeners: [{port: 7, service: echo}]
limits: {connections: 16, half_open: 16, time_wait: 16, mbufs: 2048}
worker: {idle_sleep: 1ms}
END

fail() {
	echo "FAILED: $*"
	cat "$work/out"
	exit 1
}

start() {
	# The one before said that it was ready as well.
	: >"$work/out"
	"$program" --config "$work/null.yaml" -- "$@" >"$work/out" 2>&1 &
	pid=$!
	for _ in $(seq 200); do
		! grep -q '^ready$' "$work/out" || return 0
		sleep 0.1
	done
	fail "lastack $* was not ready within 20 s"
}

stop() {
	kill "$pid"
	wait "$pid" || fail "lastack ended with status $?"
	pid=
}

start
[ -e "$directory/config" ] || fail "EAL does not use $directory"
got=0
"$program" --config "$work/null.yaml" >"$work/second" 2>&1 || got=$?
[ "$got" = 1 ] || fail "a second one with the same prefix ends with $got"
grep -q 'another DPDK process uses the same file prefix' "$work/second" ||
	fail "the reason is not told: $(cat "$work/second")"
[ -e "$directory/config" ] || fail "the second one took the first one's files"
stop
[ ! -e "$directory" ] || fail "left behind: $(ls "$directory")"

start --no-shconf
stop
[ ! -e "$directory" ] || fail "left behind with --no-shconf: $(ls "$directory")"

# Another process has a table mapped, as a secondary one does.
start
flock --no-fork --shared "$directory/fbarray_memzone" sleep 20 &
other=$!
sleep 0.3
stop
[ -e "$directory/config" ] || fail "the files of another process are gone"
kill "$other"
echo "leftovers: none of ours, all of others"
