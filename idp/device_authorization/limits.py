"""How often devices may ask, and codes may be guessed (RFC 8628 §5.1, §5.6). Every count is one conditional statement.

A try is counted before anything is looked up, and given back if the code was right: whoever types their own code is
never counted, and of many guesses at once no more are looked up than are left. A code has 33 bits; at the most that all
the world together may guess, a thousand waiting codes live through ten million hours for each one that is met.
"""

from typing import Final

from idp.errors import OAuthError, TooManyTries
from idp.services import Services
from idp.storage.counters import current, decrement, increment
from idp.storage.database import Database, Statement
from idp.web.addresses import network_of

_HOUR: Final = 3600
# (bits of an IPv6 network, wrong codes in an hour). Behind one IPv4 address there may be a town.
_GUESSES_PER_NETWORK: Final = ((64, 100), (48, 1000))
_GUESSES_OF_ALL: Final = 20_000
# How many logins may be begun for one code: a person may start over, a stolen code is worth no more than that.
OPENINGS_PER_CODE: Final = 5
# Of public clients, whose name anybody can use.
_REQUESTS_PER_NETWORK: Final = ((64, 120), (48, 600))
_REQUESTS_OF_ALL: Final = 6000


class TooManyRequests(OAuthError):
    """RFC 8628 names no error for it; the status says what to do (RFC 6585 §4)."""

    error = "temporarily_unavailable"
    status = 429


async def count_request(services: Services, host: str, *, now: int) -> None:
    """One more code asked for by a client that proves nothing. Raises TooManyRequests."""
    counts = _counts(services, "request", host, _REQUESTS_PER_NETWORK, _REQUESTS_OF_ALL)
    for key, limit in counts:
        if await services.database.commit(gate=increment(key, limit=limit, window=_HOUR, now=now)) is None:
            raise TooManyRequests("too many requests; try again later")


async def reserve_guess(services: Services, host: str, *, now: int) -> tuple[Statement, ...]:
    """Counts a code that somebody typed; gives the statements that take the count back. Raises TooManyTries."""
    given_back: list[Statement] = []
    for key, limit in _counts(services, "guess", host, _GUESSES_PER_NETWORK, _GUESSES_OF_ALL):
        if await services.database.commit(gate=increment(key, limit=limit, window=_HOUR, now=now)) is None:
            raise TooManyTries(details={"phut": await _minutes(services.database, key, now=now)})
        given_back.append(decrement(key, now=now))
    return tuple(given_back)


async def may_be_opened(services: Services, request_id: str, *, lifetime: int, now: int) -> bool:
    """Whether one more login may be begun for this code; counted."""
    gate = increment(f"device|opened|{request_id}", limit=OPENINGS_PER_CODE, window=lifetime, now=now)
    return await services.database.commit(gate=gate) is not None


def _counts(
    services: Services, what: str, host: str, per_network: tuple[tuple[int, int], ...], of_all: int
) -> list[tuple[str, int]]:
    """Named by keyed indexes: the table tells nobody an address."""
    counts = []
    for bits, limit in per_network:
        network = services.vault.blind_index("device", network_of(host, bits=bits)).hex()
        counts.append((f"device|{what}|{bits}|{network}", limit))
    return [*counts, (f"device|{what}|all", of_all)]


async def _minutes(database: Database, key: str, *, now: int) -> int:
    query = current(key, now=now)
    row = await database.fetch_row(query.text, *query.args)
    ends_at = row["expires_at"] if row else None
    return max(1, -(-(ends_at - now) // 60)) if isinstance(ends_at, int) else 1
