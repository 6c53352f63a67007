"""
When a GET may be sent twice: a kept connection was gone when we took it up again (RFC 9112 9.3.1), once.

aiohttp by itself repeats a GET after any disconnect, so that a server that hangs up on purpose is asked twice at once
and nobody hears of it (politeness P35).
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

import aiohttp
from aiohttp import AddrInfoType


@dataclass(slots=True)
class Trip:
    """What is noted of one request on its way."""

    #: A socket was opened for it; without one it goes out on a connection that an earlier request had opened.
    has_socket: bool = False


#: The trip that a task is about. Attempts at several addresses run in tasks of their own, which see the same one.
current_trip: ContextVar[Trip | None] = ContextVar("current_trip", default=None)


class HungUpError(aiohttp.ClientConnectionError):
    """The server closed the connection before it answered; its cause is aiohttp's error, which aiohttp would repeat."""


async def once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """
    A middleware for aiohttp's session that keeps it from repeating.

    Raises:
        HungUpError: the server hung up.
    """
    try:
        return await send(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise HungUpError from error


def note_connection() -> None:
    """Tell the current trip that it goes out on a connection of its own."""
    trip = current_trip.get()
    if trip is not None:
        trip.has_socket = True


def noting_sockets(open_socket: Callable[[AddrInfoType], socket.socket]) -> Callable[[AddrInfoType], socket.socket]:
    """The same way to open a socket, which tells the current trip; aiohttp's traces cost ten calls a request."""

    def open_and_note(info: AddrInfoType) -> socket.socket:
        note_connection()
        return open_socket(info)

    return open_and_note
