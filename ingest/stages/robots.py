"""
Before an article page is asked for: its site's robots.txt (RFC 9309), then its host's slot.

Feeds are not asked about in robots.txt: the operator named them, one by one, and a subscription is no crawl.

    2xx, also after redirects to another authority    its rules, for 24 hours
    4xx but 429, redirects without end                all is allowed, for 24 hours (RFC 9309 2.3.1.2, 2.3.1.3)
    429, 5xx, no answer                               the last rules we had; without any nothing is allowed, and after
                                                      30 days all is (2.3.1.4); asked again after a minute, later hourly
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from http import HTTPStatus
from typing import Final, get_args

from ingest.errors import FetchError, FetchFailure
from ingest.net.http import ROBOTS_ACCEPT, BeforeHop
from ingest.net.target import parse_target
from ingest.pages.robots import MAX_ROBOTS_BYTES, Robots
from ingest.stages.desk import Desk, HostBusyError, heed_throttle, host_gate, take_slot
from ingest.stages.shelf import Standing
from ingest.store.robots import KnownRobots, RobotsOutcome, keep_robots, read_robots

#: A robots.txt is small; who needs longer for it keeps every page of the site waiting.
ROBOTS_DEADLINE = timedelta(seconds=10)
#: Longer than the wait for a slot and the fetch together: after it another worker tries.
ERRAND = timedelta(seconds=40)
#: Looks at whether another worker has done the errand, and the pause between two.
LOOKS = 20
LOOK_PAUSE = timedelta(milliseconds=250)
#: RFC 9309 2.3.1.4: so long without an answer, and a site may be taken for one without rules.
UNDEFINED: Final = timedelta(days=30)

#: Redirects that lead nowhere are as good as no file (RFC 9309 2.3.1.2).
_LOST = frozenset({"redirect-loop", "too-many-redirects", "bad-redirect"})
_FAILURES: dict[str, FetchFailure] = {name: name for name in get_args(FetchFailure)}
#: From this size on parsing is felt by others on the loop (100 ms for 500 KiB, measured).
_LARGE_BYTES = 30_000


def page_gate(desk: Desk) -> BeforeHop:
    """
    Waits for leave to ask for a page; for net.http's ``before_hop``.

    Raises:
        FetchError: "robots", the site does not want it or could not say; or why its robots.txt could not be had.
        HostBusyError: the host's slot is too far away.
    """
    if not desk.settings.robots:
        return host_gate(desk)

    async def ask(url: str) -> None:
        if (await desk.overrides.of(url)).ignores_robots:
            await take_slot(desk, url)
            return
        rules = await rules_for(desk, url)
        if not rules.allows(url):
            raise FetchError("robots", url, "disallowed by robots.txt", is_retryable=False)
        await take_slot(desk, url, crawl_delay=rules.crawl_delay)

    return ask


async def rules_for(desk: Desk, url: str) -> Robots:
    """
    The rules that hold for an address.

    Raises:
        FetchError: nobody could say.
        HostBusyError: its robots.txt has to be fetched, and nobody could do so yet.
    """
    target = parse_target(url)
    origin = f"{target.scheme}://{target.authority}"
    standing = desk.shelf.get(origin, desk.now())
    if standing is None:
        async with desk.shelf.lock(origin):
            # Who waited for the lock finds what its holder found.
            standing = desk.shelf.get(origin, desk.now())
            if standing is None:
                standing = await _find_out(desk, origin)
                desk.shelf.put(origin, standing)
    if standing.rules is None:
        failure = _FAILURES.get(standing.reason, "robots")
        detail = f"robots.txt could not be had: {standing.reason}"
        raise FetchError(failure, url, detail, is_retryable=failure != "blocked-address")
    return standing.rules


async def _find_out(desk: Desk, origin: str) -> Standing:
    """What the store knows, after an errand where that is nothing or too old."""
    errand = desk.attempt()
    for _ in range(LOOKS):
        known = await read_robots(desk.store, origin, errand=errand, lease=ERRAND)
        if known.state == "fresh":
            return await _standing(desk, known)
        if known.state == "errand":
            await _run_errand(desk, origin, errand)
        else:
            await asyncio.sleep(LOOK_PAUSE.total_seconds())
    raise HostBusyError(LOOKS * LOOK_PAUSE)


async def _run_errand(desk: Desk, origin: str, errand: str) -> None:
    try:
        outcome, reason, body = await _fetch(desk, origin)
    except HostBusyError:
        await keep_robots(desk.store, origin, errand=errand, outcome="")
        raise
    await keep_robots(desk.store, origin, errand=errand, outcome=outcome, reason=reason, body=body)


async def _fetch(desk: Desk, origin: str) -> tuple[RobotsOutcome, str, bytes]:
    """The outcome, the reason and the body of one request for robots.txt, redirects followed."""
    override = await desk.overrides.of(origin)
    try:
        response = await desk.http.get(
            f"{origin}/robots.txt",
            accept=ROBOTS_ACCEPT,
            max_bytes=MAX_ROBOTS_BYTES,
            is_cut=True,
            before_hop=host_gate(desk),
            deadline=ROBOTS_DEADLINE,
            user_agent=override.user_agent,
            unchecked=override.unchecked,
        )
    except FetchError as error:
        return ("none", error.failure, b"") if error.failure in _LOST else ("down", error.failure, b"")
    await heed_throttle(desk, response)
    status = response.status
    if status in {HTTPStatus.OK, HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        return "read", "", response.body
    # RFC 9309 counts 429 among those that allow all; to take "too often" for "come in" would be rude.
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "down", f"status {status}", b""
    return "none", f"status {status}", b""


async def _standing(desk: Desk, known: KnownRobots) -> Standing:
    until = desk.now() + known.left
    if known.outcome == "down" and not known.body and known.down_for < UNDEFINED:
        return Standing(until=until, rules=None, reason=known.reason)
    size = len(known.body)
    rules = await asyncio.to_thread(Robots, known.body) if size > _LARGE_BYTES else Robots(known.body)
    return Standing(until=until, rules=rules, size=size)
