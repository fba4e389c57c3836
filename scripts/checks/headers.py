#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every file says under which licence it stands, and names nothing of a workplace."""

import re

import tree

SUFFIXES = (".c", ".h", ".def", ".py", ".sh", ".build", ".yaml", ".yml")
# Written so that this file does not match itself.
ELSEWHERE = [
    (re.compile(r"\.\./" + r"shared\b|/work/" + r"(main|shared)\b"), "a path outside the project"),
    (re.compile(r"\b(?:deb|security|ftp|snapshot)\." + r"debian\.org|\bpypi\." + r"org"
                r"|pythonhosted\." + r"org|registry\." + r"npmjs|proxy\.golang\." + r"org"
                r"|crates\." + r"io\b"), "the host of a package registry"),
]
NOTES = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def wants_licence(path, source):
    return path.endswith(SUFFIXES) or source.startswith("#!")


def main():
    complaints = tree.Complaints("headers")
    looked_at = 0
    for path in tree.files():
        source = tree.text(path)
        if "\0" in source:
            continue
        looked_at += 1
        head = "\n".join(source.splitlines()[:3])
        if wants_licence(path, source) and "SPDX-License-Identifier: BSD-3-Clause" not in head:
            complaints.add(path, 1, "no line `SPDX-License-Identifier: BSD-3-Clause` at the top")
        for number, line in enumerate(source.splitlines(), 1):
            for pattern, what in ELSEWHERE:
                if pattern.search(line):
                    complaints.add(path, number, f"names {what}")
            if path.endswith((".c", ".h")) and NOTES.search(line):
                complaints.add(path, number, "a note to oneself: finish it or leave it out")
            if path.endswith(".c") and re.match(r"\s*#\s*if", line) and "DEVIATION" not in source:
                complaints.add(path, number, "conditional compilation in a .c file: let the build "
                               "pick a file, or say why in a DEVIATION comment")
    complaints.end(looked_at)


main()
