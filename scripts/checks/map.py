#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The guide is complete and its proofs exist.

docs/map.md names every file of lib/, each under the heading of its room, and none that is not there.
A page that links to a script by name, [`name`](../tests/script/FILE.c), links to a script of that file.
A page that says where a function is, `name()` (`FILE.c`), says where it is.
"""

import os
import re

import tree

MAP = "docs/map.md"
SCRIPT_LINK = re.compile(r"\[`(\w+)`\]\([./]*(tests/script/\w+\.c)\)")

FUNCTION_PLACE = re.compile(r"`(\w+)\(\)`\s+\(`([\w/]+\.[ch])`")


def named_by_room(source):
    """Names in the first columns of the tables, by the rooms that the heading above names."""
    named = {}
    rooms = set()
    for number, line in enumerate(source.splitlines(), 1):
        if line.startswith("#"):
            rooms = set(re.findall(r"`lib/(\w+)`", line))
        match = re.match(r"\| (`[^|]*`) \|", line)
        if match:
            for name in re.findall(r"`([^`]+)`", match.group(1)):
                for room in rooms or {None}:
                    named[(room, name)] = number
    return named


def check_map(complaints):
    named = named_by_room(tree.text(MAP))
    there = set()
    for path in tree.files(".c", ".h", ".def"):
        parts = path.split("/")
        if parts[0] != "lib":
            continue
        there.add(path)
        key = (parts[1], parts[2]) if len(parts) == 3 else (None, path)
        if key not in named:
            complaints.add(path, 0, f"{MAP} does not say what it owns")
    for (room, name), number in named.items():
        if room is None or "." not in name:
            continue
        beside = [r for (r, n), k in named.items() if n == name and k == number]
        if not any(f"lib/{r}/{name}" in there for r in beside):
            complaints.add(MAP, number, f"there is no lib/{room}/{name}")
    return len(there)


def check_scripts(complaints):
    looked_at = 0
    for path in tree.files(".md"):
        source = tree.text(path)
        for match in SCRIPT_LINK.finditer(source):
            name, target = match.groups()
            looked_at += 1
            if not os.path.isfile(os.path.join(tree.ROOT, target)):
                continue  # links.py says so
            if not re.search(rf"\b(SCRIPT|IN_\w+)\({name}\b", tree.text(target)):
                line = source.count("\n", 0, match.start()) + 1
                complaints.add(path, line, f"{target} has no script {name}")
    return looked_at


def defines(source, name):
    return re.search(rf"^\w[^;{{}}#]*\b{name}\([^;{{}}]*\)\n{{", source, flags=re.M)


def check_functions(complaints):
    sources = {path: tree.without_comments(tree.text(path)) for path in tree.files(".c", ".h")}
    looked_at = 0
    for path in tree.files(".md"):
        source = tree.text(path)
        for match in FUNCTION_PLACE.finditer(source):
            name, place = match.groups()
            looked_at += 1
            if not any(f"/{there}".endswith(f"/{place}") and defines(code, name)
                       for there, code in sources.items()):
                line = source.count("\n", 0, match.start()) + 1
                complaints.add(path, line, f"{place} has no function {name}()")
    return looked_at


def main():
    complaints = tree.Complaints("map")
    looked_at = min(check_map(complaints), check_scripts(complaints), check_functions(complaints))
    complaints.end(looked_at)


main()
