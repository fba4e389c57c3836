#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Writes the seeds in tests/fuzz/corpus: one of each kind of frame, and small programs."""
import os
import random
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
OURS = [bytes([198, 18, 0, 1]), bytes([198, 18, 1, 1])]
PEER = [bytes([198, 18, 0, 2]), bytes([198, 18, 1, 2])]
MAC_OURS, MAC_PEER = bytes([2, 0, 0, 0, 0, 1]), bytes([2, 0, 0, 0, 0, 2])
IP_SUM, SUM, ACK_LAST, PORT_1, WAIT, CUT, VOUCH, STRIPPED = (1 << n for n in range(8))
FIN, SYN, RST, PSH, ACK, URG = (1 << n for n in range(6))
GOOD = IP_SUM | SUM


def sum16(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xFFFF:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def ethernet(payload, kind=0x0800, target=MAC_OURS, vlan=None):
    tag = b"" if vlan is None else struct.pack("!HH", 0x8100, vlan)
    return target + MAC_PEER + tag + struct.pack("!H", kind) + payload


def ipv4(payload, protocol=6, port=0, fragment=0, options=b"", ident=1):
    header = struct.pack("!BBHHHBBH", 0x45 + len(options) // 4, 0,
                         20 + len(options) + len(payload), ident, fragment, 64, protocol, 0)
    header += PEER[port] + OURS[port] + options
    return header[:10] + struct.pack("!H", sum16(header)) + header[12:] + payload


def tcp(flags, seq, ack=0, text=b"", options=b"", to=7, port=0, window=8000, urgent=0):
    head = struct.pack("!HHIIBBHHH", 5000, to, seq, ack, (5 + len(options) // 4) << 4, flags,
                       window, 0, urgent) + options
    pseudo = PEER[port] + OURS[port] + struct.pack("!HH", 6, len(head) + len(text))
    return head[:16] + struct.pack("!H", sum16(pseudo + head + text)) + head[18:] + text


def segment(*args, vlan=None, **more):
    return ethernet(ipv4(tcp(*args, **more), port=more.get("port", 0)), vlan=vlan)


def icmp(kind, code, rest=b"\0\0\0\0", data=b""):
    message = struct.pack("!BBH", kind, code, 0) + rest + data
    message = message[:2] + struct.pack("!H", sum16(message)) + message[4:]
    return ethernet(ipv4(message, protocol=1))


def arp(operation, sender, target, mac=b"\xff" * 6):
    return ethernet(struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + MAC_PEER + sender +
                    MAC_OURS + target, kind=0x0806, target=mac)


def inputs(*frames):
    return b"".join(struct.pack("<BH", doing, len(frame)) + frame for doing, frame in frames)


def opened(to=7, first=b"", options=b""):
    """A connection whose ACKs are relative to what came back."""
    return [(GOOD | WAIT, segment(SYN, 100, options=options, to=to)),
            (GOOD | WAIT | ACK_LAST, segment(ACK | (PSH if first else 0), 101, text=first, to=to))]


def frames():
    text = b"abcdefgh" * 3
    mss, scale = struct.pack("!BBH", 2, 4, 1460), b"\x01\x03\x03\x07"
    stamps = b"\x01\x01\x08\x0a" + bytes(8)
    sack = b"\x01\x01\x05\x0a" + struct.pack("!II", 300, 400)
    syn = GOOD | WAIT
    live = GOOD | WAIT | ACK_LAST
    whole = tcp(SYN, 100)
    quote = ipv4(tcp(SYN, 1))[:28]
    yield "syn", inputs((syn, segment(SYN, 100, options=mss)))
    yield "syn_options", inputs((syn, segment(SYN, 100, options=mss + b"\x04\x02" + stamps[2:] +
                                              scale + b"\0\0")))
    yield "syn_closed_port", inputs((syn, segment(SYN, 100, to=81)))
    yield "data", inputs(*opened(first=text, options=mss))
    yield "data_sack", inputs(*opened(first=text), (live, segment(
        ACK, 125, text=text, options=stamps)), (live, segment(ACK, 149, options=sack)))
    yield "fin", inputs(*opened(first=text), (live, segment(FIN | ACK, 125)),
                        (live, segment(ACK, 126)))
    yield "fin_discard", inputs(*opened(to=9, first=text),
                                (live, segment(FIN | ACK, 125, to=9)),
                                (live, segment(ACK, 126, to=9)))
    yield "chargen", inputs(*opened(to=19), (live, segment(ACK, 101, to=19)),
                            (live, segment(RST | ACK, 101, to=19)))
    yield "rst", inputs(*opened(), (live, segment(RST, 101)))
    yield "out_of_order", inputs(*opened(), (live, segment(ACK, 125, text=text)),
                                 (live, segment(ACK, 101, text=text)))
    yield "urgent", inputs(*opened(), (live, segment(ACK | URG, 101, text=text, urgent=5)))
    yield "closed_window", inputs(*opened(to=19), (live, segment(ACK, 101, to=19, window=0)))
    yield "chain", inputs((syn | CUT, segment(SYN, 100, options=mss)),
                          (live | CUT, segment(ACK, 101, text=text)))
    yield "vlan", inputs((syn | PORT_1, segment(SYN, 100, port=1, vlan=5)))
    yield "stripped", inputs((syn | PORT_1 | STRIPPED, segment(SYN, 100, port=1)))
    yield "bad_sums", inputs((WAIT, segment(SYN, 100)[:-1] + b"\1"), (VOUCH, segment(SYN, 9)))
    yield "ip_options", inputs((syn, ethernet(ipv4(tcp(SYN, 100), options=b"\x07\x04\x04\0"))))
    yield "fragments", inputs(
        (IP_SUM, ethernet(ipv4(whole[:16], fragment=0x2000, ident=7))),
        (IP_SUM | WAIT, ethernet(ipv4(whole[16:], fragment=0x0002, ident=7))))
    yield "fragments_overlap", inputs(
        (IP_SUM, ethernet(ipv4(whole[:16], fragment=0x2000, ident=8))),
        (IP_SUM | WAIT, ethernet(ipv4(whole[8:], fragment=0x0001, ident=8))))
    yield "fragment_alone", inputs((IP_SUM, ethernet(ipv4(whole, fragment=0x2000))))
    yield "arp_request", inputs((WAIT, arp(1, PEER[0], OURS[0])))
    yield "arp_reply", inputs((WAIT, arp(2, PEER[0], OURS[0], MAC_OURS)))
    yield "arp_conflict", inputs((WAIT, arp(1, OURS[0], OURS[0])))
    yield "ping", inputs((syn, icmp(8, 0, data=text)))
    yield "icmp_unreachable", inputs((syn, icmp(3, 1, data=quote)))
    yield "icmp_too_big", inputs((syn, icmp(3, 4, rest=b"\0\0\2\x80", data=quote)))
    yield "udp", inputs((IP_SUM, ethernet(ipv4(b"\0\7\0\7\0\x08\0\0", protocol=17))))
    yield "runt", inputs((0, MAC_OURS))


def programs():
    """Operations of fuzz_segments.c: a connection is opened, and then one thing happens."""
    segment, following, time, write_, read, end, habits, connect, error, buffers, batch, event = (
        0, 3, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

    def op(kind, which, *more, own=0):
        return bytes([kind | which << 4 | own << 6]) + bytes(more)

    def passive(which):
        return op(following, which, 0x10) + op(following, which, 0x09)

    def active(which):
        return op(connect, which) + op(following, which, 0x11) + op(following, which, 0x09)

    data, fin, ack, syn = 0xE9, 0x02, 0x09, 0x10
    for settings in (8, 9):
        suffix = "_tight" if settings & 1 else ""
        start = bytes([settings])
        yield "passive" + suffix, start + passive(0) + op(following, 0, data) + op(time, 0, 3)
        yield "active" + suffix, start + active(2) + op(following, 2, data) + op(time, 2, 3)
        yield "write" + suffix, start + passive(1) + op(write_, 1, 8) * 3 + op(
            following, 1, ack) + op(time, 1, 8) * 3
        yield "peer_ends" + suffix, start + passive(0) + op(following, 0, fin) + op(
            end, 0) + op(following, 0, ack)
        yield "user_ends" + suffix, start + active(3) + op(end, 3) + op(following, 3, ack) + op(
            following, 3, fin) + op(following, 3, ack)
        yield "both_end" + suffix, start + passive(0) + op(batch, 0) + op(following, 0, fin) + op(
            end, 0) + op(following, 0, ack)
        yield "starved" + suffix, start + passive(0) + op(buffers, 0, 3) + op(
            following, 0, data) * 4 + op(write_, 0, 24) + op(buffers, 0, 255)
        yield "two" + suffix, start + passive(0) + passive(1) + active(2) + op(
            following, 0, data) + op(following, 1, data) + op(write_, 2, 8)
    start = bytes([8])
    # SYNs with all options, and with those that fit beside an MSS of 536.
    full, small, part = 0xD0, 0xF0, 0x0F
    for name, first in (("options", full), ("stamped", small)):
        opened = start + op(following, 0, first) + op(following, 0, ack)
        yield name, opened + op(following, 0, data) * 2 + op(time, 0, 4)
        yield name + "_active", start + op(connect, 2) + op(following, 2, first + 1) + op(
            following, 2, ack) + op(write_, 2, 8) * 2 + op(following, 2, ack)
        yield name + "_loss", opened + op(write_, 0, 8) * 8 + op(following, 0, part | 0x10) + op(
            following, 0, part | 0x20) * 2 + op(time, 0, 5) + op(following, 0, part | 0x90) * 3 + op(
            following, 0, ack)
        yield name + "_probe", opened + op(write_, 0, 8) * 4 + op(time, 0, 6) * 2 + op(
            following, 0, part | 0x30) + op(time, 0, 7) * 3 + op(following, 0, ack)
        yield name + "_reneging", opened + op(write_, 0, 8) * 8 + op(following, 0, part) * 2 + op(
            time, 0, 8) * 3 + op(following, 0, part | 0x20) + op(time, 0, 9) + op(following, 0, ack)
        yield name + "_gaps", opened + op(following, 0, 0xE6) + op(following, 0, 0x87) + op(
            following, 0, 0xA6) + op(following, 0, data) * 8
        yield name + "_blocks", opened + op(write_, 0, 8) * 8 + b"".join(
            op(segment, 0, 16, 0, 0x52, 0, 0, 0x80 | how) for how in range(0, 128, 9))
    yield "simultaneous", start + op(connect, 2) + op(following, 2, syn) + op(
        following, 2, 0x01) + op(following, 2, ack)
    yield "gaps", start + passive(0) + op(following, 0, 0xE6) + op(following, 0, 0x87) + op(
        following, 0, data) * 8
    yield "closed_window", start + passive(0) + op(following, 0, 0x24) + op(
        write_, 0, 8) * 2 + op(time, 0, 10) * 3 + op(following, 0, ack)
    yield "unread", bytes([2]) + passive(1) + op(following, 1, data) * 4 + op(read, 1, 3) * 2 + op(
        read, 1, 11)
    yield "urgent", start + passive(0) + op(following, 0, 0x75) + op(write_, 0, 0x42)
    yield "reset", start + passive(0) + op(following, 0, 3)
    yield "errors", start + op(connect, 2) + op(error, 2, 1) + active(3) + op(
        write_, 3, 8) * 3 + op(error, 3, 6) + op(time, 3, 6)
    yield "abort", start + passive(0) + op(end, 0, own=2) + op(following, 0, data)
    yield "habits", start + op(habits, 0, 0x83) + passive(0) + op(
        following, 0, data) + op(following, 0, ack) * 6 + op(following, 0, fin)
    yield "spoilt", bytes([12]) + passive(0) + op(following, 0, 0xA6) * 2 + op(
        following, 0, 0x96) * 2 + op(following, 0, data) * 3
    yield "loss", start + passive(0) + op(write_, 0, 8) * 4 + op(following, 0, 0xE8) * 4 + op(
        time, 0, 6) * 2 + op(following, 0, ack)
    # Cookies, Fast Open, ECN and ACKs at the edges of blocks, each alone and with the others.
    for name, settings in (("cookie", 0x18), ("fast", 0x28), ("marked", 0x48), ("edges", 0x88),
                           ("fast_cookie", 0x38), ("all", 0xf8), ("all_tight", 0xf9)):
        start_so = bytes([settings])
        opened = op(following, 0, full) + op(following, 0, ack)
        again = op(end, 0, own=2) + op(following, 0, small) + op(following, 0, ack)
        yield name, start_so + opened + op(following, 0, data) * 2 + op(write_, 0, 8) * 4 + op(
            following, 0, 0xEC) + op(following, 0, 0xED) + op(following, 0, ack) + op(
                following, 0, fin)
        yield name + "_again", start_so + opened + again + op(write_, 0, 8) * 4 + op(
            time, 0, 5) + op(following, 0, ack) + again
        yield name + "_blocks", start_so + opened + op(write_, 0, 8) * 8 + b"".join(
            op(segment, 0, 16, 0, 0x52, 0, 0, 0x80 | how) + op(following, 0, 0x0A | how)
            for how in range(0, 128, 19))
        yield name + "_active", start_so + (op(connect, 2, own=1) + op(following, 2, full + 1) + op(
            following, 2, ack) + op(end, 2, own=2)) * 2 + op(connect, 2, own=3) + op(
                time, 2, 9) + op(following, 2, full + 1)
    yield "segments", start + b"".join(
        op(segment, 0, flags, 0, 0, 0, more, 1)
        for flags, more in ((2, 0), (16, 0), (24, 8), (17, 0), (4, 0))) + op(event, 0)


def boards():
    """Any bytes are a program: of each way two short ones and a long one, the same each time."""
    for way, name in enumerate(("exact", "dry", "shared", "full", "sender")):
        for number, size in enumerate((60, 200, 2000)):
            source = random.Random(f"{name} {number}")
            yield f"{name}_{number}", bytes([way]) + source.randbytes(size)


def write(target, seeds):
    directory = os.path.join(HERE, "corpus", target)
    os.makedirs(directory, exist_ok=True)
    for name, data in seeds:
        with open(os.path.join(directory, name), "wb") as file:
            file.write(data)


def main():
    write("frame", frames())
    write("segments", programs())
    write("sack", boards())


if __name__ == "__main__":
    sys.exit(main())
