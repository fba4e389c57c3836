# SPDX-License-Identifier: BSD-3-Clause
"""The command line and wrong configurations: one message with file and line, status 2, no traces."""

import os
import tempfile
import unittest

import harness

LASTACK = os.path.join(harness.BUILD, "app/lastack/lastack")


class Config(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "wrong.yaml")
        self.runtime = set(os.listdir("/var/run/dpdk")) if os.path.isdir("/var/run/dpdk") else set()

    def lastack(self, *arguments):
        return harness.run(LASTACK, *arguments, check=False, timeout=20)

    def refused(self, line, text, *words):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        for arguments in (("--check", "--config", self.path), ("--config", self.path)):
            done = self.lastack(*arguments)
            message = done.stderr.decode()
            self.assertEqual(done.returncode, 2, message)
            self.assertIn(f"{self.path}:{line}:", message)
            self.assertEqual(len(message.strip().splitlines()), 1, message)
            for word in words:
                self.assertIn(word, message)
        now = set(os.listdir("/var/run/dpdk")) if os.path.isdir("/var/run/dpdk") else set()
        self.assertLessEqual(now, self.runtime, "something was started")

    def changed(self, old, new):
        """The good file with one thing changed, and the line where it was."""
        good = harness.configuration(harness.Case)
        self.assertIn(old, good)
        return good.count("\n", 0, good.index(old)) + 1, good.replace(old, new, 1)

    def test_a_good_file_passes_the_check(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(harness.configuration(harness.Case))
        done = self.lastack("--check", "--config", self.path)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_limits_beyond_the_machine(self):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("eal: [--no-huge, --no-pci, --no-telemetry, -m, 64, --lcores=0, --vdev=net_null0,\n"
                       f"      --file-prefix, e2e-config-{os.getpid()}]\n"
                       "ports: [{ name: net_null0, addresses: [198.18.0.1/24] }]\n"
                       "listeners: [{ port: 7, service: echo }]\n"
                       "limits: { connections: 1000000000, mbufs: 1024 }\n")
        done = self.lastack("--config", self.path)
        # What it would take is told before it is taken, and by which setting.
        self.assertIn(b"MiB for 1000000000 connections: connections 134", done.stdout)
        self.assertIn(b"; lower what takes most: connections 134", done.stderr)
        self.assertEqual(done.returncode, 1)

    def test_wrong_key(self):
        self.refused(*self.changed("listeners:", "listners:"), "listners", "listeners")

    def test_bad_unit(self):
        self.refused(*self.changed("msl: 1s", "msl: 30x9"), "30x9")

    def test_missing_unit(self):
        self.refused(*self.changed("msl: 1s", "msl: 30"), "unit")

    def test_wrong_type(self):
        self.refused(*self.changed("msl: 1s", "msl: [1s]"), "list")

    def test_duplicate_key(self):
        line, text = self.changed("msl: 1s", "msl: 1s\n  msl: 2s")
        self.refused(line + 1, text, "twice")

    def test_unknown_service(self):
        self.refused(*self.changed("service: discard", "service: diskard"), "diskard")

    def test_port_out_of_range(self):
        self.refused(*self.changed("port: 9\n", "port: 70000\n"), "70000")

    def test_more_workers_than_lcores(self):
        line, text = self.changed("listeners:", "workers: 2\nlisteners:")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text)
        done = self.lastack("--config", self.path, "--", "--no-huge", "--no-pci", "-m", "64",
                            "--no-shconf", "-l", str(min(os.sched_getaffinity(0))))
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{self.path}:{line}: workers: 2 are asked for and EAL has 1 lcore; give it "
                      "more (-l or --lcores in the section eal) or lower workers",
                      done.stderr.decode())

    def test_not_yaml(self):
        self.refused(2, "ports: [\nlisteners: }\n")

    def test_no_such_file(self):
        done = self.lastack("--config", "/nonexistent/lastack.yaml")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"/nonexistent/lastack.yaml", done.stderr)

    def test_version(self):
        done = self.lastack("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout.decode(), r"\d+\.\d+\.\d+")

    def test_help(self):
        done = self.lastack("--help")
        self.assertEqual(done.returncode, 0)
        for word in ("--config", "--check", "--version"):
            self.assertIn(word, done.stdout.decode())

    def test_wrong_option(self):
        self.assertEqual(self.lastack("--confg", "x").returncode, 2)
