#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Goodput of lastack beside that of the Linux kernel, as sender and as receiver, over the same path.

usage: compare.py [--build DIR] [--runs N] [--divide N] [--only PART] [--self-test]

One peer, the kernel of a namespace, has two wires with the same delay, rate and losses
(tests/e2e/path.c). At the end of one is lastack, at the end of the other the kernel of a second
namespace. They take turns: run i of both opens from the same port and so meets the same losses,
byte by byte. With --self-test a kernel is at both ends: what is printed then is what this program
does not see. Needs root. Ends with a table: medians, the lowest and highest run, and their ratio.
"""

import argparse
import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

PRIORITY = 10             # real time: other work on the machine is not to be measured
BUFFER = 4 << 20          # bytes to which buffers grow, lastack's as the kernels'
FIRST_PORT = 20_000
SEND_PORT, DISCARD_PORT = 19, 9
BLOCK = 1 << 18
DELAY_US = 10_000         # each way: the round trip takes 20 ms
RATE_KBIT = 100_000
BDP = RATE_KBIT * 1000 // 8 * 2 * DELAY_US // 1_000_000

PATHS = {
    "1 % loss": {"options": ("--delay-us", DELAY_US, "--drop", 100), "bytes": 8_000_000},
    "1 % loss, 1 % of ACKs lost": {"options": ("--delay-us", DELAY_US, "--drop", 100,
                                               "--drop-acks", 100), "bytes": 8_000_000},
    "0 % loss, 100 Mbit/s": {"options": ("--delay-us", DELAY_US, "--rate-kbit", RATE_KBIT,
                                         "--queue", BDP), "bytes": 80_000_000},
}
# What of a kernel is the same for all of them. A cache of old connections' thresholds would let a
# run begin where another one ended.
SYSCTLS = {
    "net.ipv4.tcp_no_metrics_save": "1",
    "net.ipv4.tcp_rmem": f"4096 131072 {BUFFER}",
    "net.ipv4.tcp_wmem": f"4096 16384 {BUFFER}",
}


def prepare_kernel(ns):
    for key, value in SYSCTLS.items():
        ns.set(key, value)


def use_cubic(sock):
    """By socket: a namespace may choose only among what the machine allows to everybody."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")


class LastackEnd:
    """lastack at the end of a wire; also what harness.Appliance wants of a test class."""

    name = "lastack"
    port = "path"
    queues = None
    workers = 1
    http_options = ()
    mbufs = 65536
    msl = "1s"
    grace = "1s"
    gateway = None
    idle_sleep = "20us"
    priority = PRIORITY
    tcp_options = (f"send_buffer_max: {BUFFER}", f"receive_buffer_max: {BUFFER}")
    address = "198.18.0.1"

    def __init__(self, harness, bench, peer, options):
        self.harness = harness
        self.build = harness.BUILD
        self.logs = self.directory = bench.directory
        os.makedirs(os.path.join(self.directory, "root"), exist_ok=True)
        with open(os.path.join(self.directory, "root", "index.html"), "wb") as file:
            file.write(b"lastack\n")
        self.keep = bench.keep
        self.ns = peer
        self.path_options = options
        self.lastack = harness.Appliance(self, f"compare-{os.getpid()}")


class KernelEnd:
    """The kernel of a namespace of its own at the end of a wire, with the two services."""

    priority = PRIORITY

    def __init__(self, harness, bench, peer, options, number):
        self.name = "kernel" if number == 2 else "kernel too"
        self.build = harness.BUILD
        self.keep = bench.keep
        self.address = f"198.18.{number}.1"
        self.ns = peer
        self.path_options = options
        wire, second = f"wire{number}", f"end{number}"
        self.path = harness.Path(self, "--tap", wire, "--second", second)
        own = harness.Namespace(f"compare-{number}-{os.getpid()}")
        bench.keep(own.close)
        peer.ip("link", "set", second, "netns", own.name)
        for ns, end, last in ((peer, wire, 2), (own, second, 1)):
            ns.ip("link", "set", end, "txqueuelen", "16384")
            ns.ip("addr", "add", f"198.18.{number}.{last}/24", "dev", end)
            ns.ip("link", "set", end, "up")
        prepare_kernel(own)
        server = own.popen(*harness.hurried(PRIORITY), sys.executable, __file__, "--serve",
                           stdout=subprocess.PIPE)
        bench.keep(server.stdout.close)
        bench.keep(harness.end_process, server)
        server.stdout.readline()


def serve():
    """The services of a kernel's end: what is sent to one is thrown away, the other sends."""
    def take(sock):
        with sock:
            room = bytearray(BLOCK)
            while sock.recv_into(room):
                pass

    def give(sock):
        block = bytes(BLOCK)
        with sock, contextlib.suppress(OSError):
            while True:
                sock.sendall(block)

    def listen(port, service):
        listener = socket.create_server(("0.0.0.0", port))
        use_cubic(listener)
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=service, args=(sock,), daemon=True).start()

    threading.Thread(target=listen, args=(DISCARD_PORT, take), daemon=True).start()
    threading.Thread(target=listen, args=(SEND_PORT, give), daemon=True).start()
    print("ready", flush=True)
    signal.pause()


def transfer(peer, end, sends, port, size):
    """One run: so many bytes from or to an end. Returns Mbit/s."""
    with peer.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        use_cubic(sock)
        sock.settimeout(120)
        sock.bind(("0.0.0.0", port))
        begin = time.monotonic()
        sock.connect((end.address, SEND_PORT if sends else DISCARD_PORT))
        if sends:
            room = bytearray(BLOCK)
            left = size
            while left > 0:
                count = sock.recv_into(room)
                if not count:
                    raise AssertionError(f"{end.name} ended early")
                left -= count
        else:
            sock.sendall(bytes(size))
            sock.shutdown(socket.SHUT_WR)
            if sock.recv(1):
                raise AssertionError(f"{end.name} answered")
        took = time.monotonic() - begin
    return size * 8 / took / 1e6


def describe(figures, sends):
    way = "back" if sends else "out"
    return (f"{figures[way + '_dropped']} lost, {figures[way + '_sent_again']} sent again, "
            f"{figures[way + '_overflowed']} overflowed, "
            f"late {figures[way + '_late_us']} us, at most {figures[way + '_late_max_us']}")


class Bench:
    """A peer with two wires to two ends, for one kind of path."""

    def __init__(self, harness, options, self_test):
        self.undo = contextlib.ExitStack()
        self.directory = tempfile.mkdtemp(prefix="compare-")
        self.keep = self.undo.callback
        self.keep(harness.shutil.rmtree, self.directory, True)
        try:
            self.peer = harness.Namespace(f"compare-{os.getpid()}")
            self.keep(self.peer.close)
            prepare_kernel(self.peer)
            first = KernelEnd(harness, self, self.peer, options, 1) if self_test else \
                LastackEnd(harness, self, self.peer, options)
            self.ends = (first, KernelEnd(harness, self, self.peer, options, 2))
        except BaseException:
            self.undo.close()
            raise

    def run(self, sends, port, size):
        results = []
        # Who is first changes: what a run leaves in the machine is no one's advantage.
        for end in self.ends if port % 2 == 0 else self.ends[::-1]:
            rate = transfer(self.peer, end, sends, port, size)
            time.sleep(0.3)
            print(f"  {end.name:10} {'sends' if sends else 'receives':8} {rate:7.2f} Mbit/s  "
                  f"{describe(end.path.figures(), sends)}", flush=True)
            results.append((end, rate))
        return dict(results)


def compare(harness, name, options):
    """Both directions over one kind of path. Returns rows of the table."""
    path = PATHS[name]
    size = path["bytes"] // options.divide
    rows = []
    bench = Bench(harness, path["options"], options.self_test)
    with bench.undo:
        for sends in (True, False):
            rates = {end: [] for end in bench.ends}
            print(f"{name}: {'sending' if sends else 'receiving'}", flush=True)
            for number in range(options.runs):
                port = FIRST_PORT + number + (0 if sends else 1000)
                for end, rate in bench.run(sends, port, size).items():
                    rates[end].append(rate)
            rows.append((name, sends, [rates[end] for end in bench.ends]))
    return rows


def table(rows, names):
    print(f"\n| path | it | {names[0]}: median (lowest - highest) | {names[1]} | ratio |")
    print("|---|---|---|---|---|")
    for name, sends, rates in rows:
        middles = [statistics.median(series) for series in rates]
        cells = [f"{middle:.2f} ({min(series):.2f} - {max(series):.2f}) Mbit/s"
                 for middle, series in zip(middles, rates)]
        print(f"| {name} | {'sends' if sends else 'receives'} | {cells[0]} | {cells[1]} "
              f"| {middles[0] / middles[1]:.3f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", help="build directory (default: build-test/release)")
    parser.add_argument("--runs", type=int, default=9, help="runs of each end (default: 9)")
    parser.add_argument("--divide", type=int, default=1, help="so many times fewer bytes a run")
    parser.add_argument("--only", default="", help="a part of the name of a path")
    parser.add_argument("--self-test", action="store_true", help="a kernel at both ends")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        return serve()
    if options.build:
        os.environ["E2E_BUILD"] = os.path.abspath(options.build)
    import harness
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    rows = []
    try:
        for name in PATHS:
            if options.only in name:
                rows += compare(harness, name, options)
    except KeyboardInterrupt:
        print("interrupted")
        return 130
    table(rows, ("kernel", "kernel") if options.self_test else ("lastack", "kernel"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
