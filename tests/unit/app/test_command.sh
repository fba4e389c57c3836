#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The command line of lastack: exit statuses, messages, the example files, and that the tables in
# docs/operating.md are those that the program prints. Usage: test_command.sh PROGRAM SOURCE_ROOT
set -eu

program=$1
root=$2
work=$(mktemp -d /tmp/lastack-test-command-XXXXXX)
trap 'rm -r "$work"' EXIT
cases=0

fail() {
	echo "FAILED: $*"
	exit 1
}

# expect STATUS OUTPUT-PATTERN ARGUMENTS...: runs the program; its output (both streams) has the text.
expect() {
	status=$1
	text=$2
	shift 2
	cases=$((cases + 1))
	got=0
	"$program" "$@" >"$work/out" 2>&1 || got=$?
	[ "$got" = "$status" ] || fail "lastack $*: exit $got, not $status: $(cat "$work/out")"
	grep -qF -- "$text" "$work/out" || fail "lastack $*: no '$text' in: $(cat "$work/out")"
}

expect 0 'lastack 0.' --version
expect 0 'usage: lastack --config FILE' --help
expect 0 'usage: lastack --config FILE' -h
expect 2 '--config FILE is missing' --check
expect 2 '--config FILE is missing'
expect 2 '--config needs the path of a file' --config
expect 2 '--config needs the path of a file' --config=
expect 2 '--config needs the path of a file' --config -- -l 0
expect 2 '--config is given twice' --config a --config b
expect 2 'there is no argument --chekc' --config a --chekc
expect 2 'there is no argument a' a
expect 2 '/nonexistent: cannot be opened: No such file or directory' --config /nonexistent

printf 'ports: [{name: p0, addresses: [198.18.0.1/24]}]\n' >"$work/bad.yaml"
expect 2 "$work/bad.yaml:1: listeners is missing" --config "$work/bad.yaml" --check
expect 2 "$work/bad.yaml:1: listeners is missing" --config "$work/bad.yaml"
[ "$(wc -l <"$work/out")" = 1 ] || fail "a wrong file gets more than one line"

# A root that can be read is part of the check.
mkdir "$work/www"
echo hello >"$work/www/index.html"
cat >"$work/root.yaml" <<END
ports: [{name: p0, addresses: [198.18.0.1/24]}]
listeners:
- port: 80
  service: http
  http:
    root: $work/www
END
expect 0 "$work/root.yaml: ok" --config "$work/root.yaml" --check
rm -r "$work/www"
expect 2 "$work/root.yaml:6: listeners.http.root" --config="$work/root.yaml" --check

# The examples are right.
for file in "$root"/config/*.yaml; do
	expect 0 "$file: ok" --config "$file" --check
done

# The documentation says what the tables say.
"$program" --settings >"$work/settings"
sed -n '/^<!-- settings begin -->$/,/^<!-- settings end -->$/p' "$root/docs/operating.md" |
	sed '1d;$d' >"$work/documented"
cases=$((cases + 1))
diff -u "$work/documented" "$work/settings" ||
	fail "docs/operating.md differs: put what lastack --settings prints between its marks"

echo "$cases cases passed"
