"""What aiohttp, TLS and the operating system raise, as the one name an operator reads."""

from __future__ import annotations

import os
import socket
import ssl

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from ingest.errors import FetchError, FetchFailure
from ingest.net.guard import BlockedAddressError
from ingest.net.repeat import HungUpError

#: All that a request may raise. RuntimeError: uvloop, when a transport closed under its writer.
TRANSPORT_ERRORS = (aiohttp.ClientError, HttpProcessingError, OSError, ValueError, RuntimeError)

#: The first line that fits an error names it; subclasses stand before their bases.
_NAMES: tuple[tuple[type[Exception], FetchFailure], ...] = (
    (TimeoutError, "timeout"),
    (aiohttp.ClientConnectorDNSError, "dns"),
    (aiohttp.ClientConnectorCertificateError, "tls"),
    (aiohttp.ClientConnectorSSLError, "tls"),
    (ssl.SSLError, "tls"),
    (aiohttp.ClientConnectorError, "connect"),
    (aiohttp.ClientPayloadError, "truncated"),
    (aiohttp.ClientResponseError, "bad-response"),
    (HttpProcessingError, "bad-response"),
    (aiohttp.InvalidURL, "bad-url"),
    (aiohttp.NonHttpUrlClientError, "bad-url"),
    (aiohttp.ClientError, "disconnected"),
    (ValueError, "bad-response"),
)


def name_failure(error: Exception, *, url: str, host: str) -> FetchError:
    """
    The FetchError for one of TRANSPORT_ERRORS.

    Its detail names the host and the cause, in words of ours or of the operating system: aiohttp's own sentences quote
    URLs and header lines, which may hold secrets or control characters.
    """
    if isinstance(error, HungUpError) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    blocked = _blocked(error)
    if blocked is not None:
        detail = f"{host}: {blocked.host} port {blocked.port} is not to be asked"
        return FetchError("blocked-address", url, detail, is_retryable=False)
    failure: FetchFailure = next((name for kind, name in _NAMES if isinstance(error, kind)), "disconnected")
    return FetchError(failure, url, f"{host}: {_cause(error)}", is_retryable=failure != "bad-url")


def name_lookup_failure(error: OSError | ValueError, *, url: str, host: str) -> FetchError:
    """The FetchError for a name whose addresses were not found."""
    if isinstance(error, TimeoutError):
        return FetchError("timeout", url, f"{host}: took too long")
    return FetchError("dns", url, f"{host}: {_words(error) if isinstance(error, OSError) else 'no such name'}")


def _blocked(error: Exception) -> BlockedAddressError | None:
    """The guard's refusal, where it was the guard that refused."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return cause if isinstance(cause, BlockedAddressError) else None


def _cause(error: Exception) -> str:
    """A few words on what happened, free of anything the server or the URL said."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", "")
        return f"certificate refused, {reason}" if reason else "certificate refused"
    if isinstance(error, TimeoutError):
        return "took too long"
    if isinstance(error, aiohttp.ClientConnectorError):
        return _words(error.os_error)
    if isinstance(error, aiohttp.ClientResponseError) and error.__cause__ is not None:
        return type(error.__cause__).__name__
    return type(error).__name__


def _words(error: OSError) -> str:
    """The system's words for an errno; asyncio and aiohttp put sentences with addresses of several attempts there."""
    if isinstance(error, ssl.SSLError):
        return getattr(error, "reason", None) or "TLS failed"
    if isinstance(error, socket.gaierror):
        return error.strerror or "no such name"
    return os.strerror(error.errno) if error.errno else "no address answered"
