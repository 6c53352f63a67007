"""
Rules for one site alone, as data: ``sites/*.toml``, a file a site.

    domain = "tidewater.example"

    [[strip]]
    id = "tide-table"
    kind = "furniture"
    within = ["div.tide-table", "#tides"]

A selector is an element, a class, an id, or an element with either; a paragraph goes when the element that holds it, or
one around it, fits. These are the last resort: what a rule for all sites, or the learning of a source, can do, they
should do.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import get_args
from urllib.parse import urlsplit

from ingest.cleaning.scene import Take
from ingest.errors import SettingsError
from ingest.models import Block, RemovalKind

_SELECTOR = re.compile(r"(?P<tag>[a-z][a-z0-9-]*)?(?P<name>[.#][\w-]+)?")
_DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)+[a-z0-9-]+")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """What goes from the pages of one site."""

    rule: str
    kind: RemovalKind
    #: Element ("" for any) and class or id (".box", "#box", "" for any).
    within: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRules:
    """The rules of one site; they hold for its subdomains as well."""

    domain: str
    strips: tuple[Strip, ...]


def take_by_site(numbered: Sequence[tuple[int, str, Block]], site: SiteRules) -> dict[int, Take]:
    """The paragraphs (number, text, place) that a site's rules take."""
    return {
        at: Take(at=at, kind=strip.kind, rule=strip.rule, confidence=1.0)
        for at, _, block in numbered
        for strip in reversed(site.strips)
        if any(_is_within(block, tag, name) for tag, name in strip.within)
    }


def with_strips(site: SiteRules | None, domain: str, selectors: Sequence[str]) -> SiteRules | None:
    """A site's rules, and what its operator's own selectors take as furniture."""
    if not selectors:
        return site
    within = tuple((found["tag"] or "", found["name"] or "") for found in map(_SELECTOR.fullmatch, selectors) if found)
    own = Strip(rule=f"operator-{domain}", kind="furniture", within=within)
    return SiteRules(domain=domain, strips=(*(site.strips if site else ()), own))


def site_of(url: str, sites: Mapping[str, SiteRules]) -> SiteRules | None:
    """The rules for the site of an address: of its host, or of the nearest domain above it."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return None
    while host:
        if host in sites:
            return sites[host]
        host = host.partition(".")[2]
    return None


@cache
def load_sites() -> Mapping[str, SiteRules]:
    """
    The rules that ship with copydesk, by domain.

    Raises:
        SettingsError: a rule makes no sense; the sentence names its file.
    """
    folder = files("ingest.cleaning") / "sites"
    entries = folder.iterdir() if folder.is_dir() else iter(())  # none ship so far
    return read_sites({entry.name: entry.read_text("utf-8") for entry in entries if entry.name.endswith(".toml")})


def read_sites(texts: Mapping[str, str]) -> dict[str, SiteRules]:
    """
    The rules in the given TOML texts by file name, by domain.

    Raises:
        SettingsError: a rule makes no sense; the sentence names its file.
    """
    found: dict[str, SiteRules] = {}
    for name, text in sorted(texts.items()):
        site = _site(name, text)
        if site.domain in found:
            raise SettingsError(f"{name}: {site.domain} has rules in another file")
        found[site.domain] = site
    return found


def _site(name: str, text: str) -> SiteRules:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{name}: {error}") from error
    domain, entries = table.get("domain"), table.get("strip")
    if not isinstance(domain, str) or not _DOMAIN.fullmatch(domain):
        raise SettingsError(f"{name}: domain must be a host name such as example.org")
    if not isinstance(entries, list) or set(table) != {"domain", "strip"}:
        raise SettingsError(f"{name}: holds nothing but domain and [[strip]] entries")
    return SiteRules(domain=domain, strips=tuple(_strip(name, domain, entry) for entry in entries))


def _strip(name: str, domain: str, entry: object) -> Strip:
    fields: dict[str, object] = entry if isinstance(entry, dict) else {}
    label, kind, within = fields.get("id"), fields.get("kind"), fields.get("within")
    selectors = within if isinstance(within, list) else []
    checks = {
        "fields are id, kind and within": set(fields) == {"id", "kind", "within"},
        "id must be lower-case words joined by hyphens": isinstance(label, str) and bool(_ID.fullmatch(label)),
        f"kind must be one of {', '.join(get_args(RemovalKind))}": kind in get_args(RemovalKind),
        "within must be selectors such as div.box, .box, #box or aside": bool(selectors)
        and all(isinstance(one, str) and one and _SELECTOR.fullmatch(one) for one in selectors),
    }
    faults = [fault for fault, is_fine in checks.items() if not is_fine]
    if faults:
        raise SettingsError(f"{name}: {label}: {'; '.join(faults)}")
    return Strip(
        rule=f"site-{domain}-{label}",
        kind=kind,  # type: ignore[arg-type]  # checked above, which mypy cannot follow
        within=tuple(
            (found["tag"] or "", found["name"] or "") for found in map(_SELECTOR.fullmatch, selectors) if found
        ),
    )


def _is_within(block: Block, tag: str, name: str) -> bool:
    wanted = name.removeprefix(".")
    return any(
        (not tag or tag == one) and (not wanted or wanted in names.split())
        for one, names in zip((block.tag, *block.ancestors), block.names, strict=False)
    )
