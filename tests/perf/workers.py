#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two workers of one process beside two processes of one worker each.

    tests/perf/workers.py --build DIRECTORY [--turns N] [--seconds S]

Both have the two lcores for themselves and do the same: connections, requests, bytes, each worker with a
peer of its own. They take turns. What is compared is what the two workers together get done in a second
of their processors, since others may use the machine; the ratio is the median of those of the turns.
"""
import argparse
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

EAL = ['--no-huge', '-m', '1024', '--no-pci', '--no-telemetry', '--no-shconf', '--log-level', '3']
LINE = re.compile(r'worker \d+ done (\d+) cpu ([\d.]+) handed (\d+)')
WHAT = ('connections', 'requests', 'bytes')  # of the last: requests of 1,400 bytes


def start(program, lcores, what, seconds):
    prefix = f'workers-{os.getpid()}-{lcores.replace(",", "")}'
    return subprocess.Popen([program, '-l', lcores, *EAL, f'--file-prefix={prefix}', '--', what,
                             str(seconds)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def clean_up():
    """EAL empties its directories and leaves them."""
    for directory in pathlib.Path('/var/run/dpdk').glob(f'workers-{os.getpid()}-*'):
        shutil.rmtree(directory, ignore_errors=True)


def rate(processes):
    """Together, per second of processor; the processes run at the same time."""
    total = 0.0
    for process in processes:
        out, _ = process.communicate(timeout=120)
        if process.returncode != 0:
            sys.exit(f'a run failed:\n{out}')
        total += sum(int(done) / float(cpu) for done, cpu, _ in LINE.findall(out))
    return total


def compare(program, what, turns, seconds):
    ratios, rates = [], ([], [])
    for turn in range(turns):
        pair = [None, None]
        for which in (0, 1) if turn % 2 == 0 else (1, 0):
            if which == 0:
                pair[0] = rate([start(program, '0,1', what, seconds)])
            else:
                pair[1] = rate([start(program, lcore, what, seconds) for lcore in ('0', '1')])
        ratios.append(pair[0] / pair[1])
        rates[0].append(pair[0])
        rates[1].append(pair[1])
    print(f'{what}: two workers {statistics.median(rates[0]):,.0f}, two processes '
          f'{statistics.median(rates[1]):,.0f} per second of processor; ratio '
          f'{statistics.median(ratios):.3f} ({min(ratios):.3f} - {max(ratios):.3f})', flush=True)


def main():
    parser = argparse.ArgumentParser(description='Two workers beside two processes.')
    parser.add_argument('--build', type=pathlib.Path, required=True, help='build directory')
    parser.add_argument('--turns', type=int, default=9)
    parser.add_argument('--seconds', type=int, default=2)
    arguments = parser.parse_args()
    for what in WHAT:
        compare(arguments.build / 'tests/perf/workers', what, arguments.turns, arguments.seconds)
    clean_up()


if __name__ == '__main__':
    main()
