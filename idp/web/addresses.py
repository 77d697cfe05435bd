"""Whom a network address stands for: one host, or the whole block that one subscriber has all of."""

from ipaddress import IPv6Address, IPv6Network, ip_address

_HOUSEHOLD_BITS = 64


def network_of(host: str, *, bits: int = _HOUSEHOLD_BITS) -> str:
    """An IPv4 address as it is, an IPv6 address as its block of `bits`; what is no address stays what it is."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    below = 128 - bits
    return str(IPv6Network((int(address) >> below << below, bits)))
