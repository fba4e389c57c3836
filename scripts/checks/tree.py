# SPDX-License-Identifier: BSD-3-Clause
"""What the checks share: the files of the tree, and how a complaint is made."""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files(*suffixes):
    """Paths of the tree, relative to its root, as git sees them: tracked, or new and not ignored."""
    out = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        check=True, capture_output=True).stdout.decode()
    return sorted(p for p in set(out.split("\0"))
                  if p and (not suffixes or p.endswith(suffixes))
                  and os.path.isfile(os.path.join(ROOT, p)))


def text(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as f:
        return f.read()


def without_comments(source):
    """C source with comments and the insides of strings blanked, line by line as long as before."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, source, flags=re.S)


class Complaints:
    """Collects what is wrong and ends the program accordingly."""

    def __init__(self, what):
        self.what = what
        self.count = 0

    def add(self, path, line, message):
        self.count += 1
        print(f"{path}:{line}: {message}" if line else f"{path}: {message}")

    def end(self, looked_at):
        """A check that looked at nothing has checked nothing, and fails."""
        if not looked_at:
            print(f"{self.what}: nothing to look at")
            sys.exit(1)
        sys.exit(1 if self.count else 0)
