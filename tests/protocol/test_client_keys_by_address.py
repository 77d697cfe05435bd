"""`jwks_uri` (RFC 7591 §2, OpenID Connect Core 10.1.1): keys are asked for where the client publishes them."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from idp.storage.database import Database
from tests.support.assertions import ClientKey
from tests.support.http_server import served
from tests.support.provider import Provider, running_provider
from tests.support.registry_client import Registry, claims


@dataclass
class Publication:
    """What the client publishes, and how often it was asked."""

    document: Any = None
    asked: int = 0
    address: str = field(default="", init=False)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        answer: Response = JSONResponse(self.document)
        await answer(Request(scope).scope, receive, send)


@pytest.fixture
def published() -> Iterator[Publication]:
    publication = Publication()
    with served(publication) as address:
        publication.address = address
        yield publication


@pytest.fixture
async def provider(database: Database, published: Publication) -> AsyncIterator[Provider]:
    allowed = (urlsplit(published.address).netloc,)
    async with running_provider(database, outbound_allow_list=allowed) as running:
        yield running


async def _registry(provider: Provider, published: Publication) -> Registry:
    party = await provider.register(
        "registry", token_endpoint_auth_method="private_key_jwt", jwks_uri=f"{published.address}/jwks"
    )
    return Registry(party)


def _claims_now(provider: Provider) -> dict[str, Any]:
    now = int(provider.clock())
    return claims(iat=now, nbf=now, exp=now + 60)


async def test_keys_are_asked_for_once_and_kept(provider: Provider, published: Publication) -> None:
    key = ClientKey()
    published.document = key.jwks()
    registry = await _registry(provider, published)

    answers = [await registry.ask(key.sign(claims())) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert published.asked == 1


async def test_a_rotated_key_works_at_once_and_the_old_one_no_more(provider: Provider, published: Publication) -> None:
    old, new = ClientKey(), ClientKey()
    published.document = old.jwks()
    registry = await _registry(provider, published)
    await registry.ask(old.sign(claims()))
    provider.clock.now += 1
    published.document = new.jwks()

    by_new = await registry.ask(new.sign(claims()))
    provider.clock.now += 1
    by_old = await registry.ask(old.sign(claims()))

    assert (by_new.status_code, by_old.status_code) == (200, 401)


async def test_nonsense_does_not_make_us_ask_again_and_again(provider: Provider, published: Publication) -> None:
    key, stranger = ClientKey(), ClientKey()
    published.document = key.jwks()
    registry = await _registry(provider, published)

    for _ in range(5):
        assert (await registry.ask(stranger.sign(claims()))).status_code == 401

    assert published.asked == 1


async def test_what_no_key_could_sign_asks_nobody(provider: Provider, published: Publication) -> None:
    registry = await _registry(provider, published)

    for junk in ("junk", "a.b.c", "e30.e30.e30", "x" * 20_000):
        assert (await registry.ask(junk)).status_code == 401

    assert published.asked == 0


async def test_many_at_once_ask_once(provider: Provider, published: Publication) -> None:
    key = ClientKey()
    published.document = key.jwks()
    registry = await _registry(provider, published)

    answers = await provider.at_once([registry.ask(key.sign(claims())) for _ in range(8)])

    assert {answer.status_code for answer in answers} == {200}
    assert published.asked == 1


async def test_the_last_keys_go_on_for_an_hour_while_the_site_is_down(
    provider: Provider, published: Publication
) -> None:
    key = ClientKey()
    published.document = key.jwks()
    registry = await _registry(provider, published)
    assert (await registry.ask(key.sign(claims()))).status_code == 200
    published.document = []

    provider.clock.now += 3_599
    meanwhile = await registry.ask(key.sign(_claims_now(provider)))
    provider.clock.now += 1
    too_long = await registry.ask(key.sign(_claims_now(provider)))

    assert (meanwhile.status_code, too_long.status_code) == (200, 401)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param([], id="a list"),
        pytest.param({"keys": "none"}, id="keys that are no list"),
        pytest.param({"keys": [{}] * 21}, id="too many keys"),
        pytest.param({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "client-1"}]}, id="a symmetric key"),
        pytest.param({"keys": [None, 3, {"kty": "EC"}]}, id="no keys at all"),
    ],
)
async def test_what_is_no_set_of_public_keys_proves_nobody(
    provider: Provider, published: Publication, document: Any
) -> None:
    published.document = document
    registry = await _registry(provider, published)

    answer = await registry.ask(ClientKey().sign(claims()))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_address_inside_our_house_is_not_asked(database: Database, published: Publication) -> None:
    key = ClientKey()
    published.document = key.jwks()
    async with running_provider(database) as provider:
        registry = await _registry(provider, published)

        answer = await registry.ask(key.sign(claims()))

    assert answer.status_code == 401
    assert published.asked == 0


async def test_a_secret_client_with_keys_by_address_makes_us_ask_nobody(
    provider: Provider, published: Publication
) -> None:
    key = ClientKey()
    published.document = key.jwks()
    party = await provider.register("registry", jwks_uri=f"{published.address}/jwks")

    answer = await Registry(party).ask(key.sign(claims()))

    assert answer.status_code == 401
    assert published.asked == 0
