# SPDX-License-Identifier: BSD-3-Clause
"""Somebody who is only there: what is done to others must not be felt."""

import threading
import time


class Bystander:
    """A connection that nobody attacks: it echoes on and must not notice anything."""

    def __init__(self, ns):
        self.failure = None
        self.count = 0
        self.slowest = 0.0
        self.stopping = threading.Event()
        self.sock = ns.connect(7, timeout=5)
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self.echo_on)
        self.thread.start()

    def echo_on(self):
        try:
            while not self.stopping.is_set():
                message = b"%08d" % self.count
                begin = time.monotonic()
                self.sock.sendall(message)
                back = b""
                while len(back) < len(message):
                    part = self.sock.recv(len(message) - len(back))
                    if not part:
                        raise AssertionError("the bystander's connection was closed")
                    back += part
                if back != message:
                    raise AssertionError(f"{message} came back as {back}")
                self.slowest = max(self.slowest, time.monotonic() - begin)
                self.count += 1
                time.sleep(0.005)
        except (OSError, AssertionError) as failure:
            self.failure = failure

    def end(self):
        self.stopping.set()
        self.thread.join()
        self.sock.close()
        if self.failure:
            raise self.failure
