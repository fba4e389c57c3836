# SPDX-License-Identifier: BSD-3-Clause
"""Floods from sources that are not there: whoever has something to ask is served all the while."""

import os
import re
import subprocess

import harness
from bystander import Bystander
from harness import KERNEL, KERNEL_MAC, OURS
from packets import ACK, FIN, RST, SYN

AT_ONCE = 20        # connections of one curl, one after the other
SLOWEST_S = 2.0     # a request may lose a frame to a full queue and send it again after a second


class Flood(harness.Case):
    gateway = KERNEL      # answers to 198.19.0.0/16 go to the kernel, which throws them away
    seconds = 120
    count = 1_000_000
    others = 1_000_000 if harness.FULL else 100_000
    rate = 50_000

    def flood(self, flags, port, *arguments, count=None):
        mac = ":".join(f"{octet:02x}" for octet in self.lastack.mac)
        process = self.ns.popen(os.path.join(self.build, "tests/e2e/flood"), "--interface",
                                self.kernel_interface, "--to", mac, "--from", KERNEL_MAC,
                                "--destination", OURS, "--port", port, "--flags", flags, "--count",
                                count or self.count, "--rate", self.rate, "--seed", "1",
                                *arguments, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(harness.end_process, process)
        return process

    def serve_during(self, process):
        """Connects with curl, again and again, until the flood has ended; all must succeed."""
        urls = [f"http://{OURS}/"] * AT_ONCE
        times = []
        while process.poll() is None:
            done = self.ns.run("curl", "-sS", "--fail", "--fail-early", "--max-time", "10", "-H",
                               "Connection: close", "-w", "%{stderr}%{time_total}\n", *urls,
                               timeout=AT_ONCE * 10)
            took = [float(word) for word in done.stderr.split()]
            self.assertEqual(len(took), AT_ONCE, done.stderr)
            self.assertEqual(done.stdout, b"<p>lastack</p>" * AT_ONCE)
            times += took
        self.assertLess(max(times), SLOWEST_S)
        told = dict(re.findall(r"(\w+)=(\d+)", process.stdout.read().decode()))
        self.figure(f"{told['sent']} segments in {int(told['ms']) / 1000:.1f} s, {told['refused']} "
                    f"refused by the interface; {len(times)} connections meanwhile, all served, "
                    f"the slowest in {max(times) * 1000:.0f} ms")

    def check(self, flags, port, *arguments, count=None):
        before = self.lastack.stats()["rx_frames"]
        bystander = Bystander(self.ns)
        try:
            if "--source" in arguments:
                arguments = (*arguments, "--source-port", bystander.port)
            self.serve_during(self.flood(flags, port, *arguments, count=count))
        finally:
            bystander.end()
        arrived = self.lastack.stats()["rx_frames"] - before
        self.assertGreater(arrived, 0.99 * (count or self.count), "the flood did not arrive")
        self.figure(f"a connection beside it echoed {bystander.count} times, the slowest in "
                    f"{bystander.slowest * 1000:.0f} ms")

    def check_idle(self):
        """Half-open connections of a flood live on until they are too old."""
        self.assertEqual(self.lastack.usage()["connections"], 0)

    def test_a_million_syns_lose_no_connection(self):
        cookies = self.lastack.stats()["cookies_sent"]
        self.check(SYN, 80)
        cookies = self.lastack.stats()["cookies_sent"] - cookies
        self.assertGreater(cookies, self.count // 2)
        self.figure(f"{cookies} cookies sent")

    def test_acks_for_nobody(self):
        self.check(ACK, 80, count=self.others)

    def test_resets_for_nobody(self):
        self.check(RST, 80, count=self.others)

    def test_fins_for_nobody(self):
        self.check(FIN | ACK, 80, count=self.others)

    def test_resets_with_numbers_tried_at_random(self):
        """Blind resets at a connection whose ports are known (RFC 5961)."""
        self.check(RST, 7, "--source", KERNEL, "--prefix", "32", count=self.others)

    def test_syns_with_numbers_tried_at_random(self):
        self.check(SYN, 7, "--source", KERNEL, "--prefix", "32", count=self.others)

    def test_acks_with_numbers_tried_at_random(self):
        self.check(ACK, 7, "--source", KERNEL, "--prefix", "32", count=self.others)
