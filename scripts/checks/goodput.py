#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The goodput table and the page that explains it agree.

Each line of the table marked `!` (more than a factor of 1.5 from theory) has an explanation in
docs/goodput.md: a row whose first column holds patterns of cells in backticks. Each pattern fits such
a line. Lines of the table that the page quotes are the table's.

Usage: goodput.py [--write]    --write puts the table's lines where the page quotes older ones
"""

import fnmatch
import re
import sys

import tree

TABLE = "tests/sim/table.expected"
PAGE = "docs/goodput.md"
HEADING = "## Where it is off, and why"
CELL = re.compile(r"^\s*((?:newreno|cubic|mixed)(?:\*\d+)?/\S+)\s")


def table_lines():
    """Name to line, of every cell."""
    lines = {}
    for line in tree.text(TABLE).splitlines():
        match = CELL.match(line)
        if match:
            lines[match.group(1)] = line
    return lines


def patterns(page):
    """Line number and pattern of every row of the section that explains."""
    section = page.index(HEADING)
    first = page.count("\n", 0, section) + 1
    for number, line in enumerate(page[section:].splitlines(), first):
        if line.startswith("## ") and line != HEADING:
            return
        if line.startswith("| `"):
            for pattern in re.findall(r"`([^`]+)`", line.split("|")[1]):
                yield number, pattern


def fits(name, pattern):
    # A star in a name counts flows, brackets mean nothing.
    return fnmatch.fnmatchcase(name, pattern)


def quoted(page):
    """Line number, name and line of every cell that a block of the page quotes."""
    inside = False
    for number, line in enumerate(page.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        match = CELL.match(line)
        # A line of the table, not a command: figures follow the name.
        if inside and match and re.match(r"\s+\d", line[match.end(1):]):
            yield number, match.group(1), line


def write(page, table):
    lines = page.splitlines()
    for number, name, _ in quoted(page):
        if name in table:
            lines[number - 1] = table[name]
    with open(f"{tree.ROOT}/{PAGE}", "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def main():
    complaints = tree.Complaints("goodput")
    page, table = tree.text(PAGE), table_lines()
    if sys.argv[1:] == ["--write"]:
        write(page, table)
        return
    off = {name for name, line in table.items() if line.rstrip().endswith("!")}
    explained = list(patterns(page))
    for name in sorted(off):
        if not any(fits(name, pattern) for _, pattern in explained):
            complaints.add(TABLE, 0, f"{name} is off by more than 1.5, and {PAGE} does not say why")
    for number, pattern in explained:
        if not any(fits(name, pattern) for name in off):
            complaints.add(PAGE, number, f"`{pattern}` explains nothing: no such cell is off")
    for number, name, line in quoted(page):
        if table.get(name) != line:
            complaints.add(PAGE, number, f"{name}: {TABLE} says otherwise; goodput.py --write puts "
                           "it right")
    complaints.end(len(table))


main()
