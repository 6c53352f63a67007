"""
``feeds.toml``, the operator's own list of feeds, and what is special about a source.

    [[feed]]
    url = "https://example.org/feed.xml"
    title = "Example"                  # the feed's own where it is left out
    folder = "News/Europe"
    interval = "PT30M"                 # ISO 8601 or seconds; its own rhythm where it is left out

    [source."example.org"]             # and the domains below it
    user_agent = "examplebot/1.0 (+https://example.com/bot)"
    interval = "PT10M"
    feed_only = true                   # never ask for its pages
    ignore_robots = true               # the owner said so
    any_certificate = true             # its certificate is not checked
    within = ["article.story"]         # where the text stands: element, .class, #id, or an element with either
    strip = ["div.tide-table"]         # what in it is no part of an article
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError

from ingest.errors import SettingsError, UrlError
from ingest.models import SourceOverride
from ingest.settings import Duration
from ingest.urls import fetch_url

_DOMAIN: Final = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+")
_Selector = Annotated[str, StringConstraints(pattern=r"^(?:[a-z][a-z0-9-]*)?(?:[.#][A-Za-z_][\w-]*)?$", min_length=1)]
#: What may stand in a request's field (RFC 9110 5.5), without what would end it.
_Agent = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e][\x20-\x7e]*$", max_length=500)]


def _at_least_a_second(value: timedelta) -> timedelta:
    if value < timedelta(seconds=1):
        raise ValueError("it is shorter than a second")
    return value


_Pause = Annotated[Duration, AfterValidator(_at_least_a_second)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAddress:
    """One feed of the list."""

    url: str
    title: str = ""
    folder: str = ""
    interval: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsList:
    """The whole file: feeds in its order, each address once, and what is said of sources."""

    feeds: tuple[ListedAddress, ...] = ()
    sources: tuple[SourceOverride, ...] = ()


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Feed(_Strict):
    url: str
    title: Annotated[str, StringConstraints(max_length=500)] = ""
    folder: Annotated[str, StringConstraints(max_length=500)] = ""
    interval: _Pause | None = None


class _Source(_Strict):
    user_agent: _Agent = ""
    interval: _Pause | None = None
    feed_only: bool = False
    ignore_robots: bool = False
    any_certificate: bool = False
    within: tuple[_Selector, ...] = ()
    strip: tuple[_Selector, ...] = ()


class _File(_Strict):
    feed: tuple[_Feed, ...] = ()
    source: dict[str, _Source] = {}


def read_feeds_toml(data: bytes) -> FeedsList:
    """
    The list that these bytes are.

    Raises:
        SettingsError: they are none; the sentence says where and why.
    """
    try:
        file = _File.model_validate(tomllib.loads(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise SettingsError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise SettingsError("it is nested too deep") from error
    except ValidationError as error:
        raise SettingsError(_sentence(error)) from error
    except ValueError as error:  # also "Exceeds the limit (4300 digits)", which is no TOMLDecodeError
        raise SettingsError(f"it is no TOML: {error}") from error
    feeds = [_address(number, feed) for number, feed in enumerate(file.feed, start=1)]
    return FeedsList(
        feeds=tuple({feed.url: feed for feed in reversed(feeds)}.values())[::-1],
        sources=tuple(_override(name, source) for name, source in file.source.items()),
    )


def _address(number: int, feed: _Feed) -> ListedAddress:
    try:
        url = fetch_url(feed.url)
    except UrlError as error:
        raise SettingsError(f"feed {number}: url: {error}") from error
    return ListedAddress(url=url, title=feed.title, folder=feed.folder, interval=feed.interval)


def _override(name: str, source: _Source) -> SourceOverride:
    domain = name.lower().rstrip(".")
    if not _DOMAIN.fullmatch(domain):
        raise SettingsError(f"source {name!r}: that is no domain such as example.org")
    return SourceOverride(
        domain=domain,
        user_agent=source.user_agent,
        interval=source.interval,
        is_feed_only=source.feed_only,
        ignores_robots=source.ignore_robots,
        accepts_any_certificate=source.any_certificate,
        within=source.within,
        strip=source.strip,
    )


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = [f"{part + 1}" if isinstance(part, int) else str(part) for part in first["loc"]]
    place = ": ".join(filter(None, (" ".join(where[:2]), " ".join(where[2:]))))
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"
