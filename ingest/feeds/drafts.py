"""
Entries and their files made quickly: the same frozen values, in a fraction of the time.

A frozen dataclass sets each of its fields through ``object.__setattr__``, for an entry's eighteen a twentieth of all
that reading a feed takes (3.2 µs an entry). Here a draft with the same slots is filled by plain assignments and then
becomes the value by its class, as Python allows between classes of one layout.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from ingest.models import Author, Enclosure, Entry, EntrySource


def _draft(value: type) -> Any:
    """A class without fields of its own but the value's slots."""
    return type(f"{value.__name__}Draft", (), {"__slots__": value.__slots__})  # type: ignore[attr-defined]  # of slots=True


_EntryDraft: Final = _draft(Entry)
_EnclosureDraft: Final = _draft(Enclosure)


def make_entry(
    *,
    guid: str | None,
    url: str | None,
    title: str,
    authors: tuple[Author, ...],
    published_at: datetime | None,
    updated_at: datetime | None,
    summary_html: str,
    content_html: str,
    categories: tuple[str, ...],
    enclosures: tuple[Enclosure, ...],
    media: tuple[Enclosure, ...],
    image: str | None,
    language: str,
    source: EntrySource | None,
    orig_url: str | None,
    comments: str | None,
    in_reply_to: tuple[str, ...],
    rights: str,
) -> Entry:
    """``Entry`` with these fields."""
    draft = _EntryDraft()
    draft.guid = guid
    draft.url = url
    draft.title = title
    draft.authors = authors
    draft.published_at = published_at
    draft.updated_at = updated_at
    draft.summary_html = summary_html
    draft.content_html = content_html
    draft.categories = categories
    draft.enclosures = enclosures
    draft.media = media
    draft.image = image
    draft.language = language
    draft.source = source
    draft.orig_url = orig_url
    draft.comments = comments
    draft.in_reply_to = in_reply_to
    draft.rights = rights
    draft.__class__ = Entry
    return draft  # type: ignore[no-any-return]  # it is one now


def make_enclosure(url: str, type_: str, length: str, caption: str = "", credit: str = "") -> Enclosure:
    """``Enclosure`` with these fields."""
    draft = _EnclosureDraft()
    draft.url = url
    draft.type = type_
    draft.length = length
    draft.caption = caption
    draft.credit = credit
    draft.__class__ = Enclosure
    return draft  # type: ignore[no-any-return]  # it is one now
