"""What the tests of the consumers share: events on a stream of their own, and who holds which of them."""

from datetime import UTC, datetime
from typing import Any

import redis

from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Cleaning, Cluster, FeedRef

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fields(number: int) -> dict[str, bytes]:
    """The row of an event."""
    article = Article(
        id=f"a{number}",
        url=f"https://gazette.example/{number}",
        feed=FeedRef(id="f", url="https://gazette.example/feed.xml"),
        title=f"Title {number}",
        fetched_at=NOON,
        first_seen_at=NOON,
        cleaning=Cleaning(paragraphs=("A sentence.",)),
        cluster=Cluster(id=f"a{number}", role="head", head_id=f"a{number}"),
    )
    return stream_fields(make_event(article, source="https://desk.example/", now=NOON))


def publish(client: redis.Redis, stream: str, *numbers: int) -> list[bytes]:
    """Events on the stream; the ids of their rows."""
    return [client.xadd(stream, fields(number)) for number in numbers]


def held(client: redis.Redis, stream: str, group: str = "g") -> dict[str, int]:
    """How many rows each member holds."""
    found: Any = client.xpending(stream, group)["consumers"]
    return {one["name"].decode(): one["pending"] for one in found}
