"""Records of published articles, as the scripts write them."""

from __future__ import annotations

from ingest.store.record import RECORD


def record(event="1-0", **parts) -> bytes:
    """A record with this event, and with what else is said of it; a first revision that nobody has looked at."""
    said = {"learned": 0, "event": event, "revision": 1} | parts
    values = [said.get(name, "") for name in RECORD]
    return b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


async def change_record(store, article_id: str, **parts) -> None:
    """Other parts in an article's record; what it says of the rest stays."""
    name = store.keys.article(article_id)
    held = dict(zip(RECORD, (await store.redis.get(name)).split(b" ", len(RECORD) - 1), strict=True))
    await store.redis.set(name, record(**{**held, **parts}), keepttl=True)
