"""Which addresses an outgoing request may reach: a name is resolved once, checked, and connected to as such.

Knows sockets and addresses; knows nothing of HTTP, nor of why somebody wants to connect.
"""

import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

import anyio
import httpcore2

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]

_NAT64: Final = IPv6Network("64:ff9b::/96")
# Special-purpose blocks (RFC 6890) that Python's `is_global` takes for ordinary ones.
_SPECIAL: Final[tuple[IPv4Network | IPv6Network, ...]] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    # Azure's own, to the machines it runs: routable by its number, and nobody's service.
    IPv4Network("168.63.129.16/32"),
    # Documentation (RFC 9637), segment routing (RFC 9602).
    IPv6Network("3fff::/20"),
    IPv6Network("5f00::/16"),
)
_MOST_ADDRESSES_TRIED = 2


class AddressRefused(Exception):
    """The name leads to an address that outgoing requests must not reach. Holds no name and no address."""


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the system's resolver reads it, odd spellings such as `0x7f.1` included."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address is globally routable unicast, whichever way an IPv4 address is wrapped in it.

    Loopback, private, link-local, shared (CGNAT), reserved, multicast and unspecified addresses are not.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        return _is_public_six(parsed)
    return _is_global_unicast(parsed)


def _is_public_six(address: IPv6Address) -> bool:
    if address.scope_id is not None or address.teredo is not None or address.is_site_local:
        return False
    if address in _NAT64:
        return _is_global_unicast(IPv4Address(int(address) & 0xFFFFFFFF))
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return _is_global_unicast(inner)
    return _is_global_unicast(address)


def _is_global_unicast(address: IPv4Address | IPv6Address) -> bool:
    if any(address in block for block in _SPECIAL):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


class CheckedAddresses(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses only. `allow_list` holds `host:port` as configuration writes them.

    One private address among several refuses the name: a mixed answer is how rebinding looks.
    """

    def __init__(self, allow_list: Iterable[str], *, resolver: Resolver = resolve) -> None:
        self._allowed = frozenset(entry.lower() for entry in allow_list)
        self._resolve = resolver
        self._network = httpcore2.AnyIOBackend()

    def is_allow_listed(self, host: str, port: int) -> bool:
        return f"{host.lower()}:{port}" in self._allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of httpcore2)
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("the name was not resolved") from error
        if not self.is_allow_listed(host, port) and not all(is_public(address) for address in addresses):
            raise AddressRefused
        failure: Exception = httpcore2.ConnectError("the name has no address")
        for address in addresses[:_MOST_ADDRESSES_TRIED]:
            try:
                return await self._network.connect_tcp(
                    address, port, timeout=timeout, local_address=local_address, socket_options=socket_options
                )
            except (httpcore2.NetworkError, httpcore2.TimeoutException) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
