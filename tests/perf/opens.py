#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What an active open costs beside a passive one: lastack-bench --test IDLE, with and without --active, in turn.

usage: opens.py [--build DIR] [--connections N,N,...] [--turns N]

One is from la_connect(), or from the peer's SYN, to ESTABLISHED: three segments each. The two take turns;
a turn's ratio is that of its two runs, so what disturbs a machine for longer than a turn disturbs both.
Prints the medians, with the lowest and the highest. Needs root, and free memory for 2 MiB pages, which
are added for a run and given back.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys

from connections import Pages, count, reserve

SIZES = "1k,100k,1M"
SECONDS = 1     # of rounds, where there are less than a million


def run(program, connections, active):
    """Cycles of one open, the peer's taken off."""
    prefix = f"opens-{os.getpid()}"
    eal = ["-l", str(max(os.sched_getaffinity(0))), "--no-pci", "--in-memory", "--single-file-segments",
           "--no-telemetry", "--log-level=4", f"--file-prefix={prefix}"]
    words = ["--test", "IDLE", "--connections", str(connections), "--duration", str(SECONDS), "--notebook"]
    with subprocess.Popen([program, *eal, "--", *words, *(["--active"] if active else [])],
                          stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            found = re.match(r"= open +\d+ .* cycles +(\d+) each", line)
            if found:
                # What follows is no part of it, and TIME-WAIT would be waited for.
                child.kill()
                break
        child.wait()
    shutil.rmtree(f"/var/run/dpdk/{prefix}", ignore_errors=True)
    if not found:
        raise SystemExit(f"{connections} connections: no figures; run {program} by hand to see why")
    return int(found.group(1))


def told(values, form):
    low, middle, high = (format(value, form) for value in (min(values), statistics.median(values), max(values)))
    return f"{middle} ({low} - {high})"


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False, description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build-test/release")
    parser.add_argument("--connections", default=SIZES,
                        type=lambda text: [count(one) for one in text.split(",")])
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    program = os.path.join(options.build, "app/bench/lastack-bench")
    print("| connections | active: cycles | passive | ratio |")
    print("|---|---|---|---|")
    for connections in options.connections:
        actives, passives = [], []
        with Pages(reserve(connections, 0)):
            for turn in range(options.turns):
                for active in (True, False) if turn % 2 == 0 else (False, True):
                    (actives if active else passives).append(run(program, connections, active))
        ratios = [active / passive for active, passive in zip(actives, passives)]
        print(f"| {connections:,} | {told(actives, ',')} | {told(passives, ',')} | {told(ratios, '.2f')} |",
              flush=True)


if __name__ == "__main__":
    sys.exit(main())
