# SPDX-License-Identifier: BSD-3-Clause
"""The comparison with Linux: that it runs, and that both ends of it meet the same losses."""

import os
import re
import sys
import unittest

import harness

COMPARE = os.path.join(harness.ROOT, "tests", "perf", "compare.py")


class Compare(unittest.TestCase):
    def setUp(self):
        self.figures = []

    def compare(self, *arguments):
        """A short run of each end. Returns the lines about them: (end, losses, sent again)."""
        output = harness.run(sys.executable, COMPARE, "--build", harness.BUILD, "--runs", "1",
                             *arguments, timeout=120).stdout.decode()
        lines = re.findall(r"^  (\w.*?) +(?:sends|receives) .*Mbit/s +(\d+) lost, (\d+) sent again",
                           output, re.MULTILINE)
        self.assertEqual(len(lines), 4, output)
        self.figure(re.findall(r"^\|.*\|$", output, re.MULTILINE)[2:])
        return [(end, int(lost), int(again)) for end, lost, again in lines]

    def figure(self, rows):
        self.figures += rows

    def check(self, *arguments):
        lines = self.compare("--only", "1 % of ACKs lost", "--divide", "8", *arguments)
        # A sender has already sent beyond what it is asked for; what of that is lost differs.
        for (one, other), beyond in ((lines[:2], 3), (lines[2:], 0)):
            self.assertGreater(one[1], 0, "nothing was lost")
            self.assertLessEqual(abs(one[1] - other[1]), beyond, "one lost more than the other")
            self.assertGreaterEqual(min(one[2], other[2]), min(one[1], other[1]) - beyond)

    def test_two_kernels_meet_the_same_losses(self):
        self.check("--self-test")

    def test_lastack_and_a_kernel_meet_the_same_losses(self):
        self.check()
