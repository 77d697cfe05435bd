"""A signed authorization response (JARM): from the unverified `response` to the parameters it carries. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from relying_party_sdk.claims import number
from relying_party_sdk.compact import (
    CompactRefused,
    KeyNotPublished,
    VerifiedToken,
    parse_object,
    split_compact,
    verify_compact,
)
from relying_party_sdk.errors import AuthorizationResponseInvalid
from relying_party_sdk.jwks import Keys

RESPONSE_TYPES = ("", "jwt")


class UnknownResponseKey(AuthorizationResponseInvalid):
    """The response names a key the set does not hold; fetch the set once more, then give up."""


@dataclass(frozen=True)
class ResponseExpectation:
    """Who may answer, whom, and when."""

    issuer: str
    client_id: str
    now: int
    leeway: int


def validate_response(
    raw: str, *, keys: Keys, issuer: str, client_id: str, algorithm: str, now: int, leeway: int = 10
) -> Mapping[str, str]:
    """The response's parameters, `iss` among them; raises `AuthorizationResponseInvalid`."""
    try:
        token = verify_compact(raw, keys=keys, algorithms=(algorithm,), types=RESPONSE_TYPES)
    except KeyNotPublished as error:
        raise UnknownResponseKey(error.rule) from error
    except CompactRefused as error:
        raise AuthorizationResponseInvalid(error.rule) from error
    expected = ResponseExpectation(issuer, client_id, now, leeway)
    for check in RULES:
        check(token, expected)
    return {name: value for name, value in token.claims.items() if isinstance(value, str)}


def unverified_state(raw: str) -> str:
    """`state` of a response nobody has verified: only good for finding the login it may belong to."""
    try:
        _, payload, _ = split_compact(raw)
        state = parse_object(payload, "claims_not_json").get("state")
    except CompactRefused as error:
        raise AuthorizationResponseInvalid(error.rule) from error
    return state if isinstance(state, str) else ""


def check_issuer(token: VerifiedToken, expected: ResponseExpectation) -> None:
    """`iss` is there and is the provider asked (JARM §2.4, 3)."""
    if token.claims.get("iss") != expected.issuer:
        raise AuthorizationResponseInvalid("issuer_wrong")


def check_audience(token: VerifiedToken, expected: ResponseExpectation) -> None:
    """`aud` is there and is us alone (JARM §2.4, 4)."""
    if token.claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise AuthorizationResponseInvalid("audience_wrong")


def check_expiry(token: VerifiedToken, expected: ResponseExpectation) -> None:
    """`exp` is there and lies ahead (JARM §2.4, 5)."""
    expires_at = number(token.claims, "exp")
    if expires_at is None:
        raise AuthorizationResponseInvalid("expiry_missing")
    if expires_at + expected.leeway <= expected.now:
        raise AuthorizationResponseInvalid("expired")


RULES: tuple[Callable[[VerifiedToken, ResponseExpectation], None], ...] = (
    check_issuer,
    check_audience,
    check_expiry,
)
