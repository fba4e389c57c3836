# SPDX-License-Identifier: BSD-3-Clause
"""Bytes arrive whole: HTTP, echo, half-close, over the tap and over af_packet."""

import hashlib
import os
import random
import selectors
import socket
import threading

import harness
from harness import OURS


def echo_through(sock, total, seed):
    """Sends total bytes and reads as many back at the same time. Returns both digests."""
    source = random.Random(seed)
    sent, received = hashlib.sha256(), hashlib.sha256()
    failure = []

    def send():
        try:
            left = total
            while left:
                block = source.randbytes(min(left, 1 << 16))
                sock.sendall(block)
                sent.update(block)
                left -= len(block)
            sock.shutdown(socket.SHUT_WR)
        except OSError as error:
            failure.append(error)

    sender = threading.Thread(target=send)
    sender.start()
    count = 0
    while True:
        block = sock.recv(1 << 18)
        if not block:
            break
        received.update(block)
        count += len(block)
    sender.join()
    if failure:
        raise failure[0]
    return count, sent.hexdigest(), received.hexdigest()


class Transfers:
    """What must arrive intact over any path; mixed into the classes that make the path."""

    body_bytes = 100_000_000
    echo_bytes = 64 << 20
    seconds = 60

    def test_curl_fetches_a_large_body_intact(self):
        got = os.path.join(self.directory, "got")
        self.ns.run("curl", "-sS", "--fail", "--max-time", str(self.seconds), "-o", got,
                    f"http://{OURS}:8080/body", timeout=self.seconds + 10)
        self.assertEqual(os.path.getsize(got), self.body_bytes)
        with open(got, "rb") as file:
            self.assertEqual(hashlib.file_digest(file, "sha256").hexdigest(), self.body_digest)

    def test_echo_returns_every_byte(self):
        with self.ns.connect(7, timeout=self.seconds) as sock:
            count, sent, received = echo_through(sock, self.echo_bytes, 7)
        self.assertEqual(count, self.echo_bytes)
        self.assertEqual(received, sent)

    def test_nc_half_close_gets_all_bytes_back(self):
        data = random.Random(1).randbytes(1 << 20)
        done = self.ns.run("nc", "-N", "-w", "30", OURS, "7", input=data, timeout=self.seconds)
        self.assertEqual(harness.digest(done.stdout), harness.digest(data))


class Clean(Transfers, harness.Case):
    """The tap as it is: nothing is lost."""

    def test_curl_reuses_a_connection(self):
        urls = [f"http://{OURS}/"] * 20
        before = self.lastack.stats()["passive_opens"]
        self.ns.run("curl", "-sS", "--fail", *urls)
        self.assertEqual(self.lastack.stats()["passive_opens"] - before, 1)

    def test_http_answers_as_it_ought_to(self):
        cases = [
            (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200"),
            (b"HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"200"),
            (b"GET / HTTP/1.0\r\n\r\n", b"200"),
            (b"DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", b"405"),
            (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", b"501"),
            (b"nonsense\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n"
             b"\r\n0\r\n\r\n", b"400"),
            (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 70000 + b"\r\n\r\n", b"431"),
        ]
        for request, status in cases:
            with self.subTest(request=request[:40]), self.ns.connect(80) as sock:
                try:
                    sock.sendall(request)
                except (ConnectionResetError, BrokenPipeError):
                    pass  # the server may have answered and gone before it read all of it
                answer = sock.recv(4096)
                self.assertEqual(answer.split(b" ")[1], status, answer[:100])

    def test_file_that_is_not_there_is_404(self):
        done = self.ns.run("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}",
                           f"http://{OURS}:8080/absent")
        self.assertEqual(done.stdout, b"404")

    def test_discard_takes_all_and_ends(self):
        with self.ns.connect(9, timeout=30) as sock:
            sock.sendall(bytes(8 << 20))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(harness.read_all(sock), b"")

    def test_chargen_sends_its_pattern(self):
        with self.ns.connect(19) as sock:
            received = b""
            while len(received) < 74 * 200:
                received += sock.recv(1 << 16)
        lines = received.split(b"\r\n")[:200]
        self.assertTrue(all(len(line) == 72 for line in lines))
        self.assertEqual(lines[1][:-1], lines[0][1:])

    def test_ping_small_and_in_fragments(self):
        """What comes in fragments is reassembled; the answer is cut to one packet (RFC 1122 3.2.2.6)."""
        before = self.lastack.stats()["ip_reassembled"]
        for size in (0, 56, 1472, 1473, 4000, 8000):
            with self.subTest(size=size):
                self.assertEqual(harness.ping(self.ns, OURS, size), min(size, 1472))
        self.assertEqual(self.lastack.stats()["ip_reassembled"] - before, 3)

    def test_slow_reader_closes_the_window_and_opens_it_again(self):
        size = self.body_bytes // 10
        with self.ns.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(30)
            sock.connect((OURS, 8080))
            sock.sendall(b"GET /tenth HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            probes = self.lastack.stats()["window_probes"]
            harness.wait_for(lambda: self.lastack.stats()["window_probes"] > probes, 10,
                             "a zero-window probe")
            answer = harness.read_all(sock)
        body = answer.split(b"\r\n\r\n", 1)[1]
        self.assertEqual(len(body), size)
        self.assertEqual(harness.digest(body), self.tenth_digest)

    def test_many_connections_at_once(self):
        data = random.Random(2).randbytes(20_000)
        with selectors.DefaultSelector() as selector:
            socks = {}
            for _ in range(500):
                sock = self.ns.connect(7)
                sock.sendall(data)
                sock.shutdown(socket.SHUT_WR)
                sock.setblocking(False)
                socks[sock] = b""
                selector.register(sock, selectors.EVENT_READ)
            left = len(socks)
            while left:
                ready = selector.select(20)
                self.assertTrue(ready, f"{left} connections came to no end")
                for key, _ in ready:
                    part = key.fileobj.recv(1 << 16)
                    socks[key.fileobj] += part
                    if not part:
                        selector.unregister(key.fileobj)
                        key.fileobj.close()
                        left -= 1
        self.assertTrue(all(back == data for back in socks.values()))


class AfPacket(Transfers, harness.Case):
    """The same over another of DPDK's virtual ports: af_packet on a veth pair."""

    port = "af_packet"
    body_bytes = 20_000_000
    echo_bytes = 16 << 20


class Loss(Transfers, harness.Case):
    """nftables drops one frame in twenty, each way."""

    body_bytes = 100_000_000 if harness.FULL else 4_000_000
    echo_bytes = (64 << 20) if harness.FULL else (2 << 20)
    seconds = 1800 if harness.FULL else 90

    @classmethod
    def prepare_path(cls):
        cls.ns.run("nft", "-f", "-", input=b"""
            table ip path {
                chain in { type filter hook input priority 0
                    ip saddr 198.18.0.1 numgen random mod 20 == 0 counter drop
                }
                chain out { type filter hook postrouting priority 0
                    ip daddr 198.18.0.1 numgen random mod 20 == 0 counter drop
                }
            }
            """)

    def tearDown(self):
        counters = self.ns.run("nft", "list", "table", "ip", "path").stdout.decode()
        self.assertNotIn("packets 0 ", counters, "nothing was dropped: the test tested nothing")
        super().tearDown()


class BadPath(Transfers, harness.Case):
    """The relay drops one frame in twenty, doubles one in a hundred, lets one in ten be overtaken."""

    port = "relay"
    body_bytes = Loss.body_bytes
    echo_bytes = Loss.echo_bytes
    seconds = Loss.seconds

    @classmethod
    def tearDownClass(cls):
        figures = cls.end_relay()
        super().tearDownClass()
        if not all(figures[key] for key in ("dropped", "duplicated", "reordered")):
            raise AssertionError(f"the relay was too kind: {figures}")
