"""Client profiles: what the word `fapi2` in a registration stands for, and what contradicts it."""

from typing import Any

import pytest

from idp.protocol.client_members import CIBA, DEVICE_CODE
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.profiles import Profile
from tests.support.assertions import ClientKey

_GOOD: dict[str, Any] = {
    "client_name": "Dịch vụ",
    "redirect_uris": ["https://service.example/callback"],
    "profile": "fapi2",
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": ClientKey().jwks(),
}


def test_one_word_switches_everything_on() -> None:
    client = parse_client("service", _GOOD, sector="service.example")

    assert client.profile is Profile.FAPI2
    assert client.require_pushed_authorization_requests
    assert client.dpop_bound_access_tokens
    assert client.require_pkce
    assert not client.rules.rotates_refresh_tokens
    assert client.rules.issuer_is_the_only_audience


def test_message_signing_adds_signed_requests() -> None:
    client = parse_client("service", {**_GOOD, "profile": "fapi2-message-signing"}, sector="service.example")

    assert client.require_signed_request_object


def test_without_a_profile_nothing_of_it_is_on() -> None:
    plain = {name: value for name, value in _GOOD.items() if name != "profile"}

    client = parse_client("service", plain, sector="service.example")

    assert client.profile is Profile.OPENID
    assert not client.dpop_bound_access_tokens
    assert client.rules.rotates_refresh_tokens


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"profile": "fapi1"}, id="a profile nobody knows"),
        pytest.param({"profile": ["fapi2"]}, id="a list"),
        pytest.param({"token_endpoint_auth_method": "client_secret_basic"}, id="a secret"),
        pytest.param({"token_endpoint_auth_method": None}, id="no method, which means a secret"),
        pytest.param({"require_pkce": False}, id="without PKCE"),
        pytest.param({"dpop_bound_access_tokens": False}, id="bearer tokens"),
        pytest.param({"require_pushed_authorization_requests": False}, id="requests through the browser"),
        pytest.param({"id_token_signed_response_alg": "RS256"}, id="ID tokens by RS256"),
        pytest.param({"token_endpoint_auth_signing_alg": "RS256"}, id="assertions by RS256"),
        pytest.param({"redirect_uris": ["http://127.0.0.1/callback"]}, id="plain http"),
        pytest.param({"grant_types": ["authorization_code", DEVICE_CODE]}, id="device codes"),
        pytest.param({"access_token_signed_response_alg": "RS256"}, id="access tokens by RS256"),
        pytest.param({"introspection_signed_response_alg": "RS256"}, id="introspection by RS256"),
        pytest.param(
            {
                "profile": "fapi2-message-signing",
                "grant_types": ["authorization_code", CIBA],
                "backchannel_token_delivery_mode": "poll",
            },
            id="unsigned requests in the backchannel",
        ),
    ],
)
def test_what_is_laxer_than_the_profile_is_a_fault(changes: dict[str, Any]) -> None:
    metadata = {name: value for name, value in {**_GOOD, **changes}.items() if value is not None}

    with pytest.raises(InvalidClientMetadata):
        parse_client("service", metadata, sector="service.example")


@pytest.mark.parametrize("signing_alg", [None, "ES256"])
def test_who_must_sign_what_a_browser_brings_must_sign_in_the_backchannel_too(signing_alg: str | None) -> None:
    metadata = {
        **{name: value for name, value in _GOOD.items() if name != "profile"},
        "grant_types": ["authorization_code", CIBA],
        "backchannel_token_delivery_mode": "poll",
        "require_signed_request_object": True,
        "backchannel_authentication_request_signing_alg": signing_alg,
    }

    if signing_alg is not None:
        assert parse_client("service", metadata, sector="service.example").require_signed_request_object
        return
    with pytest.raises(InvalidClientMetadata):
        parse_client("service", metadata, sector="service.example")
