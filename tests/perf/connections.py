#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Cost and memory of very many connections at once: lastack-bench --test IDLE for one N after the other.

usage: connections.py [--build DIR] [--connections N,N,...] [--time-waits N] [--ask] [--verbose]

Memory is measured from outside, while all connections rest: resident pages and hugepages of the
process, less those of one that was configured for 1,000 and has 1,000 open, divided by N. Needs root,
and so many 2 MiB pages free as the connections take; pages that are not there yet are added, and
given back at the end. Ends with tables; exit status 1 when something did not come out even.
"""

import argparse
import os
import re
import signal
import subprocess
import sys

from pages import Pages

SIZES = "1k,100k,1M,10M"
FIXED = 192 << 20         # of a run, whatever its N
REST_SECONDS = 2          # while memory is read
NOTEBOOK = 4              # bytes of the peer's notes for each connection, not the stack's


def count(text):
    match = re.fullmatch(r"(\d+)([kM]?)", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of connections: 1000, 100k, 10M")
    return int(match.group(1)) * {"": 1, "k": 1000, "M": 1_000_000}[match.group(2)]


def memory(pid):
    """Bytes that the process occupies, hugepages among them."""
    kib = 0
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        for line in file:
            if re.match(r"(Rss|Private_Hugetlb|Shared_Hugetlb):", line):
                kib += int(line.split()[1])
    return kib << 10


class Run:
    """One run of IDLE, and what it printed."""

    def __init__(self, program, connections, words, verbose):
        self.connections = connections
        self.phases = {}
        self.lines = []
        self.memory = None
        eal = ["-l", str(max(os.sched_getaffinity(0))), "--no-pci", "--in-memory",
               "--single-file-segments", "--no-telemetry", "--log-level=4"]
        with subprocess.Popen([program, *eal, "--", "--test", "IDLE", "--connections", str(connections),
                               "--duration", str(REST_SECONDS), *words],
                              stdout=subprocess.PIPE, text=True) as child:
            try:
                for line in child.stdout:
                    self._take(line.rstrip(), child.pid)
                    if verbose:
                        print(line, end="", flush=True)
            except BaseException:
                child.kill()
                raise
        if child.returncode not in (0, 3):
            raise SystemExit(f"{connections} connections: exit status {child.returncode}:\n"
                             + "\n".join(self.lines[-8:]))

    def _take(self, line, pid):
        self.lines.append(line)
        if line.startswith("at rest") and self.memory is None:
            self.memory = memory(pid)
        match = re.match(r"= (\w+) +\d+ +(\d+) k/s  cycles +(\d+) each +(\d+) per segment  peer +(\d+) .*"
                         r"lcore +(\d+) %", line)
        if match:
            self.phases[match.group(1)] = dict(zip(("rate", "each", "segment", "peer", "lcore"),
                                                   map(int, match.groups()[1:])))


def reserve(connections, time_waits):
    slots = (connections + time_waits) * 10 / 9
    return int(connections * 133 + time_waits * 49 + slots * 8) + FIXED


def table(runs, phases):
    print("| connections | bytes each, all in |", " | ".join(f"{name}: cycles" for name in phases),
          "| cycles a segment |", "handshakes a second of one lcore |")
    print("|---|---|", "---|" * (len(phases) + 2), sep="")
    for run, each in runs:
        cells = [f"{run.phases[name]['each']:,}" if name in run.phases else "" for name in phases]
        segments = ", ".join(f"{run.phases[name]['segment']}" for name in phases if name in run.phases)
        print(f"| {run.connections:,} | {each} |", " | ".join(cells), f"| {segments} |",
              f"{run.phases['open']['rate']:,}k |")


def measure(options):
    words = [] if options.ask else ["--notebook"]
    notebook = 0 if options.ask else NOTEBOOK
    phases = ["open", "request", "close"]
    runs = []
    if options.time_waits:
        words += ["--closer", "server", "--time-waits", str(options.time_waits)]
        phases = ["open", "request", "end", "close", "churn"]
    base = None
    for connections in sorted({1000, *options.connections}):
        waits = min(options.time_waits, connections)
        with Pages(reserve(connections, waits)):
            run = Run(os.path.join(options.build, "app/bench/lastack-bench"), connections, words,
                      options.verbose)
        base = base or run.memory
        each = ""
        if connections > 1000:
            each = f"{(run.memory - base) / connections - notebook:.1f}"
        if connections in options.connections:
            runs.append((run, each))
    table(runs, phases)
    for run, _ in runs:
        print()
        print("\n".join(line for line in run.lines if not re.match(r"(open|request|close|end|churn) ", line)))


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False, description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build-test/release")
    parser.add_argument("--connections", default=SIZES,
                        type=lambda text: [count(one) for one in text.split(",")])
    parser.add_argument("--time-waits", type=count, default=0,
                        help="so many are closed by us, and wait for 2MSL of a minute")
    parser.add_argument("--ask", action="store_true", help="the peer remembers nothing at all")
    parser.add_argument("--verbose", action="store_true", help="every line of every run")
    # As for Ctrl-C: pages are given back on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    measure(parser.parse_args())


if __name__ == "__main__":
    main()
