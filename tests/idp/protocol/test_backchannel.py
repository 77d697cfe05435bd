"""Registrations for backchannel authentication (CIBA Core 4), and the FAPI-CIBA profile."""

from typing import Any

import pytest

from idp.protocol.backchannel import DeliveryMode
from idp.protocol.client_members import CIBA
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.profiles import Profile
from tests.support.assertions import ClientKey

_KEY = ClientKey()
_PLAIN: dict[str, Any] = {
    "client_name": "Quầy số 3",
    "grant_types": [CIBA],
    "backchannel_token_delivery_mode": "poll",
}
_PING = {
    **_PLAIN,
    "backchannel_token_delivery_mode": "ping",
    "backchannel_client_notification_endpoint": "https://counter.example/ping",
}
_FAPI: dict[str, Any] = {
    **_PLAIN,
    "profile": "fapi-ciba",
    "token_endpoint_auth_method": "private_key_jwt",
    "jwks": _KEY.jwks(),
    "backchannel_authentication_request_signing_alg": "ES256",
}


def faults(metadata: dict[str, Any]) -> tuple[str, ...]:
    try:
        parse_client("counter", metadata, sector="counter.example", accepts_certificates=True)
    except InvalidClientMetadata as error:
        return error.faults
    return ()


def test_a_client_that_is_never_answered_in_a_browser_needs_no_redirect_uri() -> None:
    client = parse_client("counter", _PLAIN, sector="counter.example")

    assert client.backchannel is not None
    assert client.backchannel.delivery_mode is DeliveryMode.POLL
    assert client.redirect_uris == ()


def test_one_that_is_not_registered_for_it_has_nothing_of_it() -> None:
    metadata = {"client_name": "Quầy", "redirect_uris": ["https://counter.example/callback"]}

    assert parse_client("counter", metadata, sector="counter.example").backchannel is None


@pytest.mark.parametrize(
    ("metadata", "member"),
    [
        pytest.param(
            {**_PLAIN, "backchannel_token_delivery_mode": None}, "backchannel_token_delivery_mode", id="no mode"
        ),
        pytest.param(
            {**_PLAIN, "backchannel_token_delivery_mode": "push"}, "backchannel_token_delivery_mode", id="push"
        ),
        pytest.param(
            {**_PLAIN, "backchannel_token_delivery_mode": "ping"},
            "backchannel_client_notification_endpoint",
            id="ping without an address",
        ),
        pytest.param(
            {**_PING, "backchannel_client_notification_endpoint": "http://counter.example/ping"},
            "backchannel_client_notification_endpoint",
            id="ping in clear",
        ),
        pytest.param(
            {**_PING, "backchannel_client_notification_endpoint": ["https://counter.example/ping"]},
            "backchannel_client_notification_endpoint",
            id="a list for an address",
        ),
        pytest.param(
            {**_PLAIN, "backchannel_authentication_request_signing_alg": "none"},
            "backchannel_authentication_request_signing_alg",
            id="unsigned",
        ),
        pytest.param(
            {**_PLAIN, "backchannel_authentication_request_signing_alg": "HS256"},
            "backchannel_authentication_request_signing_alg",
            id="signed with a shared secret",
        ),
        pytest.param(
            {**_PLAIN, "backchannel_user_code_parameter": True}, "backchannel_user_code_parameter", id="a user code"
        ),
        pytest.param(
            {**_PLAIN, "grant_types": ["authorization_code"], "redirect_uris": ["https://counter.example/callback"]},
            "backchannel_token_delivery_mode",
            id="without the grant type",
        ),
        pytest.param({**_PLAIN, "token_endpoint_auth_method": "none"}, "grant_types", id="of a public client"),
        pytest.param({**_FAPI, "jwks": None}, "jwks", id="without keys"),
        pytest.param({**_FAPI, "token_endpoint_auth_method": "client_secret_basic"}, "token_endpoint_auth_method"),
        pytest.param(
            {**_FAPI, "backchannel_authentication_request_signing_alg": None},
            "backchannel_authentication_request_signing_alg",
            id="the profile without signed requests",
        ),
        pytest.param(
            {**_FAPI, "backchannel_authentication_request_signing_alg": "RS256"},
            "backchannel_authentication_request_signing_alg",
            id="the profile with a weak algorithm",
        ),
        pytest.param(
            {**_FAPI, "tls_client_certificate_bound_access_tokens": False},
            "tls_client_certificate_bound_access_tokens",
            id="the profile without bound tokens",
        ),
    ],
)
def test_a_registration_that_contradicts_itself_is_refused_by_name(metadata: dict[str, Any], member: str) -> None:
    told = faults(metadata)

    assert any(fault.startswith(f"{member}:") for fault in told), told


def test_the_profile_is_one_word_that_stands_for_the_rest() -> None:
    client = parse_client("counter", _FAPI, sector="counter.example", accepts_certificates=True)

    assert client.profile is Profile.FAPI_CIBA
    assert client.tls_client_certificate_bound_access_tokens
    assert client.rules.needs_binding_message
    assert client.rules.algorithms == ("ES256", "PS256")
