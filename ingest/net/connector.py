"""How a connection is made: past the guard, noted by whoever asks for it, and without detours."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Any

import aiohttp
from aiohttp import AddrInfoType

from ingest.net.guard import BlockedAddressError, Guard
from ingest.net.repeat import note_connection, noting_sockets


class Connector(aiohttp.TCPConnector):
    """
    Connects to what its guard permits.

    A single IPv4 address is handed to the event loop, which connects to that very address. aiohttp opens a socket
    first and asks uvloop to connect it, which has the address parsed by getaddrinfo on another thread: 130,000
    instructions of the 790,000 of a request over a new connection (callgrind). Several addresses still go that way.
    """

    def __init__(self, guard: Guard, **options: Any) -> None:
        super().__init__(socket_factory=noting_sockets(guard.open_socket), **options)
        self._guard = guard

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: Sequence[AddrInfoType], req: aiohttp.ClientRequest, **options: Any
    ) -> tuple[asyncio.Transport, Any]:
        family, _, _, _, address = addr_infos[0]
        if len(addr_infos) > 1 or family != socket.AF_INET:
            return await super()._wrap_create_connection(*args, addr_infos=list(addr_infos), req=req, **options)
        host, port = str(address[0]), int(address[1])
        note_connection()
        try:
            self._guard.check(host, port)
        except BlockedAddressError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        # What the guard permits is an address and no name: nothing is looked up behind it.
        return await self._wrap_existing_connection(*args, req=req, host=host, port=port, **options)
