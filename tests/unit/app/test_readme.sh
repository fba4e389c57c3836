#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# The service in README.md compiles, without a warning, against the public header alone. Usage:
# test_readme.sh SOURCE_ROOT
set -eu

root=$1
work=$(mktemp -d /tmp/lastack-test-readme-XXXXXX)
trap 'rm -r "$work"' EXIT

printf '#include <rte_mbuf.h>\n#include <lastack.h>\n' >"$work/readme.c"
sed -n '/^```c$/,/^```$/p' "$root/README.md" | grep -v '^```' >>"$work/readme.c"
grep -q '^static const struct la_service echo_service' "$work/readme.c" || {
	echo "FAILED: README.md has no service called echo_service in a block of C"
	exit 1
}
# Something has to use it.
printf 'const struct la_service *readme(void)\n{\n\treturn &echo_service;\n}\n' >>"$work/readme.c"
# shellcheck disable=SC2046 # flags are words
${CC:-cc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-parameter \
	-fsyntax-only $(pkg-config --cflags libdpdk) -I"$root/lib" "$work/readme.c"
echo "README.md: the service compiles"
