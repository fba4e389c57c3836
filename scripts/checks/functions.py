#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A function fits on a screen. A longer one says why in a comment that begins DEVIATION:."""

import json
import subprocess

import tree

LINES_MAX = 70
PARAMETERS_MAX = 6


def deviates(lines, start, end):
    """A DEVIATION comment inside the function, or in the comment right above it."""
    top = start - 1
    while top > 0 and lines[top - 1].strip().startswith(("/*", "*", "static", "__", "int", "void")):
        top -= 1
    return any("DEVIATION:" in line for line in lines[top:end])


def parameters_of(signature):
    """How many parameters a signature has; those of a callback among them do not count."""
    depth = count = 0
    for letter in signature:
        depth += (letter == "(") - (letter == ")")
        count += letter == "," and depth == 1
    return count + 1


def main():
    complaints = tree.Complaints("functions")
    paths = tree.files(".c", ".h")
    looked_at = 0
    out = subprocess.run(
        ["ctags", "--output-format=json", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f",
         "--fields=+neS", "-f", "-", "-L", "-"],
        input="\n".join(paths), text=True, capture_output=True, check=True, cwd=tree.ROOT).stdout
    sources = {}
    for record in map(json.loads, out.splitlines()):
        if record.get("_type") != "tag" or "end" not in record:
            continue
        looked_at += 1
        path, start, end = record["path"], record["line"], record["end"]
        lines = sources.setdefault(path, tree.text(path).splitlines())
        length = end - start + 1
        parameters = parameters_of(record.get("signature", "()"))
        if length > LINES_MAX and not deviates(lines, start, end):
            complaints.add(path, start, f"{record['name']} has {length} lines, {LINES_MAX} fit on "
                           "a screen: divide it, or say why not in a DEVIATION comment")
        if parameters > PARAMETERS_MAX and not path.startswith("tests/") and \
                path != "lib/lastack.h" and not deviates(lines, start, end):
            complaints.add(path, start, f"{record['name']} has {parameters} parameters, "
                           f"{PARAMETERS_MAX} are the most: pass a structure")
    complaints.end(looked_at)


main()
