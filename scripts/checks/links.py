#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Every link of the documentation leads somewhere: files exist, headings exist, lines exist."""

import os
import re

import tree


def slug(heading):
    """The anchor that a heading gets on the usual sites."""
    heading = re.sub(r"[`*_]|\[([^]]*)\]\([^)]*\)", r"\1", heading.strip())
    heading = "".join(c for c in heading.lower() if c.isalnum() or c in " -_")
    return heading.replace(" ", "-")


def anchors(path):
    source = re.sub(r"^```.*?^```", "", tree.text(path), flags=re.S | re.M)
    found = {slug(m) for m in re.findall(r"^#+\s+(.*)$", source, flags=re.M)}
    return found | set(re.findall(r'<a\s+(?:id|name)="([^"]+)"', source))


def main():
    complaints = tree.Complaints("links")
    looked_at = 0
    for path in tree.files(".md"):
        source = re.sub(r"^```.*?^```", lambda m: "\n" * m.group(0).count("\n"), tree.text(path),
                        flags=re.S | re.M)
        for match in re.finditer(r"\[[^\]]*\]\(([^)\s]+)\)", source):
            target = match.group(1)
            line = source.count("\n", 0, match.start()) + 1
            looked_at += 1
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            there = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if not os.path.exists(os.path.join(tree.ROOT, there)):
                complaints.add(path, line, f"{target}: there is no {there}")
            elif re.fullmatch(r"L\d+", anchor):
                if int(anchor[1:]) > tree.text(there).count("\n"):
                    complaints.add(path, line, f"{target}: {there} has no such line")
            elif anchor and there.endswith(".md") and anchor not in anchors(there):
                complaints.add(path, line, f"{target}: {there} has no such heading")
    complaints.end(looked_at)


main()
