"""Serves /healthz, /readyz and /metrics from one asyncio process."""

from __future__ import annotations

import asyncio

import structlog
import uvloop
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from ingest.settings import Settings
from ingest.store.connect import AWAY, Store
from ingest.store.locate import located
from workers.lifetime import Stop
from workers.logs import configure_logs
from workers.metrics import exposition
from workers.wiring import open_patiently

log = structlog.get_logger()

STORE: web.AppKey[Store] = web.AppKey("store", Store)
#: Exit code that tells a supervisor not to try again.
CANNOT = 2


def main(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code, 2 when the address cannot be had."""
    configure_logs(settings, "web")
    stop = Stop()
    with located(settings) as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve_until(stop, settings, url))


async def _serve_until(stop: Stop, settings: Settings, url: str) -> int:
    async with open_patiently(settings, url) as store:
        runner = web.AppRunner(create_app(store), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.web_host, settings.web_port).start()
        except OSError as error:
            log.error("web.no-address", host=settings.web_host, port=settings.web_port, error=str(error))  # noqa: TRY400 - the sentence says it all
            await runner.cleanup()
            return CANNOT
        log.info("web.ready", host=settings.web_host, port=settings.web_port)
        await asyncio.to_thread(stop.wait)
        await runner.cleanup()
    log.info("web.stopped")
    return 0


def create_app(store: Store) -> web.Application:
    """The web application over an open store."""
    app = web.Application()
    app[STORE] = store
    app.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)],
    )
    return app


async def healthz(request: web.Request) -> web.Response:
    """200 as long as this process answers at all."""
    del request
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when the store answers, else 503: do not send us work."""
    try:
        await request.app[STORE].redis.ping()
    except AWAY:
        return web.json_response({"status": "no store"}, status=503)
    return web.json_response({"status": "ok"})


async def metrics(request: web.Request) -> web.Response:
    """The fleet's counters in Prometheus' text format; 503 while the store is away."""
    try:
        body = await exposition(request.app[STORE])
    except AWAY:
        return web.Response(status=503, text="no store\n")
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})
