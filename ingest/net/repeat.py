"""
When a GET may be sent twice: a kept connection was gone when we took it up again (RFC 9112 9.3.1), once.

aiohttp by itself repeats a GET after any disconnect, so that a server that hangs up on purpose is asked twice at once
and nobody hears of it (politeness P35).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import aiohttp


@dataclass(slots=True)
class Trip:
    """What is noted of one request on its way."""

    #: It went out on a connection that an earlier request had opened.
    is_reused: bool = False


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


def noting_reuse() -> aiohttp.TraceConfig:
    """A trace that tells each request's ``Trip`` (its ``trace_request_ctx``) of a reused connection."""
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note)
    return trace


async def _note(_: aiohttp.ClientSession, context: SimpleNamespace, __: aiohttp.TraceConnectionReuseconnParams) -> None:
    context.trace_request_ctx.is_reused = True
