"""Names to addresses, on threads of our own so that slow name servers hold up nothing else."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from aiohttp.abc import AbstractResolver, ResolveResult

from ingest.net.guard import Guard

#: Threads that may wait for name servers. uvloop's own pool has four for everything, and a dead name takes ten seconds.
LOOKUP_THREADS = 32

#: A blocking function from a name to its addresses; raises OSError when there are none.
Lookup = Callable[[str], Sequence[str]]


def system_lookup(name: str) -> tuple[str, ...]:
    """
    The addresses the operating system knows for a name, best first (RFC 6724), each once.

    Raises:
        OSError: there are none, or nobody answered.
    """
    infos = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return tuple(dict.fromkeys(str(info[4][0]) for info in infos))


class Resolver(AbstractResolver):
    """
    Answers for aiohttp: of a mixed answer only the permitted addresses, else all of them for the guard to refuse.

    This sorting saves attempts and makes the failure's name right; what protects is the guard at the connection.
    """

    def __init__(self, guard: Guard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup
        self._pool = ThreadPoolExecutor(max_workers=LOOKUP_THREADS, thread_name_prefix="dns")

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
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._pool, self._lookup, host)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled us: ``close`` threw away a look-up that had not begun.
            raise OSError("the client was closed") from None
        if not found:
            raise OSError("no address")
        permitted = [address for address in found if self._guard.permits(address, port)]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in permitted or found
        ]

    async def close(self) -> None:
        """Let go of the threads; those still waiting for a name server end by themselves."""
        self._pool.shutdown(wait=False, cancel_futures=True)
