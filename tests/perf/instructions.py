#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Instructions per connection and per request, counted by callgrind and compared.

    tests/perf/instructions.py PROGRAM [--accept] [--profile FILE]

What is counted is the same in every run on one compiler, so a slower change is a visible diff of
instructions.expected. More than MARGIN off, either way, fails; --accept writes down what was counted.
--profile keeps callgrind's file, for callgrind_annotate.
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

EXPECTED = pathlib.Path(__file__).with_name('instructions.expected')
MARGIN = 0.03
# By name: the functions that are counted, what they are divided by, and what that is.
FIGURES = {
    'server_connections': (['server_connections'], 'connections',
                           'server, per connection (connect, request, answer, close)'),
    'client_connections': (['client_connections'], 'connections', 'client, per connection'),
    'server_requests': (['server_requests'], 'requests', 'server, per request and answer'),
    'client_requests': (['client_requests'], 'requests', 'client, per request and answer'),
    'passive_opens': (['passive_opens'], 'opens', 'server, per handshake'),
    'active_opens': (['active_opens', 'active_calls'], 'opens', 'client, per handshake'),
}
EAL = ['--no-huge', '-m', '256', '--no-pci', '--no-telemetry', '--no-shconf', '-l', '0',
       '--iova-mode=va', '--log-level', '3']


def inclusive(profile):
    """Inclusive instructions of the functions that are counted."""
    text = subprocess.run(['callgrind_annotate', '--inclusive=yes', '--threshold=100', profile],
                          capture_output=True, text=True, check=True).stdout
    counts = {}
    names = [name for functions, _, _ in FIGURES.values() for name in functions]
    for line in text.splitlines():
        for name in names:
            found = re.match(rf'\s*([\d,]+) \([^)]*\)\s+\S*:{name}\b', line)
            if found:
                counts.setdefault(name, int(found.group(1).replace(',', '')))
    return counts


def measure(program, profile):
    prefix = f'instructions-{os.getpid()}'
    run = subprocess.run(['valgrind', '--tool=callgrind', f'--callgrind-out-file={profile}', program,
                          *EAL, f'--file-prefix={prefix}'],
                         capture_output=True, text=True, check=False)
    # EAL empties its directory and leaves it.
    shutil.rmtree(f'/var/run/dpdk/{prefix}', ignore_errors=True)
    if run.returncode != 0:
        sys.exit(f'{program} failed under valgrind:\n{run.stdout}{run.stderr}')
    number = dict(line.split() for line in run.stdout.splitlines() if re.fullmatch(r'\w+ \d+', line))
    counts = inclusive(profile)
    missing = {name for functions, _, _ in FIGURES.values() for name in functions} - counts.keys()
    if missing:
        sys.exit(f'callgrind did not see {", ".join(sorted(missing))}')
    return {figure: round(sum(counts[name] for name in functions) / int(number[what]))
            for figure, (functions, what, _) in FIGURES.items()}


def expected():
    if not EXPECTED.exists():
        return {}
    lines = [line for line in EXPECTED.read_text().splitlines() if not line.startswith('#')]
    return {name: int(count) for name, count in (line.split() for line in lines)}


def write(counts):
    lines = ['# Instructions, by callgrind: tests/perf/instructions.py --accept writes this.']
    lines += [f'{name} {count}' for name, count in counts.items()]
    EXPECTED.write_text('\n'.join(lines) + '\n')


def main():
    parser = argparse.ArgumentParser(description='Instructions per connection and per request.')
    parser.add_argument('program')
    parser.add_argument('--accept', action='store_true', help='write down what was counted')
    parser.add_argument('--profile', help="keep callgrind's file here")
    arguments = parser.parse_args()
    if shutil.which('valgrind') is None:
        print('valgrind is not installed: nothing is counted')
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory:
        counts = measure(arguments.program, arguments.profile or f'{directory}/callgrind.out')
    was = expected()
    bad = 0
    for name, count in counts.items():
        before = was.get(name, 0)
        off = count / before - 1 if before else float('inf')
        good = abs(off) <= MARGIN or arguments.accept
        bad += not good
        print(f'{"ok  " if good else "FAIL"} {FIGURES[name][2]}: {count} instructions, '
              f'{off:+.1%} to {before}')
    if arguments.accept:
        write(counts)
    elif bad:
        print(f'More than {MARGIN:.0%} off: if it is meant, {sys.argv[0]} {arguments.program} --accept')
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
