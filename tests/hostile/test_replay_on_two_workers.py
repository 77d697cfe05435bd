"""What works once works once, whichever worker it is shown to: two applications, each with its own connections."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence

import httpx2
import pytest

from idp.storage.database import Database
from idp.storage.open import open_database
from tests.hostile.kinds import Kind
from tests.hostile.provider_kinds import PROVIDER_KINDS
from tests.support.provider import Provider, running_provider, worker_beside

_TOGETHER = 6
# A request object may be sent again until it expires: the code it leads to is what works once (RFC 9101 §10.2), and
# who opens the page twice begins two logins.
_ONCE = [kind for kind in PROVIDER_KINDS if "jti" in kind.requires]


class _InTurn(httpx2.AsyncBaseTransport):
    def __init__(self, transports: Sequence[httpx2.AsyncBaseTransport]) -> None:
        self._next = itertools.cycle(transports)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        return await next(self._next).handle_async_request(request)


@pytest.fixture
async def workers(database: Database, database_url: str) -> AsyncIterator[tuple[Provider, Provider]]:
    """Two workers; whoever talks to the first talks to both in turn."""
    beside = open_database(database_url)
    async with running_provider(database) as first, worker_beside(first, beside) as second:
        transports = [httpx2.ASGITransport(app=worker.app, client=("127.0.0.1", 40000)) for worker in (first, second)]
        own = first.http
        first.http = httpx2.AsyncClient(transport=_InTurn(transports), base_url=first.issuer)
        yield first, second
        await first.http.aclose()
        first.http = own
    await beside.close()


@pytest.mark.parametrize("kind", _ONCE, ids=str)
async def test_of_many_at_once_one_is_taken(workers: tuple[Provider, Provider], kind: Kind) -> None:
    first, second = workers
    reader = await kind.reader(first)
    await second.services.configuration.refresh()
    token = reader.forge.sign()

    outcomes = await asyncio.gather(*(reader.send(token) for _ in range(_TOGETHER)))

    assert sorted(outcome.error for outcome in outcomes if not outcome.taken) == [kind.error] * (_TOGETHER - 1)


@pytest.mark.parametrize("kind", _ONCE, ids=str)
async def test_another_name_is_another_token(workers: tuple[Provider, Provider], kind: Kind) -> None:
    first, second = workers
    reader = await kind.reader(first)
    await second.services.configuration.refresh()

    assert (await reader.send(reader.forge.sign())).taken
    assert (await reader.send(reader.forge.sign())).taken
