"""Which events a sink is given; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

#: What happened to the article: the middle word of an event's type.
Kind = Literal["published", "updated", "withdrawn"]
#: The first article of its story text, or a copy of it.
Role = Literal["head", "copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What an event must be to pass; an empty part lets everything pass."""

    #: Registrable domains or hosts of the articles' sources; those below them pass as well.
    sources: tuple[str, ...] = ()
    #: BCP 47 tags; "en" lets "en-GB" pass, not the other way round.
    languages: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    kinds: tuple[Kind, ...] = ()


def passes(filters: Filters, event_type: str, article: Mapping[str, Any]) -> bool:
    """
    Whether a sink with these filters is given this event; ``article`` is its ``data``.

    What a filter asks for and the event does not say (an unknown language) does not pass.
    """
    return (
        _is_below(filters.sources, _said(article, "source", "domain").lower(), ".")
        and _starts(filters.languages, _said(article, "language").lower())
        and _is_one(filters.roles, _said(article, "cluster", "role"))
        and _is_one(filters.kinds, kind_of(event_type))
    )


def kind_of(event_type: str) -> str:
    """``updated`` of ``article.updated.v1``."""
    return event_type.removeprefix("article.").partition(".")[0]


def _said(article: Mapping[str, Any], *path: str) -> str:
    value: Any = article
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def _is_one(wanted: tuple[str, ...], found: str) -> bool:
    return not wanted or found in wanted


def _is_below(wanted: tuple[str, ...], found: str, mark: str) -> bool:
    return not wanted or any(found == one or found.endswith(mark + one) for one in wanted)


def _starts(wanted: tuple[str, ...], found: str) -> bool:
    """RFC 4647 3.3.1, basic filtering."""
    return not wanted or any(found == one or found.startswith(f"{one}-") for one in wanted)
