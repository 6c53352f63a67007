"""
The WebSub callback: hubs confirm here what we asked of them, and push feeds' new entries (W3C WebSub 5.2, 7).

Its address ends in a secret; a push is kept before it is answered and read by a worker later, so an answer takes a few
milliseconds and no foreign byte is parsed here.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog
from aiohttp import web

from ingest.polling.websub import is_signed, verify
from ingest.store.connect import AWAY, Store, is_out_of_memory
from ingest.store.hubs import (
    Push,
    feed_of_callback,
    forget_subscription,
    keep_push,
    read_subscription,
    write_subscription,
)

log = structlog.get_logger()

PATH = "/websub/{token}"
#: Section 7 wants a 2xx "as soon as possible"; a store that hangs is a reason for the hub to try again.
SECONDS = 3.0
#: A larger push only makes the feed due: its document is fetched then.
MAX_PUSH_BYTES = 1_000_000
#: Never sniffed as a page, whatever a challenge looks like.
_FIELDS = {"X-Content-Type-Options": "nosniff"}


async def confirm(request: web.Request, store: Store) -> web.Response:
    """The challenge where we asked for this subscription, else 404."""
    query = {name: value for name, value in request.query.items() if name.startswith("hub.")}
    feed = await feed_of_callback(store, request.match_info["token"])
    known = await read_subscription(store, feed) if feed else None
    answer, changed = verify(known, query, datetime.now(UTC))
    if feed and changed is not None:
        await write_subscription(store, feed, changed)
        log.info("hub.answered", feed=feed, state=changed.state, until=changed.until and changed.until.isoformat())
    return web.Response(status=answer.status, text=answer.body, headers=_FIELDS)


async def receive(request: web.Request, store: Store) -> web.Response:
    """
    202 when the push is kept, 410 when we want no more of them.

    A push that is not signed with our secret is answered the same and forgotten (section 8): its sender learns nothing.
    """
    token = request.match_info["token"]
    feed = await feed_of_callback(store, token)
    known = await read_subscription(store, feed) if feed else None
    if feed is None or known is None:
        return web.Response(status=410, headers=_FIELDS)
    body = await _read(request)
    is_whole = len(body) <= MAX_PUSH_BYTES
    if is_whole and not is_signed(known.secret, request.headers.get("X-Hub-Signature", ""), body):
        log.warning("hub.unsigned", feed=feed)
        return web.Response(status=202, headers=_FIELDS)
    push = Push(content_type=request.content_type, body=body) if is_whole and body else None
    if not await keep_push(store, feed, push):
        await forget_subscription(store, feed)
        return web.Response(status=410, headers=_FIELDS)
    log.info("hub.pushed", feed=feed, bytes=len(body))
    return web.Response(status=202, headers=_FIELDS)


async def _read(request: web.Request) -> bytes:
    """The body, or a byte more of it than is taken."""
    body = b""
    while len(body) <= MAX_PUSH_BYTES and not request.content.at_eof():
        body += await request.content.read(MAX_PUSH_BYTES + 1 - len(body))
    return body


async def answer(request: web.Request, store: Store) -> web.Response:
    """What the callback answers to a GET or a POST; 503 while the store is away or full: the hub tries again."""
    try:
        async with asyncio.timeout(SECONDS):
            return await (confirm if request.method == "GET" else receive)(request, store)
    except (TimeoutError, *AWAY):
        return web.Response(status=503, headers=_FIELDS)
    except Exception as error:
        if is_out_of_memory(error):
            return web.Response(status=503, headers=_FIELDS)
        raise
