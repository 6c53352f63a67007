"""
Serves the probes, /metrics, the WebSub callback and the status pages from one asyncio process.

The pages are in the modules beside this one, the words they are made of in templates/.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
import uvloop
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from ingest.errors import StoreError
from ingest.settings import Settings
from ingest.store.connect import AWAY, UNPERMITTED, Store, why_not_taken
from ingest.store.locate import located
from workers.lifetime import Stop
from workers.logs import configure_logs
from workers.metrics import exposition
from workers.telemetry import open_telemetry
from workers.web.callback import PATH, answer
from workers.web.pages import add_pages
from workers.wiring import open_patiently

log = structlog.get_logger()

STORE: web.AppKey[Store] = web.AppKey("store", Store)
MARKS: web.AppKey[Settings] = web.AppKey("marks", Settings)
#: Exit code that tells a supervisor not to try again.
CANNOT = 2
#: A probe is answered within this time; a store that hangs is as good as none.
PROBE_SECONDS = 3.0
#: Of a form; a hub's push has its own bound.
MAX_FORM_BYTES = 65_536
#: An answer under way at the end may take this long.
SHUTDOWN_SECONDS = 3.0


def main(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code, 2 when the address cannot be had."""
    configure_logs(settings, "web")
    stop = Stop()
    with (
        open_telemetry(settings, "web"),
        located(settings) as url,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        code = runner.run(stop.bound(_serve(settings, url)))
    log.info("web.stopped")
    return code or 0


async def _serve(settings: Settings, url: str) -> int:
    async with open_patiently(settings, url) as store:
        runner = web.AppRunner(create_app(store, settings), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.web_host, settings.web_port).start()
            # With port 0 the system chooses one.
            log.info("web.ready", host=settings.web_host, port=runner.addresses[0][1])
            await asyncio.get_running_loop().create_future()
        except OSError as error:
            log.error("web.no-address", host=settings.web_host, port=settings.web_port, error=str(error))  # noqa: TRY400 - the sentence says it all
        finally:
            await runner.cleanup()
    return CANNOT


def create_app(store: Store, settings: Settings | None = None) -> web.Application:
    """The web application over an open store: what machines ask, and with settings the status pages."""
    app = web.Application(client_max_size=MAX_FORM_BYTES)
    app[STORE] = store
    app.add_routes(
        [
            web.get("/healthz", healthz),
            web.get("/readyz", readyz),
            web.get("/metrics", metrics),
            web.get(PATH, callback),
            web.post(PATH, callback),
        ],
    )
    if settings is not None:
        app[MARKS] = settings
        add_pages(app, store, settings)
    return app


async def callback(request: web.Request) -> web.Response:
    """What a hub is told; the address is a secret, and wrong ones are 404 or 410."""
    return await answer(request, request.app[STORE])


async def healthz(request: web.Request) -> web.Response:
    """200 as long as this process answers at all."""
    del request
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when the store answers, else 503: do not send us work."""
    # Not PING, which a store whose disk is full refuses: what it holds can be read, and now somebody needs to.
    refused = await _why_no_answer(request.app[STORE].redis.time())
    return web.json_response({"status": refused or "ok"}, status=503 if refused else 200)


async def metrics(request: web.Request) -> web.Response:
    """The fleet's counters in Prometheus' text format; 503 while the store is away."""
    found: list[bytes] = []

    async def expose() -> None:
        found.append(await exposition(request.app[STORE], request.app.get(MARKS)))

    refused = await _why_no_answer(expose())
    if refused:
        return web.Response(status=503, text=f"{refused}\n")
    return web.Response(body=found[0], headers={"Content-Type": CONTENT_TYPE_LATEST})


async def _why_no_answer(question: Awaitable[object]) -> str:
    """Why the store did not answer a probe in time; "" where it did."""
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await question
    except (TimeoutError, *AWAY):
        return "no store"
    except (StoreError, UNPERMITTED) as error:
        return str(error)
    except Exception as error:
        refused = why_not_taken(error)
        if not refused:
            raise
        return refused
    return ""
