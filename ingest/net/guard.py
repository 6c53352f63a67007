"""Which addresses may be connected to: the public internet, and what the operator opened."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import AddrInfoType

from ingest.settings import Network

Address = IPv4Address | IPv6Address

#: Not for websites, yet ``is_global`` on Python 3.11.7 (reliability.md 2.3); later versions differ, so all are named.
_DENIED = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, RFC 6598
        "192.0.0.0/24",  # IETF protocol assignments, RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "224.0.0.0/3",  # multicast, reserved and broadcast
        "2001::/23",  # IETF protocol assignments with Teredo, RFC 2928
        "2001:db8::/32",
        "2002::/16",  # 6to4, RFC 3056
        "3fff::/20",  # documentation, RFC 9637
    )
)
#: All of IPv6 that is handed out to anyone (RFC 4291 2.4): leaves out ::/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48,
#: 5f00::/16, fc00::/7, fe80::/10, fec0::/10 and ff00::/8 in one stroke.
_UNICAST6 = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
#: Interface identifiers of ISATAP (RFC 5214 6.1) before the IPv4 address.
_ISATAP = (0x00005EFE, 0x02005EFE)
_LOW32 = 0xFFFFFFFF
#: 0.0.0.0/8 is no host: below it, ::/96 holds :: and ::1, which embed nothing.
_LOW24 = 0xFFFFFF


class BlockedAddressError(OSError):
    """An address must not be connected to. All have one text: of several alike aiohttp raises the first."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(errno.EACCES, "blocked")
        self.host = host
        self.port = port


def is_allowed(address: Address, networks: tuple[Network, ...] = ()) -> bool:
    """
    Whether an address may be asked: it is public or in ``networks``.

    An IPv6 address that carries an IPv4 address leads there, so that one must be allowed too.
    """
    return _is_listed(address, networks) or (_is_public(address) and _embedded_are_allowed(address, networks))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Guard:
    """
    What may be connected to; no ``ports`` means every port. Addresses in ``networks`` may be asked on any.

    Each is another key to what is remembered: to hash a network takes longer than to find the answer.
    """

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = ()

    def permits(self, host: str, port: int) -> bool:
        """Whether this IP address may be asked on this port; anything but an IP address may not."""
        return _permits(self, host, port)

    def check(self, host: str, port: int) -> None:
        """
        Stand before the connection to this very address, and not where its name is looked up.

        That leaves nothing in between: no second look-up (DNS rebinding) and no literal that never was a name
        (reliability.md 2.3).

        Raises:
            BlockedAddressError: the address is not to be asked.
        """
        if not self.permits(host, port):
            raise BlockedAddressError(host, port)

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        """
        A socket for the very address that is about to be connected to.

        Raises:
            BlockedAddressError: the address is not to be asked.
        """
        family, kind, protocol, _, address = info
        self.check(str(address[0]), int(address[1]))
        return socket.socket(family, kind, protocol)


@lru_cache(maxsize=4096)
def _permits(guard: Guard, host: str, port: int) -> bool:
    """As ``Guard.permits``; remembered, because it is asked twice a connection and takes up to 30 microseconds."""
    try:
        # The zone of a link-local address (RFC 4007 11) says which cable, not which address.
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return False
    if _is_listed(address, guard.networks):
        return True
    return is_allowed(address, guard.networks) and (not guard.ports or port in guard.ports)


def _is_listed(address: Address, networks: tuple[Network, ...]) -> bool:
    """Whether the operator opened the address, and each address within it."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return _is_listed(address.ipv4_mapped, networks)
    return any(address in network for network in networks) and _embedded_are_allowed(address, networks)


def _is_public(address: Address) -> bool:
    """Whether the address belongs to the public internet (``is_global`` is not enough: reliability.md 2.3)."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _is_public(address.ipv4_mapped)
        if address not in _UNICAST6:
            return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _DENIED)
    )


def _embedded_are_allowed(address: Address, networks: tuple[Network, ...]) -> bool:
    return isinstance(address, IPv4Address) or all(is_allowed(inner, networks) for inner in _embedded(address))


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that an IPv6 address would have a gateway or a tunnel talk to."""
    bits = int(address)
    last = IPv4Address(bits & _LOW32)
    if address in _NAT64 or _LOW24 < bits <= _LOW32 or (bits >> 32) & _LOW32 in _ISATAP:
        yield last
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
