"""What a provider publishes: what is kept while it is down, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest

from relying_party_sdk import LoginError, ProviderMetadataInvalid, ProviderUnavailable
from relying_party_sdk.http_exchange import MAX_DOCUMENT, HttpExchange
from relying_party_sdk.provider_client import ProviderClient
from relying_party_sdk.testing import FakeProvider, Fault
from tests.relying_party_sdk.conftest import HandClock

Answer = Callable[[httpx2.Request], httpx2.Response]


def client_over(answer: Answer, issuer: str, clock: HandClock) -> ProviderClient:
    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    return ProviderClient(issuer, algorithm="ES256", exchange=HttpExchange(http), clock=clock)


@pytest.fixture
def client(provider: FakeProvider, clock: HandClock) -> ProviderClient:
    return client_over(provider.endpoints.answer, provider.issuer, clock)


def replacing(provider: FakeProvider, path: str, response: httpx2.Response) -> Answer:
    """The fake provider, with one address answered otherwise."""
    return lambda request: response if request.url.path == path else provider.endpoints.answer(request)


def test_old_metadata_and_keys_serve_for_a_day_while_the_provider_is_down(
    client: ProviderClient, provider: FakeProvider, clock: HandClock
) -> None:
    known, keys = client.metadata(), client.keys()
    provider.fail_with(Fault.UNREACHABLE)

    clock.now += 3600 + 24 * 3600 - 1
    assert (client.metadata(), client.keys()) == (known, keys)

    clock.now += 60
    with pytest.raises(ProviderUnavailable):
        client.metadata()
    with pytest.raises(ProviderUnavailable):
        client.keys()


def test_a_provider_that_is_down_is_not_asked_with_every_login(
    client: ProviderClient, provider: FakeProvider, clock: HandClock
) -> None:
    client.metadata()
    provider.fail_with(Fault.UNREACHABLE)
    clock.now += 3600
    before = len(provider.endpoints.requests)

    for _ in range(5):
        client.metadata()
    assert len(provider.endpoints.requests) == before + 1

    clock.now += 60
    client.metadata()
    assert len(provider.endpoints.requests) == before + 2


def test_keys_are_read_again_after_their_lifetime(
    client: ProviderClient, provider: FakeProvider, clock: HandClock
) -> None:
    before = client.keys()
    provider.rotate_key()
    clock.now += 3600

    after = client.keys()

    assert [key.kid for key in after] != [key.kid for key in before]


@pytest.mark.parametrize(
    ("path", "response", "expected"),
    [
        ("/.well-known/openid-configuration", httpx2.Response(404), ProviderUnavailable),
        ("/.well-known/openid-configuration", httpx2.Response(200, content=b"<html>"), ProviderMetadataInvalid),
        ("/.well-known/openid-configuration", httpx2.Response(200, json=[]), ProviderMetadataInvalid),
        (
            "/.well-known/openid-configuration",
            httpx2.Response(200, content=b" " * (MAX_DOCUMENT + 1)),
            ProviderUnavailable,
        ),
        ("/jwks.json", httpx2.Response(200, json={"keys": []}), ProviderMetadataInvalid),
        ("/jwks.json", httpx2.Response(200, json={"keys": "x"}), ProviderMetadataInvalid),
        ("/jwks.json", httpx2.Response(200, json={"keys": [{"kty": "EC"}, {"kty": "AKP"}]}), ProviderMetadataInvalid),
    ],
)
def test_refuses_documents(
    provider: FakeProvider, clock: HandClock, path: str, response: httpx2.Response, expected: type[LoginError]
) -> None:
    client = client_over(replacing(provider, path, response), provider.issuer, clock)

    with pytest.raises(expected):
        client.keys()
