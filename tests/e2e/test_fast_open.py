# SPDX-License-Identifier: BSD-3-Clause
"""TCP Fast Open (RFC 7413) with the kernel's TCP as the client."""

import socket

import harness
from harness import OURS

SYN_DATA_ACKED = 32    # tcpi_options of struct tcp_info: the text of our SYN was acknowledged


class FastOpen(harness.Case):
    tcp_options = (*harness.Case.tcp_options, "fast_open: true")

    def exchange(self, text):
        """Sends text with the SYN, if the kernel has a cookie, and reads its echo."""
        with self.ns.socket(socket.AF_INET, socket.SOCK_STREAM, 0) as sock:
            sock.settimeout(None)    # without a cookie the kernel waits for the handshake
            sock.sendto(text, socket.MSG_FASTOPEN, (OURS, 7))
            sock.settimeout(10)
            received = b""
            while len(received) < len(text):
                received += sock.recv(65536)
            self.assertEqual(received, text)
            return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5] & SYN_DATA_ACKED

    def test_first_connection_earns_a_cookie_and_the_others_use_it(self):
        self.ns.set("net.ipv4.tcp_fastopen", 1)
        before = self.lastack.stats()
        self.assertEqual(self.exchange(b"first"), 0)
        for number in range(20):
            text = b"%d " % number * 100
            self.assertEqual(self.exchange(text), SYN_DATA_ACKED)
        after = self.lastack.stats()
        self.assertEqual(after["fast_opens"] - before["fast_opens"], 20)
        self.assertEqual(after["fast_opens_refused"], before["fast_opens_refused"])
