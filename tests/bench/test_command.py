#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The command line of lastack-bench: help, slips, and that each test runs on each of its topologies.

Usage: test_command.py PROGRAM SCHEMA [-v]. No figure is judged here: a machine that runs tests is busy. A run
may be doubted for that (exit status 3), and for nothing else.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema

PROGRAM = os.path.abspath(sys.argv.pop(1))
with open(sys.argv.pop(1), encoding="utf-8") as schema:
    SCHEMA = json.load(schema)
EAL = ["-l", "0", "--no-huge", "-m", "1024", "--no-pci", "--no-shconf", "--no-telemetry",
       "--log-level=4", f"--file-prefix=bench{os.getpid()}"]
SHORT = ["--duration", "0.3", "--warmup", "0.1", "--stats-period", "0.1"]
DOUBT = re.compile(r"not to be trusted \((\w+)\)")
# What another user of the processor explains.
BUSY = {"processor", "clock", "noise"}


def run(*words, eal=()):
    return subprocess.run([PROGRAM, *eal, *words], text=True, capture_output=True, timeout=60)


class Words(unittest.TestCase):
    """What is said before anything is started."""

    def refused(self, text, *words):
        done = run("--", *words)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(text, done.stderr)
        self.assertEqual(done.stdout, "")

    def test_help(self):
        for words in (["--help"], ["-h"], ["--", "--help"], ["--", "-h"]):
            done = run(*words)
            self.assertEqual(done.returncode, 0)
            self.assertIn("usage: lastack-bench [EAL OPTIONS] -- --test T", done.stdout)
            for name in ("TCP_CRR", "TCP_RR", "self", "--stats-period S", "--json FILE"):
                self.assertIn(name, done.stdout)

    def test_forgotten_dashes(self):
        done = run("--test", "TCP_RR")
        self.assertEqual(done.returncode, 2)
        self.assertIn("stand behind --: lastack-bench [EAL OPTIONS] -- --test T", done.stderr)

    def test_version(self):
        self.assertRegex(run("--version").stdout, r"^lastack-bench \d+\.\d+\.\d+\n$")

    def test_slips(self):
        self.refused("--test T is missing")
        self.refused("there is no test TCP_XX", "--test", "TCP_XX")
        self.refused("there is no topology ring", "--topology", "ring")
        self.refused("there is no option --tset of that kind; --help tells what can be given",
                     "--tset", "TCP_RR")
        self.refused("there is no option -x of that kind", "-ixh")
        self.refused("there is no option --help=1 of that kind", "--help=1")
        self.refused("--duration needs a value", "--test", "TCP_RR", "--duration")
        self.refused("--interactive is given twice", "--test", "TCP_RR", "-i", "--interactive")
        self.refused("there is no argument 7", "--test", "TCP_RR", "7")
        self.refused("--test is given twice", "--test", "TCP_RR", "--test", "TCP_RR")
        self.refused("--duration 0: write seconds", "--test", "TCP_RR", "--duration", "0")
        self.refused("--duration ten: write seconds", "--test", "TCP_RR", "--duration", "ten")
        self.refused("--duration nan: write seconds", "--test", "TCP_RR", "--duration", "nan")
        self.refused("--connections -1: write a whole", "--test", "TCP_RR", "--connections", "-1")
        self.refused("--connections 1.5: write", "--test", "TCP_RR", "--connections", "1.5")
        self.refused("--connections 9G: write", "--test", "TCP_RR", "--connections", "9G")
        self.refused("--rate -5: write", "--test", "TCP_RR", "--rate", "-5")
        self.refused("--closer me: write client or server", "--test", "TCP_CRR", "--closer", "me")

    def test_what_makes_no_sense_together(self):
        self.refused("--closer makes no sense with --test TCP_RR: it closes nothing",
                     "--test", "TCP_RR", "--closer", "client")
        self.refused("--frame makes no sense with --test TCP_RR", "--test", "TCP_RR", "--frame", "9")
        self.refused("--connections 0 makes no sense with --test TCP_RR: it needs one",
                     "--test", "TCP_RR", "--connections", "0")
        self.refused("--test NULL does not run on --topology self, but on: null", "--test", "NULL",
                     "--topology", "self")
        self.refused("--topology makes no sense with --test IDLE: it stands alone",
                     "--test", "IDLE", "--topology", "self")
        self.refused("--topology makes no sense with --test LOOKUP: it stands alone",
                     "--test", "LOOKUP", "--topology", "self")
        self.refused("--duration makes no sense with --test TIMER: it takes as many turns as it "
                     "needs", "--test", "TIMER", "--duration", "1")
        for words in (["--role", "client"], ["--topology", "port"]):
            self.refused("--role goes with --topology port", "--test", "TCP_RR", *words)
        self.refused("--role me: write client or server", "--test", "TCP_RR", "--role", "me")
        self.refused("--rate makes no sense with --topology stateless", "--test", "TCP_CRR",
                     "--topology", "stateless", "--rate", "5")
        self.refused("a request and a response fit one segment: at most 1400 bytes", "--test",
                     "TCP_RR", "--topology", "stateless", "--response", "1401")
        self.refused("--notebook makes no sense with --test TCP_RR", "--test", "TCP_RR",
                     "--topology", "stateless", "--notebook")
        self.refused("--offer is for a peer that is no stack", "--test", "TCP_RR", "--offer", "none")
        self.refused("--offer all: write none, or some of timestamps,scale,sack", "--test",
                     "TCP_RR", "--topology", "null", "--offer", "all")
        self.refused("frames of 9018 bytes need --mbuf-size 9152", "--test", "TCP_RR", "--mtu",
                     "9000", "--mbuf-size", "4096")
        self.refused("--mtu 500: write a whole number from 576 to 16000", "--test", "TCP_RR",
                     "--mtu", "500")
        self.refused("--stats-period is longer than --duration",
                     "--test", "TCP_RR", "--duration", "1", "--stats-period", "2")
        self.refused("--mtu makes no sense with --test IDLE", "--test", "IDLE", "--mtu", "9000")
        self.refused("--mbuf-size makes no sense with --test PORTS",
                     "--test", "PORTS", "--mbuf-size", "4096")


class Runs(unittest.TestCase):
    """Short runs, of which only the doubts are looked at."""

    def measured(self, *words, cases=SHORT, eal=EAL, where_busy=()):
        """What a run printed, and what it wrote; where_busy: doubts of one without its processor."""
        with tempfile.NamedTemporaryFile(mode="r", encoding="utf-8") as file:
            done = run("--", *words, *cases, "--json", file.name, eal=eal)
            self.assertIn(done.returncode, (0, 3), done.stdout + done.stderr)
            record = json.load(file)
        jsonschema.validate(record, SCHEMA)
        doubts = set(DOUBT.findall(done.stdout))
        self.assertEqual(done.returncode == 3, bool(doubts), done.stdout)
        self.assertEqual(doubts, {doubt["kind"] for doubt in record["doubts"]})
        for name in record.keys() & {"client", "server"}:
            self.ports_add_up(record[name])
        allowed = BUSY | (set(where_busy) if "processor" in doubts else set())
        self.assertLessEqual(doubts, allowed, done.stdout)
        return done.stdout, record

    def ports_add_up(self, end):
        """The frames of a port lie in its bursts; of another lcore they are not read at one moment."""
        slack = 500
        for way in ("rx", "tx"):
            frames = end["stats"].get(way + "_frames", 0)
            bursts = end[way + "_bursts"]
            least = [int(size.split("-")[0]) for size in bursts]
            most = [*(size - 1 for size in least[1:]), 1024]
            self.assertGreaterEqual(frames + slack, sum(a * b for a, b in zip(least, bursts.values())))
            self.assertLessEqual(frames - slack, sum(a * b for a, b in zip(most, bursts.values())))

    def test_crr_self(self):
        out, record = self.measured("--test", "TCP_CRR", "--time-waits", "20k")
        self.assertIn("closed by the client", out)
        self.assertRegex(out, r"CPU cycles/connection=\d+")
        self.assertGreaterEqual(len(re.findall(r"connections/s", out)), 2)
        stats = record["client"]["stats"]
        self.assertAlmostEqual(stats["time_wait_entered"], record["done"], delta=1000)
        self.assertEqual(record["client"]["drops"], {})

    def test_crr_self_server_closes(self):
        out, record = self.measured("--test", "tcp_crr", "--closer", "server")
        self.assertIn("closed by the server", out)
        self.assertAlmostEqual(record["server"]["stats"]["time_wait_entered"], record["done"],
                               delta=1000)

    def test_cc_self(self):
        for closer in ("client", "server"):
            _, record = self.measured("--test", "TCP_CC", "--closer", closer)
            self.assertNotIn("bytes_in", record["server"]["stats"])
            self.assertGreater(record["done"], 100)

    def test_rr_self(self):
        out, record = self.measured("--test", "TCP_RR", "--connections", "2k")
        self.assertRegex(out, r"latency in us, closed loop: 50%: \d")
        # Two; and an ACK by itself where a slow run comes to the delayed ACK.
        self.assertRegex(out, r"segments/request=2\.\d\d ")
        self.assertEqual(record["server"]["connections"], 2000)
        for end in record["client"], record["server"]:
            stages = end["stages_per_unit"]
            self.assertGreater(min(stages["tcp"], stages["service"], stages["output"]), 0)
            self.assertLess(sum(stages.values()), end["cycles_per_unit"])
            self.assertGreater(sum(stages.values()), 0.9 * end["cycles_per_unit"])

    def test_large_requests(self):
        _, record = self.measured("--test", "TCP_RR", "--connections", "5", "--request", "300k",
                                  "--response", "1M")
        self.assertGreater(record["client"]["stats"]["bytes_in"], 1000000)

    def test_stream_and_maerts_self(self):
        for test, receiver in (("TCP_STREAM", "server"), ("TCP_MAERTS", "client")):
            out, record = self.measured("--test", test, "--connections", "3")
            self.assertIn("Gbit/s of text", out)
            self.assertAlmostEqual(record[receiver]["stats"]["bytes_in"] / 1024, record["done"],
                                   delta=1)

    def test_streams_in_turn(self):
        """More connections than stream at a time: each has turns, and nothing is lost for room."""
        for test, receiver in (("TCP_STREAM", "server"), ("TCP_MAERTS", "client")):
            # Who loses its processor for a while probes for a tail that is still on its way.
            _, record = self.measured("--test", test, "--connections", "200",
                                      where_busy=("drops",))
            turns = record["done"] * 1024 / 46336
            self.assertGreater(turns, 400, "the turns go round")
            self.assertAlmostEqual(record[receiver]["stats"]["bytes_in"] / 1024, record["done"],
                                   delta=1)
            _, record = self.measured("--test", test, "--topology", "null", "--connections", "200")
            stats = record["server"]["stats"]
            self.assertGreater(stats.get("bytes_in", 0) + stats.get("bytes_out", 0), 400 * 46336)

    @unittest.skipIf(os.cpu_count() < 2, "needs two processors")
    def test_pair(self):
        """Server and client on an lcore each. Both wait for the other in turn on a busy machine."""
        eal = ["-l", "0,1", *EAL[2:]]
        for test in ("TCP_CRR", "TCP_RR", "TCP_MAERTS"):
            _, record = self.measured("--topology", "pair", "--test", test, eal=eal,
                                      cases=["--duration", "1", "--warmup", "0.3"])
            self.assertGreater(record["server"]["busy_breaths"], 0)
            self.assertGreater(record["client"]["busy_breaths"], 0)

    def test_pair_needs_two(self):
        done = run("--", "--test", "TCP_RR", "--topology", "pair", eal=EAL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the topology pair needs two lcores", done.stderr)

    def test_port(self):
        """Server and client in two processes, over shared memory."""
        with tempfile.TemporaryDirectory() as directory:
            def words(role):
                vdev = f"--vdev=net_memif0,role={role},socket={directory}/memif,socket-abstract=no"
                eal = [word + role if word.startswith("--file-prefix") else word for word in EAL]
                return [PROGRAM, *eal, vdev, "--", "--test", "TCP_CRR", "--topology", "port",
                        "--role", role, "--json", f"{directory}/{role}.json", "--connections", "32"]

            with subprocess.Popen([*words("server"), "--duration", "60", "--warmup", "0"],
                                  stdout=subprocess.PIPE, text=True) as server:
                time.sleep(1)
                client = subprocess.run([*words("client"), "--duration", "0.5"], text=True,
                                        capture_output=True, timeout=60)
                server.send_signal(signal.SIGINT)
                out = server.communicate(timeout=30)[0]
            self.assertIn(client.returncode, (0, 3), client.stdout + client.stderr)
            self.assertIn(server.returncode, (0, 3), out)
            records = []
            for role in ("client", "server"):
                with open(f"{directory}/{role}.json", encoding="utf-8") as file:
                    records.append(json.load(file))
                jsonschema.validate(records[-1], SCHEMA)
        self.assertGreater(records[0]["done"], 10)
        self.assertGreaterEqual(records[1]["done"], records[0]["done"])
        self.assertNotIn("server", records[0])
        self.assertNotIn("client", records[1])

    def test_port_needs_one(self):
        done = run("--", "--test", "TCP_RR", "--topology", "port", "--role", "client", eal=EAL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("the topology port needs a port", done.stderr)

    def test_null(self):
        """Every test of connections on the null driver, the peer's cycles told apart."""
        for test, segments in (("TCP_CRR", 7), ("TCP_CC", 5), ("TCP_RR", 2)):
            out, record = self.measured("--topology", "null", "--test", test)
            self.assertIn("of the peer, measured alone and taken off", out)
            self.assertAlmostEqual(record["server"]["segments_per_unit"], segments, delta=0.2)
            self.assertGreater(record["server"]["foreign_cycles"], 0)
            self.assertNotIn("client", record)
            # A loss probe is for what took too long, as it does for whoever has not the processor.
            if record["server"]["interrupted_breaths"] == 0:
                self.assertNotIn("retransmits", record["server"]["stats"])
        for closer in ("client", "server"):
            _, record = self.measured("--topology", "null", "--test", "TCP_CRR", "--closer", closer,
                                      "--request", "5000", "--response", "20k")
            waits = record["server"]["stats"].get("time_wait_entered", 0)
            self.assertAlmostEqual(waits, record["done"] if closer == "server" else 0, delta=1000)

    def test_stateless(self):
        """A peer that computes its answers: every transaction whole, and nothing remembered."""
        for test, closer, segments in (("TCP_CRR", "client", 7), ("TCP_CRR", "server", 6),
                                       ("TCP_CC", "client", 5), ("TCP_CC", "server", 6)):
            out, record = self.measured("--topology", "stateless", "--test", test, "--closer",
                                        closer)
            self.assertIn("of the peer, measured alone and taken off", out)
            self.assertAlmostEqual(record["server"]["segments_per_unit"], segments, delta=0.2)
            self.assertGreater(record["done"], 100)
            self.assertGreater(record["server"]["foreign_cycles"], 0)
            self.assertNotIn("latency_us", record)
            waits = record["server"]["stats"].get("time_wait_entered", 0)
            self.assertAlmostEqual(waits, record["done"] if closer == "server" else 0, delta=1000)
        # Few connections go round and round; of many each is come to in its turn.
        for connections, segments in ((1000, 2), (6000, 3)):
            _, record = self.measured("--topology", "stateless", "--test", "TCP_RR",
                                      "--connections", str(connections))
            self.assertEqual(record["server"]["connections"], connections)
            self.assertAlmostEqual(record["server"]["segments_per_unit"], segments, delta=0.2)
            self.assertGreater(record["done"], 2 * connections)
            self.assertEqual(record["server"]["stats"]["bytes_in"] // 64, record["done"])

    def test_offer(self):
        """What a peer that is no stack offers is in use."""
        for topology in ("null", "stateless"):
            for offer in ("none", "scale,sack", "timestamps,scale,sack"):
                _, record = self.measured("--topology", topology, "--test", "TCP_RR", "--offer",
                                          offer)
                listed = [] if offer == "none" else offer.split(",")
                self.assertEqual(record["options"]["offer"], listed)
                stats = record["server"]["stats"]
                # Ethernet, IPv4 and TCP, text, and the timestamps.
                bytes_each = 54 + 64 + (12 if "timestamps" in listed else 0)
                self.assertAlmostEqual(stats["tx_bytes"] / stats["tx_frames"], bytes_each, delta=1)
                self.assertAlmostEqual(stats["rx_bytes"] / stats["rx_frames"], bytes_each, delta=1)

    def test_mtu(self):
        """Segments are as long as the MTU allows."""
        for topology, test, end, other in (("self", "TCP_STREAM", "server", "rx"),
                                           ("null", "TCP_STREAM", "server", "rx"),
                                           ("null", "TCP_MAERTS", "server", "tx")):
            _, record = self.measured("--topology", topology, "--test", test, "--connections", "2",
                                      "--mtu", "9000")
            self.assertEqual(record["options"]["mtu"], 9000)
            self.assertGreaterEqual(record["options"]["mbuf_size"], 9146)
            stats = record[end]["stats"]
            self.assertGreater(stats[other + "_bytes"] / stats[other + "_frames"], 8900)

    def test_null_streams(self):
        _, record = self.measured("--topology", "null", "--test", "TCP_STREAM", "--connections", "4")
        self.assertAlmostEqual(record["server"]["stats"]["bytes_in"] / 1024, record["done"], delta=1)
        _, record = self.measured("--topology", "null", "--test", "TCP_MAERTS", "--connections", "4")
        self.assertGreater(record["server"]["stats"]["bytes_out"], 1000000)

    def test_null_frames(self):
        """Frames for nobody: each is dropped, and counted once."""
        for size in ("1", "13", "64", "1514", "2048", "9000"):
            _, record = self.measured("--test", "NULL", "--frame", size)
            self.assertEqual(sum(record["server"]["drops"].values()), record["done"])

    def test_flood(self):
        """Connections that are meant come through a flood."""
        _, record = self.measured("--topology", "null", "--test", "SYN_FLOOD")
        extras = {extra["name"]: extra["value"] for extra in record["extras"]}
        self.assertGreater(extras["connections_that_were_meant"], 100)
        self.assertGreater(record["done"], 1000)
        _, record = self.measured("--topology", "null", "--test", "SYN_FLOOD", "--connections", "0")
        self.assertGreater(record["server"]["stats"]["cookies_sent"], 1000)

    def alone(self, test):
        """The figures of a test that stands alone, by their names."""
        out, record = self.measured("--test", test, "--connections", "2k", cases=[])
        self.assertNotIn("topology", record)
        extras = {extra["name"]: extra["value"] for extra in record["extras"]}
        for name in extras:
            self.assertIn(name, out)
        return extras

    def test_lookup(self):
        extras = self.alone("LOOKUP")
        self.assertAlmostEqual(extras["load"], 0.9, delta=0.01)
        self.assertEqual(extras["all_insertions_refused"], 0)
        self.assertGreater(extras["all_insertions_moving_1"], 0)
        for name in ("single", "burst", "absent_burst", "change"):
            self.assertGreater(extras[name + "_lastack"], 1)
            self.assertGreater(extras[name + "_rte_hash"], 1)

    def test_ports(self):
        extras = self.alone("PORTS")
        self.assertIn(extras["ports_of_the_destination"], range(6500, 7500))
        self.assertGreater(extras["hash_ipv6_rte_softrss_be"], extras["hash_ipv6_lastack"])
        for percent in (99, 90, 50, 0):
            self.assertGreater(extras[f"choice_at_{percent}_percent_lastack"], 1)
            self.assertGreater(extras[f"choice_at_{percent}_percent_trial"], 1)

    def test_timer(self):
        extras = self.alone("TIMER")
        self.assertEqual(extras["latest_expiry"], 0)
        for name in ("arm", "cancel", "expire"):
            self.assertGreater(extras[name + "_lastack"], 1)
            self.assertGreater(extras[name + "_rte_timer"], 1)

    def test_rate(self):
        """A rate far below what is possible is kept, within what a busy machine allows."""
        out, record = self.measured("--test", "TCP_RR", "--connections", "100", "--rate", "5k",
                                    cases=["--duration", "1", "--warmup", "0.2"])
        self.assertIn("from when it was due", out)
        self.assertTrue(3000 < record["per_second"] < 7000, out)

    def test_interrupted(self):
        """Ctrl-C gives the statistics so far."""
        with subprocess.Popen([PROGRAM, *EAL, "--", "--test", "TCP_RR", "--duration", "60"],
                              stdout=subprocess.PIPE, text=True) as child:
            line = child.stdout.readline()
            time.sleep(0.2)
            child.send_signal(signal.SIGINT)
            out = line + child.communicate(timeout=30)[0]
        self.assertIn(child.returncode, (0, 3), out)
        self.assertIn("(cut short)", out)
        self.assertRegex(out, r"CPU cycles/request=\d+")

    def test_interrupted_while_it_opens(self):
        """It tells how far it came."""
        with subprocess.Popen([PROGRAM, *EAL, "--", "--test", "TCP_RR", "--connections", "1M",
                               "--stats-period", "0.05"], stdout=subprocess.PIPE,
                              text=True) as child:
            line = child.stdout.readline()
            child.send_signal(signal.SIGINT)
            out = line + child.communicate(timeout=60)[0]
        self.assertEqual(child.returncode, 3, out)
        self.assertRegex(out, r"opening: \d+ of 1000000 connections")
        self.assertRegex(out, r"\(fill\): it was ended when \d+ of 1000000 connections were open")

    def test_prompt(self):
        """Two runs from the prompt, one stopped by hand; a wrong option is refused and forgotten."""
        with subprocess.Popen([PROGRAM, *EAL, "--", "--test", "TCP_RR", "--warmup", "0", "-i"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True) as child:
            for line, pause in (("help", 0), ("set duration 20", 0), ("show config", 0),
                                ("set active maybe", 0), ("set active on", 0),
                                ("stop", 0), ("start", 1.5), ("show port stats", 0),
                                ("show worker stats", 0), ("start", 0.5), ("stop", 2),
                                ("set topology null", 0), ("set frame 9", 0),
                                ("set duration 0.3", 0), ("start", 2), ("quit", 0)):
                child.stdin.write(line + "\n")
                child.stdin.flush()
                time.sleep(pause)
            out = child.communicate(timeout=60)[0]
        self.assertEqual(child.returncode, 0, out)
        self.assertIn("set <option> <value>      one of them anew", out)
        self.assertIn("-- --test TCP_RR --warmup 0 --duration 20", out)
        self.assertIn("--active is on or off", out)
        self.assertIn("--active makes no sense with --test TCP_RR", out)
        self.assertIn("nothing is under way", out)
        self.assertRegex(out, r"port of the server\s+rx_frames +\d+")
        self.assertRegex(out, r"bursts of \S+ +rx \d+ +tx \d+")
        self.assertRegex(out, r"RX-bursts: \d+  0: [\d.]+%")
        self.assertRegex(out, r"worker of the client\s+rx_arp +\d+")
        self.assertIn("it is under way; stop it first", out)
        self.assertIn("(cut short)", out)
        self.assertIn("--frame makes no sense with --test TCP_RR", out)
        self.assertIn("TCP_RR, topology null, 1000 connections", out)

    def test_prompt_ends_with_its_input(self):
        done = subprocess.run([PROGRAM, *EAL, "--", "--test", "TCP_RR", "-i"], timeout=60,
                              stdin=subprocess.DEVNULL, capture_output=True)
        self.assertEqual(done.returncode, 0)

    def test_no_place_for_the_record(self):
        done = run("--", "--test", "TCP_RR", *SHORT, "--json", "/nonexistent/x", eal=EAL)
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/x: No such file or directory", done.stderr)


if __name__ == "__main__":
    unittest.main()
