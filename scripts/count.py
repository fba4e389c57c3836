#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Counts single cases in the output of test programs and prints `PASSED FAILED`.

Usage: count.py testlog.json    the log of `meson test`: every test, by its own count
       count.py LOG STATUS      the output of one program and its exit status

A program tells its count in a line `[  PASSED  ] N test(s)` with `[  FAILED  ] N test(s)`, as cmocka
does, or in a line `N passed, N failed`. One that tells none is a single case, judged by its exit
status. One that says that nothing failed and yet exits non-zero has one failure more.
"""

import json
import re
import sys

PASSED = re.compile(r"^\[  PASSED  \] (\d+) test", re.M)
FAILED = re.compile(r"^\[  FAILED  \] (\d+) test", re.M)
BOTH = re.compile(r"^(?:\w+: )?(\d+) passed, (\d+) failed", re.M)


def count(output, status):
    passed = sum(map(int, PASSED.findall(output)))
    failed = sum(map(int, FAILED.findall(output)))
    for good, bad in BOTH.findall(output):
        passed += int(good)
        failed += int(bad)
    if passed + failed == 0:
        return (1, 0) if status == 0 else (0, 1)
    if status != 0 and failed == 0:
        failed = 1
    return passed, failed


def main():
    total = [0, 0]
    if len(sys.argv) == 2:
        with open(sys.argv[1], encoding="utf-8") as log:
            for record in map(json.loads, log):
                output = (record.get("stdout") or "") + "\n" + (record.get("stderr") or "")
                status = 0 if record["result"] == "OK" else 1
                if record["result"] == "SKIP":
                    continue
                passed, failed = count(output, status)
                total[0] += passed
                total[1] += failed
                if failed:
                    print(f"{record['name']}: {failed} failed", file=sys.stderr)
    else:
        with open(sys.argv[1], encoding="utf-8", errors="replace") as log:
            total = count(log.read(), int(sys.argv[2]))
    print(*total)


main()
