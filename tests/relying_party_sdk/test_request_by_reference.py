"""Authorization requests by reference (OpenID Connect Core §6.2): the browser carries a name, the provider fetches."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from relying_party_sdk import ConfigurationError, RelyingParty
from relying_party_sdk.compact import verify_compact
from relying_party_sdk.jwks import PublishedKey
from relying_party_sdk.request_shelf import MOST_REQUESTS, REQUEST_LIFETIME, RequestShelf
from relying_party_sdk.signing import read_private_key
from relying_party_sdk.testing import FakeProvider
from relying_party_sdk.testing.signing import generate_key
from tests.relying_party_sdk.conftest import HandClock
from tests.relying_party_sdk.sites import DjangoSite, FlaskSite, Site, StarletteSite

ADDRESS = "http://localhost/dang-nhap/yeu-cau"


@pytest.fixture
def party(provider: FakeProvider) -> RelyingParty:
    return provider.relying_party(request_uri=ADDRESS)


@pytest.fixture(params=[StarletteSite, FlaskSite, DjangoSite], ids=["starlette", "flask", "django"])
def site(request: pytest.FixtureRequest, party: RelyingParty) -> Site:
    built: Site = request.param(party)
    return built


def carried(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def part(token: str, number: int) -> dict[str, object]:
    raw = token.split(".")[number]
    read: dict[str, object] = json.loads(base64.urlsafe_b64decode(raw + "=" * (-len(raw) % 4)))
    return read


def test_the_browser_carries_no_more_than_oauth_needs(party: RelyingParty) -> None:
    sent = carried(party.begin_login().url)

    assert set(sent) == {"client_id", "response_type", "scope", "request_uri"}
    assert sent["request_uri"].startswith(f"{ADDRESS}?id=")
    assert len(sent["request_uri"]) <= 512


def test_the_provider_fetches_the_request_from_every_framework(site: Site, clock: HandClock) -> None:
    sent = carried(site.get("/dang-nhap/bat-dau?return_to=/ho-so").location)
    address = urlsplit(sent["request_uri"])

    fetched = site.get(f"{address.path}?{address.query}")

    assert fetched.headers["content-type"].startswith("application/oauth-authz-req+jwt")
    assert part(fetched.text, 0) == {"alg": "none"}
    assert part(fetched.text, 1)["code_challenge_method"] == "S256"
    clock.now += REQUEST_LIFETIME
    assert site.get(f"{address.path}?{address.query}").status == 404


@pytest.mark.parametrize("query", ["", "?id=", "?id=doan-mo", "?" + "&".join(["id=a"] * 60)])
def test_a_guess_finds_nothing(site: Site, query: str) -> None:
    assert site.get(f"/dang-nhap/yeu-cau{query}").status == 404


def test_a_service_with_a_key_signs_what_is_fetched(provider: FakeProvider, clock: HandClock) -> None:
    key = generate_key("ES256")
    party = provider.relying_party(request_uri=ADDRESS, private_key=key, request_object_signing_alg="ES256")
    reference = parse_qs(urlsplit(carried(party.begin_login().url)["request_uri"]).query)["id"][0]

    fetched = party.request_object(reference)

    assert fetched is not None
    published = [PublishedKey(None, read_private_key(key), None, None)]
    token = verify_compact(fetched, keys=published, algorithms=("ES256",), types=("oauth-authz-req+jwt",))
    assert (token.claims["aud"], token.claims["client_id"]) == (provider.issuer, party.settings.client_id)


def test_no_setting_says_none(provider: FakeProvider) -> None:
    with pytest.raises(ConfigurationError, match="none is not one of"):
        provider.relying_party(request_uri=ADDRESS, request_object_signing_alg="none")


def test_the_address_must_be_one_that_nobody_can_change_on_the_way(provider: FakeProvider) -> None:
    with pytest.raises(ConfigurationError, match="request_uri must be an https"):
        provider.relying_party(request_uri="http://thue.example/dang-nhap/yeu-cau")


def test_beginning_logins_does_not_fill_the_memory() -> None:
    shelf = RequestShelf()
    first = shelf.put("yêu cầu", now=0)
    for _ in range(MOST_REQUESTS):
        last = shelf.put("yêu cầu", now=0)

    assert shelf.take(first, now=0) is None
    assert shelf.take(last, now=0) == "yêu cầu"
