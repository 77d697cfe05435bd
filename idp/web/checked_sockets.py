"""A TCP connection under the same rule as outgoing requests, for protocols that are not HTTP."""

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address

from idp.web.outgoing_addresses import AddressRefused, Resolver, is_public, resolve


class NotConnected(Exception):
    """The name was not resolved, or none of its addresses answered. Holds no name and no address."""


async def connect_checked(
    host: str, port: int, *, allow_list: Iterable[str], resolver: Resolver = resolve
) -> socket.socket:
    """A connected, non-blocking socket to a public address, or to a `host:port` of the allow-list.

    Raises AddressRefused, NotConnected. The caller closes the socket, and limits the time.
    """
    try:
        addresses = await resolver(host, port)
    except (OSError, UnicodeError) as error:
        raise NotConnected from error
    allowed = f"{host.lower()}:{port}" in {entry.lower() for entry in allow_list}
    # One private address among several refuses the name: a mixed answer is how rebinding looks.
    if not allowed and not all(is_public(address) for address in addresses):
        raise AddressRefused
    for address in addresses:
        connected = await _connected(address, port)
        if connected is not None:
            return connected
    raise NotConnected


async def _connected(address: str, port: int) -> socket.socket | None:
    six = isinstance(ip_address(address), IPv6Address)
    opened = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_STREAM)
    opened.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(opened, (address, port))
    except OSError:
        opened.close()
        return None
    except BaseException:
        opened.close()
        raise
    return opened
