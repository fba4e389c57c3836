#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Includes point down: a file includes its own room and rooms below it."""

import os
import re

import tree

# Bottom to top. config/ and lastack.h belong to everybody.
ROOMS = ["base", "wire", "io", "net", "tcp", "stack", "telemetry", "svc", "app"]
# Pure organs of TCP: they get their own sub-structure and the time, never a connection.
ORGANS = re.compile(r"^lib/tcp/(acceptability|cc\w*|challenge|cookie|cubic_curve|hystart|keepalive|mbufq|pace|path|prr|"
                    r"rack|reasm|receive_tuning|recovery|reset_limiter|rtt|sack\w*|sendq|undo)\.[ch]$")
NOT_FOR_ORGANS = {"tcp/conn.h", "tcp/flight.h", "tcp/tcp.h"}
# Services and programs use the public header, as anybody else would.
PUBLIC_ONLY = {"svc"}


def room_of(path):
    parts = path.split("/")
    if parts[0] == "lib" and len(parts) > 2:
        return parts[1]
    return "app" if parts[0] == "app" else None


def target_room(path, name):
    """The room that an include of this name leads to; None for the system's and for everybody's."""
    beside = os.path.join(os.path.dirname(path), name)
    if os.path.isfile(os.path.join(tree.ROOT, beside)):
        return room_of(os.path.normpath(beside))
    if os.path.isfile(os.path.join(tree.ROOT, "lib", name)):
        return room_of(os.path.normpath(os.path.join("lib", name)))
    if os.path.isfile(os.path.join(tree.ROOT, name)):
        return room_of(os.path.normpath(name))
    return None


def main():
    complaints = tree.Complaints("includes")
    looked_at = 0
    for path in tree.files(".c", ".h"):
        own = room_of(path)
        source = tree.text(path)
        for number, line in enumerate(source.splitlines(), 1):
            match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
            if not match:
                continue
            name = match.group(1)
            looked_at += 1
            if path.startswith("examples/") and name != "lastack.h":
                complaints.add(path, number, f'an example includes "{name}": it may use lastack.h '
                               "and the system's headers alone")
            if own is None:
                continue
            if own not in ROOMS:
                complaints.add(path, number, f"room {own} is not in the list of scripts/checks/"
                               "includes.py")
                break
            target = target_room(path, name)
            if target and ROOMS.index(target) > ROOMS.index(own):
                complaints.add(path, number, f'"{name}" is above: {own} may include only '
                               + ", ".join(ROOMS[:ROOMS.index(own) + 1]))
            if target and own in PUBLIC_ONLY and target != own:
                complaints.add(path, number, f'"{name}": {own} uses lastack.h alone')
            if ORGANS.match(path) and name in NOT_FOR_ORGANS:
                complaints.add(path, number, f'"{name}": an organ gets its own structure and the '
                               "time, never a connection")
    complaints.end(looked_at)


main()
