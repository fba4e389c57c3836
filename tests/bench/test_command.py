#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command line of lastack-bench: help, slips, and that each test runs on each of its topologies.

Usage: test_command.py PROGRAM [-v]. No figure is judged here: a machine that runs tests is busy. A run
may be doubted for that (exit status 3), and for nothing else.
"""

import os
import re
import signal
import subprocess
import sys
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1))
EAL = ["-l", "0", "--no-huge", "-m", "1024", "--no-pci", "--no-shconf", "--no-telemetry",
       "--log-level=4", f"--file-prefix=bench{os.getpid()}"]
SHORT = ["--duration", "0.3", "--warmup", "0.1", "--stats-period", "0.1"]
DOUBT = re.compile(r"not to be trusted \((\w+)\)")
# What another user of the processor explains.
BUSY = {"processor", "clock"}


def run(*words, eal=()):
    return subprocess.run([PROGRAM, *eal, *words], text=True, capture_output=True, timeout=60)


class Words(unittest.TestCase):
    """What is said before anything is started."""

    def refused(self, text, *words):
        done = run("--", *words)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_help(self):
        for words in (["--help"], ["--", "--help"]):
            done = run(*words)
            self.assertEqual(done.returncode, 0)
            self.assertIn("usage: lastack-bench [EAL OPTIONS] -- --test T", done.stdout)
            for name in ("TCP_CRR", "TCP_RR", "self", "--stats-period S"):
                self.assertIn(name, done.stdout)

    def test_version(self):
        self.assertRegex(run("--version").stdout, r"^lastack-bench \d+\.\d+\.\d+\n$")

    def test_slips(self):
        self.refused("--test T is missing")
        self.refused("there is no test TCP_XX", "--test", "TCP_XX")
        self.refused("there is no topology ring", "--topology", "ring")
        self.refused("--help tells what can be given", "--tset", "TCP_RR")
        self.refused("there is no argument 7", "--test", "TCP_RR", "7")
        self.refused("--test is given twice", "--test", "TCP_RR", "--test", "TCP_RR")
        self.refused("--duration 0: write seconds", "--test", "TCP_RR", "--duration", "0")
        self.refused("--duration ten: write seconds", "--test", "TCP_RR", "--duration", "ten")
        self.refused("--duration nan: write seconds", "--test", "TCP_RR", "--duration", "nan")
        self.refused("--connections 0: write a whole", "--test", "TCP_RR", "--connections", "0")
        self.refused("--connections 1.5: write", "--test", "TCP_RR", "--connections", "1.5")
        self.refused("--connections 9G: write", "--test", "TCP_RR", "--connections", "9G")
        self.refused("--rate -5: write", "--test", "TCP_RR", "--rate", "-5")
        self.refused("--closer me: write client or server", "--test", "TCP_CRR", "--closer", "me")

    def test_what_makes_no_sense_together(self):
        self.refused("--closer makes no sense with --test TCP_RR: it closes nothing",
                     "--test", "TCP_RR", "--closer", "client")
        self.refused("--stats-period is longer than --duration",
                     "--test", "TCP_RR", "--duration", "1", "--stats-period", "2")


class Runs(unittest.TestCase):
    """Short runs, of which only the doubts are looked at."""

    def measured(self, *words, cases=SHORT):
        done = run("--", *words, *cases, eal=EAL)
        doubts = set(DOUBT.findall(done.stdout))
        self.assertIn(done.returncode, (0, 3), done.stdout + done.stderr)
        self.assertEqual(done.returncode == 3, bool(doubts), done.stdout)
        self.assertLessEqual(doubts, BUSY, done.stdout)
        return done.stdout

    def test_crr_self(self):
        out = self.measured("--test", "TCP_CRR", "--time-waits", "20k")
        self.assertIn("closed by the client", out)
        self.assertRegex(out, r"CPU cycles/connection=\d+")
        self.assertGreaterEqual(len(re.findall(r"connections/s", out)), 2)

    def test_crr_self_server_closes(self):
        self.assertIn("closed by the server", self.measured("--test", "tcp_crr", "--closer", "server"))

    def test_rr_self(self):
        out = self.measured("--test", "TCP_RR", "--connections", "2k")
        self.assertRegex(out, r"latency in us, closed loop: 50%: \d")
        self.assertRegex(out, r"segments/request=2.00")

    def test_large_requests(self):
        self.measured("--test", "TCP_RR", "--connections", "5", "--request", "300k",
                      "--response", "1M")

    def test_rate(self):
        """A rate far below what is possible is kept, within what a busy machine allows."""
        out = self.measured("--test", "TCP_RR", "--connections", "100", "--rate", "5k",
                            cases=["--duration", "1", "--warmup", "0.2"])
        self.assertIn("from when it was due", out)
        rate = float(re.search(r"per second: (\d+)", out).group(1))
        self.assertTrue(3000 < rate < 7000, out)

    def test_interrupted(self):
        """Ctrl-C gives the statistics so far."""
        with subprocess.Popen([PROGRAM, *EAL, "--", "--test", "TCP_RR", "--duration", "60"],
                              stdout=subprocess.PIPE, text=True) as child:
            line = child.stdout.readline()
            time.sleep(0.2)
            child.send_signal(signal.SIGINT)
            out = line + child.communicate(timeout=30)[0]
        self.assertIn(child.returncode, (0, 3), out)
        self.assertIn("(cut short)", out)
        self.assertRegex(out, r"CPU cycles/request=\d+")


if __name__ == "__main__":
    unittest.main()
