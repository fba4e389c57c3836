# SPDX-License-Identifier: BSD-3-Clause
"""A TCP played by hand from a raw socket: it sends what it is told, and keeps to no rule."""

import collections
import select
import socket
import struct
import time

from packets import ACK, FIN, MAC, PSH, RST, STRANGER, SYN, ipv4, tcp

SO_RCVBUFFORCE = 33  # Python has no name for it

Segment = collections.namedtuple("Segment", "seq ack flags window options data")

MSS_1460 = b"\x02\x04\x05\xb4"
SACK_PERMITTED = b"\x01\x01\x04\x02"
SCALE_7 = b"\x01\x03\x03\x07"


def sack(*blocks):
    """The SACK option, aligned."""
    return b"\x01\x01\x05" + bytes([2 + 8 * len(blocks)]) + \
        b"".join(struct.pack("!II", left & 0xffffffff, right & 0xffffffff) for left, right in blocks)


class Peer:
    """One connection of the stranger's. Numbers in its calls are relative: the SYN is 0."""

    def __init__(self, case, sport, dport, iss=0xfffffc00):
        self.case = case
        self.sport, self.dport, self.iss = sport, dport, iss
        self.irs = None
        self.nxt = 0          # what we send next
        self.got = 0          # what we have of theirs, in order
        self.window = 65535
        self.raw = case.ns.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.raw.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20)
        self.raw.bind((case.kernel_interface, 0x0800))
        self.raw.setblocking(False)

    def send(self, flags, data=b"", seq=None, ack=None, options=b"", window=None):
        """Sends a segment; without seq what comes next, without ack what was received in order."""
        if seq is None:
            seq = self.nxt
            self.nxt += len(data) + bool(flags & SYN) + bool(flags & FIN)
        ack = self.got if ack is None else ack
        number = (ack + self.irs) & 0xffffffff if flags & ACK else 0
        segment = tcp(flags, sport=self.sport, dport=self.dport,
                      seq=(self.iss + seq) & 0xffffffff, ack=number, options=options, data=data,
                      window=self.window if window is None else window)
        self.raw.send(self.case.lastack.mac + MAC + b"\x08\x00" + ipv4(segment))

    def receive(self, seconds=1.0):
        """The next segment of theirs, or None when none comes in time."""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if not select.select([self.raw], [], [], max(left, 0))[0]:
                return None
            segment = self.read(self.raw.recv(2048))
            if segment:
                return segment

    def read(self, frame):
        ip = frame[14:]
        if ip[9] != 6 or socket.inet_ntoa(ip[16:20]) != STRANGER:
            return None
        words = (ip[0] & 15) * 4
        head = ip[words:struct.unpack("!H", ip[2:4])[0]]
        sport, dport, seq, ack, offset, flags, window = struct.unpack("!HHIIBBH", head[:16])
        if (sport, dport) != (self.dport, self.sport):
            return None
        if flags & SYN:
            self.irs = seq
        size = (offset >> 4) * 4
        seq = (seq - self.irs) & 0xffffffff if self.irs is not None else seq
        return Segment(seq, (ack - self.iss) & 0xffffffff, flags, window, head[20:size], head[size:])

    def connect(self, options=MSS_1460):
        self.send(SYN, options=options)
        answer = self.receive(3)
        if answer is None or answer.flags != SYN | ACK:
            raise AssertionError(f"no SYN-ACK: {answer}")
        self.got = 1
        self.send(ACK)
        return answer

    def take(self, seconds, size=1 << 30, acknowledge=True):
        """Receives text in order until there are so many bytes or nothing comes for so long."""
        parts, have, beyond = [], 0, {}
        while have < size:
            segment = self.receive(seconds)
            if segment is None:
                break
            if segment.flags & RST:
                raise AssertionError("reset")
            beyond[segment.seq] = segment.data
            while self.got in beyond and beyond[self.got]:
                data = beyond.pop(self.got)
                parts.append(data)
                have += len(data)
                self.got += len(data)
            if acknowledge and segment.data:
                self.send(ACK)
        return b"".join(parts)

    def segments(self, seconds):
        """All that comes until nothing comes for so long."""
        result = []
        while (segment := self.receive(seconds)) is not None:
            result.append(segment)
        return result

    def say(self, data):
        self.send(ACK | PSH, data)

    def close(self):
        """Ends it by the right reset, if it ever began."""
        if self.irs is not None:
            self.send(RST | ACK)
        self.raw.close()
