"""What the eval harnesses call: the product's functions in their shapes."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ingest import clean_page, clean_text, parse_feed, url_key
from ingest.dedup.judge import cluster_for
from ingest.dedup.sketch import text_digest
from ingest.messages.event import make_event, stream_fields
from ingest.models import Article, Entry, FeedRef
from ingest.settings import Settings
from ingest.stages.copies import sketch_of, take_place
from ingest.store.articles import CommitOutcome, OtherHead, commit_article
from ingest.store.connect import Store, connect
from ingest.store.due import Claim
from ingest.store.embedded import embedded
from ingest.urls import registrable_domain

WINDOW = timedelta(days=7)

#: Stands in for the address of a feed that has none.
_NOWHERE = "https://nowhere.invalid"


def feed(data: bytes, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """
    A parsed feed in the model of eval/feeds; FeedError passes through.

    Some of its feeds come without their address, and their references are expected as they stand.
    """
    parsed = parse_feed(data, url or f"{_NOWHERE}/", {name.lower(): value for name, value in headers.items()})
    fields = asdict(parsed)
    fields.pop("entries")
    renamed = {
        "self": fields.pop("self_url"),
        "next": fields.pop("next_url"),
        "ttl": fields.pop("ttl_minutes"),
        "updated": fields.pop("updated_at"),
        "published": fields.pop("published_at"),
    }
    return {
        "format": fields.pop("format"),
        "feed": _plain({**fields, **renamed}),
        "entries": [_entry(entry) for entry in parsed.entries],
    }


def key(url: str) -> str:
    """The URL key (eval/dedup/urls.py)."""
    return url_key(url)


def _entry(entry: Entry) -> dict[str, Any]:
    fields = asdict(entry)
    fields["id"] = fields.pop("guid")
    fields["published"] = fields.pop("published_at")
    fields["updated"] = fields.pop("updated_at")
    fields["in_reply_to"] = [{"ref": ref} for ref in fields["in_reply_to"]]
    return _plain(fields)


def _plain(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields with lists for tuples and text for dates."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else list(value) if isinstance(value, tuple) else value
        for name, value in _relative(fields).items()
    }


def _relative(value: Any) -> Any:
    """The value with addresses that were resolved against the stand-in made relative again."""
    if isinstance(value, str):
        return value.removeprefix(_NOWHERE)
    if isinstance(value, (list, tuple)):
        return type(value)(_relative(one) for one in value)
    return {name: _relative(one) for name, one in value.items()} if isinstance(value, dict) else value


def assign(docs: Iterable[dict[str, str]]) -> Iterator[str]:
    """A label for each document in turn: the head of its cluster, by a store of its own (eval/dedup/run.py)."""
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder)) as url, asyncio.Runner() as runner:
        opened = connect(Settings(_env_file=None, redis_url=url), url)
        store = runner.run(opened.__aenter__())
        try:
            for doc in docs:
                yield runner.run(publish(store, _article(doc), Claim(id=doc["id"], token=1)))
        finally:
            runner.run(opened.__aexit__(None, None, None))


async def publish(store: Store, article: Article, claim: Claim) -> str:
    """Publish an article as a worker does, from its clean text on; the head of its cluster."""
    await store.redis.hset(store.keys.token("entries"), claim.id, claim.token)
    one = sketch_of(article, ())
    taken = await take_place(store, claim, article, one, window=WINDOW)
    assert taken is not None
    outcome: CommitOutcome = OtherHead(taken.head or "")
    while isinstance(outcome, OtherHead):
        article = replace(article, cluster=cluster_for(article.id, outcome.head or None))
        outcome = await commit_article(
            store,
            claim,
            article,
            url_keys=[url_key(article.url)],
            head=outcome.head or None,
            event=stream_fields(make_event(article, source="bench", now=article.fetched_at)),
            memory=WINDOW,
            attempts=1,
            document=taken.document,
            rivals=taken.rivals,
        )
    return article.cluster.head_id


def _article(doc: Mapping[str, str]) -> Article:
    cleaning = clean_text(doc["text"])
    seen = datetime.fromisoformat(doc["published"])
    return Article(
        id=doc["id"],
        url=doc["url"],
        feed=FeedRef(id="bench", url=doc["url"]),
        source_domain=registrable_domain(doc["url"]),
        title=doc["title"],
        fetched_at=seen,
        first_seen_at=seen,
        cleaning=cleaning,
        cluster=cluster_for(doc["id"], None),
        content_digest=text_digest(cleaning.paragraphs),
    )


def extract(html: str, url: str) -> str:
    """The text after extraction and cleaning, one paragraph a line (eval/extraction/run.py)."""
    return clean_page(html, url).text
