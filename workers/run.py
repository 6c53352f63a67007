"""``copydesk run``: the store, the scheduler, a worker, the web pages and the demo newsroom in one process tree."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.connect import Store, connect
from ingest.store.embedded import Folder, ensure
from ingest.store.feeds import add_feed, list_feeds, remove_feed
from ingest.store.locate import located
from workers.demo.newsroom import load_newsroom
from workers.demo.server import feed_urls
from workers.listing import Listing
from workers.logs import configure_logs
from workers.rules import own_rules
from workers.screen import Screen
from workers.supervisor import Child, Supervisor

log = structlog.get_logger()

#: The folder that marks the demo's feeds; whatever stands in another one is the user's.
DEMO_FOLDER = "Demo newsroom"
#: How often the demo's feeds are polled; a user's own feeds keep their polite interval beside them.
DEMO_INTERVAL = timedelta(seconds=8)
LOOPBACK = "127.0.0.0/8"
#: Seconds between two looks whether the embedded store is still there.
STORE_WATCH_SECONDS = 1.0
#: And whether sinks.toml is there by now.
SINKS_WATCH_SECONDS = 2.0
#: It costs 70 MB: only where there is somewhere to forward to.
RELAY = Child(name="relay", module="workers", arguments=("relay",))


def run(settings: Settings, *, demo: bool = False, or_demo: bool = False) -> int:
    """
    Run everything until SIGTERM or SIGINT; the exit code.

    ``demo`` adds the demo newsroom, ``or_demo`` does so only where no feed has been added yet.

    Raises:
        StoreError: there is no store to work with, or the embedded one has its daemon already.
        SettingsError: a rule of the operator's makes no sense.
    """
    configure_logs(settings, "run")
    # A worker that cannot read them would only be started again and again.
    own_rules(settings)
    with located(settings) as url, _alone(settings):
        return asyncio.run(_run(settings, url, demo=demo, or_demo=or_demo))


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """
    Keep a second ``copydesk run`` off an embedded store; its web pages would find their port taken, for ever.

    Raises:
        StoreError: there is one.
    """
    if settings.redis_url:
        yield
        return
    with (settings.data / "store" / "run").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                f"copydesk run is at work on {settings.data} already; stop it first, or choose another folder (--data)"
            ) from None
        yield


async def _run(settings: Settings, url: str, *, demo: bool, or_demo: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with connect(settings, url) as store:
        # Before the demo is considered: a list of feeds is a wish for no demo. The scheduler looks again.
        await Listing(settings).look(store)
        is_demo, is_first = await _subscribe(store, settings, demo=demo, or_demo=or_demo)
        async with _shown(settings, store, is_demo=is_demo, is_first=is_first) as screen:
            supervisor = Supervisor(_environment(settings, url, is_demo=is_demo), screen.on_line if screen else None)
            children = _children(settings, is_demo=is_demo)
            for child in children:
                supervisor.start(child)
            watches = [asyncio.create_task(_watch_store(settings))]
            if RELAY not in children:
                watches.append(asyncio.create_task(_watch_sinks(settings, supervisor)))
            await stop.wait()
            if screen:
                screen.say("Stopping; work in hand is finished first.")
            else:
                log.info("run.stopping")
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, supervisor.hurry)
            for watch in watches:
                watch.cancel()
            await supervisor.stop(settings.drain.total_seconds() + 5)
    return 0


async def _subscribe(store: Store, settings: Settings, *, demo: bool, or_demo: bool) -> tuple[bool, bool]:
    """The demo's feeds as they should be: there while it runs, gone when it does not. Is it on; is it all there is."""
    newsroom = feed_urls(load_newsroom(), settings.demo_port)
    demos: dict[str, str] = {}
    taken: set[str] = set()
    own = 0
    async for listed in list_feeds(store):
        if listed.feed.folder == DEMO_FOLDER:
            demos[listed.feed.url] = listed.feed.id
        else:
            own += 1
            # The demo must not take over a feed of the user's, whatever it points at.
            taken |= {listed.feed.url}.intersection(newsroom)
    is_demo = demo or (or_demo and not own)
    wanted = [url for url in newsroom if url not in taken] if is_demo else []
    for url, id_ in demos.items():
        if url not in wanted:
            await remove_feed(store, id_)
    for url in wanted:
        if url not in demos:
            await add_feed(store, url, folder=DEMO_FOLDER, interval=DEMO_INTERVAL)
    return is_demo, not own


@asynccontextmanager
async def _shown(settings: Settings, store: Store, *, is_demo: bool, is_first: bool) -> AsyncIterator[Screen | None]:
    """The live screen: for the demo, else on a terminal only; a service's log, or one asked for, stays a log."""
    if settings.log_format == "json" or not (is_demo or os.isatty(1)):
        yield None
        return
    screen = Screen(store)
    screen.welcome(settings, is_demo=is_demo, is_first=is_first)
    following = asyncio.create_task(screen.follow())
    try:
        yield screen
    finally:
        following.cancel()


def _environment(settings: Settings, url: str, *, is_demo: bool) -> dict[str, str]:
    environment = {
        **os.environ,
        "REDIS_URL": url,
        "COPYDESK_DATA": str(settings.data),
        "COPYDESK_PREFIX": settings.prefix,
    }
    if is_demo:
        networks = [str(network) for network in settings.allowed_networks]
        environment["COPYDESK_ALLOWED_NETWORKS"] = ",".join([*networks, LOOPBACK])
    if is_demo or os.isatty(1):
        environment["COPYDESK_LOG_FORMAT"] = "json"
    return environment


def _children(settings: Settings, *, is_demo: bool) -> list[Child]:
    relays = [RELAY] if _has_sinks(settings) else []
    children = [
        *(Child(name=name, module="workers", arguments=(name,)) for name in ("worker", "scheduler", "web")),
        *relays,
    ]
    if is_demo:
        opened_at = _opened_at(settings.data / "demo")
        arguments = ("--port", str(settings.demo_port), "--opened-at", opened_at.isoformat())
        children.insert(0, Child(name="newsroom", module="workers.demo", arguments=arguments))
    return children


def _has_sinks(settings: Settings) -> bool:
    """Whether there is somewhere to forward to, or a file that may name it any time."""
    return bool(settings.sinks) or settings.sinks_file.exists()


def _opened_at(folder: Path) -> datetime:
    """When this data folder's demo began: a restarted newsroom has the same stories."""
    path = folder / "opened-at"
    try:
        # Without a zone in it (a damaged file), UTC: the newsroom would refuse it.
        opened_at = datetime.fromisoformat(path.read_text(encoding="ascii").strip())
        return opened_at if opened_at.tzinfo else opened_at.replace(tzinfo=UTC)
    except (OSError, ValueError):
        now = datetime.now(UTC)
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(now.isoformat(), encoding="ascii")
        return now


async def _watch_sinks(settings: Settings, supervisor: Supervisor) -> None:
    """Start a relay once sinks.toml is there; whatever is written into it later, the relay sees by itself."""
    while not await asyncio.to_thread(_has_sinks, settings):  # noqa: ASYNC110 - another program writes it
        await asyncio.sleep(SINKS_WATCH_SECONDS)
    log.info("run.relay", reason=f"{settings.sinks_file} is there")
    supervisor.start(RELAY)


async def _watch_store(settings: Settings) -> None:
    """Start the embedded store again when it dies."""
    if settings.redis_url:
        return
    folder = Folder(settings.data / "store")
    while True:
        await asyncio.sleep(STORE_WATCH_SECONDS)
        try:
            if await asyncio.to_thread(ensure, folder):
                log.warning("store.restarted")
        except (StoreError, OSError) as error:
            log.error("store.gone", error=str(error))  # noqa: TRY400 - the sentence says it all
