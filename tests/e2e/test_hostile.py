# SPDX-License-Identifier: BSD-3-Clause
"""Bad frames from a raw socket: each dropped under its own reason, with no effect on others."""

import random
import socket
import struct
import time

import harness
from bystander import Bystander
from harness import OURS
from packets import (ACK, FIN, MAC, PSH, RST, STRANGER, SYN, arp, icmp, invite_stranger, ipv4,
                     tcp)


class Hostile(harness.Case):
    """An echo goes on all the while, in a thread; at the end it must have lost nothing."""

    @classmethod
    def prepare_path(cls):
        invite_stranger(cls.ns, cls.kernel_interface)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.raw = cls.ns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        cls.raw.bind((cls.kernel_interface, 0))
        cls.mac = cls.lastack.mac
        cls.bystander = Bystander(cls.ns)

    @classmethod
    def tearDownClass(cls):
        cls.raw.close()
        try:
            cls.bystander.end()
        finally:
            # Half-open connections and fragments of the noise live on for a minute or three.
            harness.wait_for(lambda: cls.lastack.usage()["connections"] == 0, 10, "no connection")
            super().tearDownClass()

    def check_idle(self):
        """The bystander keeps a connection open all the while."""

    def frame(self, payload, kind=0x0800, destination=None, source=MAC):
        self.raw.send((destination or self.mac) + source + struct.pack("!H", kind) + payload)

    def dropped(self, reason, *frames, count=None, **how):
        """Sends the frames and expects every one under this reason and under no other."""
        before = self.lastack.drops()
        for payload in frames:
            self.frame(payload, **how)
        wanted = before[reason] + (count or len(frames))
        harness.wait_for(lambda: self.lastack.drops()[reason] >= wanted, 3, f"a drop of {reason}")
        after = self.lastack.drops()
        others = {k: after[k] - before[k] for k in after if after[k] != before[k] and k != reason}
        self.assertEqual(after[reason], wanted)
        self.assertEqual(others, {}, f"{reason} was expected alone")

    def test_ethernet(self):
        good = ipv4(tcp(SYN))
        self.dropped("eth_source", good, source=bytes.fromhex("010000000003"))
        self.dropped("eth_source", good, source=bytes(6))
        self.dropped("eth_not_ours", good, destination=bytes.fromhex("020000000099"))
        self.dropped("eth_type", good, kind=0x88cc)
        self.dropped("eth_vlan", struct.pack("!HH", 5, 0x0800) + good, kind=0x8100)

    def test_arp(self):
        self.dropped("arp_short", arp()[:20], kind=0x0806)
        self.dropped("arp_format", arp(hardware=6), kind=0x0806)
        self.dropped("arp_operation", arp(operation=9), kind=0x0806)
        self.dropped("arp_sender", arp(sender_mac=bytes(6)), kind=0x0806)
        self.dropped("arp_conflict", arp(operation=2, sender=OURS), kind=0x0806)
        self.dropped("arp_not_ours", arp(target="198.18.0.200"), kind=0x0806)
        self.dropped("arp_unsolicited", arp(operation=2, sender="198.18.0.99"), kind=0x0806)

    def test_ipv4_header(self):
        segment = tcp(SYN)
        self.dropped("ip_short", ipv4(segment)[:12])
        self.dropped("ip_version", ipv4(segment, version=6))
        self.dropped("ip_header_length", ipv4(segment, header=4))
        self.dropped("ip_header_length", ipv4(b"", header=15))
        self.dropped("ip_total_length", ipv4(segment, total=1400))
        self.dropped("ip_total_length", ipv4(segment, total=19))
        self.dropped("ip_checksum", ipv4(segment, check=0x1234))
        self.dropped("ip_options", ipv4(segment, options=b"\x44\x01\0\0"))
        self.dropped("ip_source_route", ipv4(segment, options=b"\x83\x07\x04\xc6\x12\0\x63\0"))
        self.dropped("ip_ttl", ipv4(segment, ttl=0))

    def test_ipv4_addresses(self):
        for source in ("0.0.0.0", "255.255.255.255", "224.0.0.1", "127.0.0.1", OURS,
                       "198.18.0.255"):
            with self.subTest(source=source):
                self.dropped("ip_source", ipv4(icmp(8), source=source, protocol=1))
        self.dropped("ip_destination", ipv4(tcp(SYN), destination="198.18.0.50"))

    def test_truncation_anywhere_harms_nobody(self):
        whole = ipv4(tcp(SYN, options=b"\x02\x04\x05\xb4", sport=4500))
        before = self.lastack.stats()["passive_opens"]
        for length in range(len(whole)):
            self.frame(whole[:length])
        time.sleep(0.2)
        self.assertEqual(self.lastack.stats()["passive_opens"], before)

    def test_protocols_and_ports(self):
        self.dropped("ip_protocol", ipv4(b"\0" * 20, protocol=253))
        self.dropped("udp_port", ipv4(struct.pack("!HHHH", 1, 9, 8, 0), protocol=17))

    def test_icmp(self):
        self.dropped("icmp_short", ipv4(b"\x08\0\0", protocol=1))
        self.dropped("icmp_checksum", ipv4(icmp(8, check=0x1111), protocol=1))
        self.dropped("icmp_type", ipv4(icmp(13), protocol=1))
        quoted = ipv4(tcp(ACK, source=OURS, destination=STRANGER), source=OURS,
                      destination=STRANGER)
        self.dropped("icmp_quote", ipv4(icmp(3, 1, data=quoted[:28]), protocol=1))

    def test_fragments(self):
        more = 0x2000
        self.dropped("frag_tiny", ipv4(tcp(SYN)[:8], fragment=more, identification=10))
        self.dropped("frag_bounds", ipv4(bytes(64), fragment=0x1fff, identification=11))
        part = bytes(64)
        self.frame(ipv4(part, fragment=more, identification=12))
        # An overlap takes what was there with it (RFC 5722 has it so for IPv6).
        self.dropped("frag_overlap", ipv4(part, fragment=more | 4, identification=12), count=2)

    def test_tcp_header(self):
        self.dropped("tcp_short", ipv4(tcp(SYN)[:16]))
        self.dropped("tcp_offset", ipv4(tcp(SYN, offset=4)))
        self.dropped("tcp_offset", ipv4(tcp(SYN, offset=15)))
        self.dropped("tcp_checksum", ipv4(tcp(SYN, check=0x4321)))
        self.dropped("tcp_ports", ipv4(tcp(SYN, sport=0)), ipv4(tcp(SYN, dport=0)))
        self.dropped("tcp_flags", ipv4(tcp(SYN | FIN)), ipv4(tcp(SYN | RST)))

    def test_land(self):
        self.dropped("tcp_land", ipv4(tcp(SYN, source=OURS, sport=7), source=OURS))

    def test_groups(self):
        everybody = "198.18.0.255"
        self.dropped("tcp_group", ipv4(tcp(SYN, destination=everybody), destination=everybody))
        self.dropped("icmp_group", ipv4(icmp(8), protocol=1, destination="224.0.0.1"))
        self.dropped("ip_group", ipv4(struct.pack("!HHHH", 1, 9, 8, 0), protocol=17,
                                      destination=everybody))

    def test_no_connection(self):
        self.dropped("closed_reset", ipv4(tcp(RST, dport=6666)))
        self.dropped("closed_answered", ipv4(tcp(SYN, dport=6666)))
        self.dropped("listen_ack", ipv4(tcp(ACK, ack=1, dport=7)))
        self.dropped("listen_reset", ipv4(tcp(RST, dport=7)))

    def test_data_without_a_handshake_gets_no_page(self):
        sent = self.lastack.stats()["bytes_out"]
        request = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        self.dropped("listen_ack", ipv4(tcp(ACK | PSH, ack=1, dport=8080, data=request)))
        self.assertLess(self.lastack.stats()["bytes_out"] - sent, 4096)

    def test_options_that_run_over(self):
        """Illegal options are stepped over or end the list; the SYN is still a SYN."""
        port = 41000
        for options in (b"\x08\x00\0\0", b"\x08\x01\0\0", b"\x02\x04\x05\x00", b"\x02\x03\x05\x00",
                        b"\x1e\xff\0\0", b"\x02\x00\0\0", b"\x01\x01\x01\x02"):
            with self.subTest(options=options.hex()):
                before = self.lastack.stats()["passive_opens"]
                self.frame(ipv4(tcp(SYN, options=options, sport=port)))
                harness.wait_for(lambda: self.lastack.stats()["passive_opens"] > before, 3,
                                 "a half-open connection")
                self.frame(ipv4(tcp(RST, sport=port, seq=1001)))
                port += 1

    def test_noise(self):
        """Ten thousand frames of noise behind headers that are good enough to be looked at."""
        source = random.Random(3)
        alive = self.lastack.stats()["rx_frames"]
        for number in range(10_000):
            if number % 200 == 0:
                time.sleep(0.01)  # the tap holds 500 frames; what does not fit proves nothing
            kind = source.randrange(4)
            noise = source.randbytes(source.randrange(1, 200))
            if kind == 0:
                self.frame(noise, kind=source.choice((0x0800, 0x0806, 0x8100)))
            elif kind == 1:
                self.frame(ipv4(noise, protocol=source.choice((1, 6, 17))))
            elif kind == 2:
                self.frame(ipv4(tcp(source.randrange(64), sport=source.randrange(1, 65536),
                                    dport=7, seq=source.randrange(1 << 32),
                                    ack=source.randrange(1 << 32), data=noise,
                                    options=source.randbytes(4 * source.randrange(11)),
                                    urgent=source.randrange(65536))))
            else:
                self.frame(ipv4(noise, fragment=source.randrange(65536),
                                identification=source.randrange(4)))
        harness.wait_for(lambda: self.lastack.stats()["rx_frames"] - alive >= 9000, 10,
                         "most of the noise received")
        with self.ns.connect(7) as sock:
            sock.sendall(b"still here")
            self.assertEqual(sock.recv(16), b"still here")
