"""A security event the provider pushed: from unverified text to `SecurityEvent`. Pure; replay is the caller's store.

Answer 202 once the event is kept, and 400 to what is refused here (RFC 8935 §2.2, §2.3).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from relying_party_sdk.claims import MAX_SUBJECT_LENGTH, number, optional_text
from relying_party_sdk.compact import CompactRefused, VerifiedToken, verify_compact
from relying_party_sdk.jwks import Keys

SECURITY_EVENT_TYPE = "secevent+jwt"
_RISC = "https://schemas.openid.net/secevent/risc/event-type"
_CAEP = "https://schemas.openid.net/secevent/caep/event-type"


class SecurityEventKind(Enum):
    """What happened to the person, by the end of the event's address."""

    SUB_CHANGED = "sub-changed"
    """The person is known by `new_subject` from now on: move what is kept under `subject` there."""
    SUB_RESTORED = "sub-restored"
    """`subject` is a person of its own again, apart from `new_subject`."""
    SESSIONS_REVOKED = "session-revoked"
    CREDENTIAL_COMPROMISE = "credential-compromise"
    """Somebody else used the person's way of logging in: look at what was done in their name."""
    ACCOUNT_DISABLED = "account-disabled"
    ACCOUNT_ENABLED = "account-enabled"
    ACCOUNT_PURGED = "account-purged"
    """The person closed their account; this `subject` never comes back."""
    UNKNOWN = ""
    """Of a kind that this version does not know: answer 202 all the same."""


class SecurityEventInvalid(Exception):
    """The token broke a rule, named by `rule`; nothing of the token is in the message."""

    def __init__(self, rule: str) -> None:
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True)
class SecurityEvent:
    """`jti` stays the same where the provider sends it again."""

    kind: SecurityEventKind
    subject: str = field(repr=False)
    new_subject: str | None = field(repr=False)
    jti: str
    happened_at: int


@dataclass(frozen=True)
class EventExpectation:
    """Who may send the token, to whom, and when."""

    issuer: str
    client_id: str
    now: int
    leeway: int


def validate_security_event(
    raw: str, *, keys: Keys, issuer: str, client_id: str, algorithms: Sequence[str], now: int, leeway: int = 10
) -> SecurityEvent:
    """The event of a token that keeps every rule; raises `SecurityEventInvalid`."""
    try:
        token = verify_compact(raw, keys=keys, algorithms=algorithms, types=(SECURITY_EVENT_TYPE,))
    except CompactRefused as error:
        raise SecurityEventInvalid(error.rule) from error
    expected = EventExpectation(issuer, client_id, now, leeway)
    for check in RULES:
        check(token, expected)
    claims = token.claims
    uri, payload = _event(claims)
    kind = _kind(uri, issuer)
    issued_at = int(number(claims, "iat") or 0)
    return SecurityEvent(
        kind=kind,
        subject=_subject(claims, issuer) or "",
        new_subject=optional_text(payload, "separated_from" if kind is SecurityEventKind.SUB_RESTORED else "new_sub"),
        jti=str(claims["jti"]),
        happened_at=int(number(claims, "toe") or issued_at),
    )


def check_issuer(token: VerifiedToken, expected: EventExpectation) -> None:
    """`iss` equals the configured issuer (RFC 8417 §2.2)."""
    if token.claims.get("iss") != expected.issuer:
        raise SecurityEventInvalid("issuer_wrong")


def check_audience(token: VerifiedToken, expected: EventExpectation) -> None:
    """The token is for us and for nobody else (RFC 8417 §2.2)."""
    if token.claims.get("aud") not in (expected.client_id, [expected.client_id]):
        raise SecurityEventInvalid("audience_wrong")


def check_time(token: VerifiedToken, expected: EventExpectation) -> None:
    """`iat` is there and not ahead. An event does not expire: it happened (RFC 8417 §4.6)."""
    issued_at = number(token.claims, "iat")
    if issued_at is None:
        raise SecurityEventInvalid("time_missing")
    if issued_at > expected.now + expected.leeway:
        raise SecurityEventInvalid("issued_in_the_future")


def check_no_other_kind(token: VerifiedToken, expected: EventExpectation) -> None:
    """No `nonce` and no `sub`: an ID token must never pass for an event (RFC 8417 §4.5)."""
    if "nonce" in token.claims or "sub" in token.claims:
        raise SecurityEventInvalid("another_kind_of_token")


def check_jti(token: VerifiedToken, expected: EventExpectation) -> None:
    """`jti` is there, so that a repetition can be seen (RFC 8417 §2.2)."""
    if optional_text(token.claims, "jti") is None:
        raise SecurityEventInvalid("jti_missing")


def check_event(token: VerifiedToken, expected: EventExpectation) -> None:
    """Exactly one event, as this provider sends them, with an object (RFC 8417 §2.2)."""
    events = token.claims.get("events")
    if not isinstance(events, dict) or len(events) != 1 or not all(isinstance(one, dict) for one in events.values()):
        raise SecurityEventInvalid("event_missing")


def check_subject(token: VerifiedToken, expected: EventExpectation) -> None:
    """Whom it is about: our own identifier, by this issuer (RFC 9493 §3.2.4)."""
    subject = _subject(token.claims, expected.issuer)
    if subject is None or len(subject) > MAX_SUBJECT_LENGTH:
        raise SecurityEventInvalid("nobody_named")


RULES: tuple[Callable[[VerifiedToken, EventExpectation], None], ...] = (
    check_issuer,
    check_audience,
    check_time,
    check_no_other_kind,
    check_jti,
    check_event,
    check_subject,
)


def _event(claims: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
    events = claims["events"]
    assert isinstance(events, dict)
    ((uri, payload),) = events.items()
    return str(uri), payload


def _kind(uri: str, issuer: str) -> SecurityEventKind:
    folder, _, name = uri.rpartition("/")
    if folder not in (_RISC, _CAEP, f"{issuer}/events"):
        return SecurityEventKind.UNKNOWN
    return next((kind for kind in SecurityEventKind if kind.value == name), SecurityEventKind.UNKNOWN)


def _subject(claims: Mapping[str, object], issuer: str) -> str | None:
    subject = claims.get("sub_id")
    if not isinstance(subject, dict) or subject.get("format") != "iss_sub" or subject.get("iss") != issuer:
        return None
    return optional_text(subject, "sub")
