# SPDX-License-Identifier: BSD-3-Clause
"""Active opens: the example client connects out to a listener of the kernel's."""

import os
import shutil
import socket
import threading
import unittest

import harness
from harness import KERNEL, KERNEL_MAC, OURS, PREFIX
from test_options import SACK, TIMESTAMPS, WINDOW_SCALE

CLIENT = os.path.join(harness.BUILD, "examples", "client")


class Connect(unittest.TestCase):
    """The client begins by connecting, so the kernel's end of its tap is there just in time."""

    def setUp(self):
        self.figures = []
        name = f"e2e-connect-{os.getpid()}"
        self.tap = f"ctap{os.getpid()}"[:15]
        self.ns = harness.Namespace(name)
        self.addCleanup(self.ns.close)
        self.prefix = name
        self.addCleanup(shutil.rmtree, f"/var/run/dpdk/{name}", True)
        os.makedirs(harness.LOGS, exist_ok=True)

    def client(self, *arguments):
        """Starts it and gives the kernel its end, with an address, as soon as there is one."""
        process = self.ns.popen(
            CLIENT, "--no-pci", "--no-huge", "-m", "512", "-l", str(min(os.sched_getaffinity(0))),
            "--file-prefix", self.prefix, "--vdev", f"net_tap0,iface={self.tap}", "--",
            "--own", f"{OURS}/{PREFIX}", *arguments,
            stdin=harness.subprocess.DEVNULL, stdout=harness.subprocess.PIPE,
            stderr=harness.subprocess.STDOUT)
        self.addCleanup(harness.end_process, process)
        self.addCleanup(process.stdout.close)
        harness.wait_for(lambda: self.ns.run("ip", "link", "set", self.tap, "address", KERNEL_MAC,
                                             check=False).returncode == 0, 20, "the tap")
        self.ns.ip("addr", "add", f"{KERNEL}/{PREFIX}", "dev", self.tap)
        # The driver has brought it up; a client that is refused at once has taken it away again.
        self.ns.run("ip", "link", "set", self.tap, "up", check=False)
        return process

    def listener(self, serve):
        """A listener of the kernel's that serves one connection in a thread."""
        sock = self.ns.socket()
        self.addCleanup(sock.close)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", 7))
        sock.listen(4)
        sock.settimeout(30)
        failures = []

        def run():
            try:
                connection, _ = sock.accept()
                with connection:
                    connection.settimeout(30)
                    serve(connection)
            except (OSError, AssertionError) as failure:
                failures.append(failure)
        thread = threading.Thread(target=run)
        thread.start()
        return thread, failures

    def check(self, serve, *arguments):
        thread, failures = self.listener(serve)
        process = self.client("--to", f"{KERNEL}:7", *arguments)
        output = process.communicate(timeout=60)[0].decode()
        thread.join()
        self.assertEqual(failures, [], output)
        self.assertEqual(process.returncode, 0, output)
        return output

    @staticmethod
    def echo(connection):
        while True:
            block = connection.recv(1 << 16)
            if not block:
                break
            connection.sendall(block)
        connection.shutdown(socket.SHUT_WR)

    def test_we_close_first(self):
        output = self.check(self.echo, "--bytes", "1000000", "--close", "us")
        self.assertIn("we close first", output)
        self.assertIn("1000000 bytes sent, 1000000 received", output)

    def test_the_kernel_answers_by_cookies(self):
        """Its SYN-ACK keeps nothing of our SYN; what was agreed on comes back in our timestamp."""
        self.ns.set("net.ipv4.tcp_syncookies", "2")

        def serve(connection):
            agreed = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)[5]
            if agreed & (TIMESTAMPS | SACK | WINDOW_SCALE) != TIMESTAMPS | SACK | WINDOW_SCALE:
                raise AssertionError(f"options {agreed:#x}")
            self.echo(connection)
        self.check(serve, "--bytes", "1000000", "--close", "us")

    def test_the_kernel_closes_first(self):
        size = 1_000_000

        def serve(connection):
            count = 0
            while count < size:
                block = connection.recv(1 << 16)
                if not block:
                    raise AssertionError("the client ended too early")
                connection.sendall(block)
                count += len(block)
            connection.shutdown(socket.SHUT_WR)
            if connection.recv(1) != b"":
                raise AssertionError("more than was expected")
        output = self.check(serve, "--bytes", str(size), "--close", "peer")
        self.assertIn("the peer closed first", output)

    def test_nobody_listens(self):
        process = self.client("--to", f"{KERNEL}:7")
        output = process.communicate(timeout=60)[0].decode()
        self.assertEqual(process.returncode, 1, output)
        self.assertIn("refused", output)
