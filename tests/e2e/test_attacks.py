# SPDX-License-Identifier: BSD-3-Clause
"""Peers that play foul: each attack has an expected outcome, and a bystander feels nothing."""

import contextlib
import random
import resource
import socket
import struct
import time

import harness
from bystander import Bystander
from harness import OURS
from packets import ACK, MAC, PSH, RST, STRANGER, SYN, icmp, invite_stranger, ipv4, tcp
from peer import MSS_1460, SACK_PERMITTED, SCALE_7, Peer, sack

MSS = 1460
INITIAL_WINDOW = 10 * MSS
REQUEST = b"GET /body HTTP/1.1\r\nHost: x\r\n\r\n"
STALL_S = 31          # HTTP_STALL_US, and a little
FELT_S = 0.5          # what a bystander may wait on a machine on which others compile


class Attacks(harness.Case):
    """Played by hand from a raw socket."""

    next_port = 30_000

    @classmethod
    def prepare_path(cls):
        invite_stranger(cls.ns, cls.kernel_interface)

    def setUp(self):
        super().setUp()
        self.bystander = Bystander(self.ns)
        self.addCleanup(self.check_idle)
        self.addCleanup(self.bystander.end)

    def tearDown(self):
        self.assertLess(self.bystander.slowest, FELT_S, "the bystander felt it")

    def peer(self, dport, options=MSS_1460):
        Attacks.next_port += 1
        peer = Peer(self, Attacks.next_port, dport)
        self.addCleanup(peer.close)
        peer.connect(options)
        return peer

    def drops_during(self, action):
        before = self.lastack.drops()
        action()
        time.sleep(0.1)
        after = self.lastack.drops()
        return {key: after[key] - before[key] for key in after if after[key] != before[key]}

    def still_echoes(self, peer, text=b"still here"):
        peer.say(text)
        self.assertEqual(peer.take(1, len(text)), text)

    # ---- acknowledgements that lie ----

    def test_acks_of_what_was_not_sent_are_not_believed(self):
        peer = self.peer(8080)
        peer.say(REQUEST)
        first = peer.take(0.1, INITIAL_WINDOW, acknowledge=False)
        self.assertLessEqual(len(first), INITIAL_WINDOW)
        sent = self.lastack.stats()["bytes_out"]
        drops = self.drops_during(
            lambda: [peer.send(ACK, ack=1 + INITIAL_WINDOW + n * MSS) for n in range(1, 1000)])
        self.assertEqual(drops["ack_unsent"], 999)
        self.assertLessEqual(self.lastack.stats()["bytes_out"] - sent, INITIAL_WINDOW)
        # Whoever goes on in order is served as if nothing had been.
        peer.take(1, 1_000_000)
        self.assertGreater(peer.got, 1_000_000)

    def test_acks_ahead_of_arrival_open_the_window_by_bytes(self):
        """Whoever acknowledges what is under way is believed, but counted by bytes (RFC 3465)."""
        peer = self.peer(8080, MSS_1460 + SCALE_7)
        peer.say(REQUEST)
        peer.take(0.1, INITIAL_WINDOW, acknowledge=False)
        begin = self.lastack.stats()["bytes_out"]
        for piece in range(1, MSS + 1):
            peer.send(ACK, ack=1 + piece)
        time.sleep(0.1)
        # One segment acknowledged, in 1,460 pieces: that many bytes, and as many again.
        self.assertLessEqual(self.lastack.stats()["bytes_out"] - begin, 3 * MSS)

    def test_duplicate_acks_made_up_send_no_more_than_was_in_flight(self):
        peer = self.peer(8080)
        peer.say(REQUEST)
        peer.take(0.1, INITIAL_WINDOW, acknowledge=False)
        begin = self.lastack.stats()["bytes_out"]
        for _ in range(3000):
            peer.send(ACK, ack=1)
        time.sleep(0.1)
        self.assertLessEqual(self.lastack.stats()["bytes_out"] - begin, INITIAL_WINDOW)

    # ---- blind attacks, with numbers in the window ----

    def test_resets_in_the_window_are_challenged(self):
        peer = self.peer(7)
        self.still_echoes(peer)
        for distance in (1, 100, 10_000, 60_000):
            drops = self.drops_during(lambda: peer.send(RST, seq=peer.nxt + distance))
            self.assertEqual(drops, {"reset_challenged": 1})
            answer = peer.receive(1)
            self.assertEqual((answer.flags, answer.ack), (ACK, peer.nxt))
        self.still_echoes(peer)

    def test_syns_on_a_connection_are_challenged(self):
        peer = self.peer(7)
        for distance, reason in ((0, "syn_challenged"), (1, "syn_challenged"),
                                 (60_000, "syn_challenged"), (1 << 30, "sequence")):
            drops = self.drops_during(lambda: peer.send(SYN, seq=peer.nxt + distance))
            self.assertEqual(drops, {reason: 1})
            self.assertEqual(peer.receive(1).ack, peer.nxt)
        self.still_echoes(peer)

    def test_text_with_an_ack_far_off_is_thrown_away(self):
        """RFC 5961 5.2: one who does not know our numbers puts nothing into the stream."""
        peer = self.peer(7)
        self.still_echoes(peer)
        for ack in (peer.got + 1, peer.got + (1 << 20), peer.got - 200_000, peer.got + (1 << 31)):
            drops = self.drops_during(lambda: peer.send(ACK | PSH, b"forged", seq=peer.nxt,
                                                        ack=ack))
            self.assertEqual(sum(drops.values()), 1)
            self.assertIn(*drops, {"ack_unsent", "ack_old"})
        peer.segments(0.1)
        self.still_echoes(peer)

    # ---- ICMP ----

    def too_big(self, peer, seq, mtu):
        """A forged "fragmentation needed" about a packet of ours with this number in it."""
        number = (peer.irs + seq) & 0xffffffff
        quoted = ipv4(tcp(ACK, source=OURS, destination=STRANGER, sport=peer.dport,
                          dport=peer.sport, seq=number), source=OURS, destination=STRANGER,
                      total=1500)
        message = icmp(3, 4, rest=struct.pack("!HH", 0, mtu), data=quoted[:28])
        peer.raw.send(self.lastack.mac + MAC + b"\x08\x00" + ipv4(message, protocol=1))

    def test_too_big_counts_only_for_what_is_in_flight(self):
        peer = self.peer(8080)
        peer.say(REQUEST)
        peer.take(0.1, INITIAL_WINDOW, acknowledge=False)
        for seq, mtu in ((1 + (1 << 20), 600), (1 - (1 << 20), 600), (1 + (1 << 31), 68)):
            self.too_big(peer, seq, mtu)
        peer.send(ACK)
        sizes = {len(segment.data) for segment in peer.segments(0.1)}
        self.assertEqual(max(sizes), MSS)

    def test_too_big_in_flight_is_obeyed_but_not_below_the_floor(self):
        peer = self.peer(8080)
        peer.say(REQUEST)
        first = peer.take(0.1, INITIAL_WINDOW, acknowledge=False)
        self.too_big(peer, 1, 68)
        resent = peer.segments(0.1)
        self.assertTrue(all(len(segment.data) <= 552 - 40 for segment in resent), resent)
        peer.send(ACK)
        rest = peer.segments(0.1)
        self.assertTrue(rest)
        self.assertEqual({len(segment.data) for segment in rest}, {552 - 40})
        self.assertEqual(len(first), INITIAL_WINDOW)

    # ---- SACK and small segments ----

    def test_sack_blocks_of_every_kind(self):
        """Overlapping, beyond, behind, inside out, reneging: by the thousand, with the smallest MSS."""
        source = random.Random(5)
        peer = self.peer(8080, b"\x02\x04\x00\x30" + SACK_PERMITTED + SCALE_7)
        peer.say(REQUEST)
        peer.take(0.1, 5000)
        begin = time.monotonic()
        for number in range(20_000):
            blocks = []
            for _ in range(source.randrange(1, 4)):
                left = peer.got + source.choice((source.randrange(60_000), -5000, 1 << 30,
                                                 source.randrange(1 << 32)))
                blocks.append((peer.irs + left, peer.irs + left + source.choice(
                    (48, 1, 0, -10, 64, 100_000, source.randrange(1 << 31)))))
            peer.send(ACK, options=sack(*blocks))
            if number % 200 == 0:
                time.sleep(0.01)  # the tap holds so many frames
        self.figure(f"20,000 acknowledgements with SACK blocks in {time.monotonic() - begin:.1f} s; "
                    f"the bystander waited {self.bystander.slowest * 1000:.0f} ms at most")
        # All of it was nonsense, or taken back: what arrives in order goes on to arrive. Round trips
        # have become as long as the nonsense lasted, and so has the timer that finds it out.
        had = peer.got
        peer.take(15, 200_000)
        self.assertGreaterEqual(peer.got - had, 200_000)

    def test_sack_of_every_other_segment(self):
        """As many holes as the window has room for, with an MSS of 48 (CVE-2019-11477, 11478)."""
        peer = self.peer(8080, b"\x02\x04\x00\x30" + SACK_PERMITTED + SCALE_7)
        peer.say(REQUEST)
        # An honest beginning opens the window; then nothing is acknowledged any more.
        peer.take(0.2, 400_000)
        self.assertGreaterEqual(peer.got, 400_000)
        there = sorted({segment.seq: len(segment.data) for segment in peer.segments(0.1)
                        if segment.data and segment.seq >= peer.got}.items())
        begin = time.monotonic()
        islands = there[1::2]
        for number in range(0, len(islands)):
            peer.send(ACK, options=sack(*((peer.irs + at, peer.irs + at + size) for at, size
                                          in islands[max(number - 2, 0):number + 1][::-1])))
        peer.segments(0.1)
        self.assertGreater(len(islands), 200)
        self.figure(f"{len(islands)} islands acknowledged in {time.monotonic() - begin:.1f} s; the "
                    f"bystander waited {self.bystander.slowest * 1000:.0f} ms at most")
        had = peer.got
        peer.take(3, 100_000)
        self.assertGreaterEqual(peer.got - had, 100_000)

    def test_single_bytes_with_gaps_between_them(self):
        """SegmentSmack: one-byte segments, every other one missing, then the others backwards."""
        peer = self.peer(7)
        size = 10_000
        data = bytes(n & 0xff for n in range(size))
        for at in list(range(1, size, 2)) + list(range(size - 2, -1, -2)):
            peer.send(ACK, data[at:at + 1], seq=1 + at)
            if at % 200 < 2:
                time.sleep(0.01)
        # What did not fit was not acknowledged, so an honest peer would send it again.
        peer.segments(0.2)
        peer.nxt = 1
        peer.got = 1
        for at in range(0, size, 1000):
            peer.say(data[at:at + 1000])
        back = peer.take(1, size)
        self.assertEqual(back[:len(data)], data[:len(back)])
        self.figure(f"the bystander waited {self.bystander.slowest * 1000:.0f} ms at most")


class Holders(harness.Case):
    """Clients that hold on to what they have: connections, windows, requests."""

    number = 3000
    idle_within = 30

    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16_384), hard))
        cls.keep(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        super().setUpClass()

    def hold(self, port, data, room=None):
        """Connections that send this and then do nothing."""
        with contextlib.ExitStack() as socks, self.ns.inside():
            for _ in range(self.number):
                sock = socks.enter_context(socket.socket())
                if room:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
                sock.settimeout(10)
                sock.connect((OURS, port))
                sock.sendall(data)
            return socks.pop_all()

    def others_are_served(self, *urls):
        urls *= 10
        done = self.ns.run("curl", "-sS", "--fail", "--fail-early", "--max-time", "10", "-H",
                           "Connection: close", "-w", "%{stderr}%{time_total}\n", *urls)
        slowest = max(float(word) for word in done.stderr.split())
        self.figure(f"{len(urls)} connections beside {self.number}: the slowest took "
                    f"{slowest * 1000:.0f} ms")
        self.assertLess(slowest, 3)
        with self.ns.connect(7) as sock:
            sock.sendall(b"still here")
            self.assertEqual(sock.recv(16), b"still here")

    def test_windows_closed_for_ever(self):
        """Sockstress: each asks for a large page and never reads. All of the listener's requests are
        taken then; after 30 s whoever still took nothing makes room, one for each that comes."""
        with self.hold(8080, REQUEST, room=2304):
            usage = self.lastack.usage()
            self.assertLessEqual(usage["mbufs"], 65536 * 3 // 4)
            self.figure(f"{usage['connections']} connections, {usage['mbufs']} packet buffers")
            self.others_are_served(f"http://{OURS}/")
            time.sleep(STALL_S)
            self.others_are_served(f"http://{OURS}/", f"http://{OURS}:8080/index.html")

    def test_requests_that_never_end(self):
        with self.hold(8080, b"GET / HTTP/1.1\r\nHost:"):
            self.others_are_served(f"http://{OURS}/", f"http://{OURS}:8080/index.html")

    def test_connections_without_a_word(self):
        with self.hold(80, b""):
            self.others_are_served(f"http://{OURS}/")


class SlowRequests(harness.Case):
    """Slowloris: requests that come byte by byte, and connections on which none comes."""

    http_options = ("request_timeout: 3s",)
    number = 300

    def test_requests_that_do_not_arrive_end_in_time(self):
        began = time.monotonic()
        slow = [self.ns.connect(80) for _ in range(self.number)]
        silent = [self.ns.connect(80) for _ in range(self.number)]
        for sock in slow + silent:
            sock.setblocking(False)
        answers = {sock: b"" for sock in slow}
        open_socks = set(slow)
        text = iter(b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1000)
        while open_socks and time.monotonic() < began + 20:
            byte = bytes([next(text)])
            for sock in list(open_socks):
                # A byte sent behind the 408 is answered by RST; what came before it can still be read.
                with contextlib.suppress(ConnectionError):
                    sock.send(byte)
                try:
                    got = sock.recv(4096)
                    answers[sock] += got
                    if not got:
                        open_socks.remove(sock)
                except BlockingIOError:
                    pass
                except ConnectionError:
                    open_socks.remove(sock)
            if time.monotonic() < began + 1:
                done = self.ns.run("curl", "-sf", "--max-time", "5", f"http://{OURS}/")
                self.assertEqual(done.stdout, b"<p>lastack</p>")
            time.sleep(0.05)
        took = time.monotonic() - began
        self.assertEqual(len(open_socks), 0, "a slow request was let be")
        self.assertGreater(took, 3)
        self.assertLess(took, 12)
        told = sum(answer.startswith(b"HTTP/1.1 408 ") for answer in answers.values())
        self.assertGreater(told, self.number // 2)
        harness.wait_for(lambda: self.lastack.usage()["connections"] == 0, 10,
                         "the silent ones are gone, too")
        self.assertEqual(self.lastack.stats()["closed_idle"], self.number)
        self.figure(f"{self.number} slow requests, gone after {took:.1f} s, {told} with a 408")
        for sock in slow + silent:
            sock.close()
