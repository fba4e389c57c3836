# SPDX-License-Identifier: BSD-3-Clause
"""lastackctl and DPDK's telemetry: what they say of the kernel's connections is so."""

import json
import shutil
import socket
import time

import harness
from harness import KERNEL, OURS


class Ctl(harness.Case):
    def ladder_of(self, action, port):
        """The rungs that an action on this port leaves, and the same drawn for people."""
        cursor = self.lastack.ctl("ladder", "--arm", "--port", str(port))["cursor"]
        action()
        self.lastack.ctl_text("ladder", "--off")
        since = ("ladder", "--since", str(cursor))
        return self.lastack.ctl(*since), self.lastack.ctl_text(*since)

    def test_conns_shows_the_kernels_connections(self):
        socks = [self.ns.connect(7) for _ in range(5)]
        conns = self.lastack.ctl("conns")
        self.assertEqual(sorted(c["remote"] for c in conns),
                         sorted(f"{KERNEL}:{s.getsockname()[1]}" for s in socks))
        self.assertEqual({c["local"] for c in conns}, {f"{OURS}:7"})
        self.assertEqual({c["state"] for c in conns}, {"ESTABLISHED"})
        one = self.lastack.ctl("conn", str(conns[0]["id"]))
        self.assertEqual(one["remote"], conns[0]["remote"])
        self.assertIn("ESTABLISHED", self.lastack.ctl_text("conns"))
        for sock in socks:
            sock.close()

    def test_stats_count_what_was_done(self):
        before = self.lastack.stats()
        with self.ns.connect(7) as sock:
            sock.sendall(b"0123456789")
            self.assertEqual(sock.recv(16), b"0123456789")
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(sock.recv(16), b"")
        after = self.lastack.stats()
        for name, count in (("passive_opens", 1), ("established", 1), ("bytes_in", 10),
                            ("bytes_out", 10), ("closed_done", 1)):
            harness.wait_for(lambda n=name, c=count: self.lastack.stats()[n] - before[n] == c, 3,
                             f"{name} grew by {count}")
        self.assertEqual(after["resets_out"], before["resets_out"])

    def test_ladder_of_a_connection_that_the_client_closes(self):
        def talk():
            with self.ns.connect(7) as sock:
                sock.sendall(b"hello")
                self.assertEqual(sock.recv(16), b"hello")
                sock.shutdown(socket.SHUT_WR)
                self.assertEqual(sock.recv(16), b"")
            time.sleep(0.1)
        rungs, text = self.ladder_of(talk, 7)
        flags = [(r["sent"], r["flags"]) for r in rungs if r["event"] == "segment"]
        self.assertEqual(flags[:3], [(False, "SYN"), (True, "SYN ACK"), (False, "ACK")])
        fins = [sent for sent, flag in flags if "FIN" in flag]
        self.assertEqual(fins, [False, True])
        states = [r["state"] for r in rungs]
        for state in ("SYN-RECEIVED", "ESTABLISHED", "LAST-ACK", "CLOSED"):
            self.assertIn(state, states)
        self.assertNotIn("TIME-WAIT", states)
        for word in ("SYN", "FIN", "seq 0", "ack 1", "ESTABLISHED", "LAST-ACK"):
            self.assertIn(word, text)

    def test_ladder_of_a_connection_that_the_server_closes(self):
        def talk():
            with self.ns.connect(8007) as sock:
                sock.sendall(b"x")
                self.assertEqual(harness.read_all(sock), b"x")
            time.sleep(2.5)
        rungs, text = self.ladder_of(talk, 8007)
        fins = [r["sent"] for r in rungs if r["event"] == "segment" and "FIN" in r["flags"]]
        self.assertEqual(fins, [True, False])
        states = [r["state"] for r in rungs]
        for state in ("FIN-WAIT-1", "TIME-WAIT", "CLOSED"):
            self.assertIn(state, states)
        wait = next(r["time_us"] for r in rungs if r["state"] == "TIME-WAIT")
        end = next(r["time_us"] for r in rungs if r["state"] == "CLOSED" and r["time_us"] > wait)
        self.assertAlmostEqual((end - wait) / 1e6, 2.0, delta=0.1, msg="2MSL is two seconds here")
        self.assertIn("TIME-WAIT is over", text)

    def test_dpdks_own_client_works_too(self):
        client = shutil.which("dpdk-telemetry.py")
        self.assertIsNotNone(client)
        done = harness.run(client, "-f", self.lastack.prefix, input=b"/lastack/stats\nquit\n",
                           timeout=20)
        line = next(l for l in done.stdout.decode().splitlines() if "/lastack/stats" in l)
        answer = json.loads(line[line.index("{"):])
        self.assertGreater(answer["/lastack/stats"]["rx_frames"], 0)

    def test_unknown_prefix_is_a_sentence(self):
        done = harness.run(harness.CTL, "--file-prefix", "no-such-prefix", "stats", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no-such-prefix", done.stderr)
