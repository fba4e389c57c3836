# SPDX-License-Identifier: BSD-3-Clause
"""What an operator does while two workers serve: limits changed, connections chosen and reset,
listeners opened."""

import socket
import time

import harness
from harness import KERNEL, OURS

WORKERS = 2


class Control(harness.Case):
    workers = WORKERS

    def listener_of(self, port):
        return next(entry for entry in self.lastack.ctl("listeners")
                    if entry["local"].endswith(f":{port}"))

    def limit(self, *arguments):
        self.lastack.ctl_text("limit", *map(str, arguments))

    def serves(self, sock):
        sock.sendall(b"still there?")
        self.assertEqual(sock.recv(16), b"still there?")

    def test_limits_refuse_newcomers_and_nobody_else(self):
        socks = [self.ns.connect(7) for _ in range(20)]
        before = self.lastack.drops()
        self.limit("--connections", 1)
        limits = self.lastack.ctl("limits")
        self.assertEqual([(one["worker"], one["connections_limit"], one["connections_reserved"])
                          for one in limits], [(0, 1, 8192), (1, 1, 8192)])
        self.assertEqual(sum(one["connections"] for one in limits), 20)
        for _ in range(4):
            with self.assertRaises(socket.timeout):
                self.ns.connect(7, timeout=0.3)
        for sock in socks:
            self.serves(sock)
        drops = self.lastack.drops()
        self.assertGreaterEqual(drops["listen_limit"] - before.get("listen_limit", 0), 4)
        self.limit("--connections", "all")
        socks.append(self.ns.connect(7))
        self.serves(socks[-1])
        for sock in socks:
            sock.close()

    def test_a_listener_has_limits_of_its_own(self):
        number = self.listener_of(7)["listener"]
        socks = [self.ns.connect(7) for _ in range(20)]
        self.limit("--listener", number, "--connections", 0)
        listener = self.listener_of(7)
        self.assertEqual((listener["connections"], listener["connections_limit"]), (20, 0))
        with self.assertRaises(socket.timeout):
            self.ns.connect(7, timeout=0.3)
        # Another one takes who comes.
        with self.ns.connect(8007) as sock:
            sock.sendall(b"x")
            self.assertEqual(harness.read_all(sock), b"x")
        self.assertGreater(self.lastack.drops()["listen_own_limit"], 0)
        self.limit("--listener", number, "--connections", "all")
        self.assertNotIn("connections_limit", self.listener_of(7))
        with self.ns.connect(7) as sock:
            self.serves(sock)
        for sock in socks:
            self.serves(sock)
            sock.close()
        harness.wait_for(lambda: self.listener_of(7)["connections"] == 0, 5, "all are gone")

    def test_those_of_a_filter_are_reset_and_no_others(self):
        echoes = [self.ns.connect(7) for _ in range(20)]
        discards = [self.ns.connect(9) for _ in range(12)]
        idle = echoes[:7]
        self.assertEqual(len(self.lastack.ctl("conns", "--port", "9")), 12)
        self.assertEqual(len(self.lastack.ctl("conns", "--local", f"{OURS}:7")), 20)
        port = discards[0].getsockname()[1]
        one = self.lastack.ctl("conns", "--remote", KERNEL, "--remote-port", str(port))
        self.assertEqual([conn["remote"] for conn in one], [f"{KERNEL}:{port}"])
        self.assertEqual(self.lastack.ctl("conns", "--remote", "198.51.100.0/24"), [])
        time.sleep(3)
        choice = ("--port", "7", "--idle-over", "3s", "--state", "ESTABLISHED")
        for order, answer in (("--dry-run",), {"matched": 7}), ((), {"killed": 7}):
            for sock in echoes[7:]:
                self.serves(sock)
            self.assertEqual(self.lastack.ctl("kill", *order, *choice), answer)
        for sock in idle:
            with self.assertRaises(ConnectionResetError):
                sock.recv(1)
        for sock in echoes[7:]:
            self.serves(sock)
        self.assertEqual(self.lastack.ctl("kill", "--local", f"{OURS}:9"), {"killed": 12})
        self.assertEqual(self.lastack.ctl_text("kill", "--all"), "13 connections reset.\n")
        for sock in echoes[7:] + discards:
            with self.assertRaises(ConnectionResetError):
                sock.recv(1)
        self.assertEqual(self.lastack.ctl("conns"), [])
        with self.ns.connect(7) as sock:
            self.serves(sock)

    def refused(self, *arguments):
        done = harness.run(harness.CTL, "--file-prefix", self.lastack.prefix, *arguments,
                           check=False)
        self.assertEqual(done.returncode, 1)
        return done.stderr.decode()

    def test_listeners_are_opened_while_others_serve(self):
        socks = [self.ns.connect(7) for _ in range(8)]
        with self.assertRaises(ConnectionRefusedError):
            self.ns.connect(5007)
        echo = self.lastack.ctl("listen", f"{OURS}:5007", "echo", "--set", "limits.connections=16")
        self.assertEqual(self.listener_of(5007)["connections_limit"], 16)
        more = [self.ns.connect(5007) for _ in range(16)]
        for sock in socks + more:
            self.serves(sock)
        self.assertEqual({conn["worker"] for conn in self.lastack.ctl("conns", "--port", "5007")},
                         {0, 1})
        self.lastack.ctl("listen", ":5080", "http", "--body", "it: <b>works</b>, \u00fc")
        self.lastack.ctl("listen", ":5019", "chargen")
        self.lastack.ctl("listen", ":5009", "discard")
        got = self.ns.run("curl", "-sS", f"http://{OURS}:5080/").stdout.decode()
        self.assertEqual(got, "it: <b>works</b>, \u00fc")
        with self.ns.connect(5019) as sock:
            self.assertEqual(len(sock.recv(72, socket.MSG_WAITALL)), 72)
        # Closed again, and the connections go on; the port can be had once more.
        self.lastack.ctl_text("listen-end", str(echo["listener"]))
        with self.assertRaises(ConnectionRefusedError):
            self.ns.connect(5007)
        self.lastack.ctl("listen", f"{OURS}:5007", "echo", "--close", "server")
        with self.ns.connect(5007) as sock:
            sock.sendall(b"x")
            self.assertEqual(harness.read_all(sock), b"x")
        for sock in socks + more:
            self.serves(sock)
            sock.close()

    def test_a_listener_that_cannot_be_is_refused_by_a_sentence(self):
        self.assertIn("is on no port", self.refused("listen", "198.18.0.77:5000", "echo"))
        self.assertIn("port 7 is listened on already", self.refused("listen", ":7", "echo"))
        self.assertIn("telnet is not known here", self.refused("listen", ":5000", "telnet"))
        self.assertIn("listeners.http is missing", self.refused("listen", ":5000", "http"))
        self.assertIn("exactly", self.refused("listen", ":5000", "http", "--set", "http.requests=1"))
        self.assertIn("options.ttl", self.refused("listen", ":5000", "echo", "--set",
                                                  "options.ttl=256"))
        self.assertIn("port 80 is", self.refused("listen", ":80", "http", "--size", "1MiB"))
        with self.assertRaises(ConnectionRefusedError):
            self.ns.connect(5000)

    def test_limits_that_cannot_be_are_refused_by_a_sentence(self):
        for arguments, word in ((("--connections", "8193"), "8192 that each worker reserved"),
                                (("--half-open", "99999999"), "8192"),
                                (("--listener", "77", "--connections", "1"), "no such listener")):
            done = harness.run(harness.CTL, "--file-prefix", self.lastack.prefix, "limit",
                               *arguments, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(word, done.stderr.decode())
