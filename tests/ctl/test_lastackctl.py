#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""
test_lastackctl: lastackctl against a fake telemetry socket. Each test runs the program as its user
does and compares what is printed.
"""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
import unittest

from fake_telemetry import FakeLadder, Runtime, appliance, as_list

PROGRAM = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../app/ctl/lastackctl")
PROGRAM_SECONDS = 30
US = "198.18.0.1:80"
PEER = "198.18.0.2:41822"
ISN_US = 0xffffff00     # both sequence spaces wrap around in the tests
ISN_PEER = 0xfffffff0


def received(when, flags, seq, ack=0, size=0, state="ESTABLISHED", **more):
    """A rung of a segment from the peer; seq and ack relative."""
    return {"time_us": 7_000_000 + when, "event": "segment", "local": US, "remote": PEER, "sent": 0,
            "flags": flags, "seq": (ISN_PEER + seq) & 0xffffffff,
            "ack": (ISN_US + ack) & 0xffffffff, "payload": size, "window": 64240, "mss": 0,
            "urgent": 0, "retransmit": 0, "state": state, "drop": "", **more}


def sent(when, flags, seq, ack=0, size=0, state="ESTABLISHED", **more):
    """A rung of a segment of ours."""
    return {**received(when, flags, 0, 0, size, state), "sent": 1,
            "seq": (ISN_US + seq) & 0xffffffff, "ack": (ISN_PEER + ack) & 0xffffffff,
            "window": 65535, **more}


def entered(when, state, **more):
    """A rung of a change of state."""
    return {**received(when, "", 0, 0, 0, state), "event": "state", "seq": 0, "ack": 0,
            "window": 0, **more}


def handshake():
    return [received(0, "SYN", 0, mss=1460, state="SYN-RECEIVED"),
            sent(41, "SYN ACK", 0, 1, mss=1460, state="SYN-RECEIVED"),
            received(100, "ACK", 1, 1)]


def connection(**more):
    return {"id": "0x100000003", "worker": 0, "state": "ESTABLISHED", "local": US, "remote": PEER,
            "passive": 1, "snd_una": 1, "snd_nxt": 2, "snd_wnd": 64240, "rcv_nxt": 3,
            "rcv_wnd": 65535, "cwnd": 14600, "ssthresh": 0xffffffff, "srtt_us": 412,
            "rttvar_us": 206, "rto_us": 200000, "in_flight": 0, "send_queued": 0,
            "receive_queued": 0, "out_of_order": 0, "retransmits": 0, "mss": 1460,
            "urgent_ahead": 0, "idle_us": 999_999, **more}


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.runtime = Runtime()
        self.addCleanup(self.runtime.close)
        self.environment = {**os.environ, "RUNTIME_DIRECTORY": self.runtime.path,
                            "PYTHONIOENCODING": "utf-8"}

    def ctl(self, *arguments):
        """Runs lastackctl; returns exit status, standard output, standard error."""
        done = subprocess.run([sys.executable, PROGRAM, *arguments], env=self.environment,
                              capture_output=True, encoding="utf-8", timeout=PROGRAM_SECONDS,
                              check=False)
        return done.returncode, done.stdout, done.stderr

    def shows(self, arguments, expected):
        status, out, err = self.ctl(*arguments)
        self.assertEqual((err, status), ("", 0))
        if expected.startswith("\n"):
            expected = textwrap.dedent(expected[1:])
        self.assertEqual(out, expected)

    def complains(self, arguments, sentence, status=1):
        got, out, err = self.ctl(*arguments)
        self.assertEqual((got, out), (status, ""))
        self.assertIn(sentence, err)
        self.assertNotIn("Traceback", err)

    def ladder(self, rungs, **more):
        """An appliance whose ladder holds these rungs."""
        ladder = FakeLadder(rungs, **more)
        self.runtime.start("rte", appliance(ladder=ladder.read, ladder_arm=ladder.arm))
        return ladder


class Finding(Case):
    def test_none_is_running(self):
        self.complains(["stats"], "no lastack is running")

    def test_the_only_lastack_among_other_processes(self):
        self.runtime.start("testpmd", {})
        self.runtime.start("edge", appliance())
        status, out, _ = self.ctl("info", "--json")
        self.assertEqual(status, 0)
        self.assertTrue(json.loads(out)["socket"].endswith("/edge/dpdk_telemetry.v2"))

    def test_several_are_named(self):
        self.runtime.start("east", appliance())
        self.runtime.start("west", appliance())
        self.complains(["stats"], "choose one by --file-prefix: east, west")

    def test_file_prefix_chooses(self):
        self.runtime.start("east", appliance(usage=lambda _: {"mbufs": 1}))
        self.runtime.start("west", appliance(usage=lambda _: {"mbufs": 2}))
        for arguments in (["--file-prefix", "west", "usage"], ["usage", "--file-prefix=west"]):
            self.shows(arguments, "mbufs  2  packet buffers taken from the pool\n")

    def test_unknown_prefix(self):
        self.complains(["--file-prefix", "nowhere", "stats"],
                       "no DPDK process has the file prefix nowhere")

    def test_dead_socket(self):
        process = self.runtime.start("rte", appliance())
        process.close()
        self.runtime.processes.clear()
        self.complains(["--file-prefix", "rte", "stats"], "Connection refused")
        self.complains(["stats"], "no lastack is running")

    def test_process_that_is_no_lastack(self):
        self.runtime.start("rte", {})
        self.complains(["--file-prefix", "rte", "stats"], "no lastack, or another version")

    def test_busy_worker(self):
        self.runtime.start("rte", appliance(
            conns=lambda _: {"error": "worker busy: no answer within 200 ms"}))
        self.complains(["conns"], "lastackctl: worker busy: no answer within 200 ms")


class CommandLine(Case):
    def test_mistakes_end_with_2(self):
        for arguments in ([], ["nonsense"], ["stats", "more"], ["conn"], ["conn", "x"],
                          ["conn", "0"], ["ladder", "--port", "70000"], ["ladder", "--port", "0"],
                          ["ladder", "--remote", "198.18.0.300"], ["ladder", "--count", "0"],
                          ["ladder", "--arm", "--follow"], ["ladder", "--since", "-1"],
                          ["stats", "--al"]):
            with self.subTest(arguments=arguments):
                self.complains(arguments, "usage: lastackctl", status=2)


class Counters(Case):
    def setUp(self):
        super().setUp()
        self.runtime.start("rte", appliance())

    def test_stats_leave_zeros_out(self):
        self.shows(["stats"], "rx_frames  1,234,567  frames received\n")

    def test_stats_all(self):
        self.shows(["stats", "--all"], """
            rx_frames  1,234,567  frames received
            tx_frames          0  frames sent
            """)

    def test_stats_json(self):
        _, out, _ = self.ctl("--json", "stats", "--all")
        self.assertEqual(json.loads(out), {"rx_frames": 1234567, "tx_frames": 0})

    def test_drops(self):
        self.shows(["drops"], "tcp_checksum  3  TCP checksum wrong\n")

    def test_drops_all(self):
        self.shows(["drops", "--all"], """
            eth_short     0
            tcp_checksum  3  TCP checksum wrong
            """)

    def test_usage(self):
        self.shows(["usage"], """
            connections  2  connections, SYN-SENT to LAST-ACK
            flights      0  connections with bytes in flight or out of order
            """)

    def test_info(self):
        status, out, _ = self.ctl("info")
        self.assertEqual(status, 0)
        self.assertEqual(out.splitlines()[0], "version   0.1.0")


class NothingCounted(Case):
    def test_says_so(self):
        self.runtime.start("rte", appliance(stats=lambda _: {"rx_frames": 0}, drops=lambda _: {}))
        self.shows(["stats"], "Nothing has happened yet.\n")
        self.shows(["drops"], "Nothing was dropped.\n")
        self.shows(["conns"], "No connections.\n")
        self.shows(["ports"], "No open was refused for want of a local port.\n")


class Ports(Case):
    def test_all_workers_are_asked_and_the_last_comes_first(self):
        def answer(params):
            worker = int(params)
            return as_list([{"worker": worker, "remote": f"198.18.0.{9 + worker}:80",
                             "refused": 1234 * (worker + 1), "ago_us": 5_000_000 - worker}],
                           next=worker + 1 if worker < 1 else 0)

        self.runtime.start("rte", appliance(ports=answer))
        self.shows(["ports"], """
            PEER            REFUSED  LAST
            198.18.0.10:80    2,468  5 s ago  (worker 1)
            198.18.0.9:80     1,234  5 s ago
            """)


class Connections(Case):
    def test_all_pages_are_read(self):
        pages = {0: ([0, 1], 16), 16: ([], 1 << 32), 1 << 32: ([2], 0)}

        def answer(params):
            found, following = pages[int(params)]
            return as_list([connection(id=f"0x{i + 1:x}") for i in found], next=following)

        process = self.runtime.start("rte", appliance(conns=answer))
        _, out, _ = self.ctl("conns", "--json")
        self.assertEqual([conn["id"] for conn in json.loads(out)], ["0x1", "0x2", "0x3"])
        self.assertEqual([question for question in process.questions if "conns" in question],
                         ["/lastack/conns,0", "/lastack/conns,16", "/lastack/conns,4294967296"])

    def test_no_more_is_asked_for_than_is_shown(self):
        """And what was read is shown before the next page is read: there may be millions."""
        process = self.runtime.start("rte", appliance(conns=lambda params: as_list(
            [connection(id=f"0x{int(params) + i + 1:x}") for i in range(16)], next=int(params) + 16)))
        _, out, _ = self.ctl("conns", "--count", "20", "--json")
        self.assertEqual([int(conn["id"], 16) for conn in json.loads(out)], list(range(1, 21)))
        _, out, _ = self.ctl("conns", "--count", "33")
        self.assertEqual(out.count("ESTABLISHED"), 34)
        self.assertIn("33 connections: 33 ESTABLISHED", out)
        self.assertEqual([question for question in process.questions if "conns" in question],
                         ["/lastack/conns,0", "/lastack/conns,16", "/lastack/conns,0",
                          "/lastack/conns,16", "/lastack/conns,32"])

    def asked(self, *arguments):
        """The questions that a command asks where two workers answer each once."""
        def place(params):
            return 1 << 32 if int(params.split(",")[0]) < 1 << 32 else 0

        if not self.runtime.processes:
            self.runtime.start("rte", appliance(
                conns=lambda params: as_list([], next=place(params)),
                kill_each=lambda params: {"next": place(params), "killed": 3, "matched": 3}))
        process = self.runtime.processes[0]
        process.questions.clear()
        status, out, _ = self.ctl(*arguments)
        self.assertEqual(status, 0)
        return [question for question in process.questions if "info" not in question], out

    def test_filters_go_to_the_appliance(self):
        for arguments, terms in (
                (["--remote", "198.18.0.2"], "remote=198.18.0.2"),
                (["--remote", "198.18.0.2/32"], "remote=198.18.0.2"),
                (["--remote", "198.18.0.0/24"], "remote=198.18.0.0/24"),
                (["--remote", "2001:db8::/32", "--remote-port", "5"],
                 "remote=2001:db8::/32,remote_port=5"),
                (["--local", "198.18.0.1"], "local=198.18.0.1"),
                (["--local", "198.18.0.1:80"], "local=198.18.0.1,local_port=80"),
                (["--local", "[2001:db8::1]:80"], "local=2001:db8::1,local_port=80"),
                (["--local", "2001:db8::1"], "local=2001:db8::1"),
                (["--local", ":80"], "local_port=80"), (["--port", "80"], "local_port=80"),
                (["--state", "close-wait"], "state=CLOSE-WAIT"),
                (["--idle-over", "0"], "idle_over_us=0"),
                (["--idle-over", "90"], "idle_over_us=90000000"),
                (["--idle-over", "250ms"], "idle_over_us=250000"),
                (["--idle-over", "24h"], "idle_over_us=86400000000"),
                (["--idle-over", "5m", "--state", "ESTABLISHED", "--port", "7"],
                 "local_port=7,state=ESTABLISHED,idle_over_us=300000000")):
            with self.subTest(arguments=arguments):
                questions, _ = self.asked("conns", *arguments)
                self.assertEqual(questions, [f"/lastack/conns,0,{terms}",
                                             f"/lastack/conns,{1 << 32},{terms}"])
        # The last of them.
        questions, out = self.asked("kill", *arguments)
        self.assertEqual(questions, [f"/lastack/kill_each,0,reset,{terms}",
                                     f"/lastack/kill_each,{1 << 32},reset,{terms}"])
        self.assertEqual(out, "6 connections reset.\n")

    def test_kill_of_all_by_worker_and_only_counted(self):
        self.assertEqual(self.asked("kill", "--all"),
                         ([f"/lastack/kill_each,{i << 32},reset,all" for i in range(2)],
                          "6 connections reset.\n"))
        self.assertEqual(self.asked("kill", "--all", "--worker", "0"),
                         (["/lastack/kill_each,0,reset,all"], "3 connections reset.\n"))
        self.assertEqual(self.asked("kill", "--port", "7", "--dry-run", "--worker", "1"),
                         ([f"/lastack/kill_each,{1 << 32},count,local_port=7"],
                          "3 connections would be reset.\n"))
        self.assertEqual(self.asked("conns", "--worker", "1")[0], [f"/lastack/conns,{1 << 32}"])
        self.assertEqual(json.loads(self.asked("--json", "kill", "--all")[1]), {"killed": 6})

    def test_kill_that_does_not_say_which_is_refused(self):
        for arguments in ([], ["--dry-run"], ["--worker", "0"], ["7", "--all"], ["7", "--port", "7"],
                          ["--all", "--port", "7"], ["7", "--dry-run"],
                          ["--port", "7", "--local", "198.18.0.1"], ["--remote", "198.18.0.1/24"],
                          ["--remote", "198.18.0.1/33"], ["--remote", "peer"], ["--local", ""],
                          ["--local", ":"], ["--local", "198.18.0.1:0"], ["--local", "x:80"],
                          ["--state", "LISTEN"], ["--state", "TIME-WAIT"], ["--idle-over", "25h"],
                          ["--idle-over", "-1"], ["--idle-over", "s"], ["--idle-over", "1.5s"],
                          ["--remote-port", "0"]):
            with self.subTest(arguments=arguments):
                status, out, err = self.ctl("kill", *arguments)
                self.assertEqual((status, out), (2, ""))
                self.assertIn("usage: lastackctl kill", err)

    def test_a_worker_that_is_late_is_asked_again(self):
        late = iter([True, False, True, True, False])

        def answer(params):
            if next(late):
                return {"error": "worker busy: no answer within 200 ms"}
            return as_list([connection()], next=0 if int(params) else 16)

        self.runtime.start("rte", appliance(conns=answer))
        self.assertEqual(len(json.loads(self.ctl("conns", "--json")[1])), 2)

    def test_pages_that_go_round_end(self):
        self.runtime.start("rte", appliance(conns=lambda _: as_list([connection()], next=16)))
        _, out, _ = self.ctl("conns", "--json")
        self.assertEqual(len(json.loads(out)), 2)

    def test_json_of_none(self):
        self.runtime.start("rte", appliance(conns=lambda _: as_list([], next=0)))
        self.assertEqual(self.ctl("conns", "--json")[1], "[]\n")

    def test_a_list_that_was_cut_off_is_noticed(self):
        cut = as_list([connection(), connection()], next=0)
        del cut["1"]
        self.runtime.start("rte", appliance(conns=lambda _: cut))
        self.complains(["conns"], "entry 1 of 2 is missing")

    def test_view(self):
        self.runtime.start("rte", appliance(conns=lambda _: as_list([
            connection(),
            connection(id="0x7", local="[2001:db8::1]:80", state="CLOSE-WAIT", srtt_us=0,
                       ssthresh=7300, send_queued=2920, in_flight=1460, retransmits=1,
                       rto_us=1_600_000, worker=1, idle_us=61_000_000)], next=0)))
        self.shows(["conns"], """
            STATE        LOCAL             PEER              ID
            ESTABLISHED  198.18.0.1:80     198.18.0.2:41822  0x100000003
                         cwnd 14,600  mss 1,460  srtt 412 us +- 206 us  rto 200 ms
                         window 64,240 out, 65,535 in
            CLOSE-WAIT   [2001:db8::1]:80  198.18.0.2:41822  0x7  (worker 1)
                         cwnd 14,600  ssthresh 7,300  mss 1,460  rto 1.6 s
                         window 64,240 out, 65,535 in  queued 2,920  in flight 1,460  sent again 1  idle 61 s

            2 connections: 1 CLOSE-WAIT, 1 ESTABLISHED
            """)

    def test_one(self):
        chosen = {"send_buffer": 262144, "rto_min_us": 200000, "idle_timeout_us": 0, "ecn": "ask",
                  "sack": 1, "keepalive": 0}
        process = self.runtime.start("rte", appliance(conn=lambda _: connection(options=chosen)))
        status, out, _ = self.ctl("conn", "4294967299")
        self.assertEqual(status, 0)
        self.assertIn("passive: the peer connected", out)
        self.assertIn("options: send_buffer 262,144, rto_min 200 ms, idle_timeout none, ecn ask, "
                      "sack on,\n", out)
        self.assertIn("/lastack/conn,0x100000003,0", process.questions)

    def test_one_that_is_gone(self):
        self.runtime.start("rte", appliance(conn=lambda _: {"error": "there is no connection 0x5"}))
        self.complains(["conn", "5"], "there is no connection 0x5")


# Lines of 100 columns at most, so indented by nothing.
WHOLE_LIFE = """\
            198.18.0.2:41822  (peer)                              (us)  198.18.0.1:80
   0.000 ms ├────────────────── SYN  seq 0  win 64240  mss 1460 ───────────────────▶│ SYN-RECEIVED
   0.041 ms │◀───────────── SYN ACK  seq 0  ack 1  win 65535  mss 1460 ─────────────┤ SYN-RECEIVED
   0.100 ms ├──────────────────── ACK  seq 1  ack 1  win 64240 ────────────────────▶│ ESTABLISHED
   0.150 ms ├────────────── PSH ACK  seq 1  ack 1  len 77  win 64240 ──────────────▶│ ESTABLISHED
 201.200 ms │◀──────────── PSH ACK  seq 1  ack 78  len 1460  win 65535 ─────────────┤ ESTABLISHED
 401.200 ms │◀───────── PSH ACK  seq 1  ack 78  len 1460  win 65535  again ─────────┤ ESTABLISHED
 401.250 ms ├╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ RST  seq 90000 ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌✗│ ESTABLISHED
            │                      dropped: sequence_reset (RST outside the window) │
 401.300 ms ├────────────────── ACK  seq 78  ack 1461  win 64240 ──────────────────▶│ ESTABLISHED
 401.350 ms │                                                       our side closes ● FIN-WAIT-1
 401.400 ms │◀──────────────── FIN ACK  seq 1461  ack 78  win 65535 ────────────────┤ FIN-WAIT-1
 401.500 ms ├────────────────── ACK  seq 78  ack 1462  win 64240 ──────────────────▶│ FIN-WAIT-2
 401.600 ms ├──────────────── FIN ACK  seq 78  ack 1462  win 64240 ────────────────▶│ TIME-WAIT
 401.650 ms │◀────────────────── ACK  seq 1462  ack 79  win 65535 ──────────────────┤ TIME-WAIT
            ┊                                                                       ┊
  60.402 s  │                                                     TIME-WAIT is over ● CLOSED
            12 segments, 77 bytes received, 1,460 bytes sent, 1 sent again, 1 dropped
"""


class LadderView(Case):
    def test_from_syn_to_the_end_of_time_wait(self):
        self.ladder([
            *handshake(),
            received(150, "PSH ACK", 1, 1, 77),
            sent(201_200, "PSH ACK", 1, 78, 1460),
            sent(401_200, "PSH ACK", 1, 78, 1460, retransmit=1),
            received(401_250, "RST", 90000, drop="sequence_reset"),
            received(401_300, "ACK", 78, 1461),
            entered(401_350, "FIN-WAIT-1"),
            sent(401_400, "FIN ACK", 1461, 78, state="FIN-WAIT-1"),
            received(401_500, "ACK", 78, 1462, state="FIN-WAIT-2"),
            received(401_600, "FIN ACK", 78, 1462, state="TIME-WAIT"),
            sent(401_650, "ACK", 1462, 79, state="TIME-WAIT"),
            entered(60_401_650, "CLOSED")])
        self.shows(["ladder"], WHOLE_LIFE)

    def test_no_line_is_wider_than_100_columns(self):
        self.ladder([*handshake(),
                     sent(200, "PSH ACK", 104857600, 104857600, 65495, window=16777216,
                          retransmit=1),
                     received(123_456_789_000, "ACK", 1, 1, drop="sequence_reset")])
        for arguments in (["ladder"], ["ladder", "--ascii"]):
            _, out, _ = self.ctl(*arguments)
            self.assertLessEqual(max(map(len, out.splitlines())), 100)
            self.assertIn("seq 104857600 ack 104857600 len 65495 win 16777216 again", out)

    def test_more_words_than_fit_are_shown_all_the_same(self):
        self.ladder([sent(200, "FIN PSH ACK URG", 1_000_000, 2_000_000, 65495, urgent=65535,
                          mss=9160, window=1 << 30, retransmit=1)])
        _, out, _ = self.ctl("ladder")
        self.assertIn("len 65495 win 1073741824 mss 9160 urg 65535 again ─┤ ESTABLISHED", out)

    def test_ascii(self):
        self.ladder([*handshake(), received(150, "RST", 1, state="CLOSED"),
                     received(2_000_150, "ACK", 5, 5, state="CLOSED", drop="closed_answered"),
                     entered(2_000_160, "LISTEN")])
        for arguments in (["ladder", "--ascii"], ["--ascii", "ladder"]):
            _, out, _ = self.ctl(*arguments)
            self.assertTrue(out.isascii(), out)
            self.assertIn("|---", out)
            self.assertIn("-->|", out)
            self.assertIn("|<--", out)
            self.assertIn("x|", out)
            self.assertIn("*", out)

    def test_ascii_where_the_output_has_no_utf8(self):
        self.ladder(handshake())
        self.environment["PYTHONIOENCODING"] = "ascii"
        status, out, err = self.ctl("ladder")
        self.assertEqual((status, err), (0, ""))
        self.assertTrue(out.isascii(), out)

    def test_without_the_syn_numbers_count_from_the_first_segment(self):
        self.ladder([received(0, "PSH ACK", 5000, 700, 10), sent(10, "ACK", 700, 5010)])
        _, out, _ = self.ctl("ladder")
        self.assertIn("PSH ACK  seq 0  ack 0  len 10", out)
        self.assertIn("ACK  seq 0  ack 10 ", out)
        self.assertIn("the SYN is not in the ladder", out)

    def test_syn_ack_alone_tells_both_beginnings(self):
        self.ladder([sent(0, "SYN ACK", 0, 1, state="SYN-RECEIVED"), received(10, "ACK", 1, 1)])
        _, out, _ = self.ctl("ladder")
        self.assertIn("SYN ACK  seq 0  ack 1 ", out)
        self.assertIn(" ACK  seq 1  ack 1 ", out)

    def test_keepalive_probe_lies_one_before(self):
        self.ladder([*handshake(), received(200, "ACK", -1, 1)])
        _, out, _ = self.ctl("ladder")
        self.assertIn("ACK  seq -1  ack 1 ", out)

    def test_a_dropped_segment_does_not_shift_the_numbers(self):
        self.ladder([received(0, "SYN", 123456, drop="tcp_checksum", state="CLOSED"),
                     *handshake()])
        _, out, _ = self.ctl("ladder")
        self.assertIn("SYN  seq 0  win 64240  mss 1460", out)
        self.assertIn(" ACK  seq 1  ack 1 ", out)

    def test_changes_that_a_segment_made_are_part_of_it(self):
        self.ladder([
            *handshake()[:2],
            received(100, "FIN ACK", 1, 1, state="CLOSE-WAIT"),
            entered(100, "ESTABLISHED"),
            entered(100, "CLOSE-WAIT"),
            entered(100, "LAST-ACK"),
            sent(100, "FIN ACK", 1, 2, state="LAST-ACK"),
            entered(100, "LAST-ACK")])
        _, out, _ = self.ctl("ladder")
        self.assertEqual(out.count("●"), 1)
        self.assertIn("our side closes ● LAST-ACK", out)

    def test_given_up(self):
        self.ladder([*handshake()[:2],
                     sent(1_000_041, "SYN ACK", 0, 1, state="SYN-RECEIVED", retransmit=1),
                     entered(3_000_041, "CLOSED")])
        _, out, _ = self.ctl("ladder")
        self.assertIn("given up: no answer to our SYN ● CLOSED", out)

    def test_connections_are_kept_apart(self):
        other = {"remote": "198.18.0.3:5"}
        self.ladder([*handshake(), received(110, "SYN", 900, mss=536, state="SYN-RECEIVED", **other),
                     received(120, "ACK", 1, 1)])
        _, out, _ = self.ctl("ladder")
        first, second = out.split("\n\n")
        self.assertIn("4 segments", first)
        self.assertIn("198.18.0.3:5  (peer)", second)
        self.assertIn("0.000 ms ├", second)
        self.assertIn("SYN  seq 0  win 64240  mss 536", second)

    def test_a_new_incarnation_is_a_new_connection(self):
        again = 5000
        self.ladder([*handshake(),
                     received(200, "RST", 1, state="CLOSED"),
                     received(300, "SYN", again, mss=1460, state="SYN-RECEIVED"),
                     received(310, "SYN", again, mss=1460, state="SYN-RECEIVED"),
                     received(320, "ACK", again + 1, 1)])
        _, out, _ = self.ctl("ladder")
        self.assertEqual(out.count("(peer)"), 2)
        self.assertEqual(out.count("SYN  seq 0"), 3)

    def test_filters(self):
        self.ladder([*handshake(), received(9, "SYN", 0, remote="198.18.0.3:5"),
                     received(9, "SYN", 0, local="198.18.0.1:7", remote="[2001:db8::2]:6")])
        for arguments, count in ((["--remote", "198.18.0.3"], 1), (["--remote-port", "41822"], 3),
                                 (["--port", "7"], 1), (["--port", "80"], 4),
                                 (["--remote", "2001:db8:0::2"], 1),
                                 (["--remote", "198.18.0.3", "--port", "7"], 0)):
            with self.subTest(arguments=arguments):
                _, out, _ = self.ctl("ladder", "--json", *arguments)
                self.assertEqual(len(json.loads(out)), count)

    def test_count_is_the_last_and_numbers_still_count_from_the_syn(self):
        self.ladder([*handshake(), received(150, "ACK", 11, 21)])
        _, out, _ = self.ctl("ladder", "--count", "1")
        self.assertIn("0.000 ms ├", out)
        self.assertIn("ACK  seq 11  ack 21 ", out)
        self.assertIn("1 segment\n", out)

    def test_json(self):
        self.ladder(handshake())
        _, out, _ = self.ctl("ladder", "--json")
        rungs = json.loads(out)
        self.assertEqual([rung["relative_seq"] for rung in rungs], [0, 0, 1])
        self.assertEqual([rung["relative_ack"] for rung in rungs], [None, 1, 1])
        self.assertEqual([rung["offset_us"] for rung in rungs], [0, 41, 100])

    def test_empty_says_how_to_arm(self):
        self.ladder([])
        status, out, _ = self.ctl("ladder")
        self.assertEqual(status, 0)
        self.assertIn("lastackctl ladder --arm", out)


class LadderRecording(Case):
    def test_arm_and_off(self):
        ladder = self.ladder(handshake())
        self.shows(["ladder", "--arm"], "")
        self.shows(["ladder", "--arm", "--remote", "198.18.0.2", "--remote-port", "5", "--port",
                    "80"], "")
        self.shows(["ladder", "--off"], "")
        self.assertEqual(ladder.armed, [
            "all", "remote=198.18.0.2,remote_port=5,local_port=80", "off"])

    def test_since_the_cursor_that_arm_told(self):
        ladder = self.ladder(handshake())
        _, out, _ = self.ctl("ladder", "--arm", "--json")
        cursor = json.loads(out)["cursor"]
        self.assertEqual(cursor, 3)
        ladder.rungs.append(received(500, "ACK", 1, 1))
        _, out, _ = self.ctl("ladder", "--since", str(cursor), "--json")
        self.assertEqual([rung["offset_us"] for rung in json.loads(out)], [0])
        self.assertEqual(json.loads(out)[0]["time_us"], 7_000_500)

    def test_a_ladder_that_fills_as_fast_as_it_is_read(self):
        rung = received(0, "ACK", 1, 1)

        def read(params):
            first = int(params.split(",")[0])
            return as_list([{**rung, "time_us": rung["time_us"] + first + i} for i in range(32)],
                           worker=0, next=first + 32)

        process = self.runtime.start("rte", appliance(ladder=read))
        status, out, err = self.ctl("ladder", "--json")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(len(json.loads(out)), 4096)
        asked = [question for question in process.questions
                 if question.startswith("/lastack/ladder,")]
        self.assertEqual(len(asked), 128)

    def test_a_cursor_beyond_all_cursors_is_refused(self):
        self.ladder(handshake())
        for number in str(1 << 64), "9" * 30, "9" * 5000:
            status, out, err = self.ctl("ladder", "--since", number)
            self.assertEqual((status, out), (2, ""))
            self.assertIn("is no cursor", err)
            self.assertNotIn("Traceback", err)
        self.assertEqual(self.ctl("ladder", "--since", str((1 << 64) - 1))[0], 0)

    def follow(self, *arguments):
        return subprocess.Popen([sys.executable, PROGRAM, "ladder", "--follow", *arguments],
                                env=self.environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, encoding="utf-8")

    def wait_armed(self, ladder):
        deadline = time.monotonic() + PROGRAM_SECONDS
        while not ladder.armed:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_follow_shows_what_is_new_until_interrupted(self):
        ladder = self.ladder([received(0, "ACK", 77, 77)])
        for number in signal.SIGINT, signal.SIGTERM:
            ladder.armed.clear()
            with self.follow("--port", "80") as process:
                self.wait_armed(ladder)
                ladder.rungs.extend(handshake())
                lines = [process.stdout.readline() for _ in range(4)]
                process.send_signal(number)
                out, err = process.communicate(timeout=PROGRAM_SECONDS)
            self.assertEqual((process.returncode, out, err), (0, "", ""))
            self.assertIn("198.18.0.2:41822  (peer)", lines[0])
            self.assertIn("SYN  seq 0 ", lines[1])
            self.assertIn("ACK  seq 1  ack 1 ", lines[3])
            self.assertEqual(ladder.armed, ["local_port=80", "off"])

    def test_follow_stops_after_count_and_says_whose_a_rung_is(self):
        ladder = self.ladder([])
        with self.follow("--count", "4") as process:
            self.wait_armed(ladder)
            ladder.rungs.extend([*handshake()[:2],
                                 received(90, "SYN", 0, remote="198.18.0.3:5"),
                                 *handshake()[2:], received(150, "ACK", 1, 1)])
            out, _ = process.communicate(timeout=PROGRAM_SECONDS)
        self.assertEqual(process.returncode, 0)
        blocks = out.split("\n\n")
        self.assertEqual([block.count("(peer)") for block in blocks], [1, 1, 1])
        self.assertEqual([len(block.splitlines()) for block in blocks], [3, 2, 2])
        self.assertIn("0.100 ms ├", blocks[2])

    def test_follow_as_json_is_one_object_a_line(self):
        ladder = self.ladder([])
        with self.follow("--count", "3", "--json") as process:
            self.wait_armed(ladder)
            ladder.rungs.extend(handshake())
            out, _ = process.communicate(timeout=PROGRAM_SECONDS)
        self.assertEqual([json.loads(line)["relative_seq"] for line in out.splitlines()], [0, 0, 1])

    def test_follow_tells_of_rungs_that_were_overwritten(self):
        ladder = self.ladder([received(0, "ACK", 77, 77)])
        with self.follow("--count", "1") as process:
            self.wait_armed(ladder)
            ladder.oldest = 3
            ladder.rungs.extend(handshake())
            _, err = process.communicate(timeout=PROGRAM_SECONDS)
        self.assertIn("2 rungs came too fast to be read", err)

    def test_follow_ends_when_the_process_does(self):
        ladder = self.ladder([])
        with self.follow() as process:
            self.wait_armed(ladder)
            self.runtime.processes.pop().close()
            _, err = process.communicate(timeout=PROGRAM_SECONDS)
        self.assertEqual(process.returncode, 1)
        self.assertIn("lastackctl: ", err)
        self.assertNotIn("Traceback", err)


if __name__ == "__main__":
    unittest.main()
