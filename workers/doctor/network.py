"""The way out, the way in, and the sandbox that reads what comes back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Container, Sequence
from urllib.parse import urlsplit

from ingest.errors import CopydeskError, FetchError, SandboxError
from ingest.models import Page
from ingest.net.http import PAGE_ACCEPT, Client, create_client
from ingest.sandbox.pool import Sandbox
from ingest.settings import Settings
from ingest.store.connect import Store
from ingest.urls import redact
from workers import VERSION
from workers.actors import make_broker, queues
from workers.demo.newsroom import load_newsroom
from workers.demo.server import feed_urls
from workers.doctor.finding import Finding, fine, problem, warning
from workers.rabbit import THREAD, count_messages

#: Sites asked for their robots.txt, which every one may be asked for; one answer is enough.
MAX_SITES = 3
_PROBE_BYTES = 100_000
_PAGE = Page(url="https://outlet.example/", content_type="text/html", body=b"<html><body><p>A line of text.</p></body>")
#: What the sandbox must refuse: half as much again as its limit.
_TOO_MUCH = 1.5


def demo_sites(settings: Settings) -> frozenset[str]:
    """The demo newsroom's sites: on this machine, and asked only by the workers that were started with it."""
    return frozenset(_site(url) for url in feed_urls(load_newsroom(), settings.demo_port))


async def some_sites(store: Store, *, besides: Container[str] = ()) -> tuple[str, ...]:
    """Scheme and authority of a few feeds."""
    found: list[str] = []
    async for _, url in store.redis.hscan_iter(store.keys.feeds, count=100):
        site = _site(url.decode("utf-8", "replace"))
        if site not in found and site not in besides:
            found.append(site)
        if len(found) >= MAX_SITES:
            break
    return tuple(found)


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def examine_network(settings: Settings, sites: Sequence[str]) -> AsyncIterator[Finding]:
    """Whether sites can be asked, and whether we can be reached where hubs are told to."""
    async with create_client(settings, VERSION) as client:
        if sites:
            yield await way_out(client, sites)
        if settings.public_url:
            yield await way_in(client, settings.public_url)


async def way_out(client: Client, sites: Sequence[str]) -> Finding:
    """Whether any of the sites answers at all: names, routes, proxies, certificates."""
    found = await asyncio.gather(*(_ask(client, f"{site}/robots.txt") for site in sites))
    if "" in found:
        return fine("network", f"{redact(sites[found.index('')])} answers")
    return problem(
        "network",
        "; ".join(f"{redact(site)}: {why}" for site, why in zip(sites, found, strict=True)),
        why="no feed can be polled",
        todo="try the same with curl from this machine; look at DNS, firewall and COPYDESK_ALLOWED_NETWORKS",
    )


async def way_in(client: Client, public_url: str) -> Finding:
    """Whether our own status pages answer at the address that hubs are given."""
    why = await _ask(client, f"{public_url.rstrip('/')}/healthz", is_ours=True)
    if not why:
        return fine("public-url", f"{public_url} answers")
    return warning(
        "public-url",
        f"{public_url}: {why}",
        why="hubs cannot push to us (WebSub); feeds are polled as if they had none",
        todo="start the process web and let the address lead to it, or leave COPYDESK_PUBLIC_URL empty",
    )


async def _ask(client: Client, url: str, *, is_ours: bool = False) -> str:
    """Why no answer came; "" where one did, of whatever status unless it should be ours."""
    try:
        answer = await client.get(url, accept=PAGE_ACCEPT, max_bytes=_PROBE_BYTES, is_cut=True)
    except FetchError as error:
        return str(error)
    if is_ours and (answer.status != 200 or b'"status"' not in answer.body):  # noqa: PLR2004 - OK
        return f"status {answer.status}, and not from copydesk"
    return ""


async def carrier(settings: Settings) -> Finding:
    """Whether the RabbitMQ that carries work to the workers lets us in."""
    todo = "start it, correct COPYDESK_BROKER_URL, or leave that empty: then the store carries work"
    try:
        broker = make_broker(settings, "")
        loop = asyncio.get_running_loop()
        waiting = [
            await loop.run_in_executor(THREAD, count_messages, broker, name) for name in queues(settings).values()
        ]
    except CopydeskError as error:
        return problem("broker", str(error), why="nothing that is due reaches a worker", todo=todo)
    await loop.run_in_executor(THREAD, broker.close)
    return fine("broker", f"RabbitMQ answers, {sum(waiting)} messages wait for a worker")


async def sandbox(settings: Settings) -> Finding:
    """Whether foreign bytes are read in a process of its own that the kernel keeps small."""
    why = "every parser is hung or blown up by some page: without the sandbox one page stops a worker"
    try:
        async with Sandbox(1, settings.sandbox_deadline, settings.sandbox_bytes) as pool:
            await pool.run("edit_page", _PAGE)
    except SandboxError as error:
        return problem(
            "sandbox",
            f"it does not work: {error}",
            why=why,
            todo="more memory for this process, or another COPYDESK_SANDBOX_BYTES (768 MiB is enough for the parsers)",
        )
    limits = settings.sandbox_bytes
    hoarding = Sandbox(1, settings.sandbox_deadline, limits, tasks_module="workers.doctor.hoard")
    try:
        async with hoarding as pool:
            await pool.run("hoard", round(limits * _TOO_MUCH))
    except SandboxError as error:
        if error.failure == "memory":
            return fine("sandbox", f"works, and is held to {limits // 2**20} MiB")
        return problem("sandbox", f"its limit cannot be tested: {error}", why=why, todo="report this, please")
    return problem(
        "sandbox",
        f"a task could take more than COPYDESK_SANDBOX_BYTES ({limits // 2**20} MiB)",
        why=why,
        todo="run on a kernel with RLIMIT_AS (Linux); until then limit the whole worker (MemoryMax=, --memory)",
    )
