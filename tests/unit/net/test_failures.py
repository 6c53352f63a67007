"""One name for each error."""

from __future__ import annotations

import errno
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.http_exceptions import LineTooLong

from ingest.net.failures import TRANSPORT_ERRORS, name_failure
from ingest.net.guard import BlockedAddressError

URL = "http://example.org/?key=secret"
KEY = ConnectionKey("example.org", 80, False, True, None, None, None)


@pytest.mark.parametrize(
    ("error", "failure", "is_retryable"),
    [
        (TimeoutError(), "timeout", True),
        (aiohttp.ConnectionTimeoutError("secret"), "timeout", True),
        (aiohttp.SocketTimeoutError("secret"), "timeout", True),
        (aiohttp.ClientConnectorDNSError(KEY, socket.gaierror(-2, "Name or service not known")), "dns", True),
        (aiohttp.ClientConnectorError(KEY, OSError(errno.ECONNREFUSED, "secret")), "connect", True),
        (aiohttp.ClientConnectorError(KEY, OSError("secret")), "connect", True),
        (aiohttp.ClientConnectorError(KEY, OSError(errno.EMFILE, "secret")), "connect", True),
        (aiohttp.ClientConnectorError(KEY, BlockedAddressError("10.0.0.1", 80)), "blocked-address", False),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "secret")), "tls", True),
        (aiohttp.ClientConnectorCertificateError(KEY, ssl.CertificateError("secret")), "tls", True),
        (ssl.SSLError(1, "secret"), "tls", True),
        (aiohttp.ClientOSError(errno.ECONNRESET, "secret"), "disconnected", True),
        (aiohttp.ServerDisconnectedError("secret"), "disconnected", True),
        (ConnectionResetError(errno.ECONNRESET, "secret"), "disconnected", True),
        (RuntimeError("secret"), "disconnected", True),
        (aiohttp.ClientPayloadError("secret"), "truncated", True),
        (LineTooLong(b"secret", 8190), "bad-response", True),
        (UnicodeError("secret"), "bad-response", True),
        (aiohttp.InvalidURL(URL), "bad-url", False),
        (aiohttp.NonHttpUrlClientError(URL), "bad-url", False),
    ],
)
def test_name(error, failure, is_retryable):
    """
    Each error has one name, says which host, and repeats nothing that was said by others.
    """
    got = name_failure(error, url=URL, host="example.org")

    assert isinstance(error, TRANSPORT_ERRORS)
    assert (failure, is_retryable, URL) == (got.failure, got.is_retryable, got.url)
    assert got.detail.startswith("example.org: ")
    assert "secret" not in str(got)
