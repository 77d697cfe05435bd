"""What proves a key, and what we signed ourselves and get back: DPoP proofs, `id_token_hint`."""

from collections.abc import Callable
from typing import Any, Final

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
from tests.hostile.kinds import Kind, Outcome, Reader, outcome_of
from tests.protocol.test_dpop import proof_of
from tests.support.assertions import ClientKey
from tests.support.provider import Provider, RelyingPartyDriver, answer_of, claims_of
from tests.support.sources import NOW

_KEY: Final = ClientKey()
_ISSUER: Final = "http://127.0.0.1:8000"
_HEADER: Final = {"alg": "ES256", "kid": "client-1", "typ": "JWT"}
_DPOP_HEADER: Final = {"alg": "ES256", "typ": "dpop+jwt", "jwk": _KEY.key.as_dict(private=False)}
_REFRESHING: Final = {"grant_type": "refresh_token", "refresh_token": "unknown"}


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
            form = _REFRESHING if path == "/token" else party.authorization_parameters()
            answer = await provider.http.post(path, data=form, headers=headers)
            return outcome_of(answer, refused="invalid_dpop_proof")

        return Reader(Forge(_KEY, _DPOP_HEADER, claims), send)

    return Kind(
        name=f"DPoP proof at {path}",
        error="invalid_dpop_proof",
        reader=reader,
        requires=frozenset({"htm", "htu", "iat", "jti"}),
        exempt=_BRINGS_ITS_KEY,
    )


def _dpop_at_userinfo() -> Kind:
    async def reader(provider: Provider) -> Reader:
        party = await provider.register("holder")
        code = await party.code(await provider.logged_in_browser(consenting_to=party))
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": party.redirect_uri,
            "code_verifier": party.code_verifier,
        }
        headers = {"authorization": party.basic(), "dpop": proof_of(_KEY, "/token")}
        token = (await provider.http.post("/token", data=form, headers=headers)).json()["access_token"]

        def claims(**changes: Any) -> dict[str, Any]:
            ath = claims_of(proof_of(_KEY, "/userinfo", token=token))["ath"]
            return _proof_claims("/userinfo", "GET", **{"ath": ath, **changes})

        async def send(proof: str) -> Outcome:
            sent = [(b"authorization", f"DPoP {token}".encode()), (b"dpop", proof.encode())]
            return outcome_of(await provider.http.get("/userinfo", headers=sent), refused="invalid_dpop_proof")

        return Reader(Forge(_KEY, _DPOP_HEADER, claims), send)

    return Kind(
        name="DPoP proof at /userinfo",
        error="invalid_dpop_proof",
        reader=reader,
        requires=frozenset({"htm", "htu", "iat", "jti", "ath"}),
        # By a stranger's proof the token is not found, which is another refusal.
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


def _hint_claims(party: RelyingPartyDriver) -> Callable[..., dict[str, Any]]:
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
        exempt={
            **_NO_CLOCK,
            "a stranger as aud": "another service's own hint is judged with its client_id",
        },
    )


PROOF_KINDS: Final = (
    _dpop("/token"),
    _dpop("/par"),
    _dpop_at_userinfo(),
    _hint_at_authorize(),
    _hint_at_logout(),
)
