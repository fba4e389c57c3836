# SPDX-License-Identifier: BSD-3-Clause
"""Many connections: wrk with a thousand of them, some that take all they get, and twenty thousand
in TIME-WAIT."""

import re
import resource
import socket
import time

import harness
from harness import KERNEL, OURS

TIME_WAITS = 20_000
FIRST_PORT = 20_000


class Wrk(harness.Case):
    """A thousand connections that ask as fast as they can, for ten seconds, without an error."""

    idle_sleep = "0s"

    def wrk(self, *arguments):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        try:
            out = self.ns.run("wrk", "-c", "1000", "-t", "1", "-d", "10s", *arguments,
                              f"http://{OURS}/", timeout=60).stdout.decode()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
        self.assertTrue(rate and float(rate.group(1)) > 0, out)
        self.assertNotIn("Socket errors", out)
        self.assertNotIn("Non-2xx", out)
        self.figure(f"wrk -c 1000 {' '.join(arguments)}: {rate.group(1)} requests/s")

    def test_wrk_keeps_its_connections(self):
        self.wrk()

    def test_wrk_connects_for_each_request(self):
        self.wrk("-H", "Connection: close")


class Hogs(harness.Case):
    """Clients that send to echo and never read come to the limit of the packet buffers; others are
    served as if they were not there."""

    idle_within = 20
    mbufs = 8192

    def fill(self, hogs, seconds):
        """Sends on all of them whatever is taken; returns how many bytes that was."""
        block = bytes(1 << 16)
        sent = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for sock in hogs:
                try:
                    sent += sock.send(block)
                except BlockingIOError:
                    pass
            time.sleep(0.01)
        return sent

    def quick(self, *arguments):
        """What curl fetches, and how many seconds that took."""
        begun = time.monotonic()
        done = self.ns.run("curl", "-sf", "--max-time", "10", *arguments)
        return done.stdout, time.monotonic() - begun

    def test_clients_that_never_read_are_kept_and_others_served(self):
        hogs = []
        for _ in range(200):
            sock = self.ns.connect(7)
            sock.setblocking(False)
            hogs.append(sock)
        sent = self.fill(hogs, 8)
        usage = self.lastack.usage()
        self.assertEqual(usage["connections"], len(hogs), "a connection was given up")
        self.assertGreater(usage["mbufs"], self.mbufs * 3 // 4, "the limit was not reached")
        self.assertLess(usage["mbufs"], self.mbufs * 7 // 8, "nothing is left for others")
        self.assertGreater(self.lastack.stats()["sends_curbed"], 0)
        slowest = 0
        for path in ("", "index.html"):
            page, seconds = self.quick(f"http://{OURS}:8080/{path}")
            self.assertIn(b"lastack", page)
            slowest = max(slowest, seconds)
        body, seconds = self.quick(f"http://{OURS}:8080/body")
        self.assertEqual(harness.digest(body), self.body_digest)
        with self.ns.connect(7) as sock:
            begun = time.monotonic()
            sock.sendall(b"x" * 2000)
            have = 0
            while have < 2000:
                have += len(sock.recv(2000))
            slowest = max(slowest, time.monotonic() - begun)
        self.assertLess(slowest, 1, "a short answer waited for those who do not read")
        self.figure(f"{len(hogs)} clients sent {sent >> 20} MiB and read nothing: "
                    f"{usage['mbufs']} of {self.mbufs} packet buffers held; short answers took "
                    f"{slowest * 1000:.0f} ms, 1 MB took {seconds * 1000:.0f} ms")
        for sock in hogs:
            sock.close()


class TimeWait(harness.Case):
    """The one case with the default MSL of 30 seconds: TIME-WAIT lasts a true 60."""

    msl = None
    idle_within = 70

    def test_twenty_thousand_records_live_for_2msl(self):
        # Ports are named here: one drawn twice would reopen its TIME-WAIT and count once.
        with self.ns.inside():
            for port in range(FIRST_PORT, FIRST_PORT + TIME_WAITS):
                sock = socket.socket()
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.settimeout(10)
                sock.bind((KERNEL, port))
                sock.connect((OURS, 8007))
                sock.sendall(b"x")
                # The server ends first, right after it answered: its FIN comes behind the byte.
                while sock.recv(16):
                    pass
                sock.close()
                if port == FIRST_PORT:
                    first_closed = time.monotonic()
        last_closed = time.monotonic()
        self.assertLess(last_closed - first_closed, 55, "too slow: the first records may be gone")
        harness.wait_for(lambda: self.lastack.usage()["time_waits"] == TIME_WAITS, 2,
                         "20,000 records in TIME-WAIT")
        # Not one may go before its time.
        time.sleep(max(0, first_closed + 58 - time.monotonic()))
        self.assertEqual(self.lastack.usage()["time_waits"], TIME_WAITS)
        harness.wait_for(lambda: self.lastack.usage()["time_waits"] == 0,
                         last_closed + 62 - time.monotonic(), "no record in TIME-WAIT")
        self.assertEqual(self.lastack.stats()["time_wait_expired"], TIME_WAITS)
        self.figure(f"{TIME_WAITS} connections closed by the server in "
                    f"{last_closed - first_closed:.1f} s, all gone "
                    f"{time.monotonic() - last_closed:.1f} s after the last")
