"""
A page's metadata together with the feed's.

Apart from metadata.py, because workers do this in their own process, where no HTML parser is to be loaded.
"""

from __future__ import annotations

from dataclasses import replace

from ingest.models import Entry, Image, Metadata
from ingest.pages.bylines import distinct_names
from ingest.pages.language import read_label
from ingest.pages.wording import letters_of, plain_text, uncut, unique


def complete(page: Metadata, entry: Entry) -> Metadata:
    """The page's metadata together with what the feed says of the entry, in the order of trust of metadata.py."""
    pictures = [
        Image(url=item.url, caption=item.caption, credit=item.credit) for item in entry.media if _is_picture(item.type)
    ]
    fed_image = Image(url=entry.image) if entry.image else next(iter(pictures), None)
    names = distinct_names(author.name or author.email.partition("@")[0] for author in entry.authors)
    own = {letters_of(page.site_name)} - {""}
    is_somebody = bool(names) and not (page.authors and all(letters_of(name) in own for name in names))
    published = entry.published_at or page.published_at or entry.updated_at
    updated = entry.updated_at or page.updated_at
    return replace(
        page,
        title=uncut([text for text in (plain_text(entry.title), page.title) if text]),
        authors=names if is_somebody else page.authors,
        language=page.language or read_label(entry.language),
        published_at=published,
        updated_at=updated if updated is None or published is None or updated >= published else None,
        image=page.image or fed_image,
        tags=unique((*entry.categories, *page.tags)),
        rights=plain_text(entry.rights) or page.rights,
    )


def _is_picture(media_type: str) -> bool:
    return media_type.startswith("image/")
