"""RFC 9449: a token bound to a key is worth nothing without it, and a proof works once, here and now."""

import asyncio
import base64
import hashlib
import json
import secrets
from typing import Any

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import ECKey, OKPKey, RSAKey

from tests.support.assertions import ClientKey, b64
from tests.support.provider import Provider, RelyingPartyDriver, answer_of
from tests.support.sources import NOW

_KEY = ClientKey()
_OTHER = ClientKey()


def proof_of(key: ClientKey, path: str, *, method: str = "POST", token: str | None = None, **changes: Any) -> str:
    """A good proof; `header` among the changes replaces members of its header, None drops a claim."""
    header = changes.pop("header", {})
    claims: dict[str, Any] = {
        "htm": method,
        "htu": f"http://127.0.0.1:8000{path}",
        "iat": NOW,
        "jti": secrets.token_urlsafe(12),
        **({} if token is None else {"ath": _hash(token)}),
        **changes,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return key.sign(claims, **{"typ": "dpop+jwt", "jwk": key.key.as_dict(private=False), **header})


def _hash(token: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).rstrip(b"=").decode()


async def _redeem(party: RelyingPartyDriver, code: str, *proofs: str) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": party.redirect_uri,
        "code_verifier": party.code_verifier,
    }
    return await _post(party, "/token", form, *proofs)


async def _post(party: RelyingPartyDriver, path: str, form: dict[str, str], *proofs: str) -> httpx2.Response:
    headers = [("authorization", party.basic()), *(("dpop", proof) for proof in proofs)]
    return await party.provider.http.post(path, data=form, headers=headers)


async def _userinfo(provider: Provider, token: str, *proofs: str, scheme: str = "DPoP") -> httpx2.Response:
    headers = [("authorization", f"{scheme} {token}"), *(("dpop", proof) for proof in proofs)]
    return await provider.http.get("/userinfo", headers=headers)


@pytest.fixture
async def code(provider: Provider, town_hall: RelyingPartyDriver) -> str:
    return await town_hall.code(await provider.logged_in_browser(consenting_to=town_hall))


async def test_a_token_asked_for_with_a_proof_works_with_that_key_alone(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    answer = (await _redeem(town_hall, code, proof_of(_KEY, "/token"))).json()
    token = answer["access_token"]

    own = await _userinfo(provider, token, proof_of(_KEY, "/userinfo", method="GET", token=token))
    other = await _userinfo(provider, token, proof_of(_OTHER, "/userinfo", method="GET", token=token))
    as_bearer = await _userinfo(provider, token, scheme="Bearer")
    without = await _userinfo(provider, token)

    assert answer["token_type"] == "DPoP"
    assert own.status_code == 200
    assert (other.status_code, as_bearer.status_code, without.status_code) == (401, 401, 401)
    assert 'algs="ES256 PS256 EdDSA Ed25519"' in other.headers["www-authenticate"]


async def test_a_bearer_token_does_not_become_better_by_aproof_of(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    token = (await town_hall.redeem(code)).json()["access_token"]

    answer = await _userinfo(provider, token, proof_of(_KEY, "/userinfo", method="GET", token=token))

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        pytest.param(ClientKey(RSAKey.generate_key(2048, private=True)), "PS256", id="PS256"),
        pytest.param(ClientKey(ECKey.generate_key("P-256", private=True)), "ES256", id="ES256"),
    ],
)
async def test_each_algorithm_that_is_offered_proves(
    town_hall: RelyingPartyDriver, code: str, key: ClientKey, alg: str
) -> None:
    answer = await _redeem(town_hall, code, proof_of(key, "/token", header={"alg": alg}))

    assert answer.json()["token_type"] == "DPoP"


_BENT: list[Any] = [
    pytest.param({"htm": "GET"}, id="another method"),
    pytest.param({"htm": "post"}, id="the method in small letters"),
    pytest.param({"htu": "http://127.0.0.1:8000/userinfo"}, id="another address"),
    pytest.param({"htu": "https://127.0.0.1:8000/token"}, id="another scheme"),
    pytest.param({"htu": "http://attacker.example/token"}, id="another host"),
    pytest.param({"htu": None}, id="no address"),
    pytest.param({"htu": ["http://127.0.0.1:8000/token"]}, id="an address in a list"),
    pytest.param({"iat": NOW - 61}, id="too old"),
    pytest.param({"iat": NOW + 11}, id="from the future"),
    pytest.param({"iat": str(NOW)}, id="a time as text"),
    pytest.param({"iat": True}, id="a time that is true"),
    pytest.param({"iat": None}, id="no time"),
    pytest.param({"jti": None}, id="no name"),
    pytest.param({"jti": ""}, id="an empty name"),
    pytest.param({"jti": 7}, id="a number as a name"),
    pytest.param({"jti": "x" * 257}, id="an endless name"),
    pytest.param({"header": {"typ": "JWT"}}, id="another kind of token"),
    pytest.param({"header": {"alg": "HS256"}}, id="HS256"),
    pytest.param({"header": {"alg": "none"}}, id="none"),
    pytest.param({"header": {"alg": "RS512"}}, id="RS512"),
    pytest.param({"header": {"jwk": None}}, id="no key"),
    pytest.param({"header": {"jwk": _OTHER.key.as_dict(private=False)}}, id="another key than signed"),
    pytest.param({"header": {"jwk": _KEY.key.as_dict(private=True)}}, id="a private key"),
    pytest.param({"header": {"jwk": {"kty": "oct", "k": "c2VjcmV0"}}}, id="a shared secret"),
    pytest.param({"header": {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}}, id="no point"),
    pytest.param({"header": {"jku": "https://attacker.example/"}}, id="jku"),
    pytest.param({"header": {"x5c": ["AA"]}}, id="x5c"),
    pytest.param({"header": {"crit": ["htm"]}}, id="crit"),
]


@pytest.mark.parametrize("changes", _BENT)
async def test_a_bent_proof_is_refused_and_does_not_burn_the_code(
    town_hall: RelyingPartyDriver, code: str, changes: dict[str, Any]
) -> None:
    refused = await _redeem(town_hall, code, proof_of(_KEY, "/token", **changes))

    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof")
    assert (await town_hall.redeem(code)).status_code == 200


@pytest.mark.parametrize("unverified", ["", "a.b.c", "x" * 9000, "e30.e30.e30", "ký.tự.lạ".encode().hex()])
async def test_what_is_no_proof_is_refused(town_hall: RelyingPartyDriver, code: str, unverified: str) -> None:
    refused = await _redeem(town_hall, code, unverified)

    assert refused.json()["error"] == "invalid_dpop_proof"


async def test_two_proofs_are_one_too_many(town_hall: RelyingPartyDriver, code: str) -> None:
    refused = await _redeem(town_hall, code, proof_of(_KEY, "/token"), proof_of(_KEY, "/token"))

    assert refused.json()["error"] == "invalid_dpop_proof"


async def test_clocks_may_differ_and_queries_do_not_count(town_hall: RelyingPartyDriver, code: str) -> None:
    proof = proof_of(_KEY, "/token", iat=NOW + 10, htu="HTTP://127.0.0.1:8000/token?query#fragment")

    assert (await _redeem(town_hall, code, proof)).status_code == 200


async def test_a_proof_works_once(provider: Provider, town_hall: RelyingPartyDriver, code: str) -> None:
    proof = proof_of(_KEY, "/token")
    token = (await _redeem(town_hall, code, proof)).json()["access_token"]
    second = await town_hall.code(await provider.logged_in_browser(consenting_to=town_hall))
    shown = proof_of(_KEY, "/userinfo", method="GET", token=token)

    replayed = await _redeem(town_hall, second, proof)
    answers = await asyncio.gather(*(_userinfo(provider, token, shown) for _ in range(4)))

    assert replayed.json()["error"] == "invalid_dpop_proof"
    assert (await town_hall.redeem(second)).status_code == 200
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_proof_for_one_token_is_none_for_another(
    provider: Provider, town_hall: RelyingPartyDriver, code: str
) -> None:
    token = (await _redeem(town_hall, code, proof_of(_KEY, "/token"))).json()["access_token"]

    without = await _userinfo(provider, token, proof_of(_KEY, "/userinfo", method="GET"))
    of_another = await _userinfo(provider, token, proof_of(_KEY, "/userinfo", method="GET", token="x" * 43))

    assert (without.status_code, of_another.status_code) == (401, 401)


async def test_a_code_bound_to_a_key_is_redeemed_with_it_alone(
    provider: Provider, town_hall: RelyingPartyDriver
) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    code = await town_hall.code(browser, dpop_jkt=_KEY.key.thumbprint())

    without = await town_hall.redeem(code)
    other = await _redeem(town_hall, code, proof_of(_OTHER, "/token"))
    own = await _redeem(town_hall, code, proof_of(_KEY, "/token"))

    assert without.json()["error"] == other.json()["error"] == "invalid_grant"
    assert own.status_code == 200


async def test_a_proof_at_the_pushed_request_binds_the_code(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    browser = await provider.logged_in_browser(consenting_to=town_hall)
    pushed = await _post(town_hall, "/par", town_hall.authorization_parameters(), proof_of(_KEY, "/par"))
    asked = {"client_id": town_hall.client_id, "request_uri": pushed.json()["request_uri"]}
    code = answer_of(await browser.get("/authorize", **asked))["code"]

    other = await _redeem(town_hall, code, proof_of(_OTHER, "/token"))
    own = await _redeem(town_hall, code, proof_of(_KEY, "/token"))

    assert (other.status_code, own.status_code) == (400, 200)


async def test_a_pushed_request_for_another_key_than_its_proof_is_refused(town_hall: RelyingPartyDriver) -> None:
    form = town_hall.authorization_parameters(dpop_jkt=_OTHER.key.thumbprint())

    refused = await _post(town_hall, "/par", form, proof_of(_KEY, "/par"))

    assert refused.json()["error"] == "invalid_dpop_proof"


async def test_a_thumbprint_that_is_none_is_refused(provider: Provider, town_hall: RelyingPartyDriver) -> None:
    answer = answer_of(await town_hall.authorize(provider.browser(), dpop_jkt="short"))

    assert answer["error"] == "invalid_request"


async def test_a_client_registered_for_it_must_bring_a_proof_on_every_path(provider: Provider) -> None:
    party = await provider.register(dpop_bound_access_tokens=True)
    browser = await provider.logged_in_browser(consenting_to=party)
    code = await party.code(browser, scope="openid offline_access")

    without = await party.redeem(code)
    tokens = (await _redeem(party, code, proof_of(_KEY, "/token"))).json()
    refreshed_without = await party.refresh(tokens["refresh_token"])
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refreshed = (await _post(party, "/token", form, proof_of(_KEY, "/token"))).json()
    token = refreshed["access_token"]
    shown = await _userinfo(provider, token, proof_of(_KEY, "/userinfo", method="GET", token=token))

    assert without.json()["error"] == refreshed_without.json()["error"] == "invalid_dpop_proof"
    assert refreshed["token_type"] == "DPoP"
    assert shown.status_code == 200


async def test_introspection_names_the_key(provider: Provider, town_hall: RelyingPartyDriver, code: str) -> None:
    token = (await _redeem(town_hall, code, proof_of(_KEY, "/token"))).json()["access_token"]

    answer = (await town_hall.post("/introspect", token=token)).json()

    assert answer["cnf"] == {"jkt": _KEY.key.thumbprint()}
    assert answer["token_type"] == "DPoP"


async def test_ed25519_proves_too(town_hall: RelyingPartyDriver, code: str) -> None:
    key = OKPKey.generate_key("Ed25519", private=True)
    header = {"typ": "dpop+jwt", "alg": "EdDSA", "jwk": key.as_dict(private=False)}
    claims = {"htm": "POST", "htu": "http://127.0.0.1:8000/token", "iat": NOW, "jti": "one"}

    answer = await _redeem(town_hall, code, _signed_by_ed25519(key, header, claims))

    assert answer.json()["token_type"] == "DPoP"


def _signed_by_ed25519(key: OKPKey, header: dict[str, Any], claims: dict[str, Any]) -> str:
    signing_input = f"{b64(json.dumps(header).encode())}.{b64(json.dumps(claims).encode())}"
    private = key.private_key
    assert isinstance(private, Ed25519PrivateKey)
    signature = private.sign(signing_input.encode())
    return f"{signing_input}.{b64(signature)}"
