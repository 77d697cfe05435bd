"""How often devices may ask, and codes may be guessed (RFC 8628 §5.1, §5.6). Every count is one conditional statement.

A try is counted before anything is looked up, and given back if the code was right: whoever types their own code is
never counted, and of many guesses at once no more are looked up than are left.

Nobody can end it for everybody: after `_GUESSES_OF_ALL` wrong codes in an hour each network has a few left, and right
ones stay free. What guessing is worth, where a thousand people's codes wait at any moment (of 3.16e11, nine letters of
19 without two Ds in a row): in a calm hour, with 20,000 guesses, 6e-5, one code met in 15,800 hours; with a hundred
thousand addresses at work, 20,000 + 100,000 * 10 guesses an hour, 3.2e-3, one in 310 hours; and who meets one can but
log in somebody's device as themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass
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
# Past that, whoever guesses from everywhere has these, and so has a person who mistypes.
_GUESSES_WHEN_STRAINED: Final = ((64, 10), (48, 50))
# How many logins may be begun for one code: a person may start over, a stolen code is worth no more than that.
OPENINGS_PER_CODE: Final = 5
# Of public clients, whose name anybody can use.
_REQUESTS_PER_NETWORK: Final = ((64, 120), (48, 600))


class TooManyRequests(OAuthError):
    """RFC 8628 names no error for it; the status says what to do (RFC 6585 §4)."""

    error = "temporarily_unavailable"
    status = 429


async def count_request(services: Services, client_id: str, host: str, *, now: int) -> None:
    """One more code asked for by a client that proves nothing. Raises TooManyRequests."""
    settings = services.settings
    counts = (
        *_of_network(services, "request", host, _REQUESTS_PER_NETWORK),
        (f"device|request|client|{client_id}", settings.device_requests_per_service),
        ("device|request|all", settings.device_requests_per_hour),
    )
    if (await _reserved(services.database, counts, now=now)).full is not None:
        raise TooManyRequests("too many requests; try again later")


async def reserve_guess(services: Services, host: str, *, now: int) -> tuple[Statement, ...]:
    """Counts a code that somebody typed; gives the statements that take the count back. Raises TooManyTries."""
    database = services.database
    own = await _reserved(database, _of_network(services, "guess", host, _GUESSES_PER_NETWORK), now=now)
    if own.full is not None:
        raise TooManyTries(details={"phut": await _minutes(database, own.full, now=now)})
    everybody = await _reserved(database, [("device|guess|all", _GUESSES_OF_ALL)], now=now)
    if everybody.full is None:
        return (*own.given_back, *everybody.given_back)
    few = await _reserved(database, _of_network(services, "strained", host, _GUESSES_WHEN_STRAINED), now=now)
    if few.full is not None:
        await database.commit(*own.given_back)
        raise TooManyTries(details={"phut": await _minutes(database, few.full, now=now)})
    return (*own.given_back, *few.given_back)


async def may_be_opened(services: Services, request_id: str, *, lifetime: int, now: int) -> bool:
    """Whether one more login may be begun for this code; counted."""
    gate = increment(f"device|opened|{request_id}", limit=OPENINGS_PER_CODE, window=lifetime, now=now)
    return await services.database.commit(gate=gate) is not None


@dataclass(frozen=True)
class _Reserved:
    """`full`: the count that had no room; then nothing is counted."""

    given_back: tuple[Statement, ...] = ()
    full: str | None = None


async def _reserved(database: Database, counts: Iterable[tuple[str, int]], *, now: int) -> _Reserved:
    given_back: list[Statement] = []
    for key, limit in counts:
        if await database.commit(gate=increment(key, limit=limit, window=_HOUR, now=now)) is None:
            await database.commit(*given_back)
            return _Reserved(full=key)
        given_back.append(decrement(key, now=now))
    return _Reserved(tuple(given_back))


def _of_network(
    services: Services, what: str, host: str, per_network: tuple[tuple[int, int], ...]
) -> list[tuple[str, int]]:
    """Named by keyed indexes: the table tells nobody an address."""
    counts = []
    for bits, limit in per_network:
        network = services.vault.blind_index("device", network_of(host, bits=bits)).hex()
        counts.append((f"device|{what}|{bits}|{network}", limit))
    return counts


async def _minutes(database: Database, key: str, *, now: int) -> int:
    query = current(key, now=now)
    row = await database.fetch_row(query.text, *query.args)
    ends_at = row["expires_at"] if row else None
    return max(1, -(-(ends_at - now) // 60)) if isinstance(ends_at, int) else 1
