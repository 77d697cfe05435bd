"""A signed authentication request (CIBA Core 7.1.1): every parameter is in one JWT, which says all of itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from joserfc.jwk import KeySet

from idp.authorization_server.client_keys import KeysUnavailable
from idp.authorization_server.client_signature import NoKeyFits, NotAcceptable, signed_claims
from idp.errors import InvalidRequest, UnauthorizedClient
from idp.protocol.client import Client
from idp.services import Services
from idp.storage.short_lived import add_once

_TYPES: Final = (None, "jwt", "oauth-authz-req+jwt")
_ABOUT_ITSELF: Final = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})
_TOLERANCE_SECONDS: Final = 10
_LONGEST_LIFETIME_SECONDS: Final = 3600
_LONGEST_JTI: Final = 256
_CREDENTIALS: Final = frozenset({"client_id", "client_secret", "client_assertion", "client_assertion_type"})


@dataclass(frozen=True)
class _Signed:
    client_id: str
    claims: Mapping[str, Any]
    issuer: str
    now: int


async def parameters_of(
    services: Services, client: Client, form: Mapping[str, str], *, now: int
) -> tuple[Mapping[str, str], bool]:
    """The parameters as they are meant, and whether the client signed them. Raises OAuthError."""
    if client.backchannel is None:
        raise UnauthorizedClient("this client is not registered for backchannel authentication")
    beside = {name: value for name, value in form.items() if name not in _CREDENTIALS}
    unverified = beside.pop("request", None)
    if unverified is None:
        return beside, False
    if beside:
        raise InvalidRequest("nothing may stand beside a signed request")
    alg = client.backchannel.request_signing_alg
    if alg is None:
        raise InvalidRequest("this client is not registered for signed requests")
    claims = await _verified(services, client, unverified, alg, now=now)
    signed = _Signed(client.client_id, claims, services.settings.issuer, now)
    for rule in SIGNED_REQUEST_RULES:
        rule(signed)
    gate = add_once(
        "backchannel_request",
        f"{client.client_id}\x00{claims['jti']}",
        expires_at=int(claims["exp"]) + _TOLERANCE_SECONDS,
        now=now,
    )
    if await services.database.commit(gate=gate) is None:
        raise InvalidRequest("this signed request was used before")
    return _as_parameters(claims), True


def check_says_all_of_itself(signed: _Signed) -> None:
    for name in sorted(_ABOUT_ITSELF - set(signed.claims)):
        raise InvalidRequest(f"{name} is missing in the signed request")


def check_issuer(signed: _Signed) -> None:
    if signed.claims["iss"] != signed.client_id or signed.claims.get("client_id", signed.client_id) != signed.client_id:
        raise InvalidRequest("iss in the signed request must be the client")


def check_audience(signed: _Signed) -> None:
    audience = signed.claims["aud"]
    if signed.issuer not in (audience if isinstance(audience, list) else [audience]):
        raise InvalidRequest("aud in the signed request must be the issuer")


def check_times(signed: _Signed) -> None:
    """Valid now, and for an hour at most (FAPI 1.0 Advanced 5.2.2 rules 13 and 17)."""
    claims, now = signed.claims, signed.now
    if any(
        isinstance(claims[name], bool) or not isinstance(claims[name], int | float) for name in ("exp", "nbf", "iat")
    ):
        raise InvalidRequest("exp, nbf and iat in the signed request must be numbers")
    if claims["exp"] <= now - _TOLERANCE_SECONDS:
        raise InvalidRequest("the signed request has expired")
    if max(claims["nbf"], claims["iat"]) > now + _TOLERANCE_SECONDS:
        raise InvalidRequest("the signed request is not valid yet")
    if claims["exp"] > claims["nbf"] + _LONGEST_LIFETIME_SECONDS:
        raise InvalidRequest("the signed request lives for more than an hour")


def check_jti(signed: _Signed) -> None:
    jti = signed.claims["jti"]
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise InvalidRequest("jti in the signed request must be a short text")


SIGNED_REQUEST_RULES: Final[tuple[Callable[[_Signed], None], ...]] = (
    check_says_all_of_itself,
    check_issuer,
    check_audience,
    check_times,
    check_jti,
)


async def _verified(services: Services, client: Client, unverified: str, alg: str, *, now: int) -> Mapping[str, Any]:
    verify: Callable[[KeySet], Mapping[str, Any]] = partial(signed_claims, unverified, algorithms=(alg,), types=_TYPES)
    try:
        return await services.client_keys.verified(client, services.http, verify, doubt=NoKeyFits, now=now)
    except KeysUnavailable as error:
        raise InvalidRequest("the keys of this client cannot be had") from error
    except NotAcceptable as error:
        raise InvalidRequest(f"the signed request is not acceptable: {error.reason}") from error


def _as_parameters(claims: Mapping[str, Any]) -> Mapping[str, str]:
    """As a form would hold them; a number may be written as one (CIBA Core 7.1.1)."""
    parameters: dict[str, str] = {}
    for name, value in claims.items():
        if name in _ABOUT_ITSELF or name == "client_id" or value is None or value == "":
            continue
        if isinstance(value, str):
            parameters[name] = value
        elif isinstance(value, int | dict | list) and not isinstance(value, bool):
            parameters[name] = json.dumps(value)
        else:
            raise InvalidRequest("a parameter in the signed request has a type that none has")
    return parameters
