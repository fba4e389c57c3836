#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The standard set of lastack-bench, beside its yardsticks, in one run.

usage: bench.py [--build DIR] [--rounds N] [--seconds S] [--most N] [--write] [--only PART,...]

What is compared takes turns, round after round: dpdk-testpmd forwarding the frames of TCP_RR, the
Linux kernel's TCP over a veth pair, lastack in each topology. A figure is the median of the rounds,
with the lowest and the highest; a ratio is of two medians of the same run. Cycles are those of the
time in which the kernel let the thread run. From a million connections on they lie in hugepages, which
are added for the run and given back. With --write the tables of docs/performance.md between
its marks are replaced, and the plots in docs/plots; the grid is a page of its own,
docs/performance-grid.md. Needs root. Parts: tests, offers, linux, shape, latency, grid.
"""

import argparse
import json
import os
import re
import shlex
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from pages import Pages

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PAGE = os.path.join(ROOT, "docs/performance.md")
GRID_PAGE = os.path.join(ROOT, "docs/performance-grid.md")
BUILD = os.path.join(ROOT, "build-test/release")
PLOTS = os.path.join(ROOT, "docs/plots")
BEGIN, END = "<!-- bench begin -->\n", "<!-- bench end -->\n"
STAGES = ("receive", "classify", "lookup", "tcp", "timers", "service", "output", "send")
TESTS = ("TCP_CRR", "TCP_CC", "TCP_RR", "TCP_STREAM")
TOPOLOGIES = ("self", "pair", "null")
LOADS = (10, 25, 50, 75, 90)
OFFERS = ("none", "scale,sack", "timestamps,scale,sack")
PARTS = ("tests", "offers", "linux", "shape", "latency", "grid")
COUNTS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
HUGE_FROM = 1_000_000    # connections
HUGE_EACH = 150          # bytes of a connection, its table slot included
HUGE_FIXED = 448 << 20   # packet buffers, flights, TIME-WAIT records
FAST = -10    # nice: who measures goes first where others use the machine too
EAL_MIB = 3072
LINUX_CONNECTIONS = 64


class Spread:
    """The rounds of one figure."""

    def __init__(self):
        self.values = []

    def add(self, value):
        self.values.append(value)

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self):
        low, high = min(self.values), max(self.values)
        if len(self.values) == 1:
            return f"{number(low)}"
        return f"{number(self.median)} ({number(low)} - {number(high)})"


def number(value):
    return f"{value:,.0f}" if value >= 10 else f"{value:.2f}"


def eal(lcores, prefix):
    return ["-l", lcores, "--no-huge", "-m", str(EAL_MIB), "--no-pci", "--no-shconf",
            "--no-telemetry", "--log-level=4", f"--file-prefix={prefix}-{os.getpid()}"]


def clean_up():
    """EAL empties its directories and leaves them."""
    for name in ("bench", "yard"):
        shutil.rmtree(f"/var/run/dpdk/{name}-{os.getpid()}", ignore_errors=True)


def huge_eal(lcores):
    return ["-l", lcores, "--no-pci", "--in-memory", "--single-file-segments", "--no-telemetry",
            "--log-level=4"]


def hurried(command):
    return ["nice", "-n", str(FAST), *command]


# ---- lastack ------------------------------------------------------------------------------------

class Lastack:
    def __init__(self, build, directory, seconds):
        self.program = os.path.join(build, "app/bench/lastack-bench")
        self.record = os.path.join(directory, "record.json")
        self.seconds = seconds
        self.doubts = {}

    def run(self, test, topology, *more, memory=None):
        lcores = "0,1" if topology == "pair" else "0"
        command = [self.program, *(memory or eal(lcores, "bench")), "--", "--test", test, "--topology", topology,
                   "--duration", str(self.seconds), "--stats-period", "0", "--json", self.record,
                   *more]
        done = subprocess.run(hurried(command), capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(f"{' '.join(command)}: {done.stderr or done.stdout}")
        with open(self.record, encoding="utf-8") as file:
            record = json.load(file)
        for doubt in record["doubts"]:
            self.doubts.setdefault(doubt["kind"], 0)
            self.doubts[doubt["kind"]] += 1
            if doubt["kind"] != "processor":
                print(f"  {test} {topology} {' '.join(more)}: {doubt['text']}", file=sys.stderr)
        return record


# ---- dpdk-testpmd -------------------------------------------------------------------------------

def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def write_pcap(path, text):
    """Requests of TCP_RR with so many bytes, from 64 connections."""
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i in range(64):
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 52 + text, 0, 0x4000, 64, 6, 0,
                             bytes([198, 18, 0, 1]), bytes([198, 19, 0, 1]))
            ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
            tcp = struct.pack(">HHIIBBHHH", 10000 + i, 5001, 1, 1, 0x80, 0x18, 500, 0, 0)
            frame = (bytes.fromhex("02000000000202000000000108 00".replace(" ", "")) + ip + tcp +
                     b"\x01\x01\x08\x0a" + bytes(8) + b"x" * text)
            file.write(struct.pack("<IIII", 0, i, len(frame), len(frame)) + frame)


def thread_ns(pid, name):
    """Processor time of a thread of a process, by the beginning of its name; 0: none yet."""
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/comm", encoding="utf-8") as file:
            if not file.read().startswith(name):
                continue
        with open(f"/proc/{pid}/task/{task}/schedstat", encoding="utf-8") as file:
            return int(file.read().split()[0])
    return 0


def testpmd(vdev, mode, seconds, hz, memory=None):
    """Cycles per packet of a forwarding core that has always something to do."""
    command = ["dpdk-testpmd", *(memory or eal("0,1", "yard")), "--vdev", vdev, "--", "-i",
               f"--forward-mode={mode}", "--total-num-mbufs=8192"]
    with subprocess.Popen(hurried(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True) as child:
        def say(line):
            child.stdin.write(line + "\n")
            child.stdin.flush()

        say("start")
        # The worker sleeps until it forwards, and then never: what it ran is what it forwarded in.
        deadline = time.monotonic() + seconds + 30
        while thread_ns(child.pid, "rte-worker") < seconds * 1e9 and time.monotonic() < deadline:
            time.sleep(0.02)
        ran = thread_ns(child.pid, "rte-worker")
        say("stop")
        say("quit")
        out = child.communicate(timeout=30)[0]
    packets = re.findall(r"RX-packets: (\d+)", out)
    if not packets or int(packets[-1]) == 0:
        sys.exit(f"dpdk-testpmd: {out[-2000:]}")
    return ran / 1e9 * hz / int(packets[-1])


# ---- the kernel ---------------------------------------------------------------------------------

class Kernel:
    """Two namespaces and a veth pair; the program on both sides, on one processor."""

    def __init__(self, build):
        self.program = os.path.join(build, "tests/perf/kernel")
        self.names = [f"bench-{which}-{os.getpid()}" for which in ("client", "server")]

    def __enter__(self):
        ip = lambda *words: subprocess.run(["ip", *words], check=True)
        for name in self.names:
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.names[0], "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns",
           self.names[1])
        for name, device, address in zip(self.names, ("v0", "v1"), ("198.18.0.1", "198.18.0.2")):
            ip("-n", name, "addr", "add", f"{address}/24", "dev", device)
            ip("-n", name, "link", "set", device, "up")
            for key, value in (("ip_local_port_range", "1024 65535"), ("tcp_tw_reuse", "1"),
                               ("tcp_max_tw_buckets", "1000")):
                subprocess.run(["ip", "netns", "exec", name, "sysctl", "-qw",
                                f"net.ipv4.{key}={value}"], check=True)
        return self

    def __exit__(self, *_):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False)

    def start(self, name, *words):
        command = ["ip", "netns", "exec", name, "taskset", "1", self.program, *words]
        return subprocess.Popen(hurried(command), stdout=subprocess.PIPE, text=True)

    def run(self, test, seconds, hz):
        """Cycles of both ends for one transaction."""
        words = ("198.18.0.2", "5001", test, "64", "64")
        with self.start(self.names[1], "server", *words) as server:
            server.stdout.readline()
            connections = 1 if test == "TCP_STREAM" else LINUX_CONNECTIONS
            with self.start(self.names[0], "client", *words, str(connections),
                            str(seconds)) as client:
                client.stdout.readline()
                server.send_signal(signal.SIGUSR1)
                clients = client.communicate(timeout=60 + seconds)[0].split()
            server.send_signal(signal.SIGTERM)
            servers = server.communicate(timeout=10)[0].split()
        if clients[:1] != ["done"] or servers[:1] != ["done"]:
            sys.exit(f"the kernel's {test}: {clients} {servers}")
        done = int(servers[1] if test == "TCP_STREAM" else clients[1])
        return (int(clients[3]) + int(servers[3])) / 1e9 * hz / max(done, 1)


# ---- the parts ----------------------------------------------------------------------------------

def measure_tests(lastack, args, pcap):
    rows, yards, stages = {}, {"5tswap": Spread(), "macswap": Spread(), "io": Spread()}, {}
    huge = {"5tswap": Spread(), "TCP_RR": Spread()}
    vdev = f"net_pcap0,rx_pcap={pcap},infinite_rx=1"
    hz = None
    for _ in range(args.rounds):
        for test in TESTS:
            for topology in TOPOLOGIES:
                record = lastack.run(test, topology)
                hz = record["tsc_hz"]
                row = rows.setdefault((test, topology), {})
                for end in ("server", "client"):
                    if end in record:
                        row.setdefault(end, Spread()).add(record[end]["cycles_per_unit"])
                row.setdefault("segments", Spread()).add(record["server"]["segments_per_unit"])
                row.setdefault("rate", Spread()).add(record["per_processor_second"])
                row["unit"] = record["unit"]
                if topology == "null":
                    for stage in STAGES:
                        stages.setdefault(test, {}).setdefault(stage, Spread()).add(
                            record["server"]["stages_per_unit"][stage])
            for mode in yards:
                yards[mode].add(testpmd(vdev, mode, args.seconds, hz))
        with Pages(HUGE_FIXED + (256 << 20)):
            record = lastack.run("TCP_RR", "null", memory=huge_eal("0"))
            huge["TCP_RR"].add(record["server"]["cycles_per_unit"])
            huge["5tswap"].add(testpmd(vdev, "5tswap", args.seconds, hz, huge_eal("0,1")))
    return (rows, yards, stages, huge), hz


def tests_text(rows, yards, stages, huge):
    lines = ["| test | topology | server: cycles for one | client | segments | one is a |",
             "|---|---|---|---|---|---|"]
    for (test, topology), row in rows.items():
        client = row["client"].text() if "client" in row else ""
        lines.append(f"| {test} | {topology} | {row['server'].text()} | {client} | "
                     f"{row['segments'].median:.2f} | {row['unit']} |")
    lines += ["", "Of the server in the topology `null`, by stage of the breath:", "",
              "| test | " + " | ".join(STAGES) + " |", "|---" * (len(STAGES) + 1) + "|"]
    for test, of in stages.items():
        lines.append(f"| {test} | " + " | ".join(number(of[stage].median) for stage in STAGES) + " |")
    swap = yards["5tswap"].median
    lines += ["", "dpdk-testpmd with the frames of those requests, on `net_pcap` with `infinite_rx`: "
              "cycles a frame, received and sent.", "", "| mode | cycles |", "|---|---|"]
    lines += [f"| {mode} | {spread.text()} |" for mode, spread in yards.items()]
    ratio = rows[("TCP_RR", "null")]["server"].median / swap
    lines += ["", f"A request with its response in `null` costs {ratio:.1f} times what `5tswap` does with a "
              f"frame. In hugepages they cost {huge['TCP_RR'].text()} and {huge['5tswap'].text()}: "
              f"{huge['TCP_RR'].median / huge['5tswap'].median:.1f} times."]
    return lines


def measure_linux(lastack, args, hz):
    rows = {}
    with Kernel(args.build) as kernel:
        for _ in range(args.rounds):
            for test in ("TCP_CRR", "TCP_RR", "TCP_STREAM"):
                row = rows.setdefault(test, {"lastack": Spread(), "linux": Spread()})
                more = () if test == "TCP_STREAM" else ("--connections", str(LINUX_CONNECTIONS))
                record = lastack.run(test, "self", *more)
                row["lastack"].add(record["server"]["cycles_per_unit"] +
                                   record["client"]["cycles_per_unit"])
                row["linux"].add(kernel.run(test, args.seconds, hz))
    return rows


def linux_text(rows):
    lines = ["Both ends on one processor, lastack in `self`, the kernel over a veth pair with an epoll loop at each "
             f"end; {LINUX_CONNECTIONS} connections, one of TCP_STREAM. Within a veth pair the kernel hands on up to 64 KiB "
             "as one segment, without a checksum; lastack cuts segments of 1,448 bytes and sums them at both ends. Cycles "
             "of both ends for one transaction:", "",
             "| test | lastack | Linux | Linux / lastack |", "|---|---|---|---|"]
    for test, row in rows.items():
        lines.append(f"| {test} | {row['lastack'].text()} | {row['linux'].text()} | "
                     f"{row['linux'].median / row['lastack'].median:.2f} |")
    return lines


def measure_offers(lastack, args):
    rows = {}
    for _ in range(args.rounds):
        for test in ("TCP_CRR", "TCP_RR"):
            for offer in OFFERS:
                record = lastack.run(test, "null", "--offer", offer)
                rows.setdefault((test, offer), Spread()).add(record["server"]["cycles_per_unit"])
    return rows


def offers_text(rows):
    lines = ["What the SYNs of the peer in `null` offer beside an MSS: without timestamps, as some generators do, or with "
             "them, as kernels do. Server's cycles for one:", "", "| test | none | scale, sack | and timestamps | "
             "they cost |", "|---|---|---|---|---|"]
    for test in ("TCP_CRR", "TCP_RR"):
        of = [rows[test, offer] for offer in OFFERS]
        lines.append(f"| {test} | " + " | ".join(spread.text() for spread in of) +
                     f" | {of[2].median / of[1].median - 1:+.1%} |")
    return lines


def run_with(lastack, test, topology, count):
    more = ("--connections", str(count))
    if count < HUGE_FROM:
        return lastack.run(test, topology, *more)
    lcores = "0,1" if topology == "pair" else "0"
    ends = 2 if topology in ("self", "pair") else 1
    with Pages((count * HUGE_EACH + HUGE_FIXED) * ends):
        return lastack.run(test, topology, *more, memory=huge_eal(lcores))


def measure_shape(lastack, args):
    rows = {}
    counts = [n for n in COUNTS if n <= args.most]
    for _ in range(args.rounds):
        for count in counts:
            for topology in ("null", "stateless"):
                record = run_with(lastack, "TCP_RR", topology, count)
                row = rows.setdefault(count, {})
                server = record["server"]
                row.setdefault(topology, Spread()).add(
                    server["cycles_per_unit"] / server["segments_per_unit"])
                row.setdefault("segments", Spread()).add(server["segments_per_unit"])
            row.setdefault("fill", Spread()).add(count / record["fill_seconds"])
            memory = record["memory"]
            row.setdefault("memory", Spread()).add(memory["resident"] + memory["hugepages"])
    return rows


def shape_text(rows):
    first = next(iter(rows.values()))
    lines = ["`TCP_RR`. Up to 4,096 requests are under way at a time, in random order of the connections. The peer in "
             "`null` has notes of 56 bytes on each, which take their part of the caches; that in `stateless` has four. "
             f"From {HUGE_FROM:,} on the stack lies in hugepages. Memory is that of the process of `stateless` with so "
             "many open, less that with 1,000, for each, the notes and 131,072 flight records included.", "",
             "| connections | null: cycles a segment | as with 1,000 | stateless | as with 1,000 | segments a request | "
             "opened a second | bytes each |", "|---|---|---|---|---|---|---|---|"]
    for count, row in rows.items():
        each = (row["memory"].median - first["memory"].median) / count
        cycles = " | ".join(f"{row[which].text()} | {row[which].median / first[which].median:.2f}"
                            for which in ("null", "stateless"))
        lines.append(f"| {count:,} | {cycles} | {row['segments'].median:.2f} | "
                     f"{number(row['fill'].median)} | {number(each) if count >= HUGE_FROM else ''} |")
    return lines


def measure_grid(lastack, args):
    """One run for each test, topology and number of connections."""
    rows = []
    for test in TESTS:
        for topology in TOPOLOGIES:
            for count in (n for n in COUNTS if n <= args.most):
                record = run_with(lastack, test, topology, count)
                for end in ("server", "client"):
                    if end in record:
                        rows.append((test, topology, count, end, record[end], record))
    return rows


def grid_text(rows, machine_lines):
    lines = ["# Every test, topology and number of connections", "",
             "What `scripts/bench` measured, one run each. Cycles are for one connection (TCP_CRR, "
             "TCP_CC), one request and response (TCP_RR), one KiB of text (TCP_STREAM), of the end that the row names, by "
             "stage of its breaths; [performance.md](performance.md) says how they are measured, what the machine is, and "
             "sets yardsticks beside them.", "",
             "- TCP_RR and TCP_STREAM open all connections first, and keep them. Up to 4,096 requests are under way at a "
             "time, 64 connections stream at a time, in random order. With up to 4,096 connections the next request "
             "acknowledges the response; with more an ACK does, so a request is three segments.",
             "- TCP_CRR and TCP_CC have up to 4,096 under way at a time, and so many 4-tuples in turn; the ends that closed "
             "first wait in TIME-WAIT, up to a million.",
             f"- From {HUGE_FROM:,} connections on the stacks lie in hugepages. Memory per connection is in performance.md.",
             "- A rate is that of a second of processor, of all that ran: in `self` and `pair` of both ends, in `null` "
             "of the peer as well. Rows marked with a letter are doubted by the program itself: p, the thread did not "
             "have its processor for itself; d, frames were dropped, and why is in the record; o, something else.", "",
             *machine_lines, "![throughput](plots/throughput.svg)", ""]
    for test in TESTS:
        of = [row for row in rows if row[0] == test]
        lines += [f"## {test}", "",
                  f"One is a {of[0][5]['unit']}.", "",
                  "| topology | connections | end | a second | cycles | segments | " + " | ".join(STAGES) + " | |",
                  "|---" * (7 + len(STAGES)) + "|"]
        for _, topology, count, end, figures, record in of:
            doubts = {doubt["kind"] for doubt in record["doubts"]}
            marks = ("p" * ("processor" in doubts) + "d" * bool({"drops", "lost"} & doubts) +
                     "o" * bool(doubts - {"processor", "drops", "lost"}))
            stages = " | ".join(number(figures["stages_per_unit"][stage]) for stage in STAGES)
            rate = number(record["per_processor_second"]) if end == "server" else ""
            lines.append(f"| {topology} | {count:,} | {end} | {rate} | {number(figures['cycles_per_unit'])} | "
                         f"{figures['segments_per_unit']:.2f} | {stages} | {marks} |")
        lines.append("")
    return lines


def measure_latency(lastack, args):
    most = statistics.median(
        lastack.run("TCP_RR", "null")["per_second"] for _ in range(args.rounds))
    rows = {}
    for _ in range(args.rounds):
        for load in LOADS:
            record = lastack.run("TCP_RR", "null", "--rate", str(int(most * load / 100)))
            row = rows.setdefault(load, {})
            for point in ("50", "99", "99.9"):
                row.setdefault(point, Spread()).add(record["latency_us"][point])
    return most, rows


def latency_text(most, rows):
    lines = [f"`TCP_RR` in `null` with 1,000 connections, requests at equal intervals; 100 % are {number(most)} a "
             "second. Microseconds from when a request was due until its response is there:", "",
             "| load | 50 % | 99 % | 99.9 % |", "|---|---|---|---|"]
    for load, row in rows.items():
        lines.append(f"| {load} % | {row['50'].text()} | {row['99'].text()} | {row['99.9'].text()} |")
    return lines


# ---- plots --------------------------------------------------------------------------------------

def plot(name, script, data):
    os.makedirs(PLOTS, exist_ok=True)
    out = os.path.join(PLOTS, name + ".svg")
    head = (f"set terminal svg size 760,420 font 'sans,13' background 'white'\nset output '{out}'\n"
            f"$data << END\n{data}\nEND\nset grid ytics lc 'grey80'\nset key outside right top\n")
    subprocess.run(["gnuplot"], input=head + script, text=True, check=True)
    # The file says when it was made; it need not differ for that.
    with open(out, encoding="utf-8") as file:
        text = re.sub(r"\s+Produced by GNUPLOT[^\n]*", "", file.read())
    with open(out, "w", encoding="utf-8") as file:
        file.write(text)


def plot_stages(stages):
    data = "\n".join(f'"{test}" ' + " ".join(f"{of[s].median:.1f}" for s in STAGES)
                     for test, of in stages.items() if test != "TCP_STREAM")
    columns = ", ".join(f"$data using {i + 2}{':xtic(1)' if i == 0 else ''} title '{s}'"
                        for i, s in enumerate(STAGES))
    plot("stages", "set style data histograms\nset style histogram rowstacked\nset style fill solid 0.8\n"
         "set boxwidth 0.6\nset yrange [0:]\nset ylabel 'cycles for one transaction'\n"
         f"set xtics noenhanced\nplot {columns}\n", data)


def plot_shape(rows):
    data = "\n".join(f"{count} {row['null'].median:.1f} {row['stateless'].median:.1f}"
                     for count, row in rows.items())
    plot("connections", "set logscale x\nset yrange [0:]\nset xlabel 'connections'\n"
         "set ylabel 'cycles a segment'\n"
         "plot $data using 1:2 with linespoints lw 2 title 'TCP\\_RR, null', "
         "$data using 1:3 with linespoints lw 2 title 'TCP\\_RR, stateless'\n", data)


def plot_grid(rows):
    """Throughput against connections, in null: each test as it is with the fewest."""
    table = {}
    for test, topology, count, end, _, record in rows:
        if topology == "null" and end == "server":
            table.setdefault(count, {})[test] = record["per_processor_second"]
    data = "\n".join(f"{count} " + " ".join(f"{of[test]:.0f}" for test in TESTS)
                     for count, of in table.items())
    columns = ", ".join(f"$data using 1:{i + 2} with linespoints lw 2 title '{test}'"
                        for i, test in enumerate(TESTS))
    plot("throughput", "set logscale xy\nset xlabel 'connections'\nset ylabel 'a second of processor'\n"
         f"set key noenhanced\nplot {columns}\n", data)


def plot_latency(rows):
    data = "\n".join(f"{load} " + " ".join(f"{row[p].median:.2f}" for p in ("50", "99", "99.9"))
                     for load, row in rows.items())
    plot("latency", "set logscale y\nset xlabel 'load, percent of the most'\nset ylabel 'microseconds'\n"
         "plot for [i=2:4] $data using 1:i with linespoints lw 2 title word('50% 99% 99.9%', i-1)\n", data)


# ---- the page -----------------------------------------------------------------------------------

def command(args):
    """What a user types for the same again. scripts/bench names its own build; another is told."""
    words = ["scripts/bench", f"--rounds {args.rounds}", f"--seconds {args.seconds:g}", f"--most {args.most}"]
    if os.path.abspath(args.build) != BUILD:
        words.append(f"--build {shlex.quote(os.path.abspath(args.build))}")
    if args.only != ",".join(PARTS):
        words.append(f"--only {args.only}")
    if args.write:
        words.append("--write")
    return " ".join(words)


def machine(args, lastack):
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*: (.*)", file.read()).group(1)
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], text=True,
                            capture_output=True).stdout.strip()
    doubts = ", ".join(f"{kind} in {count} runs" for kind, count in sorted(lastack.doubts.items()))
    return [f"{model}, {os.cpu_count()} processors, Linux {os.uname().release}, commit {commit}; "
            f"`{command(args)}`; no hugepages but where it is said. Load of the machine "
            f"at the end: {os.getloadavg()[1]:.1f}. Doubts: {doubts or 'none'}.", ""]


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].removeprefix("usage: "))
    parser.add_argument("--build", default=BUILD)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--most", type=int, default=1_000_000)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    parts = args.only.split(",")
    if not set(parts) <= set(PARTS):
        parser.error(f"parts are {', '.join(PARTS)}")
    if args.write and set(parts) != set(PARTS):
        parser.error("--write needs all parts")
    text, grid, plots = [], [], []
    with tempfile.TemporaryDirectory() as directory:
        lastack = Lastack(args.build, directory, args.seconds)
        pcap = os.path.join(directory, "rr.pcap")
        write_pcap(pcap, 64)
        hz = lastack.run("TCP_CC", "null")["tsc_hz"]
        if "tests" in parts:
            measured, hz = measure_tests(lastack, args, pcap)
            text += tests_text(*measured) + ["", "![by stage](plots/stages.svg)", ""]
            plots.append((plot_stages, measured[2]))
        if "offers" in parts:
            text += ["### What a client offers", "", *offers_text(measure_offers(lastack, args)), ""]
        if "linux" in parts:
            text += ["### Beside the kernel", "", *linux_text(measure_linux(lastack, args, hz)), ""]
        if "shape" in parts:
            rows = measure_shape(lastack, args)
            text += ["### With more connections", "", *shape_text(rows), "",
                     "![by connections](plots/connections.svg)", ""]
            plots.append((plot_shape, rows))
        if "latency" in parts:
            most, rows = measure_latency(lastack, args)
            text += ["### Latency", "", *latency_text(most, rows), "",
                     "![latency](plots/latency.svg)", ""]
            plots.append((plot_latency, rows))
        if "grid" in parts:
            rows = measure_grid(lastack, args)
            grid = grid_text(rows, machine(args, lastack))
            plots.append((plot_grid, rows))
        text = machine(args, lastack) + text
    clean_up()
    print("\n".join(text + grid))
    if args.write:
        with open(PAGE, encoding="utf-8") as file:
            head, _, rest = file.read().partition(BEGIN)
        tail = rest.partition(END)[2]
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(head + BEGIN + "\n" + "\n".join(text) + END + tail)
        with open(GRID_PAGE, "w", encoding="utf-8") as file:
            file.write("\n".join(grid).rstrip() + "\n")
        for draw, data in plots:
            draw(data)


main()
