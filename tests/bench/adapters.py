"""What the eval harnesses call: the product's functions in their shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ingest import clean_page, parse_feed, url_key
from ingest.dedup.sketch import text_digest
from ingest.models import Entry


def feed(data: bytes, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """A parsed feed in the model of eval/feeds; FeedError passes through."""
    parsed = parse_feed(data, url, {name.lower(): value for name, value in headers.items()})
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
        for name, value in fields.items()
    }


def assign(docs: Iterable[dict[str, str]]) -> Iterator[str]:
    """A label for each document in turn: the digest of its text, or its own id where there is too little text."""
    for doc in docs:
        yield text_digest(doc["text"].split("\n")) or doc["id"]


def extract(html: str, url: str) -> str:
    """The text after extraction and cleaning, one paragraph a line (eval/extraction/run.py)."""
    return clean_page(html, url).text
