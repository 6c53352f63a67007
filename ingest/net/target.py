"""An address as it goes into a request: which server is asked, and for what, byte for byte."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin

from yarl import URL

from ingest.errors import UrlError

#: RFC 9110 4.1 asks for at least 8000 octets; longer ones in feeds are accidents or attacks.
MAX_URL_CHARS = 8190

_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_PORT = 65535
#: RFC 1035 2.3.4, without the root's dot.
_MAX_NAME_CHARS = 253

#: A backslash in the authority is a slash to browsers and a host to others (reliability.md 2.3): no match, no request.
_ADDRESS = re.compile(r"(https?)://([^/?#\\]*)([/?][^#]*)?(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]@]+)(?::([0-9]{1,5})?)?")
#: Underscores are no host name (RFC 952) but stand in the DNS and in feeds.
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSENDABLE = re.compile(r"[^!-~]+")
_CONTROLS_AND_SPACE = "".join(map(chr, range(0x21)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server and what is asked of it; the host is ASCII, an IPv6 address in its brackets."""

    scheme: str
    host: str
    port: int
    #: Path and query as they stand in the request line, printable ASCII.
    path: str

    @property
    def authority(self) -> str:
        """Host and port, the port only where it is not the scheme's own."""
        return self.host if self.port == _DEFAULT_PORTS[self.scheme] else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as text, without a fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def request_url(self) -> URL:
        """The address for aiohttp. The query is left in the path: yarl would drop the "?" of an empty one."""
        return URL.build(scheme=self.scheme, authority=self.authority, path=self.path, encoded=True)


@lru_cache(maxsize=1024)
def parse_target(url: str) -> Target:
    """
    Where a URL leads; remembered for a while, because one request asks it up to three times.

    Raises:
        UrlError: it is not an absolute http(s) address, carries userinfo, or its host is spelt in a way that two
            programs could read differently. The sentence never quotes the URL.
    """
    text = url.strip(_CONTROLS_AND_SPACE)
    if len(text) > MAX_URL_CHARS:
        raise UrlError("longer than any server has to accept")
    parts = _ADDRESS.fullmatch(text)
    if parts is None:
        raise UrlError("not an absolute http(s) address")
    if "@" in parts[2]:
        raise UrlError("carries user information")
    authority = _AUTHORITY.fullmatch(parts[2])
    if authority is None:
        raise UrlError("host and port cannot be read")
    scheme = parts[1].lower()
    port = int(authority[2]) if authority[2] else _DEFAULT_PORTS[scheme]
    if not 0 < port <= _MAX_PORT:
        raise UrlError("no such port")
    path = _sendable(parts[3] or "/")
    return Target(
        scheme=scheme, host=_read_host(authority[1]), port=port, path=path if path.startswith("/") else f"/{path}"
    )


def redirect_target(base: Target, location: str) -> Target:
    """
    Where a Location field leads, seen from the address that sent it (RFC 3986 5.2; the fragment is dropped).

    Raises:
        UrlError: it leads to no http(s) address.
    """
    reference = location.strip(_CONTROLS_AND_SPACE).partition("#")[0]
    if not reference:
        raise UrlError("empty")
    if _SCHEME.match(reference):
        return parse_target(reference)
    if reference.startswith("//"):
        return parse_target(f"{base.scheme}:{reference}")
    # urljoin would drop the "?" of an empty query, so it only sees the path.
    path, mark, query = reference.partition("?")
    before_query = base.url.partition("?")[0]
    try:
        return parse_target(f"{urljoin(before_query, path)}{mark}{query}")
    except ValueError as error:
        raise UrlError("host and port cannot be read") from error


def _read_host(text: str) -> str:
    """
    A host in the one spelling that every program reads alike.

    Raises:
        UrlError: it is neither a name nor a plain IP address.
    """
    try:
        if text.startswith("["):
            return f"[{IPv6Address(text[1:-1])}]"
        # yarl refuses invisible letters and letters that normalise to delimiters, then maps by UTS 46.
        name = text.lower() if text.isascii() else URL.build(scheme="http", host=text).raw_host or ""
    except ValueError as error:
        raise UrlError("no host name") from error
    labels = name.removesuffix(".").split(".")
    if len(name) > _MAX_NAME_CHARS or not all(map(_LABEL.fullmatch, labels)):
        raise UrlError("no host name")
    if _NUMBER.fullmatch(labels[-1]):
        # getaddrinfo takes 127.1, 2130706433, 0x7f.1 and 0177.0.0.1 for 127.0.0.1 (reliability.md 2.3).
        try:
            return str(IPv4Address(name))
        except ValueError as error:
            raise UrlError("an IP address in an odd spelling") from error
    return name


def _sendable(text: str) -> str:
    """What stands in a request line unchanged, the rest percent-encoded; bytes that were no UTF-8 keep their value."""
    try:
        return _UNSENDABLE.sub(
            lambda odd: "".join(f"%{byte:02X}" for byte in odd[0].encode("utf-8", "surrogateescape")), text
        )
    except UnicodeEncodeError as error:
        raise UrlError("half a character") from error
