"""
Addresses that are asked, published and logged; none of this changes what an address means.

Python's ``urlsplit`` removes tabs and newlines and accepts backslashes, spaces and userinfo in silence (WHATWG's
parser and curl read some of these as another host), so the authority is taken apart here, strictly.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import idna
import tldextract

from ingest.errors import UrlError

#: Longest address we ask; servers commonly refuse longer ones (RFC 9110 4.1 asks for 8,000, sitemaps.org for 2,048).
MAX_URL_LENGTH: Final = 2000

#: Longer references are mistakes or attacks: 2,000 entries under an xml:base of 200 KB took urljoin 17 s.
_MAX_REFERENCE_LENGTH: Final = 4000
#: urljoin takes a base's path apart at each call: 30,000 links under one of 4,000 slashes took 11 s.
_MAX_SLASHES: Final = 100
_MAX_PORT: Final = 65535
_MAX_HOST_LENGTH: Final = 253  # RFC 1035 2.3.4, without the root's dot
_MAX_LABEL_LENGTH: Final = 63
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY: Final = re.compile(r"//([^/?#]*)")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: An underscore is no host name by RFC 952, but such hosts answer.
_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
#: What makes a host an IPv4 address for WHATWG's "ends in a number" checker.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: Everything RFC 3986 allows in a path or a query, and "%" so that escapes stay as they are.
_SAFE: Final = "%/?:@!$&'()*+,;=-._~[]"
#: An address that resolving leaves as it is: nothing to encode, no port, no part that is empty (urljoin drops "?" and
#: ";" with nothing behind). Nearly all are like that.
_SETTLED: Final = re.compile(
    r"https?://[A-Za-z0-9.-]++(?:/[A-Za-z0-9/._~%:@!$&'()*+,=-]*+)?+(?:\?[A-Za-z0-9/._~%:@!$&'()*+,;=?-]++)?+"
    r"(?:#[A-Za-z0-9/._~%:@!$&'()*+,;=?-]++)?+"
)
_LINE_BREAKS: Final = str.maketrans("", "", "\t\r\n")
_SPACE: Final = re.compile(r"\s")

_SECRET_NAME: Final = re.compile(
    r"(?:.*[_-])?(?:key|apikey|token|auth|authorization|password|passwd|pwd|pass|secret|sig|signature|session|sessionid"
    r"|credential|credentials|jwt|code|hmac)",
    re.IGNORECASE,
)
_PARAMETER: Final = re.compile(r"([?&;#])([^=&;#?]*)=([^&;#]*)")
_USERINFO: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*:)?([/\\]{2,})[^/?#\\]*@")

#: The snapshot that ships with tldextract: no network, no cache directory. Private suffixes (blogspot.com) are no
#: suffixes here: what one operator serves counts as one domain.
_SUFFIXES: Final = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())


def fetch_url(text: str) -> str:
    """
    The http(s) address these characters mean, in the one form in which it is asked.

    Space around it and the fragment go, scheme and host become lower-case, the host ASCII (UTS 46), a default port
    goes, what is not ASCII in the path and the query is percent-encoded (RFC 3987 3.1). Applying it twice changes
    nothing.

    Raises:
        UrlError: the characters are no address we would ask; one sentence says why.
    """
    address = text.strip()
    if not address:
        raise UrlError("The address is empty.")
    if len(address) > MAX_URL_LENGTH:
        raise UrlError(f"The address is longer than {MAX_URL_LENGTH} characters.")
    if _CONTROL.search(address):
        raise UrlError("The address has control characters inside.")
    scheme, authority, rest = _split(address)
    host, port = _host_and_port(authority)
    netloc = host if port in {None, _DEFAULT_PORTS[scheme]} else f"{host}:{port}"
    rest = quote(rest.partition("#")[0], safe=_SAFE)
    if not rest.startswith("/"):
        rest = f"/{rest}"
    asked = f"{scheme}://{netloc}{rest}"
    if len(asked) > MAX_URL_LENGTH:
        raise UrlError(f"The address is longer than {MAX_URL_LENGTH} characters when encoded.")
    return asked


def resolve(base: str | None, reference: str) -> str | None:
    """
    The absolute http(s) address a reference points at (RFC 3986 5.2), or None when it points at none.

    Line breaks and tabs inside are taken out, as browsers do (feeds wrap long links); spaces of any kind are encoded;
    the fragment stays. Nothing else is changed, so non-ASCII characters stay readable. A reference of more
    than 4,000 characters or 100 slashes points nowhere, and under such a base only absolute references do.
    """
    if len(reference) > _MAX_REFERENCE_LENGTH or reference.count("/") > _MAX_SLASHES:
        return None
    if _SETTLED.fullmatch(reference) and (not base or _SETTLED.fullmatch(base)):
        return reference
    text = reference.strip().translate(_LINE_BREAKS)
    if not text or _CONTROL.search(text):
        return None
    if base and (len(base) > _MAX_REFERENCE_LENGTH or base.count("/") > _MAX_SLASHES):
        base = None
    try:
        absolute = urljoin(base, text) if base else text
        parts = urlsplit(absolute)
        is_usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a broken IPv6 host, a port that is no number, a host that changes under NFKC
        return None
    if not is_usable or "\\" in parts.netloc or _SPACE.search(parts.netloc):
        return None
    # urlsplit lower-cases the scheme it reports, not the text.
    return _SPACE.sub(lambda found: quote(found[0]), parts.scheme + absolute[len(parts.scheme) :])


@lru_cache(maxsize=8192)
def registrable_domain(url: str) -> str:
    """
    The domain someone registered ("example.co.uk"), or the host itself when it is an IP address or has no suffix.

    Lower-case, without the root's dot; "" when there is no host. Remembered: each poll asks for its feed's.
    """
    authority = _AUTHORITY.search(url.strip())
    try:
        host = urlsplit(f"//{authority[1] if authority else url.strip()}").hostname or ""
    except ValueError:
        return ""
    return _domain_of(host.rstrip(".").lower())


@lru_cache(maxsize=1024)  # each article's few hosts are asked about a dozen times
def _domain_of(host: str) -> str:
    return _SUFFIXES.extract_str(host).top_domain_under_public_suffix or host


def redact(url: str) -> str:
    """The address for logs: userinfo and the values of parameters that look like secrets become ``***``."""
    shown = _USERINFO.sub(lambda found: f"{found[1] or ''}{found[2]}***@", url.strip())
    return _PARAMETER.sub(_hide, shown)


def _hide(found: re.Match[str]) -> str:
    is_secret = _SECRET_NAME.fullmatch(found[2]) is not None
    return f"{found[1]}{found[2]}=***" if is_secret else found[0]


def _split(address: str) -> tuple[str, str, str]:
    """Scheme, authority and the rest of an address."""
    scheme = _SCHEME.match(address)
    if scheme is None or "." in scheme[1]:  # "example.org:8080/feed"
        raise UrlError("The address has no scheme; it must begin with http:// or https://.")
    name = scheme[1].lower()
    if name not in _DEFAULT_PORTS:
        raise UrlError(f"The scheme must be http or https, not {name[:40]!r}.")
    authority = _AUTHORITY.match(address, scheme.end())
    if authority is None:
        raise UrlError(f"After {name}: there must be two slashes and a host.")
    return name, authority[1], address[authority.end() :]


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if "\\" in authority:
        raise UrlError("The host has a backslash in it.")
    if "@" in authority:
        raise UrlError("The address carries a user name or password, which we never send.")
    if any(letter.isspace() for letter in authority):
        raise UrlError("The host has a space in it.")
    host, colon, port = authority, "", ""
    if authority.startswith("["):
        host, bracket, tail = authority.partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise UrlError("The IPv6 host is not closed by a bracket.")
        return _ipv6(host[1:]), _port(tail[1:])
    host, colon, port = authority.partition(":")
    if colon and ":" in port:
        raise UrlError("An IPv6 host must stand in brackets.")
    if not host:
        raise UrlError("The address has no host.")
    return _host_name(host), _port(port)


def _ipv6(host: str) -> str:
    try:
        return f"[{IPv6Address(host).compressed}]" if "%" not in host else _refuse_zone()
    except AddressValueError as error:
        raise UrlError("The host in brackets is no IPv6 address.") from error


def _refuse_zone() -> str:
    raise UrlError("The IPv6 host names a network interface.")


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= _MAX_PORT):
        raise UrlError(f"The port is no number between 1 and {_MAX_PORT}.")
    return int(text)


def _host_name(host: str) -> str:
    name = host.lower()
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError) as error:
            raise UrlError("The host is no internationalised domain name.") from error
    labels = name.removesuffix(".").split(".")
    if not _HOST.fullmatch(name) or len(name) > _MAX_HOST_LENGTH + 1:
        raise UrlError("The host has characters that no host name has.")
    if max(map(len, labels)) > _MAX_LABEL_LENGTH:
        raise UrlError(f"A part of the host is longer than {_MAX_LABEL_LENGTH} characters.")
    if _NUMBER.fullmatch(labels[-1]):
        _check_ipv4(name)
    return name


def _check_ipv4(name: str) -> None:
    """Only dotted quads are IPv4 addresses here; "127.1" and "0x7f000001" reach 127.0.0.1 by other spellings."""
    try:
        IPv4Address(name)
    except AddressValueError as error:
        raise UrlError("The host is a number but no IPv4 address.") from error
