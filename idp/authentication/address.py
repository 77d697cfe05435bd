"""The address a request came from, as a key to count by: one household or one host, and never the address itself."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from idp.storage.vault import Vault

_HOUSEHOLD_BITS = 64


def address_key(vault: Vault, host: str) -> str:
    """Keyed and one-way. IPv6 by its /64, which one subscriber has all of."""
    return vault.blind_index("address", _network_of(host)).hex()


def _network_of(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> _HOUSEHOLD_BITS << _HOUSEHOLD_BITS, _HOUSEHOLD_BITS)))
