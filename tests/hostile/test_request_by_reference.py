"""A request object that we fetch is no better than one that is brought: what is bent in it is refused all the same."""

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from idp.audit.events import AuthorizationRequestRefused
from idp.storage.database import Database
from tests.hostile.claims import bent_claims
from tests.hostile.forge import FORMS
from tests.hostile.kinds import Kind, Outcome
from tests.hostile.request_kinds import REQUEST_KINDS, signing_service
from tests.hostile.rows import left, rows_of
from tests.support.http_server import served
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, running_provider

_BY_VALUE: Kind = next(kind for kind in REQUEST_KINDS if kind.name == "request object by value")


class Shelf:
    """Where a service leaves its request."""

    content = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        await request.body()
        await PlainTextResponse(self.content.encode("utf-8", "surrogatepass"))(scope, receive, send)


@pytest.fixture(scope="module")
def shelf() -> Iterator[tuple[str, Shelf]]:
    there = Shelf()
    with served(there) as address:
        yield address, there


@pytest.fixture
async def fetching(sqlite_database: Database, shelf: tuple[str, Shelf]) -> AsyncIterator[Provider]:
    allowed = (urlsplit(shelf[0]).netloc,)
    async with running_provider(sqlite_database, request_uri_by_reference=True, outbound_allow_list=allowed) as running:
        yield running


async def test_a_bent_request_is_refused_where_it_lies(
    fetching: Provider, shelf: tuple[str, Shelf], subtests: pytest.Subtests
) -> None:
    address, there = shelf
    party, forge = await signing_service(fetching, request_uris=[f"{address}/r"])

    async def ask(token: str) -> Outcome:
        there.content = token
        return await _asked(party, f"{address}/r")

    assert (await ask(forge.sign())).taken
    # A line break behind a text is nobody's: it is read as text, and taken off.
    attacks = [(name, bent) for name, bent in FORMS.items() if name != "a tab behind"]
    for name, bent in [*attacks, *bent_claims(_BY_VALUE)]:
        with subtests.test(name):
            before = await rows_of(fetching.services.database)
            outcome = await ask(bent(forge))
            changed = left(before, await rows_of(fetching.services.database))

            assert outcome.error in {"invalid_request_object", "invalid_request_uri"}
            assert changed == {"audit_entry": 1}
    assert await fetching.count_of(AuthorizationRequestRefused) > len(FORMS)


async def _asked(party: RelyingPartyDriver, address: str) -> Outcome:
    outer = {"client_id": party.client_id, "redirect_uri": party.redirect_uri, "response_type": "code"}
    told = answer_of(await party.provider.browser().get("/authorize", **outer, request_uri=address))
    return Outcome(taken=told["error"] == "login_required", error=told["error"])
