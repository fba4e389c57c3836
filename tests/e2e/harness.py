# SPDX-License-Identifier: BSD-3-Clause
"""What the end-to-end tests share: a namespace, a running lastack in it, sockets of the kernel.

Every test class has a namespace of its own, with the kernel's end of lastack's port in it. Whatever
is made is given back however the test ends: processes by their own id, namespaces by name, the
runtime directory of EAL.
"""

import contextlib
import ctypes
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("E2E_BUILD", os.path.join(ROOT, "build-test", "release"))
LOGS = os.environ.get("E2E_LOGS", os.path.join(ROOT, "build-test", "logs", "e2e"))
FULL = os.environ.get("E2E_FULL", "") == "1"  # the long numbers of scripts/soak
SANITIZED = os.environ.get("E2E_SANITIZED", "") == "1"

OURS = "198.18.0.1"     # lastack
KERNEL = "198.18.0.2"   # the Linux kernel's TCP
PREFIX = 24
# The tap driver gives the kernel's end its own address; two ends of a wire must differ.
KERNEL_MAC = "02:00:00:00:00:02"
CLONE_NEWNET = 0x40000000

LIBC = ctypes.CDLL(None, use_errno=True)


def wait_for(condition, seconds, what):
    """Polls until condition() is true and returns its value; fails with what otherwise."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def run(*command, timeout=60, check=True, **kwargs):
    """Runs a command and returns it; its output is in the message when it fails."""
    done = subprocess.run([str(c) for c in command], capture_output=True, timeout=timeout,
                          check=False, **kwargs)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit status {done.returncode}\n"
                             f"{done.stdout.decode(errors='replace')[-2000:]}"
                             f"{done.stderr.decode(errors='replace')[-2000:]}")
    return done


class Namespace:
    """A network namespace of ours, deleted by close()."""

    def __init__(self, name):
        self.name = name
        run("ip", "netns", "add", name)
        self.ip("link", "set", "lo", "up")
        self.set("net.ipv4.ip_local_port_range", "10000 65000")
        self.set("net.ipv6.conf.all.disable_ipv6", "1", check=False)
        self.set("net.ipv6.conf.default.disable_ipv6", "1", check=False)

    def ip(self, *arguments):
        return run("ip", "-n", self.name, *arguments)

    def run(self, *command, **kwargs):
        return run("ip", "netns", "exec", self.name, *command, **kwargs)

    def set(self, key, value, check=True):
        self.run("sh", "-c", f'echo "{value}" > /proc/sys/{key.replace(".", "/")}', check=check)

    def popen(self, *command, **kwargs):
        """`ip netns exec` becomes the command: its process id is the command's own."""
        return subprocess.Popen(["ip", "netns", "exec", self.name, *map(str, command)],
                                start_new_session=True, **kwargs)

    @contextlib.contextmanager
    def inside(self):
        """Sockets made by this thread within the block belong to the namespace."""
        with open("/proc/thread-self/ns/net", "rb") as home, \
                open(f"/run/netns/{self.name}", "rb") as there:
            if LIBC.setns(there.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                if LIBC.setns(home.fileno(), CLONE_NEWNET) != 0:
                    os._exit(70)  # anything done from here on would happen in the wrong place

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_STREAM, protocol=0):
        with self.inside():
            return socket.socket(family, kind, protocol)

    def connect(self, port, address=OURS, timeout=10, source=None):
        """A TCP connection of the kernel's to lastack."""
        sock = self.socket()
        sock.settimeout(timeout)
        if source:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(source)
        try:
            sock.connect((address, port))
        except BaseException:
            sock.close()
            raise
        return sock

    def close(self):
        run("ip", "netns", "del", self.name, check=False)


def read_all(sock, limit=1 << 30):
    """Everything up to the peer's FIN."""
    parts = []
    while limit > 0:
        part = sock.recv(min(limit, 1 << 16))
        if not part:
            break
        parts.append(part)
        limit -= len(part)
    return b"".join(parts)


def digest(data):
    return hashlib.sha256(data).hexdigest()


def end_process(process, seconds=10):
    """Asks, waits, insists. Returns the exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def ping(ns, address, size, timeout=5):
    """An ICMP echo with so many bytes of data. Returns how many of them the answer repeats."""
    data = bytes(i * 7 & 0xff for i in range(size))
    with ns.socket(kind=socket.SOCK_RAW, protocol=socket.IPPROTO_ICMP) as sock:
        sock.settimeout(timeout)
        head = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xffff, size)
        total = sum(struct.unpack(f"!{(size + 9) // 2}H", head + data + b"\0" * (size % 2)))
        while total >> 16:
            total = (total & 0xffff) + (total >> 16)
        sock.sendto(head[:2] + struct.pack("!H", ~total & 0xffff) + head[4:] + data, (address, 0))
        while True:
            answer = sock.recv(65536)
            message = answer[(answer[0] & 15) * 4:]
            if message[0] == 0 and message[4:8] == head[4:]:
                back = message[8:]
                return len(back) if back == data[:len(back)] else -1


GIVE_BACK = []  # what to undo when a run is interrupted, newest last


def give_all_back():
    while GIVE_BACK:
        with contextlib.suppress(Exception):
            GIVE_BACK.pop()()


class Case(unittest.TestCase):
    """A test class with a namespace, a path and a running appliance of its own."""

    port = "tap"          # tap, af_packet, af_xdp, relay, path
    workers = 1
    driver_keeps = False  # buffers of what was sent, until it sends something else
    queues = None         # queue pairs of the port, at most; None: one for each worker
    path_options = ()     # of the program path
    # Lines of the section tcp of the configuration.
    tcp_options = ("send_buffer: 256KiB", "receive_buffer: 64KiB")
    http_options = ()     # lines of the section http of port 80
    gateway = None        # for lastack's answers to sources that are not there
    priority = 0          # real-time priority of what takes part in a measurement
    msl = "1s"            # None: the default
    grace = "1s"
    idle_sleep = "100us"  # kind to a machine of two cores, on which the other end runs too
    build = BUILD
    idle_within = 10      # seconds after a test within which pools are full and tables empty
    body_bytes = 1_000_000
    mbufs = 65536
    kernel_interface = "tap0"

    @classmethod
    def keep(cls, function, *arguments):
        """Undoes at the end of the class, or when the run is interrupted."""
        done = []

        def once():
            if not done:
                done.append(True)
                function(*arguments)
        GIVE_BACK.append(once)
        cls.addClassCleanup(once)

    @classmethod
    def setUpClass(cls):
        cls.name = f"e2e-{cls.__name__.lower()}-{os.getpid()}"
        cls.logs = os.path.join(LOGS, cls.__name__)
        os.makedirs(cls.logs, exist_ok=True)
        cls.directory = tempfile.mkdtemp(prefix=cls.name)
        cls.keep(shutil.rmtree, cls.directory, True)
        cls.make_files()
        cls.ns = Namespace(cls.name[:15 + len(str(os.getpid()))])
        cls.keep(cls.ns.close)
        cls.started = 0
        cls.lastack = cls.start_lastack()
        cls.prepare_path()
        cls.baseline = cls.lastack.usage()

    @classmethod
    def tearDownClass(cls):
        if cls.lastack.process.poll() is None:
            cls.lastack.stop()

    @classmethod
    def make_files(cls):
        """What the second HTTP listener serves."""
        root = os.path.join(cls.directory, "root")
        os.mkdir(root)
        body = os.urandom(cls.body_bytes)
        cls.body_digest = digest(body)
        cls.tenth_digest = digest(body[:cls.body_bytes // 10])
        for name, data in (("body", body), ("tenth", body[:cls.body_bytes // 10]),
                           ("index.html", b"<p>lastack</p>\n")):
            with open(os.path.join(root, name), "wb") as file:
                file.write(data)

    @classmethod
    def end_relay(cls):
        """Ends the relay and returns what it did, by name."""
        end_process(cls.relay)
        return {key: int(value) for key, value in
                re.findall(r"(\w+)=(\d+)", cls.relay.stdout.read().decode())}

    @classmethod
    def prepare_path(cls):
        """For classes that spoil the path."""

    @classmethod
    def start_lastack(cls):
        cls.started += 1
        appliance = Appliance(cls, f"{cls.name}-{cls.started}")
        return appliance

    def setUp(self):
        self.figures = []

    def figure(self, text):
        self.figures.append(text)

    def tearDown(self):
        self.check_idle()

    def check_idle(self):
        """After each test: every buffer is back and every table empty."""
        self.assertIsNone(self.lastack.process.poll(), "lastack is gone:\n" + self.lastack.log())
        last = {}

        def idle():
            if self.driver_keeps:  # one frame then, as at the start
                self.lastack.answers()
            last.update(self.lastack.usage())
            return all(last[key] == 0 for key in last if key != "mbufs") and \
                last["mbufs"] <= self.baseline["mbufs"]
        try:
            wait_for(idle, self.idle_within, "idle")
        except AssertionError:
            left = {key: value for key, value in last.items() if value}
            self.fail(f"something is left: {left}; at the start {self.baseline['mbufs']} mbufs\n"
                      + self.lastack.ctl_text("conns"))


def lcores(count):
    """EAL's arguments for so many lcores, on the processors that there are."""
    cpus = sorted(os.sched_getaffinity(0))
    return ["--lcores", ",".join(f"{i}@{cpus[i % len(cpus)]}" for i in range(count))]


def hurried(priority):
    """What stands before a command that must not wait for others on a busy machine."""
    return ("chrt", "--fifo", str(priority)) if priority else ()


class Path:
    """A running tests/e2e/path between the kernel and a tap, in the namespace of a case."""

    def __init__(self, case, *ends):
        self.process = case.ns.popen(
            *hurried(case.priority and case.priority + 1),
            os.path.join(case.build, "tests/e2e/path"), *ends, *map(str, case.path_options),
            stdout=subprocess.PIPE)
        case.keep(self.process.stdout.close)
        case.keep(end_process, self.process)
        if self.process.stdout.readline() != b"ready\n":
            raise AssertionError("the path did not start")

    def figures(self):
        """What happened on it to the connection opened last, by name."""
        self.process.send_signal(signal.SIGUSR1)
        line = self.process.stdout.readline().decode()
        return {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}


CTL = os.path.join(ROOT, "app", "ctl", "lastackctl")


class Appliance:
    """A lastack process in the namespace of a test class."""

    def __init__(self, case, prefix):
        self.case = case
        self.prefix = prefix
        self.interface = f"dtap{os.getpid()}"[:15]
        self.path = os.path.join(case.logs, f"{prefix}.log")
        config = os.path.join(case.directory, f"{prefix}.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(configuration(case))
        self.make_wire()
        case.keep(shutil.rmtree, f"/var/run/dpdk/{prefix}", True)
        with open(self.path, "wb") as log:
            self.process = case.ns.popen(
                *hurried(case.priority), os.path.join(case.build, "app/lastack/lastack"),
                "--config", config, "--", *self.eal(), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        case.keep(end_process, self.process)
        wait_for(lambda: self.process.poll() is not None or "ready" in self.log(), 60,
                 "lastack is ready")
        if self.process.poll() is not None:
            raise AssertionError(f"lastack did not start:\n{self.log()}")
        self.join_wire()

    def eal(self):
        """No hugepages: the tests must do with what any machine has."""
        port = {"tap": f"net_tap0,iface={self.interface}",
                "relay": f"net_tap0,iface={self.interface}",
                "path": f"net_tap0,iface={self.interface}",
                "af_packet": f"net_af_packet0,iface={self.interface},qpairs={self.case.queues or 1}",
                "af_xdp": f"net_af_xdp0,iface={self.interface}"}[self.case.port]
        return ["--no-pci", "--no-huge", "-m", "1024", *lcores(self.case.workers),
                "--file-prefix", self.prefix, "--vdev", port]

    def make_wire(self):
        """What has to be there before lastack: the veth pair of af_packet and af_xdp."""
        ns = self.case.ns
        if self.case.port in ("af_packet", "af_xdp"):
            ns.run("ip", "link", "del", "wire0", check=False)  # of the one before
            ns.ip("link", "add", self.interface, "type", "veth", "peer", "name", "wire0")
            # The kernel must not hand over half-made frames: what leaves a veth is never finished.
            for end in (self.interface, "wire0"):
                ns.run("ethtool", "-K", end, "tx", "off", "tso", "off", "gso", "off", "gro", "off")
            ns.ip("link", "set", self.interface, "arp", "off", "up")

    def join_wire(self):
        """Gives the kernel its end, with an address, and learns lastack's MAC address."""
        case, ns = self.case, self.case.ns
        end = {"tap": self.interface, "af_packet": "wire0", "af_xdp": "wire0",
               "relay": "wire0", "path": "wire0"}[case.port]
        if case.port == "relay":
            ns.ip("link", "set", self.interface, "arp", "off", "up")
            case.relay = ns.popen(os.path.join(case.build, "tests/e2e/relay"), "--tap", end,
                                  "--join", self.interface, "--seed", "1", "--drop", "50",
                                  "--duplicate", "10", "--reorder", "100",
                                  stdout=subprocess.PIPE)
            case.keep(end_process, case.relay)
            if case.relay.stdout.readline() != b"ready\n":
                raise AssertionError("the relay did not start")
        if case.port == "path":
            ns.ip("link", "set", self.interface, "txqueuelen", "16384")
            ns.ip("link", "set", self.interface, "arp", "off", "up")
            case.path = Path(case, "--tap", end, "--join", self.interface)
        ns.ip("link", "set", end, "address", KERNEL_MAC)
        # A burst of a thousand connections must fit: the tap's queue is 1,000 frames otherwise, and
        # what it loses costs a second of SYN retransmission.
        ns.ip("link", "set", end, "txqueuelen", "16384")
        ns.ip("addr", "add", f"{KERNEL}/{PREFIX}", "dev", end)
        ns.ip("link", "set", end, "up")
        case.kernel_interface = end
        wait_for(self.answers, 10, "an answer to a ping")
        neighbour = ns.ip("neigh", "show", OURS).stdout.decode()
        self.mac = bytes.fromhex(re.search(r"lladdr (\S+)", neighbour).group(1).replace(":", ""))

    def answers(self):
        with contextlib.suppress(OSError):
            return ping(self.case.ns, OURS, 8, timeout=0.5) == 8
        return False

    def log(self):
        with open(self.path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def ctl_text(self, *arguments):
        return run(CTL, "--file-prefix", self.prefix, *arguments).stdout.decode()

    def ctl(self, *arguments):
        return json.loads(self.ctl_text("--json", *arguments))

    def stats(self):
        return self.ctl("stats", "--all")

    def drops(self):
        return self.ctl("drops", "--all")

    def usage(self):
        return self.ctl("usage")

    def stop(self, seconds=10):
        """A clean stop; whatever it says on its way out goes into the message."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"lastack did not stop within {seconds} s:\n{self.log()}") from None
        log = self.log()
        if status != 0 or "Sanitizer" in log or "runtime error" in log:
            raise AssertionError(f"lastack ended with status {status}:\n{log[-6000:]}")


def configuration(case):
    """The YAML file for a test class."""
    directory = getattr(case, "directory", None)
    pages = f"root: {directory}/root,\n      root_limit: 256MiB" if directory else "size: 1MiB"
    msl = f"  msl: {case.msl}\n" if case.msl else ""
    queues = f"  queues: {case.queues}\n" if case.queues else ""
    gateway = f"  gateway: {case.gateway}\n" if case.gateway else ""
    tcp = "".join(f"  {line}\n" for line in case.tcp_options)
    http = "".join(f"    {line}\n" for line in case.http_options)
    return f"""\
ports:
- name: net_{case.port if case.port.startswith("af_") else "tap"}0
  addresses: [{OURS}/{PREFIX}]
{queues}{gateway}tcp:
{msl}{tcp}listeners:
- {{ port: 7, service: echo }}
- {{ port: 8007, service: echo, close: server }}
- port: 9
  service: discard
- {{ port: 19, service: chargen }}
- port: 80
  service: http
  http:
    body: "<p>lastack</p>"
    content_type: text/html
    requests: 2048
{http}- port: 8080
  service: http
  http: {{
      {pages} }}
limits:
  connections: 8192
  half_open: 8192
  time_wait: 65536
  mbufs: {case.mbufs}
worker:
  idle_sleep: {case.idle_sleep}
stop:
  grace: {case.grace}
"""
