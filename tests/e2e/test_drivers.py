# SPDX-License-Identifier: BSD-3-Clause
"""Two workers on every kind of port: the same transfers, and active opens that come home."""

import os
import re
import shutil
import subprocess
import sys
import unittest

import harness
from harness import KERNEL, KERNEL_MAC, OURS, PREFIX
from test_transfer import Transfers

OPENS = os.path.join(harness.BUILD, "tests/e2e/opens")
EACH = 10_000    # active opens of each worker
FIRST_PORT = 7000
PORTS = 8
WORKERS = 2
BENCH = os.path.join(harness.BUILD, "app/bench/lastack-bench")
BENCH_SERVER, BENCH_PORT = "198.19.0.1", 5001  # where its client looks for a server
PEERS = 30 if harness.FULL else 8


class TwoWorkers(Transfers):
    """What holds whatever the port can do; mixed into the classes that choose the port."""

    workers = WORKERS
    body_bytes = 100_000_000 if harness.FULL else 5_000_000
    echo_bytes = 64 << 20 if harness.FULL else 2 << 20

    def worker_of_each(self):
        """The connections that there are, by worker."""
        return sorted(conn["worker"] for conn in self.lastack.ctl("conns"))

    def test_connections_are_spread_over_both(self):
        socks = [self.ns.connect(7) for _ in range(40)]
        for number, sock in enumerate(socks):
            sock.sendall(b"%d" % number)
            self.assertEqual(sock.recv(16), b"%d" % number)
        workers = self.worker_of_each()
        self.assertEqual(len(workers), 40)
        self.assertEqual(set(workers), {0, 1})
        for sock in socks:
            sock.close()

    def test_wrk_has_no_errors(self):
        out = self.ns.run("wrk", "-c", "50", "-t", "1", "-d", "10s" if harness.FULL else "1s",
                          f"http://{OURS}/", timeout=60).stdout.decode()
        rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
        self.assertTrue(rate and float(rate.group(1)) > 0, out)
        self.assertNotIn("Socket errors", out)
        self.figure(f"wrk -c 50: {rate.group(1)} requests/s")

    def test_a_closed_port_refuses(self):
        for _ in range(20):  # of both workers
            with self.assertRaises(ConnectionRefusedError):
                self.ns.connect(81)

    def test_killed_ones_are_reset_and_others_go_on(self):
        socks = [self.ns.connect(7) for _ in range(20)]
        conns = {conn["remote"]: conn for conn in self.lastack.ctl("conns")}
        for number, sock in enumerate(socks):
            conn = conns["%s:%d" % sock.getsockname()]
            if number % 2:
                self.lastack.ctl_text("kill", conn["id"], "--worker", conn["worker"])
                with self.assertRaises(ConnectionResetError):
                    sock.recv(1)
            else:
                sock.sendall(b"x")
                self.assertEqual(sock.recv(1), b"x")
        workers = self.lastack.ctl("workers")
        self.assertEqual(sum(worker["connections"] for worker in workers), 10)
        for sock in socks:
            sock.close()

    def test_listener_that_ends_refuses_and_keeps_what_is_open(self):
        socks = [self.ns.connect(9) for _ in range(10)]
        listener = [entry for entry in self.lastack.ctl("listeners")
                    if entry["local"].endswith(":9")][0]
        self.assertEqual(listener["service"], "discard")
        self.lastack.ctl_text("listen-end", listener["listener"])
        for sock in socks:
            with self.assertRaises(ConnectionRefusedError):
                self.ns.connect(9)
            sock.sendall(b"x")
            sock.shutdown(harness.socket.SHUT_WR)
            self.assertEqual(sock.recv(1), b"")
            sock.close()
        self.assertEqual(len(self.lastack.ctl("listeners")), 5)

    def test_stop_ends_those_of_both(self):
        socks = [self.ns.connect(7) for _ in range(20)]
        self.assertEqual(set(self.worker_of_each()), {0, 1})
        self.lastack.process.send_signal(harness.signal.SIGTERM)
        for sock in socks:
            self.assertEqual(sock.recv(16), b"", "FIN expected")
            sock.close()
        self.assertEqual(self.lastack.process.wait(10), 0, self.lastack.log())
        type(self).lastack = self.start_lastack()


class TapOneQueue(TwoWorkers, harness.Case):
    queues = 1

    def test_the_second_worker_goes_through_the_first(self):
        self.assertIn("has 1 queue pair for 2 workers: from number 1 on", self.lastack.log())
        before = self.lastack.stats()
        for _ in range(20):
            with self.ns.connect(7) as sock:
                sock.sendall(b"x")
                self.assertEqual(sock.recv(1), b"x")
        after = self.lastack.stats()
        for counter in ("steer_out", "steer_in", "tx_handed"):
            self.assertGreater(after[counter], before[counter], counter)


class TapTwoQueues(TwoWorkers, harness.Case):
    queues = 2


class AfPacketTwoWorkers(TwoWorkers, harness.Case):
    port = "af_packet"
    queues = 2


class AfXdpTwoWorkers(TwoWorkers, harness.Case):
    port = "af_xdp"
    driver_keeps = True


class Opens(unittest.TestCase):
    """Active opens from each worker, all of which complete on the worker that made them."""

    opens = EACH

    def setUp(self):
        self.figures = []
        self.name = f"e2e-opens-{os.getpid()}"
        self.link = f"otap{os.getpid()}"[:15]
        self.ns = harness.Namespace(self.name)
        self.addCleanup(self.ns.close)
        os.makedirs(harness.LOGS, exist_ok=True)

    def start(self, *arguments, prefix="opens", eal=()):
        """The program opens, with its output to be read."""
        prefix = f"{self.name}-{prefix}"
        self.addCleanup(shutil.rmtree, f"/var/run/dpdk/{prefix}", True)
        process = self.ns.popen(OPENS, "--no-pci", "--no-huge", "-m", "512", "--file-prefix", prefix,
                                *harness.lcores(WORKERS), *eal, "--", "--own", f"{OURS}/{PREFIX}",
                                "--to", f"{KERNEL}:{FIRST_PORT}", "--ports", PORTS,
                                "--opens", self.opens, *arguments, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(harness.end_process, process)
        return process

    def finish(self, process):
        """Each worker's connections were opened, echoed and closed there."""
        output = process.communicate(timeout=150)[0].decode()
        self.assertEqual(process.returncode, 0, output)
        workers = [dict(re.findall(r"(\w+)=(\d+)", line)) for line in output.splitlines()
                   if line.startswith("worker=")]
        self.assertEqual(len(workers), WORKERS, output)
        for worker in workers:
            for what in ("opened", "echoed", "closed"):
                self.assertEqual(int(worker[what]), self.opens, output)
            self.assertEqual(worker["astray"], "0", output)
        self.figures.append("; ".join(f"worker {w['worker']}: {w['opened']} opened, {w['steer_in']} packets "
                                      "came by way of the other" for w in workers))

    def echo_server(self):
        process = self.ns.popen(sys.executable, os.path.join(harness.ROOT, "tests/e2e/echo_server.py"),
                                FIRST_PORT, PORTS, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(harness.end_process, process)
        self.assertEqual(process.stdout.readline(), b"ready\n")

    def kernel_end(self, interface):
        """Gives the kernel its end as soon as there is one. Nobody knows the other one's MAC yet."""
        harness.wait_for(lambda: self.ns.run("ip", "link", "set", interface, "address", KERNEL_MAC,
                                             check=False).returncode == 0, 20, interface)
        self.ns.ip("link", "set", interface, "txqueuelen", "16384")
        self.ns.ip("addr", "add", f"{KERNEL}/{PREFIX}", "dev", interface)
        self.ns.ip("link", "set", interface, "up")

    def veth(self):
        self.ns.ip("link", "add", self.link, "type", "veth", "peer", "name", "wire0")
        for end in (self.link, "wire0"):
            self.ns.run("ethtool", "-K", end, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
        self.ns.ip("link", "set", self.link, "arp", "off", "up")
        self.kernel_end("wire0")

    def tap(self, queues):
        self.echo_server()
        process = self.start("--queues", queues,
                             eal=("--vdev", f"net_tap0,iface={self.link}"))
        self.kernel_end(self.link)
        self.finish(process)

    def test_tap_with_one_queue(self):
        self.tap(1)

    def test_tap_with_two_queues(self):
        self.tap(2)

    def test_af_packet(self):
        self.echo_server()
        self.veth()
        self.finish(self.start(eal=("--vdev", f"net_af_packet0,iface={self.link},qpairs=2")))

    def test_af_xdp(self):
        self.echo_server()
        self.veth()
        self.finish(self.start(eal=("--vdev", f"net_af_xdp0,iface={self.link}")))

    def test_ring_with_one_queue(self):
        self.finish(self.start("--ring", "--queues", "1"))

    def test_ring_with_two_queues(self):
        self.finish(self.start("--ring"))

    def appliance(self, link, own, ports, *before, worker="{}"):
        """An appliance of two workers that serves echo on these ports of its memif."""
        directory = harness.tempfile.mkdtemp(prefix=self.name)
        self.addCleanup(shutil.rmtree, directory, True)
        config = os.path.join(directory, "lastack.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"ports: [{{name: net_memif0, addresses: [{own}/{PREFIX}]}}]\n"
                       "tcp: {msl: 100ms}\n"
                       f"worker: {worker}\n"
                       "listeners:\n" + "".join(f"- {{port: {port}, service: echo}}\n"
                                                for port in ports))
        prefix = f"{self.name}-lastack"
        self.addCleanup(shutil.rmtree, f"/var/run/dpdk/{prefix}", True)
        process = self.ns.popen(*before, os.path.join(harness.BUILD, "app/lastack/lastack"), "--config",
                                config, "--", "--no-pci", "--no-huge", "-m", "512",
                                *harness.lcores(WORKERS), "--file-prefix", prefix,
                                "--vdev", f"net_memif0,role=server,{link}",
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(harness.end_process, process)
        while (line := process.stdout.readline()) != b"ready\n":
            self.assertNotEqual(line, b"", "lastack did not start")
        return process

    def test_memif_to_lastack(self):
        """The other end is an appliance."""
        link = f"socket={self.name},bsize=2048"
        lastack = self.appliance(link, KERNEL, range(FIRST_PORT, FIRST_PORT + PORTS),
                                 worker="{idle_sleep: 100us}")
        self.finish(self.start(eal=("--vdev", f"net_memif0,role=client,{link}")))
        lastack.send_signal(harness.signal.SIGTERM)
        self.assertEqual(lastack.wait(15), 0)

    def test_memif_peers_come_and_go(self):
        """Nothing tells a worker that the memory it reads is about to go."""
        link = f"socket={self.name},bsize=2048"
        prefix = f"{self.name}-peer"
        self.addCleanup(shutil.rmtree, f"/var/run/dpdk/{prefix}", True)
        # One processor: the worker is interrupted wherever it is when a peer goes.
        lastack = self.appliance(link, BENCH_SERVER, [BENCH_PORT], "taskset", "-c",
                                 str(min(os.sched_getaffinity(0))))
        for _ in range(PEERS):
            done = self.ns.run(BENCH, "--no-pci", "--no-huge", "-m", "256", "--no-telemetry",
                               *harness.lcores(1), "--file-prefix", prefix,
                               "--vdev", f"net_memif0,role=client,{link}", "--", "--test", "TCP_CRR",
                               "--topology", "port", "--role", "client", "--connections", "32",
                               "--warmup", "0", "--duration", "0.2", check=False, timeout=60)
            output = (done.stdout + done.stderr).decode()
            self.assertIn(done.returncode, (0, 3), output)
            self.assertIn("failed: 0 ", output)
            self.assertIsNone(lastack.poll(), "lastack ended with its peer")
        lastack.send_signal(harness.signal.SIGTERM)
        self.assertEqual(lastack.wait(15), 0)
