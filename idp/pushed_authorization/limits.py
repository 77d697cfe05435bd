"""How often clients that prove nothing may push requests, each of which is a row. One conditional statement a count.

Knows no client: anybody can use a public client's name, so it is the network that is counted.
"""

from typing import Final

from idp.errors import OAuthError
from idp.services import Services
from idp.storage.counters import increment
from idp.web.addresses import network_of

_HOUR: Final = 3600
# (bits of an IPv6 network, requests in an hour). Behind one IPv4 address there may be a town.
PER_NETWORK: Final = ((64, 600), (48, 3000))
_OF_ALL: Final = 60_000


class TooManyRequests(OAuthError):
    """RFC 9126 §2.3: the status says what to do."""

    error = "temporarily_unavailable"
    status = 429


async def count_request(services: Services, host: str, *, now: int) -> None:
    """Named by keyed indexes: the table tells nobody an address. Raises TooManyRequests."""
    counts = []
    for bits, limit in PER_NETWORK:
        network = services.vault.blind_index("pushed", network_of(host, bits=bits)).hex()
        counts.append((f"pushed|{bits}|{network}", limit))
    for key, limit in (*counts, ("pushed|all", _OF_ALL)):
        if await services.database.commit(gate=increment(key, limit=limit, window=_HOUR, now=now)) is None:
            raise TooManyRequests("too many requests; try again later")
