# SPDX-License-Identifier: BSD-3-Clause
"""A clean stop: listeners close, connections end with FIN, what is left after the grace with RST."""

import signal
import socket
import time

import harness
from harness import OURS


class Stop(harness.Case):
    """Each test ends the appliance itself, so each starts one of its own."""

    grace = "2s"

    def setUp(self):
        super().setUp()
        if self.lastack.process.poll() is not None:
            type(self).lastack = self.start_lastack()

    def check_idle(self):
        """It has ended; what it held is the business of its exit status."""

    def stop(self, number=signal.SIGTERM):
        self.lastack.process.send_signal(number)

    def ended(self, seconds):
        status = self.lastack.process.wait(seconds)
        self.assertEqual(status, 0, self.lastack.log())

    def test_idle_connections_get_a_fin(self):
        socks = [self.ns.connect(7) for _ in range(10)]
        for sock in socks:
            sock.sendall(b"hello")
            self.assertEqual(sock.recv(16), b"hello")
        self.stop()
        for sock in socks:
            self.assertEqual(sock.recv(16), b"", "FIN expected")
            sock.close()
        self.ended(5)

    def test_interrupt_is_the_same(self):
        with self.ns.connect(7) as sock:
            self.stop(signal.SIGINT)
            self.assertEqual(sock.recv(16), b"")
        self.ended(5)

    def test_no_new_connection_while_stopping(self):
        with self.ns.connect(7) as sock:
            self.stop()
            self.assertEqual(sock.recv(16), b"")
            # Our side stays half-open, so that the appliance has something to wait for.
            with self.assertRaises(ConnectionRefusedError):
                self.ns.connect(7)
        self.ended(5)

    def test_data_on_its_way_still_arrives(self):
        with self.ns.socket() as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            sock.settimeout(10)
            sock.connect((OURS, 7))
            data = bytes(range(256)) * 64
            sock.sendall(data)
            time.sleep(0.3)
            self.stop()
            self.assertEqual(harness.read_all(sock), data)
        self.ended(5)

    def test_what_is_left_after_the_grace_is_reset(self):
        with self.ns.connect(7) as sock:
            sock.sendall(b"x")
            self.assertEqual(sock.recv(16), b"x")
            started = time.monotonic()
            self.stop()
            self.assertEqual(sock.recv(16), b"")
            # We never end our direction: after the grace we are reset.
            self.ended(6)
            self.assertGreater(time.monotonic() - started, 1.5)
            with self.assertRaises((ConnectionResetError, BrokenPipeError)):
                sock.sendall(b"y")
                time.sleep(0.1)
                sock.sendall(b"z")
