#!/usr/bin/env python3
"""Prints a loopback port that nobody listens on: the given one if it is free, else one the kernel picks."""
import socket
import sys


def probe(port):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        return listener.getsockname()[1]


try:
    print(probe(int(sys.argv[1])))
except (IndexError, ValueError, OSError):
    print(probe(0))
