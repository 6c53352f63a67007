"""Addresses that only lead to another one: search results, share counters, caches, feed click counters."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_HTTP: Final = re.compile(r"https?://", re.IGNORECASE)
_PARTS: Final = re.compile(r"https?://([^/?#]*)([^?#]*)(?:\?([^#]*))?", re.IGNORECASE)

#: Parameters that carry a target.
_TARGET_NAMES_LIST: Final = """
url u q z to target dest destination redirect redirect_url redirect_to link href goto out uddg ru
"""
_TARGET_NAMES: Final = frozenset(_TARGET_NAMES_LIST.split())
#: Last path segments of addresses that redirect.
_SEGMENTS_TEXT: Final = """
url redirect redirect.php redirect.aspx redir redir.php redirector redirection out out.php outbound outgoing
external exit goto l l.php linkfilter link.php leave away away.php apiclick.aspx click click.php clickthrough
"""
_SEGMENTS: Final = frozenset(_SEGMENTS_TEXT.split())
#: Hosts all of whose addresses redirect, whatever their path.
_HOSTS: Final = re.compile(
    r"(?:out\.reddit\.com|lm?\.facebook\.com|l\.instagram\.com|l\.messenger\.com|t\.umblr\.com|slack-redir\.net"
    r"|href\.li|anonym\.to|disq\.us|translate\.google\.[a-z.]+|(?:[a-z0-9]+\.)?safelinks\.protection\.outlook\.com|go\.redirectingat\.com|click\.linksynergy\.com|shareasale\.com)",
    re.IGNORECASE,
)
#: The target stands in the path: AMP caches and the Wayback Machine.
_AMP_CACHE: Final = re.compile(r"https?://[^/]+\.cdn\.ampproject\.org/(?:[a-z]/)+(?:s/)?(.+)", re.IGNORECASE)
_AMP_VIEWER: Final = re.compile(r"https?://(?:www\.)?google\.[a-z.]+/amp/(?:s/)?(.+)", re.IGNORECASE)
_ARCHIVE: Final = re.compile(r"https?://web\.archive\.org/web/\d+(?:[a-z]{2}_|\*)?/(.+)", re.IGNORECASE)
#: r.search.yahoo.com/.../RU=https%3a%2f%2f.../RK=2/...
_IN_PATH: Final = re.compile(r"https?://r\.search\.yahoo\.com/.*?/RU=([^/]+)", re.IGNORECASE)
#: Proofpoint's guard of mails: urldefense.com/v3/__https://...__;!!...
_GUARDED: Final = re.compile(r"https?://urldefense\.(?:com|us)/v3/__(.+?)__;", re.IGNORECASE)
#: Google's translation: the host's dots are hyphens, and its hyphens two.
_TRANSLATED: Final = re.compile(r"https?://([a-z0-9-]+)\.translate\.goog(/[^#]*)?", re.IGNORECASE)
#: Disqus puts its signature behind the target.
_SIGNATURE: Final = re.compile(r":[A-Za-z0-9_-]+$")


def unwrap(url: str) -> str | None:
    """Where a redirector leads, as far as its address says so; None for every other address."""
    for pattern in (_AMP_CACHE, _AMP_VIEWER, _ARCHIVE, _GUARDED):
        found = pattern.match(url)
        if found:
            return found[1] if _HTTP.match(found[1]) else f"https://{found[1]}"
    found = _TRANSLATED.match(url)
    if found:
        host = "-".join(part.replace("-", ".") for part in found[1].split("--"))
        return f"https://{host}{found[2] or ''}"
    found = _IN_PATH.match(url)
    if found:
        return _target(found[1])
    parts = _PARTS.match(url)
    if parts is None or not parts[3]:
        return None
    host, segment = parts[1].lower(), parts[2].rstrip("/").rpartition("/")[2].lower()
    if segment not in _SEGMENTS and not _HOSTS.fullmatch(host):
        return None
    for piece in parts[3].split("&"):
        name, _, value = piece.partition("=")
        target = _target(value) if name.lower() in _TARGET_NAMES else None
        if not value and not target:  # href.li/?https://...
            target = _target(name)
        if target:
            return _SIGNATURE.sub("", target) if host == "disq.us" else target
    return None


def _target(value: str) -> str | None:
    target = value if _HTTP.match(value) else unquote(value)
    return target if _HTTP.match(target) else None
