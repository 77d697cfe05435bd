"""The ID token: from unverified text to `IdTokenClaims`.

Pure: keys, clock and expectations are handed in, so that a synchronous service and an asynchronous
caller use the same rules. `RULES` is the ordered list; each check is one rule.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from relying_party_sdk.claims import MAX_SUBJECT_LENGTH, number, optional_text, text_list
from relying_party_sdk.compact import CompactRefused, KeyNotPublished, VerifiedToken, verify_compact
from relying_party_sdk.errors import IdTokenInvalid
from relying_party_sdk.jwks import Keys

ID_TOKEN_TYPES = ("", "jwt")

# OpenID Connect Core §3.1.3.6: the hash of the signature's own family. RFC 8032: Ed25519 uses SHA-512.
_HASH_NAMES = {"EdDSA": "sha512", "Ed25519": "sha512"}


class UnknownKey(IdTokenInvalid):
    """The token names a key the set does not hold; fetch the set once more, then give up."""


@dataclass(frozen=True)
class IdTokenClaims:
    """What a verified ID token says. `claims` holds everything, and stays out of `repr`."""

    issuer: str
    subject: str = field(repr=False)
    issued_at: int
    expires_at: int
    authenticated_at: int | None
    acr: str | None
    amr: tuple[str, ...]
    session_id: str | None = field(repr=False)
    claims: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True)
class Expectation:
    """What this login's ID token has to say."""

    issuer: str
    client_id: str
    nonce: str | None
    now: int
    leeway: int
    max_age: int | None
    access_token: str | None
    code: str | None = None


def validate_id_token(
    raw: str,
    *,
    keys: Keys,
    issuer: str,
    client_id: str,
    algorithms: Sequence[str],
    nonce: str | None,
    now: int,
    max_age: int | None = None,
    leeway: int = 10,
    access_token: str | None = None,
    code: str | None = None,
) -> IdTokenClaims:
    """The claims of an ID token that keeps every rule; raises `IdTokenInvalid`, whose `rule` names the breach.

    `keys` is the issuer's key set, `now` epoch seconds, `leeway` the clock difference forgiven. `nonce=None`
    is for refreshed tokens only, which carry none. `UnknownKey` is raised where a newer key set may help.
    """
    token = verify_id_token_signature(raw, keys=keys, algorithms=algorithms)
    expected = Expectation(issuer, client_id, nonce, now, leeway, max_age, access_token, code)
    for check in RULES:
        check(token, expected)
    claims = token.claims
    return IdTokenClaims(
        issuer=issuer,
        subject=str(claims["sub"]),
        issued_at=int(number(claims, "iat") or 0),
        expires_at=int(number(claims, "exp") or 0),
        authenticated_at=_whole(number(claims, "auth_time")),
        acr=optional_text(claims, "acr"),
        amr=text_list(claims, "amr"),
        session_id=optional_text(claims, "sid"),
        claims=claims,
    )


def verify_id_token_signature(raw: str, *, keys: Keys, algorithms: Sequence[str]) -> VerifiedToken:
    """A token in strict form, signed by the issuer; its claims are not checked yet."""
    try:
        return verify_compact(raw, keys=keys, algorithms=algorithms, types=ID_TOKEN_TYPES)
    except KeyNotPublished as error:
        raise UnknownKey(error.rule) from error
    except CompactRefused as error:
        raise IdTokenInvalid(error.rule) from error


def check_issuer(token: VerifiedToken, expected: Expectation) -> None:
    """`iss` equals the configured issuer (Core §3.1.3.7, 2)."""
    if token.claims.get("iss") != expected.issuer:
        raise IdTokenInvalid("issuer_wrong")


def check_audience(token: VerifiedToken, expected: Expectation) -> None:
    """The token is for us and for nobody else (Core §3.1.3.7, 3: untrusted audiences are refused)."""
    audience = token.claims.get("aud")
    if audience not in (expected.client_id, [expected.client_id]):
        raise IdTokenInvalid("audience_wrong")


def check_authorized_party(token: VerifiedToken, expected: Expectation) -> None:
    """`azp`, where present, is us (Core §3.1.3.7, 5)."""
    if "azp" in token.claims and token.claims["azp"] != expected.client_id:
        raise IdTokenInvalid("authorized_party_wrong")


def check_subject(token: VerifiedToken, expected: Expectation) -> None:
    """`sub` is 1 to 255 visible ASCII characters (Core §2)."""
    subject = token.claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= MAX_SUBJECT_LENGTH:
        raise IdTokenInvalid("subject_wrong")
    if not all("!" <= letter <= "~" for letter in subject):
        raise IdTokenInvalid("subject_wrong")


def check_expiry(token: VerifiedToken, expected: Expectation) -> None:
    """`exp` lies ahead (Core §3.1.3.7, 9)."""
    expires_at = number(token.claims, "exp")
    if expires_at is None:
        raise IdTokenInvalid("expiry_missing")
    if expires_at + expected.leeway <= expected.now:
        raise IdTokenInvalid("expired")


def check_issued_at(token: VerifiedToken, expected: Expectation) -> None:
    """`iat` is present, not ahead of the clock and before `exp` (Core §2)."""
    issued_at = number(token.claims, "iat")
    if issued_at is None:
        raise IdTokenInvalid("issued_at_missing")
    if issued_at > expected.now + expected.leeway:
        raise IdTokenInvalid("issued_in_the_future")
    if issued_at > (number(token.claims, "exp") or 0):
        raise IdTokenInvalid("issued_after_expiry")


def check_not_before(token: VerifiedToken, expected: Expectation) -> None:
    """`nbf`, where present, has come (RFC 7519 §4.1.5)."""
    if "nbf" not in token.claims:
        return
    not_before = number(token.claims, "nbf")
    if not_before is None or not_before > expected.now + expected.leeway:
        raise IdTokenInvalid("not_yet_valid")


def check_nonce(token: VerifiedToken, expected: Expectation) -> None:
    """`nonce` is the one this login sent (Core §3.1.3.7, 11)."""
    if expected.nonce is None:
        return
    nonce = token.claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), expected.nonce.encode()):
        raise IdTokenInvalid("nonce_wrong")


def check_authentication_time(token: VerifiedToken, expected: Expectation) -> None:
    """`auth_time` is a time not ahead, and young enough where `max_age` was asked (Core §3.1.3.7, 13)."""
    authenticated_at = number(token.claims, "auth_time")
    if authenticated_at is None:
        if "auth_time" in token.claims or expected.max_age is not None:
            raise IdTokenInvalid("authentication_time_missing")
        return
    if authenticated_at > expected.now + expected.leeway:
        raise IdTokenInvalid("authentication_time_in_the_future")
    if expected.max_age is not None and authenticated_at + expected.max_age + expected.leeway < expected.now:
        raise IdTokenInvalid("authentication_too_old")


def check_access_token_hash(token: VerifiedToken, expected: Expectation) -> None:
    """`at_hash`, where present, fits the access token (Core §3.1.3.8)."""
    if expected.access_token is None or "at_hash" not in token.claims:
        return
    if token.claims["at_hash"] != _half_hash(expected.access_token, token.algorithm):
        raise IdTokenInvalid("access_token_hash_wrong")


def check_code_hash(token: VerifiedToken, expected: Expectation) -> None:
    """`c_hash`, where present, fits the code the token was got with (Core §3.3.2.11)."""
    if expected.code is None or "c_hash" not in token.claims:
        return
    if token.claims["c_hash"] != _half_hash(expected.code, token.algorithm):
        raise IdTokenInvalid("code_hash_wrong")


def check_shapes(token: VerifiedToken, expected: Expectation) -> None:
    """`acr`, `amr` and `sid` have the types of Core §2; a wrong type is not an absent claim."""
    for name in ("acr", "sid"):
        if name in token.claims and optional_text(token.claims, name) is None:
            raise IdTokenInvalid("claim_type_wrong", name)
    if "amr" in token.claims and not text_list(token.claims, "amr"):
        raise IdTokenInvalid("claim_type_wrong", "amr")


RULES: tuple[Callable[[VerifiedToken, Expectation], None], ...] = (
    check_issuer,
    check_audience,
    check_authorized_party,
    check_subject,
    check_expiry,
    check_issued_at,
    check_not_before,
    check_nonce,
    check_authentication_time,
    check_access_token_hash,
    check_code_hash,
    check_shapes,
)


def _half_hash(value: str, algorithm: str) -> str:
    """The left half of the hash, in the signature's own family (Core §3.1.3.6)."""
    hash_name = _HASH_NAMES.get(algorithm, f"sha{algorithm[-3:]}")
    digest = hashlib.new(hash_name, value.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
