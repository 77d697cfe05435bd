"""The tokens that the provider takes: from its clients, and its own back."""

from collections.abc import Mapping
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.jwk import ECKey

from keys.algorithms import SignatureAlgorithm
from keys.private_part import SoftwareKey
from tests.hostile.forge import Forge
from tests.hostile.kinds import Kind, Outcome, Reader
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of, claims_of
from tests.support.sources import NOW

_KEY: Final = ClientKey()
_HEADER: Final = {"alg": "ES256", "kid": "client-1", "typ": "JWT"}
_ISSUER: Final = "http://127.0.0.1:8000"

# Endpoints at which a client proves itself, with a form that would otherwise be in order there.
_ENDPOINTS: Final[Mapping[str, Mapping[str, str]]] = {
    "/token": {"grant_type": "refresh_token", "refresh_token": "unknown"},
    "/par": {"response_type": "code", "redirect_uri": "https://signer.example/callback", "scope": "openid"},
    "/introspect": {"token": "unknown"},
    "/revoke": {"token": "unknown"},
    "/subject-changes": {},
    "/device_authorization": {"scope": "openid"},
    "/bc-authorize": {"scope": "openid", "login_hint": "0530000001"},
}


def _outcome(answer: httpx2.Response, *, refused: str) -> Outcome:
    """What is refused for another reason came past the token."""
    told = answer.json() if answer.content else {}
    error = str(told.get("error", "")) if isinstance(told, dict) else ""
    return Outcome(taken=answer.status_code < 500 and error != refused, error=error)


def _client_assertion(path: str) -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("signer", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks())

        def claims(**changes: Any) -> dict[str, Any]:
            return assertion_claims(party.client_id, _ISSUER, NOW, **changes)

        async def send(token: str) -> Outcome:
            provider.forgive_failures()
            form = {**_ENDPOINTS[path], "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
            answer = await provider.http.post(path, data=form)
            return _outcome(answer, refused="invalid_client")

        return Reader(Forge(_KEY, _HEADER, claims), send)

    return Kind(
        name=f"client assertion at {path}",
        error="invalid_client",
        reader=reader,
        requires=frozenset({"iss", "sub", "aud", "exp", "jti"}),
        knows=frozenset({"nbf", "iat"}),
        longest=300,
    )


def _request_claims(party: RelyingPartyDriver, **changes: Any) -> dict[str, Any]:
    claims = {
        "iss": party.client_id,
        "aud": _ISSUER,
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 300,
        **party.authorization_parameters(),
        "prompt": "none",
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


_SETS: Final = {
    "a stranger beside us": "an audience may name several servers (RFC 9101 §4)",
}


def _request_object(way: str, *, pushed: bool) -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("signer", jwks=_KEY.jwks(), require_signed_request_object=True)

        def claims(**changes: Any) -> dict[str, Any]:
            return _request_claims(party, **changes)

        async def push(token: str) -> Outcome:
            answer = await party.post("/par", client_id=party.client_id, request=token)
            return _outcome(answer, refused="invalid_request_object")

        browser: Browser = provider.browser()

        async def ask(token: str) -> Outcome:
            outer = {"client_id": party.client_id, "redirect_uri": party.redirect_uri, "response_type": "code"}
            told = answer_of(await browser.get("/authorize", **outer, request=token))
            return Outcome(taken=told["error"] == "login_required", error=told["error"])

        return Reader(Forge(_KEY, {**_HEADER, "typ": "oauth-authz-req+jwt"}, claims), push if pushed else ask)

    return Kind(
        name=f"request object {way}",
        error="invalid_request_object",
        reader=reader,
        knows=frozenset({"iss", "aud", "exp", "nbf", "iat"}),
        longest=3600,
        exempt=_SETS,
    )


def _proof_claims(path: str, method: str, **changes: Any) -> dict[str, Any]:
    claims = claims_of(proof_of(_KEY, path, method=method))
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


# A proof brings its own key by design; what the key is worth, the token's binding says.
_BRINGS_ITS_KEY: Final = {
    "a stranger's key in the header": "a proof brings its key (RFC 9449 §4.2)",
    "an unknown kid": "a proof brings its key, and no name for it",
    "a list as kid": "a proof brings its key, and no name for it",
}


def _dpop(path: str) -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("holder")

        def claims(**changes: Any) -> dict[str, Any]:
            return _proof_claims(path, "POST", **changes)

        async def send(token: str) -> Outcome:
            headers = [(b"authorization", party.basic().encode()), (b"dpop", token.encode())]
            form = {**_ENDPOINTS[path], **({} if path == "/token" else party.authorization_parameters())}
            answer = await provider.http.post(path, data=form, headers=headers)
            return _outcome(answer, refused="invalid_dpop_proof")

        header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": _KEY.key.as_dict(private=False)}
        return Reader(Forge(_KEY, header, claims), send)

    return Kind(
        name=f"DPoP proof at {path}",
        error="invalid_dpop_proof",
        reader=reader,
        requires=frozenset({"htm", "htu", "iat", "jti"}),
        exempt=_BRINGS_ITS_KEY,
    )


def own_key(provider: Provider) -> ClientKey:
    """The provider's own ES256 key, as nobody else could hold it: to bend what it signs."""
    ring = provider.services.configuration.key_ring
    key = next(key for key in ring.keys if key.alg is SignatureAlgorithm.ES256)
    assert isinstance(key.private, SoftwareKey)
    private = load_der_private_key(key.private.pkcs8(), None)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ClientKey(ECKey.import_key(pem, {"kid": key.kid}))


def _hint_at_authorize() -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("signer")
        browser, key = provider.browser(), own_key(provider)

        async def send(token: str) -> Outcome:
            told = answer_of(await party.authorize(browser, prompt="none", id_token_hint=token))
            return Outcome(taken=told["error"] == "login_required", error=told["error"])

        return Reader(Forge(key, {**_HEADER, "kid": key.key.kid}, _hint_claims(party)), send)

    return Kind(
        name="id_token_hint at /authorize",
        error="invalid_request",
        reader=reader,
        requires=frozenset({"iss", "sub", "aud", "exp"}),
        exempt=_NO_CLOCK,
    )


# An ID token given back says whom a request is about, and may be old (Core 3.1.2.1); we made it ourselves.
_NO_CLOCK: Final = {
    "exp in the past": "a hint may have expired",
    "exp at zero": "a hint may have expired",
    "sub empty": "by our own signature nobody is called so; it is nobody's",
    "sub half a letter": "see above",
    "exp as text": "only that there is one is looked at: without it, it is a UserInfo answer",
    "exp as a list": "see above",
    "exp true": "see above",
    "exp beyond all numbers": "see above",
}


def _hint_claims(party: RelyingPartyDriver) -> Any:
    def claims(**changes: Any) -> dict[str, Any]:
        told = {"iss": _ISSUER, "sub": "somebody", "aud": party.client_id, "exp": NOW + 60, "iat": NOW, **changes}
        return {name: value for name, value in told.items() if value is not None}

    return claims


def _hint_at_logout() -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("signer")
        key, browser = own_key(provider), provider.browser()

        async def send(token: str) -> Outcome:
            answer = await browser.get("/logout", id_token_hint=token)
            return Outcome(taken=answer.status_code == 200, error=str(answer.status_code))

        return Reader(Forge(key, {**_HEADER, "kid": key.key.kid}, _hint_claims(party)), send)

    return Kind(
        name="id_token_hint at /logout",
        error="400",
        reader=reader,
        requires=frozenset({"iss", "sub", "exp"}),
        # A page for whoever brought it, and nothing happened.
        events=0,
        exempt={
            **_NO_CLOCK,
            "a stranger as aud": "another service's own hint is judged with its client_id",
        },
    )


PROVIDER_KINDS: Final = (
    *(_client_assertion(path) for path in _ENDPOINTS),
    _request_object("by value", pushed=False),
    _request_object("pushed", pushed=True),
    _dpop("/token"),
    _dpop("/par"),
    _hint_at_authorize(),
    _hint_at_logout(),
)
