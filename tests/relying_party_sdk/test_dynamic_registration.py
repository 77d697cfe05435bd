"""A service registers itself (RFC 7591): what it asks, and what it believes of the answer."""

from __future__ import annotations

import json
from dataclasses import replace

import httpx2
import pytest

from relying_party_sdk import ClientRefused, ConfigurationError, LoginError, ProviderMetadataInvalid, TokenAnswerInvalid
from relying_party_sdk.dynamic_registration import RegisteredService, register_service
from relying_party_sdk.http_exchange import HttpExchange
from relying_party_sdk.metadata import check_metadata
from relying_party_sdk.testing import FakeProvider

ENDPOINT = "https://dinhdanh.example/register"
ASKED = {"client_name": "Cổng thuế", "redirect_uris": ["https://thue.example/dang-nhap/ket-thuc"]}
GIVEN = {
    **ASKED,
    "client_id": "thue-1",
    "client_secret": "bi-mat-cua-thue",
    "client_secret_expires_at": 0,
    "registration_client_uri": f"{ENDPOINT}/thue-1",
    "registration_access_token": "the-quan-ly",
}
REQUESTS: list[httpx2.Request] = []


def register(answer: httpx2.Response, *, initial_access_token: str | None = None) -> RegisteredService:
    def respond(request: httpx2.Request) -> httpx2.Response:
        REQUESTS.append(request)
        return answer

    with FakeProvider() as fake:
        published = check_metadata(fake.endpoints.metadata(), issuer=fake.issuer, algorithm="ES256")
    exchange = HttpExchange(httpx2.Client(transport=httpx2.MockTransport(respond)))
    provider = replace(published, registration_endpoint=ENDPOINT)
    return register_service(provider, ASKED, exchange, initial_access_token=initial_access_token)


def test_a_service_gets_its_name_and_its_secret() -> None:
    registered = register(httpx2.Response(201, json=GIVEN), initial_access_token="the-ban-dau")

    assert (registered.client_id, registered.client_secret) == ("thue-1", "bi-mat-cua-thue")
    assert registered.client_secret_expires_at is None
    assert (registered.registration_client_uri, registered.registration_access_token) == (
        f"{ENDPOINT}/thue-1",
        "the-quan-ly",
    )
    assert json.loads(REQUESTS[-1].content) == ASKED
    assert REQUESTS[-1].headers["authorization"] == "Bearer the-ban-dau"


def test_secrets_stay_out_of_repr() -> None:
    shown = repr(register(httpx2.Response(201, json=GIVEN)))

    assert "bi-mat-cua-thue" not in shown
    assert "the-quan-ly" not in shown


def test_a_provider_may_change_what_was_asked_and_say_so() -> None:
    changed = register(
        httpx2.Response(200, json=GIVEN | {"client_name": "Thuế", "client_secret_expires_at": 1_900_000_000})
    )

    assert changed.metadata["client_name"] == "Thuế"
    assert changed.client_secret_expires_at == 1_900_000_000


@pytest.mark.parametrize(
    ("answer", "expected", "detail"),
    [
        pytest.param(httpx2.Response(401), ClientRefused, "initial access token", id="nobody may register"),
        pytest.param(
            httpx2.Response(400, json={"error": "invalid_redirect_uri", "error_description": "<b>la</b>"}),
            ConfigurationError,
            "invalid_redirect_uri",
            id="refused with a reason",
        ),
        pytest.param(httpx2.Response(400, json={"error": "<b>"}), ConfigurationError, "unknown", id="foreign text"),
        pytest.param(httpx2.Response(201, content=b"<html>"), TokenAnswerInvalid, "JSON", id="not JSON"),
        pytest.param(httpx2.Response(201, json=ASKED), TokenAnswerInvalid, "client_id", id="no client_id"),
        pytest.param(
            httpx2.Response(201, json=GIVEN | {"redirect_uris": ["https://la.example/"]}),
            TokenAnswerInvalid,
            "redirect_uris",
            id="answers would go elsewhere",
        ),
        pytest.param(
            httpx2.Response(201, json=GIVEN | {"registration_client_uri": "http://la.example"}),
            TokenAnswerInvalid,
            "registration_client_uri",
            id="managed without TLS",
        ),
    ],
)
def test_refuses(answer: httpx2.Response, expected: type[LoginError], detail: str) -> None:
    with pytest.raises(expected, match=detail) as refused:
        register(answer)

    assert "<b>" not in str(refused.value)


def test_says_when_services_are_registered_by_hand(provider: FakeProvider) -> None:
    published = check_metadata(provider.endpoints.metadata(), issuer=provider.issuer, algorithm="ES256")

    with pytest.raises(ProviderMetadataInvalid, match="by hand"):
        register_service(published, ASKED, HttpExchange())
