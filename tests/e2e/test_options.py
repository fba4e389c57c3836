# SPDX-License-Identifier: BSD-3-Clause
"""Every combination of options with the kernel's TCP, over a path that loses or marks segments."""

import itertools
import socket

import harness
from harness import OURS
from test_transfer import echo_through

# tcpi_options of the kernel's struct tcp_info.
TIMESTAMPS, SACK, WINDOW_SCALE, ECN, ECN_SEEN, SYN_DATA = 1, 2, 4, 8, 16, 32
SYSCTLS = (("net.ipv4.tcp_timestamps", TIMESTAMPS), ("net.ipv4.tcp_sack", SACK),
           ("net.ipv4.tcp_window_scaling", WINDOW_SCALE), ("net.ipv4.tcp_ecn", ECN))


def options_of(sock):
    """What the kernel says was negotiated."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5]


class Combinations(harness.Case):
    port = "path"
    path_options = ("--delay-us", 1000, "--drop", 50)
    size = (8 << 20) if harness.FULL else (2 << 20)
    seconds = 300
    kept = TIMESTAMPS | SACK | WINDOW_SCALE | ECN   # what can be agreed on at all

    def combinations(self):
        for choice in itertools.product((1, 0), repeat=len(SYSCTLS)):
            for (key, _), value in zip(SYSCTLS, choice):
                self.ns.set(key, value)
            yield sum(bit for (_, bit), value in zip(SYSCTLS, choice) if value)

    def expected(self, offered):
        return offered & self.kept

    def test_each_is_agreed_on_and_carries_text_both_ways(self):
        for number, offered in enumerate(self.combinations()):
            with self.subTest(offered=f"{offered:04b}"), self.ns.connect(7, timeout=30) as sock:
                self.assertEqual(options_of(sock) & ~ECN_SEEN, self.expected(offered))
                count, sent, received = echo_through(sock, self.size, number)
                self.assertEqual((count, received), (self.size, sent))
                self.check_path(offered)

    def check_path(self, offered):
        figures = self.path.figures()
        self.assertGreater(figures["out_dropped"] + figures["back_dropped"], 0, "nothing was lost")

    @classmethod
    def tearDownClass(cls):
        for key, bit in SYSCTLS:
            cls.ns.set(key, int(bit != ECN))
        super().tearDownClass()


class CombinationsByCookies(Combinations):
    """The same when each connection is made from a SYN cookie: all is kept, if there are timestamps."""

    tcp_options = (*harness.Case.tcp_options, "syn_cookies: always")
    size = 256 << 10

    def expected(self, offered):
        return offered if offered & TIMESTAMPS else 0

    def check_path(self, offered):
        """So little is sent that there may be no loss."""


class Marks(Combinations):
    """Where both know ECN, nothing is lost: it is marked instead, and both slow down."""

    path_options = ("--delay-us", 1000, "--drop", 50, "--mark")

    def check_path(self, offered):
        figures = self.path.figures()
        ways = ("out", "back")
        if offered & ECN:
            self.assertEqual([figures[way + "_dropped"] for way in ways], [0, 0])
            self.assertTrue(all(figures[way + "_marked"] for way in ways), figures)
        else:
            self.assertEqual([figures[way + "_marked"] for way in ways], [0, 0])


class FastOpen(harness.Case):
    tcp_options = (*harness.Case.tcp_options, "fast_open: true")

    def test_text_in_the_syn_is_echoed(self):
        self.ns.set("net.ipv4.tcp_fastopen", "1")
        for number in range(3):
            with self.ns.socket() as sock:
                # The first one asks for a cookie; the kernel keeps it for those after it.
                sock.sendto(b"hello", socket.MSG_FASTOPEN, (OURS, 7))
                sock.settimeout(5)
                self.assertEqual(sock.recv(16), b"hello")
                self.assertEqual(bool(options_of(sock) & SYN_DATA), number > 0)


class Hole(harness.Case):
    """Packets above 1,200 bytes vanish, and no ICMP says so (RFC 8899)."""

    port = "path"
    path_options = ("--delay-us", 1000, "--hole", 1200)
    body_bytes = 2_000_000
    seconds = 60

    def test_a_page_arrives_through_a_hole_in_the_mtu(self):
        for sack in (1, 0):
            self.ns.set("net.ipv4.tcp_sack", sack)
            with self.subTest(sack=sack):
                done = self.ns.run("curl", "-sS", "--fail", "--max-time", str(self.seconds), "-w",
                                   "%{stderr}%{time_total}", f"http://{OURS}:8080/body",
                                   timeout=self.seconds + 5)
                self.assertEqual(harness.digest(done.stdout), self.body_digest)
                figures = self.path.figures()
                self.assertGreater(figures["back_vanished"], 0)
                self.figure(f"{self.body_bytes} bytes in {done.stderr.decode()} s, "
                            f"{figures['back_vanished']} packets vanished; SACK {sack}")
