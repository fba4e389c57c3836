# SPDX-License-Identifier: BSD-3-Clause
"""An echo server of the kernel's for many connections: echo_server.py FIRST_PORT PORTS

Says "ready" when it listens. What a connection sends goes back; after its FIN comes ours.
"""

import select
import socket
import sys


def serve(poll, listeners, connections, fd):
    if fd in listeners:
        while True:
            try:
                sock, _ = listeners[fd].accept()
            except BlockingIOError:
                return
            sock.setblocking(False)
            connections[sock.fileno()] = sock
            poll.register(sock, select.EPOLLIN)
    sock = connections[fd]
    try:
        data = sock.recv(65536)
        if data:
            sock.sendall(data)
            return
    except OSError:
        pass
    del connections[fd]
    sock.close()


def main():
    first, count = map(int, sys.argv[1:])
    poll = select.epoll()
    listeners, connections = {}, {}
    for port in range(first, first + count):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("0.0.0.0", port))
        sock.listen(4096)
        sock.setblocking(False)
        listeners[sock.fileno()] = sock
        poll.register(sock, select.EPOLLIN)
    print("ready", flush=True)
    while True:
        for fd, _ in poll.poll():
            serve(poll, listeners, connections, fd)


main()
