#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs the end-to-end tests: lastack in a network namespace against the Linux kernel's TCP.

usage: run.py [--build DIR] [--sanitized DIR] [--full] [--list] [NAME...]

NAME is a part of `file.Class.test`; without one, all are run. Needs root. Each test is one line; the
last line is `N passed, N failed`, and the exit status is 1 when one failed.
"""

import argparse
import faulthandler
import os
import signal
import sys
import time
import traceback
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
CASE_SECONDS = 200


class Lines(unittest.TestResult):
    """One line for each test, and the reason below it when it failed."""

    def __init__(self):
        super().__init__()
        self.passed = 0
        self.failed = 0
        self.started = 0.0
        self.good = True

    def startTest(self, test):
        super().startTest(test)
        self.started = time.monotonic()
        self.good = True
        signal.alarm(getattr(test, "seconds", 60) * 2 + CASE_SECONDS)

    def stopTest(self, test):
        signal.alarm(0)
        super().stopTest(test)
        if self.good:
            self.passed += 1
        else:
            self.failed += 1
        self.line("ok  " if self.good else "FAIL", name_of(test), time.monotonic() - self.started)
        for figure in getattr(test, "figures", []):
            print(f"        {figure}", flush=True)

    @staticmethod
    def line(word, name, seconds):
        print(f"{word}  {name} ({seconds:.1f} s)", flush=True)

    def complain(self, error):
        self.good = False
        text = "".join(traceback.format_exception(*error))
        print("\n".join("        " + line for line in text.rstrip().splitlines()), flush=True)

    def addFailure(self, test, err):
        self.complain(err)

    def addError(self, test, err):
        self.complain(err)
        if not isinstance(test, unittest.TestCase):  # a class that could not be set up or ended
            self.failed += 1
            print(f"FAIL  {test}", flush=True)

    def addSubTest(self, test, subtest, err):
        if err is not None:
            print(f"        in {subtest._subDescription()}", flush=True)
            self.complain(err)

    def addSkip(self, test, reason):
        self.good = False
        print(f"        skipped: {reason}: a test that is skipped has failed", flush=True)


def name_of(test):
    return ".".join(test.id().split(".")[-3:])


def too_long(*_):
    raise AssertionError("the test took too long")


def tests_in(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests_in(item)
        else:
            yield item


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", help="build directory (default: build-test/release)")
    parser.add_argument("--sanitized", help="build directory with sanitizers")
    parser.add_argument("--full", action="store_true", help="the long numbers of scripts/soak")
    parser.add_argument("--list", action="store_true", help="print the names and exit")
    parser.add_argument("names", nargs="*", help="parts of names; without one, all")
    options = parser.parse_args()
    if options.build:
        os.environ["E2E_BUILD"] = os.path.abspath(options.build)
    if options.sanitized:
        os.environ["E2E_SANITIZED"] = os.path.abspath(options.sanitized)
    if options.full:
        os.environ["E2E_FULL"] = "1"
    sys.path.insert(0, HERE)

    chosen = [t for t in tests_in(unittest.TestLoader().discover(HERE, "test_*.py"))
              if not options.names or any(n in name_of(t) for n in options.names)]
    if options.list:
        print("\n".join(map(name_of, chosen)))
        return 0
    if not chosen:
        print("no test has such a name")
        return 2
    if os.geteuid() != 0:
        print("needs root: the tests make network namespaces")
        return 2
    faulthandler.enable()
    signal.signal(signal.SIGALRM, too_long)
    # Ended from outside, what was made is still given back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    result = Lines()
    try:
        unittest.TestSuite(chosen).run(result)
    except KeyboardInterrupt:
        import harness
        harness.give_all_back()
        print("interrupted")
        return 130
    print(f"{result.passed} passed, {result.failed} failed")
    return 1 if result.failed else 0


sys.exit(main())
