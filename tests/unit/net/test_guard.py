"""Which addresses may be connected to, by the rule and on the wire."""

from __future__ import annotations

import socket
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import FetchError
from ingest.net.guard import BlockedAddressError, Guard, is_allowed
from ingest.net.http import FEED_ACCEPT


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "172.15.0.1",
        "172.32.0.1",
        "192.0.1.1",
        "100.63.255.255",
        "100.128.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450:4001::1",
        "2400:cb00::1",
        "::ffff:8.8.8.8",
        "2001:200::1",
    ],
)
def test_public(address):
    """
    The public internet may be asked.
    """
    assert is_allowed(ip_address(address))


BLOCKED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2606:4700::5efe:127.0.0.1",
    "2606:4700::200:5efe:10.0.0.1",
]


@pytest.mark.parametrize("address", BLOCKED)
def test_blocked(address):
    """
    Whatever is not the public internet may not be asked, however it is written.
    """
    assert not is_allowed(ip_address(address))


@settings(deadline=None)  # the machine is shared
@given(st.ip_addresses(v=4))
def test_mapped(address):
    """
    An IPv4 address is judged alike in its IPv6 dress.
    """
    mapped = ip_address(f"::ffff:{address}")

    assert is_allowed(address) == is_allowed(mapped)
    assert is_allowed(mapped, (ip_network("0.0.0.0/0"),))


@pytest.mark.parametrize(
    ("address", "network", "expected"),
    [
        ("10.1.2.3", "10.1.0.0/16", True),
        ("10.2.2.3", "10.1.0.0/16", False),
        ("::ffff:10.1.2.3", "10.1.0.0/16", True),
        ("127.0.0.1", "::/0", False),
        ("::1", "::1/128", True),
        ("fd00::1", "fd00::/8", True),
        # A gateway leads on: what it leads to is judged as well.
        ("64:ff9b::8.8.8.8", "64:ff9b::/96", True),
        ("64:ff9b::10.0.0.1", "64:ff9b::/96", False),
        ("::127.0.0.1", "::/96", False),
        ("2002:7f00:1::", "2002::/16", False),
        ("2002:808:808::", "2002::/16", True),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::/32", False),
    ],
)
def test_networks(address, network, expected):
    """
    What the operator opened may be asked, though not what hides inside it.
    """
    got = is_allowed(ip_address(address), (ip_network(network),))

    assert expected == got


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("8.8.8.8", 443, True),
        ("8.8.8.8", 22, False),
        ("10.0.0.1", 22, True),
        ("10.0.0.1", 443, True),
        ("11.0.0.1", 22, False),
        ("192.168.0.1", 443, False),
        ("::ffff:10.0.0.1", 6379, True),
        ("fe80::1%eth0", 443, False),
        ("localhost", 443, False),
        ("127.1", 443, False),
        ("", 443, False),
    ],
)
def test_ports(host, port, expected):
    """
    Only the named ports may be asked, but any port of the operator's own networks.
    """
    guard = Guard(networks=(ip_network("10.0.0.0/8"),), ports=(80, 443))

    got = guard.permits(host, port)

    assert expected == got


def test_every_port():
    """
    Without a list every port may be asked, of public addresses.
    """
    guard = Guard()

    assert guard.permits("8.8.8.8", 22)
    assert not guard.permits("127.0.0.1", 22)


def test_open_socket():
    """
    A socket is opened for a permitted address and for no other.
    """
    guard = Guard(networks=(ip_network("127.0.0.1/32"),))
    info = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")

    with guard.open_socket((*info, ("127.0.0.1", 80))) as opened:
        assert socket.AF_INET == opened.family
    with pytest.raises(BlockedAddressError):
        guard.open_socket((*info, ("127.0.0.2", 80)))


async def failure(client, url):
    with pytest.raises(FetchError) as caught:
        await client.get(url, accept=FEED_ACCEPT, max_bytes=1000)
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "localhost", "①②⑦.⓪.⓪.①"])
async def test_loopback_is_blocked(new_client, site, host):
    """
    By default nothing on this machine is asked, by literal or by name.
    """
    client = await new_client(allowed_networks=(), allowed_ports=())

    got = await failure(client, site.url(host=host))

    assert ("blocked-address", False) == (got.failure, got.is_retryable)
    assert 0 == site.connections


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "017700000001", "0"])
async def test_odd_spelling(client, site, host):
    """
    Spellings of an address that getaddrinfo alone understands are not asked even where the address is open.
    """
    got = await failure(client, site.url(host=host))

    assert ("bad-url", False) == (got.failure, got.is_retryable)
    assert 0 == site.connections


async def test_port_is_blocked(new_client, site):
    """
    A port that is not listed is not asked.
    """
    client = await new_client(allowed_networks=(), allowed_ports=(80, 443), lookup=lambda _: ["1.1.1.1"])

    got = await failure(client, f"http://example.org:{site.port}/")

    assert "blocked-address" == got.failure
    assert str(site.port) in got.detail


async def test_open_network(new_client, site):
    """
    A network the operator opened is asked on any port.
    """
    site.pages["/"] = site.reply(200, b"hello")
    client = await new_client(allowed_networks=(ip_network("127.0.0.0/8"),), allowed_ports=(80,))

    got = await client.get(site.url(), accept=FEED_ACCEPT, max_bytes=1000)

    assert b"hello" == got.body


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirect_is_blocked(new_client, new_site, status):
    """
    A redirect into a closed network opens no connection there.
    """
    front, behind = await new_site("127.0.0.2"), await new_site("127.0.0.1")
    front.pages["/"] = front.reply(status, b"", [("Location", behind.url("/secret"))])
    client = await new_client(allowed_networks=(ip_network("127.0.0.2/32"),))

    got = await failure(client, front.url())

    assert ("blocked-address", False) == (got.failure, got.is_retryable)
    assert (1, 0) == (front.connections, behind.connections)


async def test_rebinding(new_client, new_site, monkeypatch):
    """
    A name that was public a moment ago is judged by the address it has now.
    """
    monkeypatch.setattr("ingest.net.resolve.KEEP", timedelta(0))
    front = await new_site("127.0.0.2")
    front.pages["/"] = front.cut(front.reply(200, b"hello", [("Connection", "close")]))
    answers = [["127.0.0.2"], ["127.0.0.1"]]
    client = await new_client(allowed_networks=(ip_network("127.0.0.2/32"),), lookup=lambda _: answers.pop(0))
    url = front.url(host="example.org")

    first = await client.get(url, accept=FEED_ACCEPT, max_bytes=1000)
    second = await failure(client, url)

    assert b"hello" == first.body
    assert "blocked-address" == second.failure


@pytest.mark.parametrize(
    "answer",
    [
        ["127.0.0.1", "127.0.0.2"],
        ["127.0.0.2", "127.0.0.1"],
        ["10.0.0.1", "::1", "127.0.0.2", "169.254.169.254"],
    ],
)
async def test_mixed_answer(new_client, new_site, answer):
    """
    Of a mixed answer only the open addresses are connected to.
    """
    front = await new_site("127.0.0.2")
    front.pages["/"] = front.reply(200, b"hello")
    client = await new_client(allowed_networks=(ip_network("127.0.0.2/32"),), lookup=lambda _: answer)

    got = await client.get(front.url(host="example.org"), accept=FEED_ACCEPT, max_bytes=1000)

    assert b"hello" == got.body


@pytest.mark.parametrize("answer", [["127.0.0.1", "127.0.0.2"], ["127.0.0.2", "127.0.0.1"]])
async def test_mixed_answer_that_refuses(new_client, new_site, answer):
    """
    A name with one open address is not blocked because that one refuses.
    """
    closed = await new_site("127.0.0.2")
    url = closed.url(host="example.org")
    await closed.stop()
    client = await new_client(allowed_networks=(ip_network("127.0.0.2/32"),), lookup=lambda _: answer)

    got = await failure(client, url)

    assert ("connect", True) == (got.failure, got.is_retryable)


@pytest.mark.parametrize("answer", [["127.0.0.1", "10.0.0.1"], ["::1", "127.0.0.1", "::ffff:127.0.0.1"]])
async def test_every_answer_blocked(new_client, site, answer):
    """
    A name all of whose addresses are closed is blocked.
    """
    client = await new_client(allowed_networks=(), allowed_ports=(), lookup=lambda _: answer)

    got = await failure(client, site.url(host="example.org"))

    assert "blocked-address" == got.failure
    assert 0 == site.connections
