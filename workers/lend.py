"""What a sink is lent by the process that works for it: HTTP of its own, and the clock."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_network
from urllib.parse import urlsplit

from ingest.models import Response
from ingest.net.http import Client, user_agent
from ingest.settings import Network, Settings
from ingest.sinks.sinks_toml import SinkPlan
from ingest.sinks.tools import Tools
from ingest.sinks.webhook import SIDE_BY_SIDE
from workers import VERSION

#: Of the answer to a check.
MAX_ANSWER_BYTES = 10_000


@asynccontextmanager
async def lent_tools(settings: Settings, plan: SinkPlan) -> AsyncIterator[Tools]:
    """
    What a sink is lent, for the length of the block: HTTP of its own, and the clock.

    It may ask what feeds may (the public internet and COPYDESK_ALLOWED_NETWORKS), on any port, and the very address
    that the operator wrote as an IP address or as localhost. Names that lead into a private network need the setting.
    """
    client = Client(
        user_agent=user_agent(VERSION, settings.contact),
        allowed_networks=(*settings.allowed_networks, *named_networks(plan.url)),
        allowed_ports=(),
        deadline=settings.fetch_deadline,
        connections_per_host=SIDE_BY_SIDE,
    )

    async def get(url: str) -> Response:
        return await client.get(url, accept="*/*", max_bytes=MAX_ANSWER_BYTES, is_cut=True)

    try:
        yield Tools(post=client.post_body, get=get, now=lambda: datetime.now(UTC))
    finally:
        await client.close()


def named_networks(url: str) -> tuple[Network, ...]:
    """The address that a URL names outright, without asking anybody."""
    try:
        host = urlsplit(url).hostname or ""
        return (ip_network("127.0.0.1"), ip_network("::1")) if host == "localhost" else (ip_network(host),)
    except ValueError:
        return ()
