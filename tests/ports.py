"""Ports for servers of the tests' own."""

from __future__ import annotations

import random
import socket

#: Below what a kernel gives to outgoing connections (Linux begins at 32768): a port of that range can be taken by any
#: connection between our look and the server's start.
PORTS = range(12_000, 32_000)


def free_port() -> int:
    """A port that nobody has on any of our addresses; drawn, so that tests side by side do not get the same."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
        return port
