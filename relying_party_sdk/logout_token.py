"""The back-channel logout token: from unverified text to `LogoutNotice`. Pure; replay is the caller's store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from relying_party_sdk.claims import MAX_SUBJECT_LENGTH, number, optional_text
from relying_party_sdk.compact import CompactRefused, KeyNotPublished, VerifiedToken, verify_compact
from relying_party_sdk.errors import LogoutTokenInvalid
from relying_party_sdk.jwks import Keys

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
# `typ` separates token kinds; providers older than its registration send "JWT" or none.
LOGOUT_TOKEN_TYPES = ("logout+jwt", "jwt", "")
MAX_LIFETIME = 300


class UnknownLogoutKey(LogoutTokenInvalid):
    """The token names a key the set does not hold; fetch the set once more, then give up."""


@dataclass(frozen=True)
class LogoutNotice:
    """Whom the provider logged out: one session (`session_id`), or every session of `subject`."""

    subject: str | None = field(repr=False)
    session_id: str | None = field(repr=False)
    jti: str
    issued_at: int
    expires_at: int


@dataclass(frozen=True)
class LogoutExpectation:
    """Who may send the token, to whom, and when."""

    issuer: str
    client_id: str
    now: int
    leeway: int


def validate_logout_token(
    raw: str,
    *,
    keys: Keys,
    issuer: str,
    client_id: str,
    algorithms: Sequence[str],
    now: int,
    leeway: int = 10,
) -> LogoutNotice:
    """The notice of a logout token that keeps every rule; raises `LogoutTokenInvalid`."""
    try:
        token = verify_compact(raw, keys=keys, algorithms=algorithms, types=LOGOUT_TOKEN_TYPES)
    except KeyNotPublished as error:
        raise UnknownLogoutKey(error.rule) from error
    except CompactRefused as error:
        raise LogoutTokenInvalid(error.rule) from error
    expected = LogoutExpectation(issuer, client_id, now, leeway)
    for check in RULES:
        check(token, expected)
    claims = token.claims
    return LogoutNotice(
        subject=optional_text(claims, "sub"),
        session_id=optional_text(claims, "sid"),
        jti=str(claims["jti"]),
        issued_at=int(number(claims, "iat") or 0),
        expires_at=int(number(claims, "exp") or 0),
    )


def check_issuer(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """`iss` equals the configured issuer (Back-Channel Logout §2.6, 3)."""
    if token.claims.get("iss") != expected.issuer:
        raise LogoutTokenInvalid("issuer_wrong")


def check_audience(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """The token is for us and for nobody else (§2.6, 3)."""
    if token.claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise LogoutTokenInvalid("audience_wrong")


def check_times(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """`iat` is not ahead and `exp` lies ahead, at most five minutes after it (§2.4)."""
    issued_at, expires_at = number(token.claims, "iat"), number(token.claims, "exp")
    if issued_at is None or expires_at is None:
        raise LogoutTokenInvalid("time_missing")
    if issued_at > expected.now + expected.leeway:
        raise LogoutTokenInvalid("issued_in_the_future")
    if expires_at + expected.leeway <= expected.now:
        raise LogoutTokenInvalid("expired")
    if expires_at - issued_at > MAX_LIFETIME:
        raise LogoutTokenInvalid("lives_too_long")


def check_event(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """`events` names the logout event with an object (§2.6, 6)."""
    events = token.claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise LogoutTokenInvalid("event_missing")


def check_no_nonce(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """A logout token has no `nonce`: an ID token must never pass for one (§2.6, 7)."""
    if "nonce" in token.claims:
        raise LogoutTokenInvalid("nonce_present")


def check_whom(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """`sub`, `sid` or both are there, as text (§2.6, 5)."""
    for name in ("sub", "sid"):
        value = optional_text(token.claims, name)
        if name in token.claims and (value is None or len(value) > MAX_SUBJECT_LENGTH):
            raise LogoutTokenInvalid("claim_type_wrong", name)
    if "sub" not in token.claims and "sid" not in token.claims:
        raise LogoutTokenInvalid("nobody_named")


def check_jti(token: VerifiedToken, expected: LogoutExpectation) -> None:
    """`jti` is there, so that a replay can be seen (§2.4)."""
    if optional_text(token.claims, "jti") is None:
        raise LogoutTokenInvalid("jti_missing")


RULES: tuple[Callable[[VerifiedToken, LogoutExpectation], None], ...] = (
    check_issuer,
    check_audience,
    check_times,
    check_event,
    check_no_nonce,
    check_whom,
    check_jti,
)
