#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every requirement and every reason to drop has a test.

docs/rfc-requirements.txt lists the requirements; docs/rfc-matrix.md maps them to tests, in tables
whose first column holds identifiers (`MUST-2`, `MUST-2, MUST-3`) and where a test is written
`file.c:name`. The file is found under tests/ by its name, and must contain the name.
"""

import re

import tree

REQUIREMENTS = "docs/rfc-requirements.txt"
MATRIX = "docs/rfc-matrix.md"
TEST = re.compile(r"`((?:[\w./-]+/)?[\w-]+\.(?:c|py|sh)):([\w-]+)`")


def requirements():
    for line in tree.text(REQUIREMENTS).splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.split()[0]


def rows():
    """(line, identifiers, tests) of every row of a table."""
    for number, line in enumerate(tree.text(MATRIX).splitlines(), 1):
        cells = [c.strip() for c in line.strip().strip("|").split("|")]
        if not line.lstrip().startswith("|") or len(cells) < 2 or set(cells[0]) <= set("-: "):
            continue
        identifiers = [i for i in re.split(r"[,\s]+", cells[0].replace("`", "")) if i]
        yield number, identifiers, TEST.findall(" ".join(cells[1:]))


def matrix(complaints, test_files):
    wanted = set(requirements())
    proved = set()
    for number, identifiers, tests in rows():
        if not wanted & set(identifiers):
            continue
        if not tests:
            complaints.add(MATRIX, number, f"{', '.join(identifiers)}: no test "
                           "(written `file.c:name`)")
            continue
        for name, test in tests:
            at = [p for p in test_files if p == name or p.endswith("/" + name)]
            if not at:
                complaints.add(MATRIX, number, f"there is no tests/.../{name}")
            elif not any(re.search(rf"\b{re.escape(test)}\b", tree.text(p)) for p in at):
                complaints.add(MATRIX, number, f"{name} has no test {test}")
        proved.update(identifiers)
    for identifier in requirements():
        if identifier not in proved:
            complaints.add(MATRIX, 0, f"requirement {identifier} has no row with a test")
    return len(wanted)


def drops(complaints, test_files):
    """A test names a reason as DROP_reason, as "reason", or as dropped(reason)."""
    reasons = re.findall(r"^DROP\((\w+),", tree.text("lib/base/drop.def"), flags=re.M)
    everything = "\n".join(tree.text(p) for p in test_files)
    for reason in reasons:
        if not re.search(rf'\bDROP_{reason}\b|"{reason}"|\b\w*drop\w*\(\s*(?:\w+,\s*)?{reason}\b',
                         everything):
            complaints.add("lib/base/drop.def", 0, f"no test provokes the drop {reason}")
    return len(reasons)


def main():
    complaints = tree.Complaints("matrix")
    test_files = [p for p in tree.files(".c", ".py", ".sh") if p.startswith("tests/")]
    looked_at = drops(complaints, test_files)
    try:
        looked_at *= matrix(complaints, test_files)
    except FileNotFoundError:
        complaints.add(MATRIX, 0, "is not there")
    complaints.end(looked_at)


main()
