"""Whence a request came, as a history may keep it: the kind of device, the network around the address."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, Self

from idp.history.device import device_label

_FOUR_BITS: Final = 24
_SIX_BITS: Final = 48


@dataclass(frozen=True)
class Arrival:
    """`device` as in "Chrome, Android", `network` as in "203.0.113.0/24" or "2001:db8::/48"; empty where unknown."""

    device: str = field(default="", repr=False)
    network: str = field(default="", repr=False)

    @classmethod
    def of(cls, headers: Mapping[str, str], host: str | None) -> Self:
        """From a request's headers and the address it came from (behind proxies: as the trusted one told)."""
        return cls(device_label(headers.get("user-agent")), coarse_network(host))


def coarse_network(host: str | None) -> str:
    """The network that many subscribers share, never the address itself."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if isinstance(address, IPv4Address):
        return str(ip_network((int(address), _FOUR_BITS), strict=False))
    # Made from the number: a scope such as `%eth0` has no place in a history.
    return str(ip_network((IPv6Address(int(address)), _SIX_BITS), strict=False))
