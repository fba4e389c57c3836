# SPDX-License-Identifier: BSD-3-Clause
"""
fake_telemetry: a telemetry socket as DPDK 22.11 offers it, in a directory of its own, with answers
from a table. Owns the directory, the socket and the thread that answers.
"""

import json
import os
import shutil
import socket
import tempfile
import threading

LONGEST = 16384     # DPDK 22.11 shows no more of an answer


class FakeTelemetry:
    """A process that answers. answers maps a command to a function of its parameters."""

    def __init__(self, runtime, prefix, answers):
        self.answers = answers
        self.questions = []
        self.directory = os.path.join(runtime, "dpdk", prefix)
        os.makedirs(self.directory)
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(os.path.join(self.directory, "dpdk_telemetry.v2"))
        self.listener.listen()
        self.clients = []
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            client.send(json.dumps({"version": "DPDK 22.11.11", "pid": os.getpid(),
                                    "max_output_len": LONGEST}).encode())
            while question := client.recv(1024).decode():
                self.questions.append(question)
                command, _, params = question.partition(",")
                answer = self.answers.get(command, lambda _params: None)(params)
                client.send(json.dumps({command: answer}).encode())
        except OSError:
            pass
        finally:
            client.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()
        for client in self.clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Runtime:
    """A runtime directory for $RUNTIME_DIRECTORY, gone at the end."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="lastackctl-")
        self.processes = []

    def start(self, prefix, answers):
        process = FakeTelemetry(self.path, prefix, answers)
        self.processes.append(process)
        return process

    def close(self):
        for process in self.processes:
            process.close()
        shutil.rmtree(self.path)


def as_list(entries, **more):
    """A list as the appliance sends it."""
    return {**more, "count": len(entries), **{str(i): entry for i, entry in enumerate(entries)}}


class FakeLadder:
    """Rungs behind /lastack/ladder, a page at a time, and what was armed."""

    def __init__(self, rungs, page=3, oldest=0):
        self.rungs = rungs
        self.page = page
        self.oldest = oldest    # rungs before it were overwritten
        self.armed = []

    def read(self, params):
        cursor = max(int(params.split(",")[0]), self.oldest)
        found = self.rungs[cursor:cursor + self.page]
        return as_list(found, worker=0, next=cursor + len(found))

    def arm(self, params):
        self.armed.append(params)
        return {"armed": 0 if params == "off" else 1}


def appliance(**more):
    """The answers of an appliance at rest; more by command, "/lastack/" left out."""
    answers = {
        "info": lambda _: {"version": "0.1.0", "pid": 42, "workers": 1, "uptime_s": 7},
        "stats": lambda _: {"rx_frames": 1234567, "tx_frames": 0},
        "drops": lambda params: ({"eth_short": 0, "tcp_checksum": 3} if params == "all"
                                 else {"tcp_checksum": 3}),
        "help": lambda params: {
            "stats": {"rx_frames": "frames received", "tx_frames": "frames sent"},
            "drops": {"tcp_checksum": "TCP checksum wrong",
                      "sequence_reset": "RST outside the window"}}[params],
        "usage": lambda _: {"connections": 2, "flights": 0},
        "conns": lambda _: as_list([], next=0),
        "ports": lambda _: as_list([], next=0),
        **more,
    }
    return {f"/lastack/{name}": answer for name, answer in answers.items()}
