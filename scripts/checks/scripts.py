#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every script is run.

A file of tests/script that holds a SCRIPT, or makes some by a macro (IN_STATE and its kin), must be
on the list in tests/script/meson.build: what is not there is not even compiled. What is on the list
must be there, hold a script, and be in order.
"""

import re

import tree

FOLDER = "tests/script/"
BUILD = FOLDER + "meson.build"
SCRIPT = re.compile(r"^(?:SCRIPT|IN_\w+)\(", flags=re.M)


def listed():
    """(line, name) of each name on the list script_files."""
    inside = False
    for number, line in enumerate(tree.text(BUILD).splitlines(), 1):
        if line.startswith("script_files"):
            inside = True
        elif inside and line.strip() == "]":
            return
        elif inside:
            for name in re.findall(r"'([^']+)'", line):
                yield number, name


def main():
    complaints = tree.Complaints("scripts")
    there = {p[len(FOLDER):-2] for p in tree.files(".c") if p.startswith(FOLDER)}
    with_scripts = {n for n in there
                    if SCRIPT.search(tree.without_comments(tree.text(f"{FOLDER}{n}.c")))}
    names = {}
    before = ""
    for line, name in listed():
        if name in names:
            complaints.add(BUILD, line, f"'{name}' stands on line {names[name]} already")
        elif name not in there:
            complaints.add(BUILD, line, f"there is no {FOLDER}{name}.c")
        elif name not in with_scripts:
            complaints.add(BUILD, line, f"{name}.c holds no SCRIPT")
        if name < before:
            complaints.add(BUILD, line, f"'{name}' belongs before '{before}'")
        names[name] = line
        before = name
    for name in sorted(with_scripts - set(names)):
        complaints.add(f"{FOLDER}{name}.c", 0,
                       f"its scripts are never run: '{name}' is not on the list in {BUILD}")
    complaints.end(len(with_scripts))


main()
