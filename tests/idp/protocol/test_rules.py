"""What an authorization request must fulfil (OpenID Connect Core 3.1.2.2, our profile): one row a rule's edge."""

import json
from collections.abc import Mapping

import pytest

from idp.authorization_server.addressed_request import Addressed, check_addressee, check_rules
from idp.errors import OAuthError
from idp.protocol.client import Client
from idp.protocol.rules import RULES
from tests.support.clients import REGISTERED_URI, client

_CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

_GOOD: dict[str, str] = {
    "client_id": "town-hall",
    "redirect_uri": REGISTERED_URI,
    "response_type": "code",
    "scope": "openid profile",
    "state": "state",
    "nonce": "nonce",
    "code_challenge": _CHALLENGE,
    "code_challenge_method": "S256",
}


def _addressed(changes: Mapping[str, str | None], registered: Client | None = None) -> Addressed:
    merged: dict[str, str | None] = {**_GOOD, **changes}
    parameters = {name: value for name, value in merged.items() if value is not None}
    return check_addressee(parameters, registered or client())


def _claims(**members: object) -> str:
    return json.dumps(members)


_REFUSED = [
    pytest.param({"code_challenge": None}, "invalid_request", id="PKCE is mandatory (RFC 7636 4.4.1)"),
    pytest.param({"code_challenge": ""}, "invalid_request", id="an empty challenge is none"),
    pytest.param(
        {"code_challenge_method": None}, "invalid_request", id="a missing method means plain, so it is refused"
    ),
    pytest.param({"code_challenge_method": "plain"}, "invalid_request", id="plain is refused"),
    pytest.param({"code_challenge_method": "s256"}, "invalid_request", id="S256 has capitals"),
    pytest.param({"code_challenge_method": "S256 plain"}, "invalid_request", id="one method only"),
    pytest.param({"code_challenge": _CHALLENGE[:-1]}, "invalid_request", id="a challenge of 42 letters"),
    pytest.param({"code_challenge": _CHALLENGE + "A"}, "invalid_request", id="a challenge of 44 letters"),
    pytest.param({"code_challenge": _CHALLENGE[:-1] + "="}, "invalid_request", id="a padded challenge"),
    pytest.param({"code_challenge": _CHALLENGE[:-1] + "+"}, "invalid_request", id="another alphabet"),
    pytest.param({"code_challenge": _CHALLENGE + "\n"}, "invalid_request", id="a line break after the challenge"),
    pytest.param({"response_type": None}, "invalid_request", id="response_type missing"),
    pytest.param({"response_type": ""}, "invalid_request", id="response_type empty"),
    pytest.param({"response_type": "token"}, "unsupported_response_type", id="implicit"),
    pytest.param({"response_type": "id_token"}, "unsupported_response_type", id="implicit ID token"),
    pytest.param({"response_type": "code id_token"}, "unsupported_response_type", id="hybrid"),
    pytest.param({"response_type": "code code"}, "unsupported_response_type", id="code twice"),
    pytest.param({"response_type": "none"}, "unsupported_response_type", id="response_type none"),
    pytest.param({"response_mode": "fragment"}, "invalid_request", id="fragment is in reach of scripts"),
    pytest.param({"response_mode": "web_message"}, "invalid_request", id="web_message"),
    pytest.param({"response_mode": "web_message"}, "invalid_request", id="web_message is not offered"),
    pytest.param({"response_mode": "Query"}, "invalid_request", id="response_mode in another case"),
    pytest.param({"prompt": "none login"}, "invalid_request", id="prompt none is exclusive (Core 3.1.2.1)"),
    pytest.param({"prompt": "none consent"}, "invalid_request", id="prompt none beside consent"),
    pytest.param({"prompt": "create"}, "invalid_request", id="a prompt nobody defined here"),
    pytest.param({"prompt": "LOGIN"}, "invalid_request", id="a prompt in capitals"),
    pytest.param({"max_age": "-1"}, "invalid_request", id="a negative max_age"),
    pytest.param({"max_age": "1.5"}, "invalid_request", id="a fraction as max_age"),
    pytest.param({"max_age": "ten"}, "invalid_request", id="a word as max_age"),
    pytest.param({"max_age": "１０"}, "invalid_request", id="wide digits as max_age"),
    pytest.param({"max_age": "9" * 11}, "invalid_request", id="a max_age beyond every life"),
    pytest.param({"max_age": " 10"}, "invalid_request", id="a space before max_age"),
    pytest.param({"display": "hologram"}, "invalid_request", id="a display nobody defined"),
    pytest.param({"scope": None}, "invalid_scope", id="no scope"),
    pytest.param({"scope": "profile"}, "invalid_scope", id="scope without openid"),
    pytest.param({"scope": "OPENID profile"}, "invalid_scope", id="openid in capitals"),
    pytest.param({"scope": "openid email"}, "invalid_scope", id="a scope of another service"),
    pytest.param({"scope": "openid vn_personal_id"}, "invalid_scope", id="the personal ID without registration"),
    pytest.param({"scope": "openid " + "x" * 1100}, "invalid_request", id="an endless scope"),
    pytest.param({"request": "eyJ.eyJ."}, "request_not_supported", id="an unsigned request object (Core 3.1.2.6)"),
    pytest.param(
        {"request_uri": "https://town-hall.example/r"}, "request_uri_not_supported", id="a request by reference"
    ),
    pytest.param({"registration": "{}"}, "registration_not_supported", id="the registration parameter"),
    pytest.param({"claims": "{"}, "invalid_request", id="claims that are no JSON"),
    pytest.param({"claims": "[]"}, "invalid_request", id="claims that are a list"),
    pytest.param({"claims": "null"}, "invalid_request", id="claims that are null"),
    pytest.param({"claims": '{"userinfo": []}'}, "invalid_request", id="userinfo that is a list"),
    pytest.param({"claims": '{"id_token": {"name": 1}}'}, "invalid_request", id="a claim request that is a number"),
    pytest.param({"claims": '{"userinfo": {"name": null, "name": {}}}'}, "invalid_request", id="a claim named twice"),
    pytest.param({"claims": '{"userinfo": {"name": {"value": NaN}}}'}, "invalid_request", id="a number JSON has not"),
    pytest.param({"claims": "[" * 20_000}, "invalid_request", id="claims nested without end"),
    pytest.param(
        {"claims": _claims(userinfo={f"c{n}": None for n in range(2000)})}, "invalid_request", id="endless claims"
    ),
    pytest.param(
        {"claims": _claims(userinfo={"vn_personal_id": None})}, "invalid_scope", id="by name what is no scope of it"
    ),
    pytest.param(
        {"claims": _claims(id_token={"email": {"essential": True}})}, "invalid_scope", id="the same in the ID token"
    ),
    pytest.param({"state": "s" * 2049}, "invalid_request", id="an endless state is refused, never cut"),
    pytest.param({"nonce": "n" * 513}, "invalid_request", id="an endless nonce"),
    pytest.param({"login_hint": "h" * 257}, "invalid_request", id="an endless login_hint"),
    pytest.param({"id_token_hint": "t" * 16_385}, "invalid_request", id="an endless id_token_hint"),
    pytest.param({"acr_values": "a" * 513}, "invalid_request", id="endless acr_values"),
    pytest.param({"ui_locales": "vi " * 200}, "invalid_request", id="endless ui_locales"),
]


@pytest.mark.parametrize(("changes", "error"), _REFUSED)
def test_refuses(changes: dict[str, str | None], error: str) -> None:
    with pytest.raises(OAuthError) as refused:
        check_rules(_addressed(changes), pushed=False)

    assert refused.value.error == error


_ACCEPTED = [
    pytest.param({}, id="the plain request"),
    pytest.param({"state": None}, id="no state: PKCE and iss protect the client"),
    pytest.param({"nonce": None}, id="no nonce: optional in the code flow (Core 3.1.2.1)"),
    pytest.param({"response_mode": "query"}, id="the mode it would have anyway"),
    pytest.param({"prompt": "login consent"}, id="two prompts that go together"),
    pytest.param({"prompt": "select_account"}, id="choose an account"),
    pytest.param({"prompt": ""}, id="an empty prompt counts as absent (RFC 6749 3.1)"),
    pytest.param({"max_age": "0"}, id="max_age zero"),
    pytest.param({"max_age": ""}, id="an empty max_age counts as absent"),
    pytest.param({"claims": ""}, id="empty claims count as absent"),
    pytest.param({"request": "", "request_uri": "", "registration": ""}, id="empty request parameters count as absent"),
    pytest.param({"display": "popup"}, id="a display we know"),
    pytest.param({"scope": "openid profile unknown:scope"}, id="a scope nobody knows is ignored (Core 3.1.2.1)"),
    pytest.param({"scope": "openid openid  profile"}, id="a scope named twice"),
    pytest.param({"claims": _claims(userinfo={"name": None, "unknown": None}, extra=1)}, id="a claim nobody knows"),
    pytest.param({"claims": _claims(id_token={"acr": {"essential": True, "values": ["eidas2"]}})}, id="acr by name"),
    pytest.param({"acr_values": "urn:unknown eidas1"}, id="an acr value nobody knows"),
    pytest.param({"claims_locales": "vi", "unknown": "x"}, id="a parameter nobody knows is ignored (RFC 6749 3.1)"),
]


@pytest.mark.parametrize("changes", _ACCEPTED)
def test_accepts(changes: dict[str, str | None]) -> None:
    check_rules(_addressed(changes), pushed=False)


def test_a_client_registered_for_pushed_requests_must_push_them() -> None:
    pushing = client(require_pushed_authorization_requests=True)

    with pytest.raises(OAuthError, match="pushed"):
        check_rules(_addressed({}, pushing), pushed=False)
    check_rules(_addressed({}, pushing), pushed=True)


def test_a_client_that_may_not_redeem_codes_gets_none() -> None:
    with pytest.raises(OAuthError) as refused:
        check_rules(_addressed({}, client(grant_types=frozenset({"refresh_token"}))), pushed=False)

    assert refused.value.error == "unauthorized_client"


def test_every_rule_is_named_as_a_check_and_listed_once() -> None:
    assert all(rule.__name__.startswith("check_") for rule in RULES)
    assert len(set(RULES)) == len(RULES)
