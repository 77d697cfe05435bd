"""The address a request came from, as keys to count by: the host and the networks around it.

Keyed and one-way: the address itself is kept nowhere.
"""

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from idp.storage.vault import Vault


class Network(StrEnum):
    """How wide a network is counted as one."""

    HOST = "ipv4/32"
    POOL = "ipv4/24"
    """What an operator hands out one after the other, or puts a whole town behind."""
    SUBNET = "ipv6/64"
    """One subscriber has all of it."""
    HOME = "ipv6/56"
    """What many operators give one home."""
    SITE = "ipv6/48"
    """What anybody rents with a server."""
    UNKNOWN = "unknown"


_FOUR = (Network.HOST, Network.POOL)
_SIX = (Network.SUBNET, Network.HOME, Network.SITE)


@dataclass(frozen=True)
class NetworkKey:
    """Keyed and one-way, under the active master key: counts of at most a day need not outlive its rotation."""

    network: Network
    index: str

    @property
    def name(self) -> str:
        return f"{self.network.value}|{self.index}"


def address_keys(vault: Vault, host: str) -> tuple[NetworkKey, ...]:
    """From the narrowest to the widest."""
    return tuple(
        NetworkKey(network, vault.blind_index("address", address).hex()) for network, address in _networks_of(host)
    )


def _networks_of(host: str) -> list[tuple[Network, str]]:
    try:
        address = ip_address(host)
    except ValueError:
        return [(Network.UNKNOWN, host)]
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return [(network, _around(int(address), 6, network)) for network in _SIX]
        address = address.ipv4_mapped
    return [(network, _around(int(address), 4, network)) for network in _FOUR]


def _around(address: int, version: int, network: Network) -> str:
    """Made from the number: a scope such as `%eth0` would tell one host apart from itself."""
    bits = int(network.value.partition("/")[2])
    kind = IPv6Address if version == 6 else IPv4Address
    return str(ip_network((kind(address), bits), strict=False))
