"""Authorization requests by reference (OpenID Connect Core §6.2): the browser carries a name, the provider fetches."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from relying_party_sdk import ConfigurationError, RelyingParty, TooManyLogins
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


def full_shelf() -> tuple[RequestShelf, str]:
    shelf = RequestShelf()
    references = [shelf.put("yêu cầu", now=0) for _ in range(MOST_REQUESTS)]
    return shelf, references[0]


def test_beginning_logins_neither_fills_the_memory_nor_throws_out_a_login_in_flight() -> None:
    shelf, first = full_shelf()

    for _ in range(3):
        with pytest.raises(TooManyLogins):
            shelf.put("yêu cầu", now=REQUEST_LIFETIME - 1)

    assert shelf.take(first, now=REQUEST_LIFETIME - 1) == "yêu cầu"


def test_old_requests_make_room() -> None:
    shelf, first = full_shelf()

    references = {shelf.put("yêu cầu mới", now=REQUEST_LIFETIME) for _ in range(MOST_REQUESTS)}

    assert len(references) == MOST_REQUESTS
    assert shelf.take(first, now=REQUEST_LIFETIME) is None
    with pytest.raises(TooManyLogins):
        shelf.put("yêu cầu mới", now=REQUEST_LIFETIME)


def test_a_citizen_who_comes_when_there_is_no_room_reads_why(site: Site, party: RelyingParty) -> None:
    for _ in range(MOST_REQUESTS):
        party._front_channel._shelf.put("yêu cầu", now=party.clock())

    refused = site.get("/dang-nhap/bat-dau")

    assert (refused.status, refused.set_cookies) == (503, ())
    assert "too_many_logins" in refused.text
