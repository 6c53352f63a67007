"""Names to addresses, remembered for a while."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.net.guard import Guard
from ingest.net.lookups import Lookup, Lookups

#: How long an answer is used again: the system's resolver does not tell its time to live, which is seldom less.
#: What an address may be asked for is checked at the connection, so an old answer opens no door.
KEEP = timedelta(seconds=60)
#: How long a name without addresses is not looked up again; long enough for the GET that follows.
KEEP_FAILURE = timedelta(seconds=5)
#: Names kept; with more, all are forgotten and looked up anew.
MAX_NAMES = 10_000


def system_lookup(name: str) -> tuple[str, ...]:
    """
    The addresses the operating system knows for a name, best first (RFC 6724), each once.

    Raises:
        OSError: there are none, or nobody answered.
    """
    infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return tuple(dict.fromkeys(str(info[4][0]) for info in infos))


@lru_cache(maxsize=4096)
def neighbourhood(address: str) -> str:
    """
    What one machine can be known by: an IPv4 address, or the 64 bits before the interface's in an IPv6 address.

    A site with IPv6 has at least a /64 of its own (RFC 6177), and hosts of many blogs give each an address in it.
    """
    plain = address.partition("%")[0]
    found = ip_address(plain)
    return str(ip_network((int(found) >> 64 << 64, 64))) if isinstance(found, IPv6Address) else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a look-up brought, and until when that is used."""

    until: float
    addresses: tuple[str, ...] = ()
    error: OSError | None = None


class Resolver(AbstractResolver):
    """
    Answers for aiohttp: of a mixed answer only the permitted addresses, else all of them for the guard to refuse.

    This sorting saves attempts and makes the failure's name right; what protects is the guard at the connection.
    """

    def __init__(self, guard: Guard, lookup: Lookup) -> None:
        self._guard = guard
        self._known: dict[str, _Known] = {}
        self._lookups = Lookups(lookup)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's signature; we ask for both
    ) -> list[ResolveResult]:
        """
        The addresses to try for a name, in order.

        Raises:
            OSError: there are none, or nobody answered.
        """
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in await self.addresses(host, port)
        ]

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """
        The same as text.

        Raises:
            OSError: there are none, or nobody answered.
        """
        known = self._known.get(host)
        if known is None or known.until <= asyncio.get_running_loop().time():
            known = await self._look_up(host)
        if known.error is not None:
            raise type(known.error)(*known.error.args)
        permits = self._guard.permits
        return [address for address in known.addresses if permits(address, port)] or known.addresses

    async def _look_up(self, host: str) -> _Known:
        time = asyncio.get_running_loop().time
        try:
            addresses = await self._lookups.find(host)
            if not addresses:
                raise OSError("no address")  # noqa: TRY301 - as any other
            known = _Known(until=time() + KEEP.total_seconds(), addresses=addresses)
        except OSError as error:
            known = _Known(until=time() + KEEP_FAILURE.total_seconds(), error=error.with_traceback(None))
        if len(self._known) >= MAX_NAMES:
            self._known.clear()
        self._known[host] = known
        return known

    async def close(self) -> None:
        """Let go of the threads; those still waiting for a name server end by themselves."""
        self._lookups.close()
