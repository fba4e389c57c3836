# SPDX-License-Identifier: BSD-3-Clause
"""Packets made by hand: headers with every field as one wants it, sums right unless told otherwise."""

import socket
import struct

from harness import OURS

STRANGER = "198.18.0.77"


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(payload, source=STRANGER, destination=OURS, protocol=6, ttl=64, options=b"", version=4,
         header=None, total=None, fragment=0, identification=1, check=None):
    words = 5 + len(options) // 4 if header is None else header
    total = 20 + len(options) + len(payload) if total is None else total
    def build(value):
        return struct.pack("!BBHHHBBH4s4s", version << 4 | words, 0, total, identification,
                           fragment, ttl, protocol, value, socket.inet_aton(source),
                           socket.inet_aton(destination)) + options
    return build(checksum(build(0)) if check is None else check) + payload


def tcp(flags, source=STRANGER, destination=OURS, sport=4000, dport=7, seq=1000, ack=0, offset=None,
        options=b"", data=b"", check=None, urgent=0, window=1024):
    words = 5 + len(options) // 4 if offset is None else offset
    def build(value):
        return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, words << 4, flags, window, value,
                           urgent) + options + data
    pseudo = socket.inet_aton(source) + socket.inet_aton(destination) + \
        struct.pack("!BBH", 0, 6, len(build(0)))
    return build(checksum(pseudo + build(0)) if check is None else check)


def icmp(kind, code=0, rest=b"\0\0\0\0", data=b"", check=None):
    head = struct.pack("!BBH", kind, code, 0) + rest + data
    value = checksum(head) if check is None else check
    return struct.pack("!BBH", kind, code, value) + rest + data


def arp(operation=1, sender="198.18.0.78", target=OURS, mac=None, hardware=1, sender_mac=None):
    mac = mac or MAC
    return struct.pack("!HHBBH6s4s6s4s", hardware, 0x0800, 6, 4, operation, sender_mac or mac,
                       socket.inet_aton(sender), bytes(6), socket.inet_aton(target))


MAC = bytes.fromhex("020000000003")
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def invite_stranger(ns, interface):
    """The kernel answers ARP for the stranger and throws away everything else that is sent to it."""
    ns.run("nft", "-f", "-", input=f"""
        table ip stranger {{
            chain in {{ type filter hook prerouting priority -300
                ip daddr {STRANGER} drop
            }}
        }}
        """.encode())
    ns.ip("addr", "add", f"{STRANGER}/32", "dev", interface)
