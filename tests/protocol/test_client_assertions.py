"""private_key_jwt (RFC 7523 §3, OpenID Connect Core 9): every way an assertion can be bent, and none works."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from idp.audit.events import ClientAuthenticationFailed
from tests.support.assertions import ASSERTION_TYPE, ClientKey, b64
from tests.support.provider import Provider
from tests.support.registry_client import Registry, claims
from tests.support.sources import NOW

_KEY = ClientKey()
_STRANGER = ClientKey()
_ISSUER = "http://127.0.0.1:8000"
_HEADER_NONE = b64(b'{"alg":"none"}')


@pytest.fixture
async def registry(provider: Provider) -> Registry:
    party = await provider.register("registry", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks())
    return Registry(party)


async def test_a_good_assertion_is_taken_for_the_issuer_and_for_the_endpoint(registry: Registry) -> None:
    for audience in (_ISSUER, [_ISSUER], f"{_ISSUER}/token", f"{_ISSUER}/introspect", [_ISSUER, f"{_ISSUER}/token"]):
        response = await registry.ask(_KEY.sign(claims(aud=audience)))

        assert response.json() == {"active": False}, audience


async def test_clocks_may_differ_by_ten_seconds(registry: Registry) -> None:
    ahead = await registry.ask(_KEY.sign(claims(iat=NOW + 10, nbf=NOW + 10)))
    behind = await registry.ask(_KEY.sign(claims(iat=NOW - 70, exp=NOW - 9)))

    assert ahead.status_code == behind.status_code == 200


def _unsigned() -> str:
    return f"{_HEADER_NONE}.{b64(json.dumps(claims()).encode())}."


def _signed_with_the_public_key_as_secret() -> str:
    """The old confusion of RS256 and HS256, over every spelling of the public key an implementation might use."""
    head = b64(b'{"alg":"HS256","kid":"client-1"}') + "." + b64(json.dumps(claims()).encode())
    secret = _KEY.key.as_pem(private=False)
    return f"{head}.{b64(hmac.digest(secret, head.encode(), 'sha256'))}"


def _padded() -> str:
    signed = _KEY.sign(claims())
    return signed + "=" * (-len(signed.split(".")[2]) % 4)


def _with_another_signature_spelling() -> str:
    """The last letter of base64url carries unused bits: another letter decodes to the same signature."""
    signed = _KEY.sign(claims())
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    position = letters.index(signed[-1])
    return signed[:-1] + letters[position ^ 1]


def _der_signature() -> str:
    signed = _KEY.sign(claims())
    head, _, signature = signed.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    return f"{head}.{b64(b'0' + raw)}"


def _json_serialised() -> str:
    protected, payload, signature = _KEY.sign(claims()).split(".")
    return json.dumps({"protected": protected, "payload": payload, "signature": signature})


_BENT: list[Any] = [
    pytest.param(_unsigned, id="alg none"),
    pytest.param(lambda: _unsigned() + "AAAA", id="alg none with a signature"),
    pytest.param(lambda: _unsigned().replace(_HEADER_NONE, b64(b'{"alg":"NoNe"}')), id="alg NoNe"),
    pytest.param(_signed_with_the_public_key_as_secret, id="HS256 with the public key as its secret"),
    pytest.param(lambda: _STRANGER.sign(claims()), id="a stranger's key under our kid"),
    pytest.param(lambda: _KEY.sign(claims(), kid="client-2"), id="a kid that is not registered"),
    pytest.param(lambda: _KEY.sign(claims(), alg="ES384"), id="an algorithm that is not allowed"),
    pytest.param(
        lambda: _STRANGER.sign(claims(), jwk=_STRANGER.key.as_dict(private=False)), id="its own key in the header"
    ),
    pytest.param(
        lambda: _KEY.sign(claims(), jwk=_KEY.key.as_dict(private=False)), id="even the right key in the header"
    ),
    pytest.param(lambda: _KEY.sign(claims(), jku="https://attacker.example/jwks"), id="a key by reference"),
    pytest.param(lambda: _KEY.sign(claims(), x5u="https://attacker.example/cert"), id="a certificate by reference"),
    pytest.param(lambda: _KEY.sign(claims(), x5c=["MIIB"]), id="a certificate in the header"),
    pytest.param(lambda: _KEY.sign(claims(), crit=["exp"], exp=NOW), id="critical extensions"),
    pytest.param(lambda: _KEY.sign(claims(), b64=False, crit=["b64"]), id="an unencoded payload"),
    pytest.param(lambda: _KEY.sign(claims(), zip="DEF"), id="a compressed payload"),
    pytest.param(_padded, id="padding"),
    pytest.param(_with_another_signature_spelling, id="another spelling of the same signature"),
    pytest.param(_der_signature, id="a signature in DER"),
    pytest.param(_json_serialised, id="the JSON serialisation"),
    pytest.param(lambda: _KEY.sign(claims()) + ".x", id="four parts"),
    pytest.param(lambda: " " + _KEY.sign(claims()), id="a space before it"),
    pytest.param(lambda: _KEY.sign(claims()) + "\n", id="a line break after it"),
    pytest.param(lambda: _KEY.sign_raw(b'["ES256"]', json.dumps(claims()).encode()), id="a list as header"),
    pytest.param(lambda: _KEY.sign_raw(b'[["jwk"]]', json.dumps(claims()).encode()), id="a nested list as header"),
    pytest.param(lambda: _KEY.sign_raw(b"null", json.dumps(claims()).encode()), id="null as header"),
    pytest.param(lambda: _KEY.sign_raw(b"7", json.dumps(claims()).encode()), id="a number as header"),
    pytest.param(lambda: _KEY.sign_raw(b'{"alg":["ES256"]}', json.dumps(claims()).encode()), id="a list as alg"),
    pytest.param(lambda: _KEY.sign_raw(b'{"alg":{}}', json.dumps(claims()).encode()), id="an object as alg"),
    pytest.param(
        lambda: _KEY.sign_raw(b'{"alg":"ES256","kid":["client-1"]}', json.dumps(claims()).encode()), id="a list as kid"
    ),
    pytest.param(lambda: _KEY.sign_raw(b"\xff\xfe", json.dumps(claims()).encode()), id="a header that is no text"),
    pytest.param(lambda: _KEY.sign_raw(b"[" * 9000, json.dumps(claims()).encode()), id="an endlessly nested header"),
    pytest.param(lambda: _KEY.sign(b"[]"), id="a list as payload"),
    pytest.param(lambda: _KEY.sign(b"[" * 9000), id="an endlessly nested payload"),
    pytest.param(lambda: _KEY.sign(b"\xff"), id="a payload that is no text"),
    pytest.param(lambda: _KEY.sign(claims(filler="x" * 20_000)), id="an oversized assertion"),
    pytest.param(lambda: _KEY.sign(claims(iss="somebody")), id="another issuer than itself"),
    pytest.param(lambda: _KEY.sign(claims(sub="somebody")), id="another subject than itself"),
    pytest.param(lambda: _KEY.sign(claims(iss=None)), id="no issuer"),
    pytest.param(lambda: _KEY.sign(claims(sub=None)), id="no subject"),
    pytest.param(lambda: _KEY.sign(claims(sub=["registry"])), id="a list as subject"),
    pytest.param(lambda: _KEY.sign(claims(sub="registry\x00")), id="a subject with NUL"),
    pytest.param(lambda: _KEY.sign(claims(sub="\ud800")), id="a subject with half a letter"),
    pytest.param(lambda: _KEY.sign(claims(aud=None)), id="no audience"),
    pytest.param(lambda: _KEY.sign(claims(aud=[])), id="an empty audience"),
    pytest.param(lambda: _KEY.sign(claims(aud="https://other.example")), id="somebody else's audience"),
    pytest.param(lambda: _KEY.sign(claims(aud=[_ISSUER, "https://other.example"])), id="a stranger beside us"),
    pytest.param(lambda: _KEY.sign(claims(aud=_ISSUER + "/")), id="the issuer with a slash"),
    pytest.param(lambda: _KEY.sign(claims(aud=[[_ISSUER]])), id="a list in the audience"),
    pytest.param(lambda: _KEY.sign(claims(aud={_ISSUER: True})), id="an object as audience"),
    pytest.param(lambda: _KEY.sign(claims(aud=f"{_ISSUER}/userinfo")), id="the address of another endpoint"),
    pytest.param(lambda: _KEY.sign(claims(exp=None)), id="no expiry"),
    pytest.param(lambda: _KEY.sign(claims(exp=NOW - 10)), id="expired"),
    pytest.param(lambda: _KEY.sign(claims(exp=NOW + 311)), id="lives too long"),
    pytest.param(lambda: _KEY.sign(claims(exp=str(NOW + 60))), id="a text as expiry"),
    pytest.param(lambda: _KEY.sign(claims(exp=True)), id="a truth value as expiry"),
    pytest.param(lambda: _KEY.sign(claims(exp=[NOW + 60])), id="a list as expiry"),
    pytest.param(lambda: _KEY.sign(json.dumps(claims()).replace(str(NOW + 60), "1e400").encode()), id="infinity"),
    pytest.param(lambda: _KEY.sign(json.dumps(claims()).replace(str(NOW + 60), "NaN").encode()), id="not a number"),
    pytest.param(lambda: _KEY.sign(claims(iat=NOW + 11)), id="issued in the future"),
    pytest.param(lambda: _KEY.sign(claims(iat="now")), id="a text as time of issue"),
    pytest.param(lambda: _KEY.sign(claims(nbf=NOW + 11)), id="not yet valid"),
    pytest.param(lambda: _KEY.sign(claims(jti=None)), id="no jti"),
    pytest.param(lambda: _KEY.sign(claims(jti="")), id="an empty jti"),
    pytest.param(lambda: _KEY.sign(claims(jti=7)), id="a number as jti"),
    pytest.param(lambda: _KEY.sign(claims(jti="x" * 257)), id="an endless jti"),
    pytest.param(lambda: _KEY.sign(claims(jti="\ud800")), id="a jti with half a letter"),
    pytest.param(lambda: "", id="empty"),
    pytest.param(lambda: "...", id="dots"),
    pytest.param(lambda: "a.b.c", id="noise"),
]


async def test_refuses_an_assertion_with(provider: Provider, registry: Registry, subtests: pytest.Subtests) -> None:
    for row in _BENT:
        # Thirty failures from one address would end the conversation.
        provider.forgive_failures()
        with subtests.test(row.id):
            bent: Callable[[], str] = row.values[0]
            noted = await provider.count_of(ClientAuthenticationFailed)

            response = await registry.ask(bent())

            assert response.status_code == 401
            assert response.json()["error"] == "invalid_client"
            assert await provider.count_of(ClientAuthenticationFailed) == noted + 1


async def test_an_assertion_works_once(registry: Registry) -> None:
    assertion = _KEY.sign(claims())

    first, second = await registry.ask(assertion), await registry.ask(assertion)

    assert (first.status_code, second.status_code) == (200, 401)


async def test_a_new_assertion_with_an_old_jti_does_not_work(registry: Registry) -> None:
    first = await registry.ask(_KEY.sign(claims(jti="same")))
    second = await registry.ask(_KEY.sign(claims(jti="same", exp=NOW + 61)))

    assert (first.status_code, second.status_code) == (200, 401)


async def test_one_assertion_serves_one_endpoint_only(registry: Registry) -> None:
    assertion = _KEY.sign(claims())
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, "token": "unknown"}
    http = registry.party.provider.http

    first = await http.post("/revoke", data=form)
    second = await http.post("/introspect", data=form)
    third = await http.post("/token", data={**form, "grant_type": "refresh_token", "refresh_token": "x"})

    assert (first.status_code, second.status_code, third.status_code) == (200, 401, 401)


@pytest.mark.parametrize("path", ["/introspect", "/revoke", "/par", "/token"])
async def test_an_assertion_is_used_up_by_a_refused_request_too(registry: Registry, path: str) -> None:
    form = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": _KEY.sign(claims())}
    http = registry.party.provider.http

    refused = await http.post(path, data={**form, "redirect_uri": "https://attacker.example/"})
    again = await registry.ask(form["client_assertion"])

    assert refused.status_code == 400
    assert again.status_code == 401


async def test_two_clients_may_use_the_same_jti(provider: Provider, registry: Registry) -> None:
    await provider.register("archive", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks())

    first = await registry.ask(_KEY.sign(claims(jti="same")))
    second = await registry.ask(_KEY.sign(claims(jti="same", iss="archive", sub="archive")))

    assert first.status_code == second.status_code == 200


async def test_an_unknown_and_a_disabled_client_get_the_answer_of_a_wrong_key(
    provider: Provider, registry: Registry
) -> None:
    wrong = await registry.ask(_STRANGER.sign(claims()))
    unknown = await registry.ask(_KEY.sign(claims(iss="nobody", sub="nobody")))
    await provider.disable(registry.party)
    disabled = await registry.ask(_KEY.sign(claims()))

    assert wrong.status_code == unknown.status_code == disabled.status_code == 401
    assert wrong.content == unknown.content == disabled.content
    assert wrong.headers == unknown.headers == disabled.headers


async def test_the_digest_of_a_used_jti_is_all_that_is_kept(provider: Provider, registry: Registry) -> None:
    await registry.ask(_KEY.sign(claims(jti="canary-jti")))

    rows = await provider.services.database.fetch_all("SELECT key_hash, payload FROM short_lived")

    assert len(rows) == 1
    assert b"canary" not in bytes(rows[0]["key_hash"] or b"") + bytes(rows[0]["payload"] or b"")  # type: ignore[arg-type]
    assert len(rows[0]["key_hash"]) == hashlib.sha256().digest_size  # type: ignore[arg-type]
