#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The layouts in docs/memory.md are those of the code: the compiler is asked.

Under a heading "### `struct NAME`: N bytes" a row "| AT | `field`, ... |" says where its first field is.
"""

import re
import shlex
import subprocess
import sys

import tree

PAGE = "docs/memory.md"
HEADERS = ["tcp/conn.h", "tcp/flight.h", "tcp/embryo.h", "tcp/timewait.h"]


def assertions(source):
    lines = ['#include <stddef.h>'] + [f'#include "{name}"' for name in HEADERS]
    struct = None
    for number, line in enumerate(source.splitlines(), 1):
        heading = re.match(r"### `struct (\w+)`: (\d+) bytes", line)
        row = re.match(r"\| \**(\d+)\** \| `(\w+)", line)
        if line.startswith("#"):
            struct = heading.group(1) if heading else None
        if heading:
            lines.append(f'#line {number} "{PAGE}"')
            lines.append(f'_Static_assert(sizeof(struct {struct}) == {heading.group(2)}, "size");')
        elif struct and row:
            at, field = row.groups()
            lines.append(f'#line {number} "{PAGE}"')
            lines.append(f'_Static_assert(offsetof(struct {struct}, {field}) == {at}, "{field}");')
    return lines


def main():
    lines = assertions(tree.text(PAGE))
    flags = subprocess.run(["pkg-config", "--cflags", "libdpdk"], check=True, capture_output=True,
                           text=True).stdout
    result = subprocess.run(["cc", "-std=gnu11", "-fsyntax-only", "-I.", "-Ilib",
                             *shlex.split(flags), "-x", "c", "-"], cwd=tree.ROOT, text=True,
                            input="\n".join(lines) + "\n", capture_output=True)
    print("\n".join(l for l in result.stderr.splitlines() if ": error:" in l))
    sys.exit(1 if result.returncode != 0 or len(lines) < 40 else 0)


main()
