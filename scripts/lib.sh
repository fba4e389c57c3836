# shellcheck shell=bash disable=SC2034
# SPDX-License-Identifier: BSD-3-Clause
#
# lib.sh: what the scripts share: messages, packages, cleaning up, hugepages, network namespaces.
#
# Sourced by the scripts beside it, which set -euo pipefail themselves. Whatever is taken here (a
# namespace, a mount, pages, a process) is written into a list first and given back by lib_clean,
# which runs however the script ends.

LIB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly LIB_ROOT
readonly LIB_PAGE_FILE=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
readonly LIB_PAGE_FREE=/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages

readonly PACKAGES_BUILD=(build-essential meson ninja-build pkg-config libdpdk-dev libnuma-dev
	libyaml-dev libhttp-parser-dev)
readonly PACKAGES_RUN=(iproute2 curl netcat-openbsd python3)
# llvm-14 brings the symbolizer without which a sanitizer's report has no names in it.
readonly PACKAGES_TEST=(libcmocka-dev clang-14 libclang-rt-14-dev llvm-14 clang-format-14
	universal-ctags binutils wrk nftables ethtool nmap procps python3-jsonschema valgrind)

# ---- messages -----------------------------------------------------------------------------------

say() {
	printf '%s\n' "$*"
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

need_root() {
	[[ $(id -u) -eq 0 ]] || die "needs root: it installs packages and makes a network namespace" \
		"(try: sudo $0)"
}

# ---- packages -----------------------------------------------------------------------------------

package_installed() {
	[[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Installs those of the named packages that are missing. The lists are only fetched when without
# them it does not work.
packages_install() {
	local missing=() package log
	for package in "$@"; do
		package_installed "$package" || missing+=("$package")
	done
	[[ ${#missing[@]} -eq 0 ]] && return 0
	command -v apt-get >/dev/null || die "missing: ${missing[*]}. This system has no apt-get;" \
		"install what corresponds to these Debian packages and try again"
	say "installing ${missing[*]}"
	log=$(mktemp)
	if ! packages_apt install "${missing[@]}" >"$log" 2>&1; then
		if ! { packages_apt update && packages_apt install "${missing[@]}"; } >"$log" 2>&1; then
			tail -n 20 "$log" >&2
			rm -f "$log"
			die "apt-get could not install ${missing[*]}: see above"
		fi
	fi
	rm -f "$log"
}

packages_apt() {
	local verb=$1
	shift
	DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -y \
		--no-install-recommends "$verb" "$@" </dev/null
}

# ---- cleaning up --------------------------------------------------------------------------------

# Undone in reverse order. Each entry is a function and its arguments, quoted for eval.
LIB_UNDO=()
LIB_CLEANED=no

undo_push() {
	LIB_UNDO+=("$(printf '%q ' "$@")")
}

lib_clean() {
	local status=$? i
	[[ $LIB_CLEANED == no ]] || return "$status"
	LIB_CLEANED=yes
	trap '' INT TERM HUP
	set +e
	for ((i = ${#LIB_UNDO[@]} - 1; i >= 0; i--)); do
		eval "${LIB_UNDO[i]}"
	done
	LIB_UNDO=()
	return "$status"
}

# However the script ends, what it took is given back. 130 is what a shell says after Ctrl-C.
lib_trap() {
	trap lib_clean EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# A private directory; its name is in the variable LIB_TEMP.
temp_make() {
	LIB_TEMP=$(mktemp -d "${TMPDIR:-/tmp}/$1.XXXXXX")
	undo_push rm -rf -- "$LIB_TEMP"
}

# ---- processes ----------------------------------------------------------------------------------

# Ends a process of ours: asks, waits ten seconds, insists.
process_end() {
	local pid=$1 i
	kill -TERM "$pid" 2>/dev/null
	for ((i = 0; i < 100; i++)); do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

# EAL leaves its runtime directory behind; the prefix is ours alone.
eal_forget() {
	rm -rf -- "/var/run/dpdk/$1" "${XDG_RUNTIME_DIR:-/var/run}/dpdk/$1"
}

# ---- hugepages ----------------------------------------------------------------------------------

# Tries to have so many free 2 MiB pages; the pages added are taken away again at the end. Mounts a
# hugetlbfs of its own and leaves its path in HUGE_DIR, which stays empty where the machine gives no
# pages.
HUGE_DIR=
huge_take() {
	local wanted=$1 before free added directory
	HUGE_DIR=
	[[ -w $LIB_PAGE_FILE ]] || return 0
	before=$(<"$LIB_PAGE_FILE")
	free=$(<"$LIB_PAGE_FREE")
	if ((free < wanted)); then
		echo $((before + wanted - free)) >"$LIB_PAGE_FILE" 2>/dev/null || true
		added=$(($(<"$LIB_PAGE_FILE") - before))
		if ((added > 0)); then
			undo_push huge_return "$added"
		fi
	fi
	(($(<"$LIB_PAGE_FREE") >= wanted)) || return 0
	directory=$LIB_TEMP/huge
	mkdir "$directory"
	mount -t hugetlbfs -o pagesize=2M lastack "$directory" 2>/dev/null || return 0
	undo_push umount "$directory"
	HUGE_DIR=$directory
}

# By difference, because another run may have taken pages of its own meanwhile.
huge_return() {
	local now
	now=$(<"$LIB_PAGE_FILE")
	echo $((now > $1 ? now - $1 : 0)) >"$LIB_PAGE_FILE"
}

# ---- network namespaces -------------------------------------------------------------------------

# Makes a namespace with its loopback up.
namespace_make() {
	ip netns add "$1" || die "cannot make a network namespace: is CONFIG_NET_NS there, and are we" \
		"root in the initial namespace?"
	undo_push ip netns del "$1"
	ip -n "$1" link set lo up
	# Nothing but what the tests send should be on the wire.
	# shellcheck disable=SC2016
	ip netns exec "$1" sh -c 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do
		echo 1 >"$f"; done' 2>/dev/null || true
}

# Waits up to so many seconds until a command succeeds.
wait_until() {
	local seconds=$1 i
	shift
	for ((i = 0; i < seconds * 20; i++)); do
		"$@" >/dev/null 2>&1 && return 0
		sleep 0.05
	done
	return 1
}

# ---- building -----------------------------------------------------------------------------------

# build_configure DIRECTORY [MESON-OPTION...]: as asked for, whatever was there before.
build_configure() {
	local directory=$1 log=$1/configure.log
	shift
	mkdir -p "$directory"
	if [[ -f $directory/build.ninja ]]; then
		meson configure "$directory" "$@" >"$log" 2>&1 && return 0
		rm -rf -- "$directory"
		mkdir -p "$directory"
	fi
	meson setup "$directory" "$LIB_ROOT" "$@" >"$log" 2>&1 || {
		tail -n 20 "$log" >&2
		die "meson could not configure $directory; the whole output is in $log"
	}
}

# build_make DIRECTORY [TARGET...]
build_make() {
	local log=$1/build.log
	ninja -C "$@" >"$log" 2>&1 || {
		grep -E -A 8 'error:|FAILED:|ninja: error' "$log" | head -n 40 >&2
		die "$1 does not build; the whole output is in $log"
	}
}
