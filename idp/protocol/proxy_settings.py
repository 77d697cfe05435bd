"""What settings of a reverse proxy must look like where certificates are believed from it (RFC 8705). Pure."""

from collections.abc import Sequence
from ipaddress import ip_network
from typing import Final
from urllib.parse import urlsplit

SHORTEST_SECRET: Final = 32
# A network that anybody may be in proves nothing.
_WIDEST_PREFIX: Final = {4: 8, 6: 32}


def check_proxies(proxies: Sequence[str]) -> None:
    """Each an address or a network. Raises ValueError."""
    if not proxies:
        raise ValueError("trusted_proxies: required with client_certificates; only a proxy may tell a certificate")
    for proxy in proxies:
        try:
            network = ip_network(proxy)
        except ValueError as error:
            raise ValueError("trusted_proxies: must be addresses or networks with client_certificates") from error
        if network.prefixlen < _WIDEST_PREFIX[network.version]:
            raise ValueError("trusted_proxies: a network this wide is everybody; name the proxies")


def check_mtls_origin(origin: str | None, issuer: str) -> None:
    """A bare origin of its own, by the scheme of the issuer. Raises ValueError."""
    if origin is None:
        return
    parts = urlsplit(origin)
    if parts.scheme != urlsplit(issuer).scheme or not parts.hostname or origin != f"{parts.scheme}://{parts.netloc}":
        raise ValueError("mtls_origin: must be a bare origin like the issuer's: no path and no trailing slash")
    if parts.username is not None or origin == issuer:
        raise ValueError("mtls_origin: must be another origin than the issuer's; leave it out if it is the same")
