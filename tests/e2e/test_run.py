# SPDX-License-Identifier: BSD-3-Clause
"""scripts/run: the demonstration of the README, and that nothing is left behind, also when stopped."""

import glob
import os
import signal
import subprocess
import unittest

import harness

RUN = os.path.join(harness.ROOT, "scripts", "run")
PAGES = "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"


def left():
    """What a run could leave behind."""
    things = set(glob.glob("/run/netns/lastack-run-*") + glob.glob("/var/run/dpdk/lastack-run-*")
                 + glob.glob("/tmp/lastack-run.*"))
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if b"lastack-run-" in file.read():
                    things.add(path)
        except OSError:
            pass  # it ended while we looked
    with open("/proc/mounts", encoding="utf-8") as file:
        things.update(line for line in file if "lastack-run" in line)
    if os.path.exists(PAGES):
        with open(PAGES, encoding="ascii") as file:
            things.add(f"{file.read().strip()} hugepages")
    return things


class Run(unittest.TestCase):
    seconds = 120  # the first one builds with LTO

    def setUp(self):
        self.before = left()

    def tearDown(self):
        self.assertEqual(left() - self.before, set())

    def start(self, *arguments):
        process = subprocess.Popen([RUN, *arguments], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   start_new_session=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(harness.end_process, process, 30)
        return process

    def read_until(self, process, word):
        text = ""
        for line in process.stdout:
            text += line.decode()
            if word in text:
                return text
        self.fail(f"ended without {word!r}:\n{text}")

    def test_once_shows_ladders_and_time_wait(self):
        output = self.start("--once").communicate(timeout=self.seconds)[0].decode()
        for word in ("hello, lastack", "SYN ACK", "ESTABLISHED", "LAST-ACK", "FIN-WAIT-1",
                     "TIME-WAIT is over", "nothing is left behind"):
            self.assertIn(word, output)

    def test_interrupted_leaves_nothing(self):
        process = self.start("--once")
        self.read_until(process, "hello, lastack")
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
        self.assertNotEqual(process.returncode, 0)

    def test_stays_until_ctrl_c(self):
        process = self.start()
        output = self.read_until(process, "Ctrl-C ends it")
        namespace = output.split("ip netns exec ", 1)[1].split()[0]
        page = harness.run("ip", "netns", "exec", namespace, "curl", "-sf",
                           f"http://{harness.OURS}/")
        self.assertIn(b"lastack", page.stdout)
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=30)
