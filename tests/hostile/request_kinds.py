"""What clients sign to say who they are and what they want: assertions and request objects."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwe
from joserfc.jwk import JWKRegistry

from tests.hostile.forge import Forge
from tests.hostile.kinds import Kind, Outcome, Reader, outcome_of
from tests.support.assertions import ASSERTION_TYPE, ClientKey, assertion_claims
from tests.support.provider import Browser, Provider, RelyingPartyDriver, answer_of
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


def _client_assertion(path: str) -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("signer", token_endpoint_auth_method="private_key_jwt", jwks=_KEY.jwks())

        def claims(**changes: Any) -> dict[str, Any]:
            return assertion_claims(party.client_id, _ISSUER, NOW, **changes)

        async def send(token: str) -> Outcome:
            provider.forgive_failures()
            form = {**_ENDPOINTS[path], "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}
            answer = await provider.http.post(path, data=form)
            return outcome_of(answer, refused="invalid_client")

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


async def signing_service(provider: Provider, **registered: Any) -> tuple[RelyingPartyDriver, Forge]:
    """A service that signs its requests, and what it signs."""
    party = await provider.register("signer", jwks=_KEY.jwks(), require_signed_request_object=True, **registered)

    def claims(**changes: Any) -> dict[str, Any]:
        return _request_claims(party, **changes)

    return party, Forge(_KEY, {**_HEADER, "typ": "oauth-authz-req+jwt"}, claims)


def _request_object(way: str, *, pushed: bool) -> Kind:
    async def reader(provider: Provider) -> Reader:
        party, forge = await signing_service(provider)

        async def push(token: str) -> Outcome:
            answer = await party.post("/par", client_id=party.client_id, request=token)
            return outcome_of(answer, refused="invalid_request_object")

        browser: Browser = provider.browser()

        async def ask(token: str) -> Outcome:
            outer = {"client_id": party.client_id, "redirect_uri": party.redirect_uri, "response_type": "code"}
            told = answer_of(await browser.get("/authorize", **outer, request=token))
            return Outcome(taken=told["error"] == "login_required", error=told["error"])

        return Reader(forge, push if pushed else ask)

    return Kind(
        name=f"request object {way}",
        error="invalid_request_object",
        reader=reader,
        knows=frozenset({"iss", "aud", "exp", "nbf", "iat"}),
        longest=3600,
        exempt=_SETS,
    )


def _encrypted_request_object() -> Kind:
    """What is bent here is inside: encryption replaces no signature, and excuses nothing."""

    async def reader(provider: Provider) -> Reader:
        party, forge = await signing_service(provider)
        listed = (await provider.http.get("/jwks")).json()["keys"]
        [ours] = [key for key in listed if key["use"] == "enc" and key["kty"] == "EC"]
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": ours["kid"], "cty": "JWT"}
        registry = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
        registry.max_payload_length = 100_000  # type: ignore[attr-defined]

        async def send(token: str) -> Outcome:
            sealed = jwe.encrypt_compact(header, token, JWKRegistry.import_key(ours), registry=registry)
            answer = await party.post("/par", client_id=party.client_id, request=sealed)
            return outcome_of(answer, refused="invalid_request_object")

        return Reader(forge, send)

    return Kind(
        name="request object encrypted",
        error="invalid_request_object",
        reader=reader,
        knows=frozenset({"iss", "aud", "exp", "nbf", "iat"}),
        longest=3600,
        exempt=_SETS,
    )


_CIBA: Final = "urn:openid:params:grant-type:ciba"


def _signed_authentication_request() -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register(
            "signer",
            jwks=_KEY.jwks(),
            grant_types=[_CIBA],
            backchannel_token_delivery_mode="poll",
            backchannel_authentication_request_signing_alg="ES256",
        )

        def claims(**changes: Any) -> dict[str, Any]:
            told = assertion_claims(party.client_id, _ISSUER, NOW, nbf=NOW, sub=None)
            wanted = {"scope": "openid", "login_hint": "tel:+84539999999", "binding_message": "Quay 1"}
            return {name: value for name, value in {**told, **wanted, **changes}.items() if value is not None}

        async def send(token: str) -> Outcome:
            answer = await party.post("/bc-authorize", request=token)
            # Nobody has that number: told only to who was believed.
            return outcome_of(answer, refused="invalid_request")

        return Reader(Forge(_KEY, {**_HEADER, "typ": "oauth-authz-req+jwt"}, claims), send)

    return Kind(
        name="signed request at /bc-authorize",
        error="invalid_request",
        reader=reader,
        requires=frozenset({"iss", "aud", "exp", "nbf", "iat", "jti"}),
        longest=3600,
        exempt={**_SETS, "a jti with NUL": "remembered by its hash"},
    )


REQUEST_KINDS: Final = (
    *(_client_assertion(path) for path in _ENDPOINTS),
    _request_object("by value", pushed=False),
    _request_object("pushed", pushed=True),
    _encrypted_request_object(),
    _signed_authentication_request(),
)
