"""Which claims a scope stands for, and which of them one answer may carry (OpenID Connect Core 5.4, 5.5)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

_NAME_PARTS = ("name", "family_name", "middle_name", "given_name")

CLAIMS_BY_SCOPE: Mapping[str, tuple[str, ...]] = {
    "identity": (*_NAME_PARTS, "gender", "birthdate", "birthplace", "identity_level"),
    "profile": (*_NAME_PARTS, "gender", "birthdate", "locale", "updated_at"),
    "phone": ("phone_number", "phone_number_verified"),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "vn_personal_id": ("vn_personal_id",),
}

SCOPES_SUPPORTED = ("openid", *CLAIMS_BY_SCOPE, "offline_access")

CLAIMS_SUPPORTED = (
    "sub",
    "acr",
    "amr",
    "auth_time",
    "sid",
    *dict.fromkeys(claim for claims in CLAIMS_BY_SCOPE.values() for claim in claims),
)

# A source or a person can never set these: they are the provider's own statements.
RESERVED_CLAIMS = frozenset(
    {
        "iss",
        "sub",
        "aud",
        "exp",
        "iat",
        "nbf",
        "jti",
        "nonce",
        "acr",
        "amr",
        "azp",
        "auth_time",
        "sid",
        "at_hash",
    }
)


# What an answer says of the login and of itself rather than of the person: nobody is asked to agree to it.
_ABOUT_THE_LOGIN = frozenset({"sub", "acr", "amr", "auth_time", "sid", "identity_level", "updated_at", "locale"})


def claims_about_the_login() -> frozenset[str]:
    return _ABOUT_THE_LOGIN


def claims_about_the_person(scopes: Iterable[str], claims: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Every claim about the person that either answer to a request would carry, once each."""
    wanted = (*requested_claims(scopes, claims), *requested_in_id_token(claims))
    return tuple(claim for claim in dict.fromkeys(wanted) if claim not in _ABOUT_THE_LOGIN)


def claims_of_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Every claim the scopes stand for, once each, in the order of the table."""
    return _claims_of(frozenset(scopes).intersection(CLAIMS_BY_SCOPE))


@lru_cache(maxsize=1 << len(CLAIMS_BY_SCOPE))
def _claims_of(wanted: frozenset[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c for scope, claims in CLAIMS_BY_SCOPE.items() if scope in wanted for c in claims))


def requested_claims(scopes: Iterable[str], claims: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The claims asked for at userinfo, by scope or by name in the `claims` parameter."""
    by_name = (claims or {}).get("userinfo", {})
    return tuple(dict.fromkeys((*claims_of_scopes(scopes), *(c for c in by_name if c in CLAIMS_SUPPORTED))))


def requested_in_id_token(claims: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The claims asked for by name in the ID token."""
    by_name = (claims or {}).get("id_token", {})
    return tuple(claim for claim in by_name if claim in CLAIMS_SUPPORTED)


def allowed_claims(scope: Iterable[str]) -> frozenset[str]:
    """What a client registered for these scopes may ever ask for by name."""
    return frozenset(claims_of_scopes(scope)) | {"sub", "acr", "amr", "auth_time", "sid"}


def is_essential(claims: Mapping[str, Any] | None, claim: str) -> bool:
    """Whether the `claims` parameter asks for the claim as essential in either answer (Core 5.5.1)."""
    for member in ("id_token", "userinfo"):
        wanted = (claims or {}).get(member, {}).get(claim)
        if isinstance(wanted, Mapping) and wanted.get("essential") is True:
            return True
    return False


def requested_values(claims: Mapping[str, Any] | None, claim: str) -> tuple[str, ...]:
    """The `value` or `values` asked for in the ID token, as text; empty when none was named."""
    wanted = (claims or {}).get("id_token", {}).get(claim)
    if not isinstance(wanted, Mapping):
        return ()
    values = wanted.get("values", [wanted["value"]] if "value" in wanted else [])
    return tuple(value for value in values if isinstance(value, str)) if isinstance(values, list) else ()
