"""
The URL key: which addresses are the same article. Compared only, never asked and never shown.

Lossy on purpose; what it may lose was measured on 236 rows (research: dedup.md 4). It keeps what tells articles apart:
the path's case, unknown parameters, languages and sections in the host.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import blake2b
from ipaddress import AddressValueError, IPv6Address
from typing import Final
from urllib.parse import unquote, unquote_plus

import idna

from ingest.urls.redirectors import unwrap
from ingest.urls.tracking import is_tracking

#: No redirector wraps a redirector deeper than this in earnest.
_MAX_UNWRAPS: Final = 4

#: Without a scheme, too: pages write "//host/path".
_HTTP: Final = re.compile(r"(?:https?:)?[/\\]{2}", re.IGNORECASE)
_PARTS: Final = re.compile(r"([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#(.*))?", re.DOTALL)
_WWW: Final = re.compile(r"www\d{0,2}")
_VIEW_LABELS: Final = frozenset(["m", "mobile", "touch", "amp", "wap"])
#: "co.uk", "com.au": what follows is a suffix, so the label before it is a name ("m.co.uk") and no view.
_SECOND_LEVEL: Final = frozenset(["ac", "co", "com", "edu", "gov", "go", "ne", "net", "or", "org"])
_ESCAPE: Final = re.compile("%([0-9A-Fa-f]{2})|([^!$'()*,:@~._A-Za-z0-9/;=&?+%-])")
#: Characters that mean the same escaped and plain (RFC 3986 2.3, and the sub-delims no path gives a meaning to).
_PLAIN: Final = frozenset("!$'()*,:@~._-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_SLASHES: Final = re.compile(r"/{2,}")
_SESSION_SEGMENT: Final = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*|/\(S\([a-z0-9]+\)\)", re.IGNORECASE)
_INDEX: Final = re.compile(r"/(?:index|default)\.(?:html?|php\d?|aspx?|jsp|shtml|cfm|cgi)$", re.IGNORECASE)
_AMP: Final = re.compile(r"(?:/amp|\.amp|/amp\.html|/print)$|\.amp(?=\.html?$)", re.IGNORECASE)
_AMP_FIRST: Final = re.compile(r"^/amp(?=/.)", re.IGNORECASE)
_VIDEO: Final = re.compile(r"/(?:embed|shorts|live|v)/([A-Za-z0-9_-]{6,})")
_VIDEO_HOSTS: Final = frozenset(["youtube.com", "youtube-nocookie.com"])
#: What stands before a key in the digest that names its article; lengths keep ("a", "bc") and ("ab", "c") apart.
_ARTICLE_AT: Final = len(b"url").to_bytes(8, "big") + b"url"


@lru_cache(maxsize=2048)  # asked three times on an article's way, of one address
def url_key(url: str) -> str:
    """
    The same text for every address of one article; what is no http(s) address is its own key. Never raises.

    The scheme, tracking and session parameters, ``www.`` and mobile hosts, AMP and print views, index pages, the
    trailing slash and the fragment (but for ``#!`` and ``#/`` routes) do not count; redirectors count as their target.
    """
    text = _tidy(url)
    for _ in range(_MAX_UNWRAPS):
        target = unwrap(text)
        if target is None:
            break
        text = _tidy(target)
    scheme = _HTTP.match(text)
    parts = _PARTS.match(text, scheme.end()) if scheme else None
    if parts is None or not parts[1]:
        return text
    host = _host_key(parts[1])
    query = parts[3] or ""
    path = _path_key(parts[2])
    if host in _VIDEO_HOSTS | {"youtu.be"}:
        host, path, query = _video(host, path, query)
    names = _query_key(query)
    return host + path + (f"?{names}" if names else "") + _route(parts[4] or "")


@lru_cache(maxsize=2048)  # as often, of one key
def address_id(key: str) -> str:
    """The id of the article whose address has this URL key: 32 hex digits, the same for every feed that links there."""
    data = key.encode("utf-8", "surrogatepass")
    return blake2b(_ARTICLE_AT + len(data).to_bytes(8, "big") + data, digest_size=16).hexdigest()


def _route(fragment: str) -> str:
    """The fragment where it is an address within a page that loads its articles itself ("#!/x", "#/x")."""
    place, _, query = fragment.partition("?")
    place = _escapes(place.rstrip("/"))
    if not place.startswith(("!", "/")) or place == "!":
        return ""
    names = _query_key(query)
    return f"#{place}?{names}" if names else f"#{place}"


def _tidy(url: str) -> str:
    text = unicodedata.normalize("NFC", url.strip().strip("<>").strip().replace("&amp;", "&"))
    if _HTTP.match(text):
        head, mark, tail = text.partition("?")
        text = head.replace("\\", "/") + mark + tail
    return text


def _host_key(authority: str) -> str:
    host = authority.rpartition("@")[2].lower()
    if host.startswith("["):
        name, _, tail = host[1:].partition("]")
        try:
            name = f"[{IPv6Address(name).compressed}]"
        except AddressValueError:
            return host
        port = tail.removeprefix(":")
    else:
        name, _, port = host.partition(":")
        name = _name_key(name)
    return name if port in {"", "80", "443"} else f"{name}:{port}"


def _name_key(name: str) -> str:
    name = name.rstrip(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return name
    *labels, second, top = ["", *name.split(".")]
    labels = [label for label in labels if label and not _WWW.fullmatch(label)]
    named = [label for label in labels if label not in _VIEW_LABELS]
    if not named and second in _SECOND_LEVEL:
        named = labels
    return ".".join([*named, second, top] if second else [top])


def _path_key(path: str) -> str:
    path = _SLASHES.sub("/", _escapes(path))
    path = _dotless(_SESSION_SEGMENT.sub("", path))
    path = _AMP_FIRST.sub("", _AMP.sub("", path.rstrip("/")))
    return _INDEX.sub("", path).rstrip("/")


def _dotless(path: str) -> str:
    """The path without "." and ".." (RFC 3986 5.2.4)."""
    if "/." not in path:
        return path
    kept = [""]
    for segment in path.split("/")[1:]:
        if segment == "..":
            kept = kept[:-1] or [""]
        elif segment != ".":
            kept.append(segment)
    return "/".join(kept)


def _escapes(text: str) -> str:
    """One spelling for each character: plain where that means the same, else an upper-case escape of UTF-8."""
    return _ESCAPE.sub(_one_spelling, text)


def _one_spelling(found: re.Match[str]) -> str:
    if found[1]:
        letter = chr(int(found[1], 16))
        return letter if letter in _PLAIN else f"%{found[1].upper()}"
    return "".join(f"%{byte:02X}" for byte in found[2].encode("utf-8", "surrogatepass"))


def _query_key(query: str) -> str:
    kept = set()
    for piece in query.split("&"):
        name, _, value = piece.partition("=")
        if not value and "%3d" in name.lower():  # "?utm_source%3Drss": escaped once too often
            name, _, value = unquote(name).partition("=")
        if not name or is_tracking(unquote_plus(name).lower(), unquote_plus(value).lower()):
            continue
        name, value = (_escapes(part.replace("+", "%20")) for part in (name, value))
        kept.add(f"{name}={value}" if value else name)
    return "&".join(sorted(kept))


def _video(host: str, path: str, query: str) -> tuple[str, str, str]:
    """One key for the forms of a video's address."""
    named = [piece for piece in query.split("&") if piece.startswith("v=")]
    shown = _VIDEO.fullmatch(path)
    if host == "youtu.be" and path.count("/") == 1:
        named = [f"v={path[1:]}"]
    elif shown:
        named = [f"v={shown[1]}"]
    if not named:
        return host, path, query
    return "youtube.com", "/watch", named[0]
