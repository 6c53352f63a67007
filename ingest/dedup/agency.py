"""
Who wrote an article, where it says so by position: its dateline, its byline, its last lines, a disclaimer that was cut,
the tag of its headline, its rights, the address it calls its own.

A name in the running text says nothing ("a security official told AFP"): naming is wrong on 9 of 23 pages of the
article extraction benchmark that contain an agency's name, position on none of 13 it attributes (dedup.md 6). A name
beside a picture says who took the picture.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ingest.dedup.agencies import agencies
from ingest.dedup.credits import Credit, is_passing, read_disclaimer, read_end, read_line
from ingest.dedup.datelines import Dateline, read_signed
from ingest.dedup.fields import read_byline, read_rights, read_title
from ingest.dedup.identity import is_home
from ingest.dedup.places import read_place
from ingest.models import Removal, Wire
from ingest.urls import registrable_domain

#: Agencies by the name we give them, and what else they are called where they sign.
AGENCIES: Mapping[str, tuple[str, ...]] = agencies().spellings

#: A deck or two may stand before the dateline, and a few lines of credit behind the last sentence.
_HEAD_PARAGRAPHS = 3
_TAIL_PARAGRAPHS = 4
_MAX_BYLINE_CHARS = 80
_HTTP = re.compile("https?://", re.IGNORECASE)
#: What was cut there can speak of the whole article.
_FACTS = frozenset({"credit", "disclaimer", "furniture"})


def read_wire(
    removals: Sequence[Removal],
    paragraphs: Sequence[str],
    *,
    title: str = "",
    byline: Sequence[str] = (),
    rights: Sequence[str] = (),
    url: str = "",
    canonical_url: str | None = None,
) -> Wire:
    """
    What an article says of being another's.

    ``byline`` are its authors, ``rights`` what its page and its feed say of the holder and the source, ``url`` is where
    it was found. Of several agencies the first counts in this order: dateline, byline, last lines, what was cut, title,
    rights, address. A canonical address at somebody else's site is where the text is syndicated from.
    """
    elsewhere = _elsewhere(url, canonical_url)
    credits_found = [
        *_head(paragraphs),
        *filter(None, map(read_byline, byline)),
        *_tail(paragraphs),
        *_cut(removals, len(paragraphs)),
        *filter(None, [read_title(title), *map(read_rights, rights)]),
        *_addressed(url, canonical_url),
    ]
    return Wire(
        agency=next((credit.agency for credit in credits_found if credit.agency), ""),
        evidence=tuple(dict.fromkeys(credit.evidence for credit in credits_found)),
        is_syndicated=elsewhere is not None or any(credit.is_syndicated for credit in credits_found),
        syndicated_from=elsewhere,
        distributor=next((credit.distributor for credit in credits_found if credit.distributor), ""),
    )


def read_dateline(paragraphs: Sequence[str]) -> str:
    """The place that the text begins with ("ALEPPO", "KYIV, Ukraine"), without date and agency, or ""."""
    head = _head_of(paragraphs)
    signed = _signed(head)
    if signed:
        return signed.place
    return next((place for paragraph in head[:1] if (place := read_place(paragraph))), "")


def _signed(head: Sequence[str]) -> Dateline | None:
    return next((found for paragraph in head if (found := read_signed(paragraph))), None)


def _head(paragraphs: Sequence[str]) -> Iterator[Credit]:
    head = _head_of(paragraphs)
    for paragraph in head:
        if len(paragraph) <= _MAX_BYLINE_CHARS and (credit := read_byline(paragraph, is_marked=True)):
            yield credit
    if found := _signed(head):
        yield Credit(
            evidence=found.evidence,
            agency=found.agency,
            is_syndicated=found.is_anonymous or bool(found.distributor),
            distributor=found.distributor,
        )


def _tail(paragraphs: Sequence[str]) -> Iterator[Credit]:
    found: list[Credit] = []
    for paragraph in _filled(paragraphs[-2 * _TAIL_PARAGRAPHS :])[: -_TAIL_PARAGRAPHS - 1 : -1]:
        credit = read_line(paragraph)
        if credit is None and is_passing(paragraph):
            continue
        if credit is None:
            found += filter(None, [read_end(paragraph)])
            break
        found.append(credit)
    yield from reversed(found)


def _cut(removals: Sequence[Removal], count: int) -> Iterator[Credit]:
    """Credits and rights cut behind the last paragraph, bylines cut before the first, disclaimers cut anywhere."""
    for removal in removals:
        if removal.kind not in _FACTS:
            continue
        is_first, is_last = not removal.after_paragraph, removal.after_paragraph == count
        if removal.kind == "disclaimer" and (credit := read_disclaimer(removal.text)):
            own = read_line(removal.text)
            yield own if own and own.agency and own.is_syndicated else credit
            continue
        found = read_line(removal.text) if is_last else None
        if found is None and is_first:
            found = read_byline(removal.text, is_marked=True)
        if found:
            yield found


def _elsewhere(url: str, canonical_url: str | None) -> str | None:
    """The canonical address, if it is an article's at another's site: not another domain of the same name."""
    if not canonical_url or not all(map(_HTTP.match, (url, canonical_url))) or is_home(canonical_url):
        return None
    here, there = _site(url), _site(canonical_url)
    is_same = here.partition(".")[0] == there.partition(".")[0] or f".{here}".endswith(f".{there}")
    return canonical_url if here and there and not is_same else None


def _site(url: str) -> str:
    # Domains without a public suffix, of intranets and examples, keep their "www.".
    return registrable_domain(url).removeprefix("www.")


def _addressed(url: str, canonical_url: str | None) -> Iterator[Credit]:
    address = canonical_url or url
    agency = agencies().domains.get(registrable_domain(address)) if address else None
    if agency and not is_home(address):
        yield Credit(evidence=address, agency=agency)


def _head_of(paragraphs: Sequence[str]) -> list[str]:
    return [*islice((paragraph for paragraph in paragraphs if paragraph.strip()), _HEAD_PARAGRAPHS)]


def _filled(paragraphs: Sequence[str]) -> list[str]:
    return [paragraph for paragraph in paragraphs if paragraph.strip()]
