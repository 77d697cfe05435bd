"""FAPI 2.0 Security Profile 5.3.2: a client with `profile: fapi2` is held to all of it on every path."""

import secrets
from typing import Any

import httpx2
import pytest
from joserfc.jwk import RSAKey

from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.provider import Provider, RelyingPartyDriver, answer_of
from tests.support.sources import NOW

_KEY = ClientKey()
_ISSUER = "http://127.0.0.1:8000"


@pytest.fixture
async def bank(provider: Provider) -> RelyingPartyDriver:
    return await provider.register(
        "bank", profile="fapi2", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks()
    )


async def _post(
    party: RelyingPartyDriver, path: str, form: dict[str, str], *, aud: Any = _ISSUER, bring_proof: bool = True
) -> httpx2.Response:
    assertion = _KEY.sign(assertion_claims(party.client_id, aud, NOW))
    sent = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **form}
    headers = {"dpop": proof_of(_KEY, path)} if bring_proof else {}
    return await party.provider.http.post(path, data=sent, headers=headers)


async def _tokens(party: RelyingPartyDriver, **changes: str) -> dict[str, Any]:
    browser = await party.provider.logged_in_browser(consenting_to=party)
    pushed = await _post(party, "/par", party.authorization_parameters(**changes))
    asked = {"client_id": party.client_id, "request_uri": pushed.json()["request_uri"]}
    code = answer_of(await browser.get("/authorize", **asked))["code"]
    answer = await _post(party, "/token", _redeeming(party, code))
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    return tokens


def _redeeming(party: RelyingPartyDriver, code: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.redirect_uri,
        "code_verifier": party.code_verifier,
    }


async def test_a_login_by_the_profile_gives_a_bound_token(bank: RelyingPartyDriver) -> None:
    assert (await _tokens(bank))["token_type"] == "DPoP"


async def test_a_request_through_the_browser_is_refused(provider: Provider, bank: RelyingPartyDriver) -> None:
    answer = answer_of(await bank.authorize(provider.browser()))

    assert answer["error"] == "invalid_request"


@pytest.mark.parametrize(
    "audience",
    [
        pytest.param([_ISSUER], id="the issuer in a list"),
        pytest.param(f"{_ISSUER}/par", id="the endpoint"),
        pytest.param(f"{_ISSUER}/token", id="the token endpoint"),
        pytest.param(f"{_ISSUER}/", id="a slash more"),
    ],
)
async def test_the_issuer_alone_is_the_audience(bank: RelyingPartyDriver, audience: Any) -> None:
    answer = await _post(bank, "/par", bank.authorization_parameters(), aud=audience)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_an_assertion_by_rs256_is_refused(provider: Provider) -> None:
    rsa = RSAKey.generate_key(2048, {"kid": "client-1"}, private=True)
    jwks = {"keys": [rsa.as_dict(private=False)]}
    party = await provider.register("bank", profile="fapi2", token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    answers = []
    for alg in ("RS256", "PS256"):
        assertion = ClientKey(rsa).sign(assertion_claims(party.client_id, _ISSUER, NOW), alg=alg)
        form = {**party.authorization_parameters(), "client_assertion_type": ASSERTION_TYPE}
        answers.append(await provider.http.post("/par", data={**form, "client_assertion": assertion}))

    assert [answer.status_code for answer in answers] == [401, 201]


async def test_a_token_request_without_a_proof_is_refused(bank: RelyingPartyDriver) -> None:
    answer = await _post(bank, "/token", _redeeming(bank, secrets.token_urlsafe(32)), bring_proof=False)

    assert answer.json()["error"] == "invalid_dpop_proof"


async def test_a_refresh_token_is_kept_and_works_again(bank: RelyingPartyDriver) -> None:
    tokens = await _tokens(bank, scope="openid offline_access")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    first = await _post(bank, "/token", form)
    second = await _post(bank, "/token", form)

    assert (first.status_code, second.status_code) == (200, 200)
    assert "refresh_token" not in first.json()
    assert first.json()["access_token"] != second.json()["access_token"]
