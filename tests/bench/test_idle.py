#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Many connections at once: all open, each with a request and an answer, each closed by one side.

Usage: test_idle.py PROGRAM [CONNECTIONS]. Whether everything came out even is judged, no figure: a
machine that runs tests is busy. TIME-WAIT must not end early, however busy it is.
"""

import os
import re
import subprocess
import sys
import unittest

PROGRAM = os.path.abspath(sys.argv[1])
CONNECTIONS = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
EAL = ["-l", "0", "--no-huge", "-m", "1024", "--no-pci", "--no-shconf", "--no-telemetry",
       "--log-level=4", f"--file-prefix=idle{os.getpid()}"]


def idle(*words):
    done = subprocess.run([PROGRAM, *EAL, "--", "--test", "IDLE", "--connections", str(CONNECTIONS), *words],
                          text=True, capture_output=True, timeout=170)
    assert done.returncode in (0, 3), done.stdout + done.stderr
    return done.stdout


def usage(out, when):
    """The pools at a moment: the first line that begins so."""
    line = re.search(rf"^{when}: (.*)$", out, re.MULTILINE).group(1)
    return {name: int(number) for name, number in re.findall(r"([\w-]+) (\d+)", line)}


def peer(out):
    line = re.search(r"^peer: (.*)$", out, re.MULTILINE).group(1)
    return {name: int(number) for name, number in re.findall(r"([\w-]+) (\d+)", line)}


def happened(out, phase):
    """How often something happened, in all rounds."""
    return int(re.search(rf"^= {phase} +(\d+) ", out, re.MULTILINE).group(1))


class Idle(unittest.TestCase):
    def test_all_at_once(self):
        """The peer asks where each connection stands before it sends, and closes first."""
        out = idle("--duration", "0.1")
        rest = usage(out, "at rest")
        self.assertEqual((rest["connections"], rest["table"]), (CONNECTIONS, CONNECTIONS))
        self.assertEqual((rest["flights"], rest["timers"], rest["mbufs"]), (0, 0, 0))
        self.assertEqual(set(usage(out, "at the end").values()), {0})
        each = happened(out, "close")
        self.assertGreaterEqual(each, CONNECTIONS)
        self.assertEqual((happened(out, "open"), happened(out, "request")), (each - 1, each), out)
        counts = peer(out)
        self.assertEqual((counts["requests"], counts["responses"]), (each, each), out)
        self.assertEqual((counts["lost"], counts["bad"], counts["RST"]), (0, 0, 0), out)

    def test_time_wait(self):
        """We close first: all are in TIME-WAIT at once, for 2MSL, while others come and go."""
        out = idle("--duration", "0.1", "--closer", "server", "--msl", "2", "--notebook")
        waiting = usage(out, "in TIME-WAIT")
        self.assertEqual((waiting["connections"], waiting["time-waits"]), (0, CONNECTIONS), out)
        self.assertEqual(set(usage(out, "at the end").values()), {0})
        least = int(re.search(r"later than 2MSL by (-?\d+) us \(least\)", out).group(1))
        self.assertGreaterEqual(least, -100, out)
        self.assertGreater(happened(out, "churn"), 0)

    def test_active(self):
        """We open, ask and close; each peer is another end, and all are servers without memory."""
        out = idle("--duration", "0.1", "--active", "--msl", "0.5", "--time-waits", "20k")
        self.assertEqual(usage(out, "at rest")["connections"], CONNECTIONS)
        waiting = usage(out, "in TIME-WAIT")
        self.assertEqual((waiting["connections"], waiting["time-waits"]), (0, 20000), out)
        self.assertEqual(set(usage(out, "at the end").values()), {0})
        # They count what comes in TIME-WAIT's wake as well: those that come, ask and go.
        each = happened(out, "end")
        self.assertGreaterEqual(each, CONNECTIONS)
        self.assertEqual((happened(out, "open"), happened(out, "request")), (each - 1, each), out)
        self.assertGreaterEqual(peer(out)["SYN-ACK"], each, out)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
