"""Laws of ``python -m workers.demo``."""

import asyncio
import os
import signal
import socket
from datetime import UTC, datetime

import pytest

from tests.ports import free_port
from workers.demo import __main__ as program
from workers.demo.newsroom import load_newsroom
from workers.demo.server import outlet_base

HOST = outlet_base(load_newsroom().outlets[0], 1)[7:].split(":")[0]


async def connect(port):
    """A connection to the newsroom, as soon as it listens."""
    while True:
        try:
            return await asyncio.open_connection(HOST, port)
        except ConnectionRefusedError:
            await asyncio.sleep(0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serves_until_told(number):
    """
    The program serves until a signal tells it to stop, then closes its port.
    """
    port = free_port()
    opened_at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    running = asyncio.create_task(program._serve_until_stopped(port, opened_at))

    reader, writer = await connect(port)
    writer.write(b"GET /gazette/feed.xml HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    status = await reader.readline()
    writer.close()
    os.kill(os.getpid(), number)
    await running

    assert status == b"HTTP/1.1 200 OK\r\n"
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, port)


def test_port_in_use(capsys):
    """
    A port that is taken ends the program with 2 and one sentence.
    """
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]

        got = program.main(["--port", str(port)])

    assert got == 2
    assert capsys.readouterr().err == (
        f"the demo newsroom cannot listen on port {port}: it is in use by another program\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [[], ["--port", "x"], ["--port", "1", "--opened-at", "noon"], ["--port", "1", "--opened-at", "2026-11-22"]],
)
def test_bad_arguments(arguments, capsys):
    """
    Arguments that make no sense, a moment without its offset among them, end the program with a usage line.
    """
    with pytest.raises(SystemExit, match="2"):
        program.main(arguments)

    assert capsys.readouterr().err.startswith("usage: python -m workers.demo")
