#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""No mutable file-scope state in the library, and nothing exported but la_*.

Usage: state.py DIRECTORY, a build directory made by gcc without sanitizers.
"""

import glob
import os
import re
import subprocess
import sys

import tree


def symbols(*arguments):
    """(name, section) of every symbol, as nm tells them."""
    out = subprocess.run(["nm", "--format=sysv", *arguments], check=True, capture_output=True,
                         text=True).stdout
    for line in out.splitlines():
        fields = [f.strip() for f in line.split("|")]
        if len(fields) == 7:
            yield fields[0], fields[2], fields[6]


def excused():
    """Names that stand within five lines after a comment `DEVIATION:` in the library."""
    names = set()
    for path in tree.files(".c"):
        if not path.startswith("lib/"):
            continue
        lines = tree.text(path).splitlines()
        for number, line in enumerate(lines):
            if "DEVIATION:" in line:
                names.update(re.findall(r"\w+", " ".join(lines[number:number + 6])))
    return names


def public_functions():
    header = tree.text("lib/lastack.h")
    return re.findall(r"^LA_API[^;(]*?\b(la_\w+)\s*\(", header, flags=re.M)


def documented():
    """Complaints about public functions without a comment in their paragraph of the header."""
    header = tree.text("lib/lastack.h")
    for match in re.finditer(r"^LA_API[^;(]*?\b(la_\w+)\s*\(", header, flags=re.M):
        paragraph = header[:match.start()].rsplit("\n\n", 1)[-1]
        if "/**" not in paragraph:
            yield header.count("\n", 0, match.start()) + 1, match.group(1)


def main():
    build = sys.argv[1]
    complaints = tree.Complaints("state")
    archive = os.path.join(build, "lib", "liblastack.a")
    shared = os.path.realpath(os.path.join(build, "lib", "liblastack.so"))
    if not glob.glob(archive) or not os.path.isfile(shared):
        sys.exit(f"{archive} or liblastack.so is not built")

    allowed = excused()
    seen = 0
    for name, _, section in symbols(archive):
        seen += 1
        if not re.match(r"\.(t?data|t?bss)|\*COM\*", section):
            continue
        if section.startswith(".data.rel.ro"):
            continue
        base = re.sub(r"\.\d+$", "", name)
        if base not in allowed:
            complaints.add("lib", 0, f"{name} is mutable file-scope state ({section}): it belongs "
                           "to the stack or the worker; if it has to be, say why in a DEVIATION "
                           "comment above it")

    exported = {name for name, _, section in symbols("-D", "--defined-only", shared)}
    public = set(public_functions())
    for name in sorted(exported):
        if not name.startswith("la_"):
            complaints.add("liblastack.so", 0, f"exports {name}: only la_* may be seen from outside")
        elif name not in public:
            complaints.add("liblastack.so", 0, f"exports {name}, which lastack.h does not declare")
    for name in sorted(public - exported):
        complaints.add("lib/lastack.h", 0, f"{name} is declared and not defined")
    for line, name in documented():
        complaints.add("lib/lastack.h", line, f"{name} has no comment")
    complaints.end(seen and len(public))


main()
