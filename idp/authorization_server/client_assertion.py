"""private_key_jwt: the client's signed statement of who it is (RFC 7523 §3, OpenID Connect Core 9).

Written beside Authlib's JWTBearerClientAssertion, which imports the client's keys on every call, takes the
algorithm from the token and knows no longest lifetime.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from joserfc.jwk import KeySet

from idp.authorization_server.client_signature import NoKeyFits, NotAcceptable, algorithms_of, signed_claims
from idp.errors import InvalidClient
from idp.protocol.client import Client

LONGEST_LIFETIME_SECONDS: Final = 300
CLOCK_TOLERANCE_SECONDS: Final = 10
# The last is what RFC 7523bis calls it; most clients say JWT, or nothing.
_TYPES: Final = (None, "jwt", "client-authentication+jwt")


@dataclass(frozen=True)
class UsedAssertion:
    """Remembered until `expires_at` (epoch seconds): the same `jti` of the same client never works again."""

    client_id: str
    jti: str
    expires_at: int


@dataclass(frozen=True)
class _Assertion:
    client: Client
    claims: Mapping[str, Any]
    audiences: Collection[str]
    now: int


def check_issuer_and_subject(assertion: _Assertion) -> None:
    """Both are the client itself (RFC 7523 §3 rules 1 and 2)."""
    client_id = assertion.client.client_id
    if assertion.claims.get("iss") != client_id or assertion.claims.get("sub") != client_id:
        raise InvalidClient("client authentication failed", private_detail="assertion_issuer")


def check_audience(assertion: _Assertion) -> None:
    """One of ours, and no stranger beside it (rule 3; RFC 7523bis); for some profiles the issuer as a text alone."""
    audience = assertion.claims.get("aud")
    if assertion.client.rules.issuer_is_the_only_audience and not isinstance(audience, str):
        raise InvalidClient("client authentication failed", private_detail="assertion_audience")
    values = audience if isinstance(audience, list) else [audience]
    if not values or not all(isinstance(value, str) and value in assertion.audiences for value in values):
        raise InvalidClient("client authentication failed", private_detail="assertion_audience")


def check_expiry(assertion: _Assertion) -> None:
    """Present, in the future, and not further than five minutes (rule 4)."""
    expires_at = assertion.claims.get("exp")
    if not _is_time(expires_at) or expires_at <= assertion.now - CLOCK_TOLERANCE_SECONDS:
        raise InvalidClient("client authentication failed", private_detail="assertion_expired")
    if expires_at > assertion.now + LONGEST_LIFETIME_SECONDS + CLOCK_TOLERANCE_SECONDS:
        raise InvalidClient("client authentication failed", private_detail="assertion_lives_too_long")


def check_not_from_the_future(assertion: _Assertion) -> None:
    """`nbf` and `iat` may run ahead of us by a clock's tolerance only (rules 5 and 6)."""
    for name in ("nbf", "iat"):
        moment = assertion.claims.get(name)
        if moment is not None and (not _is_time(moment) or moment > assertion.now + CLOCK_TOLERANCE_SECONDS):
            raise InvalidClient("client authentication failed", private_detail=f"assertion_{name}")


def check_jti(assertion: _Assertion) -> None:
    """A name of its own, so that it can be remembered as used (rule 7, mandatory here)."""
    jti = assertion.claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= 256 or not jti.isprintable():
        raise InvalidClient("client authentication failed", private_detail="assertion_jti")


ASSERTION_RULES: tuple[Callable[[_Assertion], None], ...] = (
    check_issuer_and_subject,
    check_audience,
    check_expiry,
    check_not_from_the_future,
    check_jti,
)


class SignatureDoesNotFit(InvalidClient):
    """By none of the keys we know of; a client that rotates its keys may have newer ones."""


def check_assertion(
    client: Client, unverified_assertion: str, keys: KeySet, *, audiences: Collection[str], now: int
) -> UsedAssertion:
    """Raises InvalidClient; the reason is a private detail."""
    claims = _verified_claims(client, unverified_assertion, keys)
    assertion = _Assertion(client, claims, audiences, now)
    for rule in ASSERTION_RULES:
        rule(assertion)
    return UsedAssertion(client.client_id, claims["jti"], int(claims["exp"]) + CLOCK_TOLERANCE_SECONDS)


def _verified_claims(client: Client, unverified_assertion: str, keys: KeySet) -> Mapping[str, Any]:
    try:
        return signed_claims(
            unverified_assertion,
            keys,
            algorithms=algorithms_of(client, client.token_endpoint_auth_signing_alg),
            types=_TYPES,
        )
    except NoKeyFits as error:
        raise SignatureDoesNotFit("client authentication failed", private_detail="assertion_signature") from error
    except NotAcceptable as error:
        raise InvalidClient("client authentication failed", private_detail=f"assertion_{error.reason}") from error


def _is_time(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 2**40
