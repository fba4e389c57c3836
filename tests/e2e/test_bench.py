# SPDX-License-Identifier: BSD-3-Clause
"""lastack-bench with one end on a port, and the Linux kernel's TCP at the other."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness

BENCH = os.path.join(harness.BUILD, "app", "bench", "lastack-bench")
# A program of the kernel's TCP that plays the tests' exchanges.
OTHER = os.path.join(harness.BUILD, "tests", "perf", "kernel")
CLIENT, SERVER, PREFIX, PORT = "198.18.0.1", "198.19.0.1", 15, 5001
# What another user of the processor explains.
BUSY = {"processor", "clock"}
# Frames that the kernel keeps for a tap, 500 unless told: with less than all its connections may have
# on the way it drops, resends, and some of that comes twice.
QUEUE_FRAMES = "16384"
REQUEST = RESPONSE = 64


class Bench(unittest.TestCase):
    """The kernel's end of the tap gets the address of the end that is the kernel's."""

    def setUp(self):
        self.figures = []
        self.prefix = f"e2e-bench-{os.getpid()}"
        self.tap = f"btap{os.getpid()}"[:15]
        self.ns = harness.Namespace(self.prefix)
        self.addCleanup(self.ns.close)
        self.addCleanup(shutil.rmtree, f"/var/run/dpdk/{self.prefix}", True)
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.json = os.path.join(self.directory.name, "record.json")

    def start(self, role, test, *more):
        """The benchmark, when the other end of its tap has an address."""
        process = self.ns.popen(
            BENCH, "--no-pci", "--no-huge", "-m", "1024", "-l", str(min(os.sched_getaffinity(0))),
            "--file-prefix", self.prefix, "--no-telemetry", "--vdev",
            f"net_tap0,iface={self.tap}", "--", "--test", test, "--topology", "port", "--role",
            role, "--json", self.json, *more,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(harness.end_process, process)
        self.addCleanup(process.stdout.close)
        harness.wait_for(lambda: self.ns.run("ip", "link", "set", self.tap, "address",
                                             harness.KERNEL_MAC, check=False).returncode == 0,
                         20, "the tap")
        other = SERVER if role == "client" else CLIENT
        self.ns.ip("addr", "add", f"{other}/{PREFIX}", "dev", self.tap)
        self.ns.ip("link", "set", self.tap, "txqueuelen", QUEUE_FRAMES, "up")
        return process

    def other(self, role, test, *more):
        process = self.ns.popen(OTHER, role, SERVER, str(PORT), test, str(REQUEST), str(RESPONSE),
                                *more, stdout=subprocess.PIPE, text=True)
        self.addCleanup(harness.end_process, process)
        self.addCleanup(process.stdout.close)
        return process

    def record(self, process):
        output = process.communicate(timeout=60)[0].decode()
        self.assertIn(process.returncode, (0, 3), output)
        with open(self.json, encoding="utf-8") as file:
            record = json.load(file)
        self.assertLessEqual({doubt["kind"] for doubt in record["doubts"]}, BUSY, output)
        return record, output

    def client(self, test, segments):
        # Until the kernel listens there is nobody.
        process = self.start("client", test, "--connections", "16", "--warmup", "3", "--duration",
                             "1", "--request", str(REQUEST), "--response", str(RESPONSE))
        server = self.other("server", test)
        record, output = self.record(process)
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=20)
        self.assertGreater(record["done"], 100, output)
        self.assertEqual(record["failed"], 0, output)
        self.assertNotIn("server", record)
        self.assertGreater(sum(record["client"]["rx_bursts"].values()), 0)
        # At times an ACK goes by itself.
        self.assertAlmostEqual(record["client"]["segments_per_unit"], segments, delta=1.5,
                               msg=output)

    def server(self, test, *texts):
        """What it did, and what the kernel says that it did."""
        process = self.start("server", test, "--warmup", "0", "--duration", "60", *texts)
        # It waits for whoever comes first.
        client = self.other("client", test, "8", "1")
        words = client.communicate(timeout=60)[0].split()
        process.send_signal(signal.SIGINT)
        record, output = self.record(process)
        self.assertEqual(words[:2], ["measuring", "done"], output)
        self.assertIn("(cut short)", output)
        self.assertNotIn("client", record)
        self.assertGreater(record["done"], 100, output)
        return record["done"], int(words[2])

    def test_connections_to_a_kernel(self):
        self.client("TCP_CRR", 8)

    def test_requests_to_a_kernel(self):
        self.client("TCP_RR", 2)

    def test_connections_of_a_kernel(self):
        done, theirs = self.server("TCP_CRR", "--request", str(REQUEST), "--response",
                                   str(RESPONSE))
        self.assertGreater(theirs, 100)
        self.assertGreaterEqual(done, 0.9 * theirs)

    def test_requests_of_a_kernel(self):
        done, theirs = self.server("TCP_RR", "--request", str(REQUEST), "--response",
                                   str(RESPONSE))
        self.assertGreater(theirs, 100)
        self.assertGreaterEqual(done, 0.9 * theirs)

    def test_stream_of_a_kernel(self):
        self.server("TCP_STREAM")
