#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
test_telemetry: lastackctl, DPDK's telemetry and our endpoints together, over a stack that is made up
(fake_stack.c). Its numbers are as long as they can be: nothing may be cut off.

usage: test_telemetry.py FAKE_STACK
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../app/ctl/lastackctl")
PROGRAM_SECONDS = 60
EAL = ["--no-huge", "-m", "64", "--no-pci", "-l", "0", "--log-level=error"]
HIGHEST = (1 << 64) - 1
WORKERS = 2
CONNECTIONS = 40
RUNGS = 100
SHORTAGES = 16


class Process:
    """fake_stack, in a runtime directory of its own."""

    def __init__(self, path, **environment):
        self.directory = tempfile.TemporaryDirectory(prefix="lastack-telemetry-")
        self.environment = {**os.environ, "RUNTIME_DIRECTORY": self.directory.name,
                            "PYTHONIOENCODING": "utf-8", **environment}
        self.process = subprocess.Popen([path, *EAL, "--file-prefix", "fake"],
                                        env=self.environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        encoding="utf-8")
        self.started = self.process.stdout.readline()

    def order(self, text):
        """An order to the process; returns its result and what it says to that."""
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        result, _, sentence = self.process.stdout.readline().partition(" ")
        return int(result), sentence.strip()

    def end(self):
        """Ends it; returns its exit status and what it wrote on standard error."""
        _, err = self.process.communicate(timeout=PROGRAM_SECONDS)
        self.directory.cleanup()
        return self.process.returncode, err

    def ctl(self, *arguments):
        done = subprocess.run([sys.executable, PROGRAM, *arguments], env=self.environment,
                              capture_output=True, encoding="utf-8", timeout=PROGRAM_SECONDS,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def ask(self, question):
        """The answer as DPDK sends it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
            client.settimeout(PROGRAM_SECONDS)
            client.connect(os.path.join(self.directory.name, "dpdk/fake/dpdk_telemetry.v2"))
            client.recv(1024)
            client.send(question.encode())
            return json.loads(client.recv(1 << 17))[question.split(",")[0]]


class Telemetry(unittest.TestCase):
    path = None     # of fake_stack
    maxDiff = None

    def setUp(self):
        self.fake = Process(self.path)
        self.assertEqual(self.fake.started, "0 \n")
        self.err = None
        self.addCleanup(self.end)

    def end(self):
        if self.err is None:
            status, self.err = self.fake.end()
            self.assertEqual((status, "Sanitizer" in self.err), (0, False), self.err)
        return self.err

    def json_of(self, *arguments):
        status, out, err = self.fake.ctl("--json", *arguments)
        self.assertEqual((status, err), (0, ""))
        return json.loads(out)

    def test_info(self):
        info = self.json_of("info")
        self.assertEqual((info["version"], info["workers"], info["pid"]),
                         ("0.1.0", WORKERS, self.fake.process.pid))
        self.assertLess(info["uptime_s"], PROGRAM_SECONDS)

    def test_counters_are_sums_and_complete(self):
        stats = self.json_of("stats", "--all")
        self.assertEqual(stats["rx_frames"], 0)
        self.assertEqual({value for name, value in stats.items() if name != "rx_frames"},
                         {HIGHEST - 1})
        self.assertEqual(list(stats)[-1], "cycles_send")
        self.assertEqual(self.json_of("drops"), {"sequence": HIGHEST - 1})
        drops = self.json_of("drops", "--all")
        with open(os.path.join(HERE, "../../lib/base/drop.def"), encoding="utf-8") as listed:
            names = [line[5:line.index(",")] for line in listed if line.startswith("DROP(")]
        self.assertEqual(list(drops), names)
        self.assertEqual(self.json_of("usage")["connections"], WORKERS * CONNECTIONS)

    def test_every_counter_has_its_help(self):
        for kind in "stats", "drops":
            texts = self.fake.ask(f"/lastack/help,{kind}")
            self.assertEqual(list(texts), list(self.json_of(kind, "--all")))
            self.assertNotIn("", texts.values())

    def test_every_connection_is_shown_once(self):
        conns = self.json_of("conns")
        expected = [(worker, f"0x{HIGHEST - 2 * i:x}")
                    for worker in range(WORKERS) for i in range(CONNECTIONS)]
        self.assertEqual([(conn["worker"], conn["id"]) for conn in conns], expected)
        self.assertEqual({len(conn) for conn in conns}, {24})
        one = self.json_of("conn", conns[0]["id"])
        self.assertEqual(one | conns[0], one)
        one = self.json_of("conn", conns[-1]["id"], "--worker", "1")
        self.assertEqual(one | conns[-1], one)

    def test_one_connection_shows_its_options(self):
        options = self.json_of("conn", f"0x{HIGHEST:x}")["options"]
        with open(os.path.join(HERE, "../../lib/lastack.h"), encoding="utf-8") as header:
            text = header.read()
        fields = text[text.index("struct la_tcp_options {"):]
        fields = re.findall(r"^\t\w[\w ]* (\w+);", fields[:fields.index("};")], re.MULTILINE)
        self.assertEqual(sorted(options), sorted(fields))
        self.assertEqual([options[name] for name in ("congestion", "ecn", "syn_cookies", "ttl")],
                         ["newreno", "ask", "always", 1])

    def test_every_shortage_of_ports_is_shown_once(self):
        shortages = self.json_of("ports")
        self.assertEqual([(one["worker"], one["ago_us"]) for one in shortages],
                         [(worker, HIGHEST - i) for worker in range(WORKERS)
                          for i in range(SHORTAGES)])
        self.assertEqual({(one["remote"], one["refused"]) for one in shortages},
                         {("[" + ":".join(["fefe"] * 8) + "]:65535", HIGHEST)})

    def test_a_connection_is_killed_on_its_worker(self):
        conn = self.json_of("conns")[-1]
        self.assertEqual(self.fake.ctl("kill", conn["id"], "--worker", "1"), (0, "", ""))
        self.assertEqual(self.json_of("kill", conn["id"]), {"killed": 1})
        status, _, err = self.fake.ctl("kill", "7")
        self.assertEqual((status, "no connection 0x7" in err), (1, True))
        lines = [line for line in self.end().splitlines() if line.startswith("worker")]
        self.assertEqual(lines, [f"worker {w}: killed {conn['id']}" for w in (1, 0)])

    def test_a_filter_chooses_connections(self):
        for arguments, count in (
                (["--state", "SYN-RECEIVED"], WORKERS * CONNECTIONS),
                (["--state", "ESTABLISHED"], 0), (["--idle-over", "24h"], WORKERS * CONNECTIONS),
                (["--remote-port", "65533"], WORKERS), (["--remote-port", "65534"], 0),
                (["--remote-port", "65533", "--worker", "1"], 1),
                (["--remote", "fefe::/16", "--port", "65535"], WORKERS * CONNECTIONS),
                (["--remote", "fefe::/17"], 0), (["--port", "80"], 0)):
            with self.subTest(arguments=arguments):
                self.assertEqual(len(self.json_of("conns", *arguments)), count)
                self.assertEqual(self.json_of("kill", "--dry-run", *arguments),
                                 {"matched": count})
        self.assertEqual(self.json_of("conns", "--count", "3", "--state", "SYN-RECEIVED"),
                         self.json_of("conns", "--count", "3"))
        self.assertNotIn("killed", self.end())

    def test_kill_by_filter_and_of_all(self):
        self.assertEqual(self.fake.ctl("kill", "--remote-port", "65533"),
                         (0, "2 connections reset.\n", ""))
        self.assertEqual(self.json_of("kill", "--all", "--worker", "1"), {"killed": CONNECTIONS})
        lines = [line for line in self.end().splitlines() if line.startswith("worker")]
        self.assertEqual(lines, [f"worker {w}: killed 0x{HIGHEST - 2:x}" for w in range(WORKERS)]
                         + [f"worker 1: killed 0x{HIGHEST - 2 * i:x}" for i in range(CONNECTIONS)])

    def test_a_sweep_of_a_busy_worker_is_repeated(self):
        self.fake.order("busy")
        self.assertIn("worker busy", self.fake.ask("/lastack/kill_each,0,count,all")["error"])
        threading.Timer(0.3, lambda: self.fake.order("idle")).start()
        self.assertEqual(self.json_of("kill", "--dry-run", "--all"),
                         {"matched": WORKERS * CONNECTIONS})

    def test_every_listener_is_shown_and_one_is_closed(self):
        listeners = self.json_of("listeners")
        self.assertEqual([listener["listener"] for listener in listeners], list(range(3, 1024, 10)))
        # What each worker has is added up; a limit that there is none of is left out.
        self.assertEqual(listeners[0],
                         {"listener": 3, "local": "[" + ":".join(["fefe"] * 8) + "]:65535",
                          "service": "chargen", "connections": (1 << 32) - 1, "half_open": 1,
                          "connections_limit": (1 << 32) - 2, "half_open_limit": (1 << 32) - 2})
        self.assertNotIn("half_open_limit", listeners[1])
        lines = self.fake.ctl("listeners")[1].splitlines()
        self.assertEqual(len(lines), 1 + len(listeners))
        self.assertIn("at most connections 4,294,967,294 on each worker", lines[2])
        self.assertEqual(self.json_of("listen-end", "13"), {"closed": 1})
        status, _, err = self.fake.ctl("listen-end", "14")
        self.assertEqual((status, "no listener 14" in err), (1, True))

    def test_a_listener_is_opened_by_the_process(self):
        status, _, err = self.fake.ctl("listen", ":7", "echo")
        self.assertEqual((status, "opens no listeners" in err), (1, True))
        self.fake.order("open")
        self.assertEqual(self.fake.ctl("listen", ":7", "echo"), (0, "listener 1023\n", ""))
        self.assertEqual(self.json_of("listen", "198.18.0.1:80", "echo", "--close", "server",
                                      "--set", "options.ttl=9", "--set", "options.pacing=false",
                                      "--set", "limits.connections=5"), {"listener": 1023})
        # A sentence that is longer than DPDK's strings comes whole.
        status, _, err = self.fake.ctl("listen", ":80", "http", "--body", 'a "b", {c}: \u00fc')
        self.assertEqual((status, err), (1, "lastackctl: " + "x" * 255 + "\n"))
        status, _, err = self.fake.ctl("listen", ":80", "http", "--body", "b" * 1000)
        self.assertEqual((status, "too long" in err), (1, True))
        for arguments in ([], [":7"], ["7", "echo"], ["198.18.0.1", "echo"], [":0", "echo"],
                          [":7", "echo", "--set", "ttl"], [":7", "echo", "--set", "a.b.c=1"],
                          [":7", "http", "--body", "x", "--size", "1"]):
            self.assertEqual(self.fake.ctl("listen", *arguments)[0], 2, arguments)
        self.fake.order("stop")
        self.fake.order("start")
        status, _, err = self.fake.ctl("listen", ":7", "echo")
        self.assertEqual((status, "opens no listeners" in err), (1, True))
        lines = [line for line in self.end().splitlines() if line.startswith("listen:")]
        self.assertEqual(lines, [
            "listen: {port: 7, service: echo}",
            "listen: {port: 80, service: echo, address: 198.18.0.1, close: server, "
            "options: {ttl: 9, pacing: false}, limits: {connections: 5}}",
            'listen: {port: 80, service: http, http: {body: "a \\"b\\", {c}: \u00fc"}}'])

    def test_limits_are_shown_and_changed(self):
        limits = self.json_of("limits")
        self.assertEqual([(one["worker"], one["connections_limit"]) for one in limits],
                         [(0, 7), (1, 8)])
        self.assertEqual({tuple(one[name] for name in ("connections", "connections_reserved",
                                                       "half_open_limit", "half_open_reserved"))
                          for one in limits}, {(CONNECTIONS, (1 << 32) - 1, 8, (1 << 32) - 2)})
        self.assertIn("4,294,967,295", self.fake.ctl("limits")[1])
        # What is not named stays as it is on the first worker.
        self.assertEqual(self.fake.ctl("limit", "--connections", "5"), (0, "", ""))
        self.assertEqual(self.json_of("limit", "--half-open", "all"), {"changed": 1})
        self.fake.ctl("limit", "--connections", "0", "--half-open", "6")
        self.fake.ctl("limit", "--listener", "3", "--half-open", "9")
        self.fake.ctl("limit", "--listener", "13", "--connections", "all")
        status, _, err = self.fake.ctl("limit", "--connections", "99")
        self.assertEqual((status, "99 are too many" in err), (1, True))
        status, _, err = self.fake.ctl("limit", "--listener", "3", "--connections", "99")
        self.assertEqual((status, "not every worker has changed listener 3" in err), (1, True))
        status, _, err = self.fake.ctl("limit", "--listener", "4", "--connections", "1")
        self.assertEqual((status, "no such listener" in err), (1, True))
        self.assertEqual(self.fake.ctl("limit", "--listener", "4")[0], 2)
        lines = [line for line in self.end().splitlines() if line.startswith("limits")]
        self.assertEqual(lines, ["limits: 5 8", "limits: 7 4294967295", "limits: 0 6",
                                 "limits of 3: 4294967294 9",
                                 "limits of 13: 4294967295 4294967295"])

    def test_every_worker_is_shown(self):
        workers = self.json_of("workers")
        self.assertEqual([worker["worker"] for worker in workers], list(range(WORKERS)))
        self.assertEqual({worker["connections"] for worker in workers}, {CONNECTIONS})
        # Every counter that is asked for by its name exists.
        self.assertEqual({name for worker in workers for name, value in worker.items() if not value},
                         {"worker", "rx_frames"})
        lines = self.fake.ctl("workers")[1].splitlines()
        self.assertEqual(len(lines), 1 + WORKERS)

    def test_every_rung_is_shown_once(self):
        rungs = self.json_of("ladder")
        self.assertEqual(len(rungs), WORKERS * RUNGS)
        self.assertEqual(rungs[0]["flags"], "SYN FIN RST PSH ACK URG")
        self.assertEqual(rungs[0]["drop"], "no_connection_record")
        self.assertEqual(rungs[0]["local"], "[" + ":".join(["fefe"] * 8) + "]:65535")
        self.assertEqual({len(rung) for rung in rungs}, {len(rungs[0])})
        page = self.fake.ask(f"/lastack/ladder,{HIGHEST - 1 - RUNGS + 98},1")
        self.assertEqual((page["count"], page["next"], page["worker"]), (2, HIGHEST - 1, 1))

    def test_arming_reaches_every_worker(self):
        for arguments in (["--arm", "--remote", "198.18.0.2", "--remote-port", "5", "--port",
                           "80"], ["--arm"], ["--off"]):
            self.assertEqual(self.fake.ctl("ladder", *arguments), (0, "", ""))
        lines = [line for line in self.end().splitlines() if line.startswith("worker")]
        said = ["remote 198.18.0.2 remote_port 5 local_port 80",
                "remote any remote_port 0 local_port 0", "off"]
        self.assertEqual(lines, [f"worker {w}: {text}" for text in said for w in range(WORKERS)])

    def test_wrong_parameters_are_answered_by_a_sentence(self):
        for question, word in (
                ("/lastack/info,x", "no parameter"), ("/lastack/stats,x", "no parameter"),
                ("/lastack/usage,x", "no parameter"), ("/lastack/drops,x", "all"),
                ("/lastack/help", "drops"), ("/lastack/conns,-1", "next"),
                ("/lastack/conns, 1", "next"), ("/lastack/conns,1x", "next"),
                ("/lastack/conns,18446744073709551616", "next"),
                ("/lastack/conns,8589934592", "no worker 2"), ("/lastack/conn", "ID"),
                ("/lastack/conn,0x", "ID"), ("/lastack/conn,1,2,3", "ID"),
                ("/lastack/conn,1,4294967296", "no worker 4294967296"),
                ("/lastack/kill", "ID"), ("/lastack/kill,7", "no connection 0x7"),
                ("/lastack/conns,0,port=7", "filter"), ("/lastack/conns,0,all,all", "filter"),
                ("/lastack/kill_each", "FROM"), ("/lastack/kill_each,0", "FROM"),
                ("/lastack/kill_each,0,reset", "FROM"), ("/lastack/kill_each,0,reset,", "FROM"),
                ("/lastack/kill_each,0,kill,all", "FROM"), ("/lastack/kill_each,all", "FROM"),
                ("/lastack/kill_each,reset,all", "FROM"),
                ("/lastack/kill_each,0,reset,all,state=ESTABLISHED", "FROM"),
                ("/lastack/kill_each,0,reset,state=", "FROM"),
                ("/lastack/kill_each,8589934592,count,all", "no worker 2"),
                ("/lastack/workers,x", "next"), ("/lastack/limits,x", "next"),
                ("/lastack/listen", "port: 7"), ("/lastack/limit", "takes"), ("/lastack/limit,listener=3", "takes"),
                ("/lastack/limit,connections=", "takes"),
                ("/lastack/limit,connections=4294967295", "takes"),
                ("/lastack/limit,connections=5,connections=6", "takes"),
                ("/lastack/limit,connections=5,", "takes"),
                ("/lastack/limit,connections= 5", "takes"),
                ("/lastack/limit,half_open=5x", "takes"),
                ("/lastack/limit,half_open=5,time_wait=5", "takes"),
                ("/lastack/limit,listener=x,half_open=5", "takes"),
                ("/lastack/limit,listener=1024,half_open=5", "no such listener"),
                ("/lastack/limit,listener=18446744073709551615,half_open=5", "no such listener"),
                ("/lastack/ports,x", "worker"), ("/lastack/ports,2", "no worker 2"),
                ("/lastack/conn,7", "no connection 0x7"), ("/lastack/ladder,x", "CURSOR"),
                ("/lastack/ladder,0,2", "no worker 2"), ("/lastack/ladder_arm", "remote="),
                ("/lastack/ladder_arm,port=5", "remote="),
                ("/lastack/ladder_arm,remote=nowhere", "remote="),
                ("/lastack/ladder_arm,local_port=65536", "remote="),
                ("/lastack/ladder_arm,local_port=5x", "remote="),
                ("/lastack/ladder_arm," + "local_port=5," * 20, "remote=")):
            with self.subTest(question=question):
                answer = self.fake.ask(question)
                self.assertEqual(list(answer), ["error"])
                self.assertIn(word, answer["error"])

    def test_a_busy_worker_is_said_to_be_busy(self):
        self.fake.order("busy")
        begin = time.monotonic()
        status, out, err = self.fake.ctl("conns")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("worker busy: no answer within 200 ms", err)
        self.assertGreaterEqual(time.monotonic() - begin, 0.2)
        # What needs no worker is answered all the same, and once it has time everything is.
        self.assertEqual(self.json_of("drops"), {"sequence": HIGHEST - 1})
        self.fake.order("idle")
        self.assertEqual(len(self.json_of("conns")), WORKERS * CONNECTIONS)

    def test_stop_and_start(self):
        self.assertEqual(self.fake.order("double"),
                         (-16, "telemetry shows another stack of this process already; call "
                               "la_telemetry_stop() for that one first"))
        self.fake.order("stop")
        self.assertEqual(self.fake.ask("/lastack/stats"),
                         {"error": "no stack is running in this process"})
        self.assertEqual(self.fake.order("start"), (0, ""))
        self.assertEqual(len(self.json_of("conns")), WORKERS * CONNECTIONS)

    def test_a_start_that_failed_half_way_can_be_repeated(self):
        self.end()
        self.fake = Process(self.path, FAKE_REFUSES="4")
        self.err = None
        result, _, sentence = self.fake.started.partition(" ")
        self.assertEqual(result, "-12")
        self.assertIn("does not take the command /lastack/help", sentence)
        self.assertEqual(self.fake.order("start"), (0, ""))
        self.assertEqual(len(self.json_of("conns")), WORKERS * CONNECTIONS)
        self.assertEqual(self.fake.ctl("ladder", "--off"), (0, "", ""))

    def test_stop_while_questions_wait_for_a_busy_worker(self):
        self.fake.order("busy")
        answers = []
        askers = [threading.Thread(target=lambda: answers.append(self.fake.ask("/lastack/conns")))
                  for _ in range(4)]
        for asker in askers:
            asker.start()
        time.sleep(0.05)
        begin = time.monotonic()
        self.fake.order("stop")
        # At worst it waits for each that got the lock before it.
        self.assertLess(time.monotonic() - begin, 5)
        for asker in askers:
            asker.join()
        self.assertEqual({word for answer in answers for word in answer}, {"error"})
        self.assertEqual(self.fake.ask("/lastack/conns"),
                         {"error": "no stack is running in this process"})


if __name__ == "__main__":
    Telemetry.path = sys.argv.pop(1)
    unittest.main()
