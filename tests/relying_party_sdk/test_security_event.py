"""Every way a security event can be bad, and that a good one says what happened."""

from __future__ import annotations

import pytest

from relying_party_sdk.security_event import (
    SecurityEvent,
    SecurityEventInvalid,
    SecurityEventKind,
    validate_security_event,
)
from relying_party_sdk.testing.signing import Signer

ISSUER = "https://dinhdanh.example"
CLIENT_ID = "cong-thue"
NOW = 1_800_000_000
SIGNER = Signer("ES256", kid="khoa-1")
KEYS: dict[str, object] = {"keys": [SIGNER.public_jwk()]}
CHANGED = f"{ISSUER}/events/sub-changed"

GOOD: dict[str, object] = {
    "iss": ISSUER,
    "aud": CLIENT_ID,
    "iat": NOW,
    "toe": NOW - 60,
    "jti": "mot-lan",
    "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": "cong-dan-cu"},
    "events": {CHANGED: {"new_sub": "cong-dan-moi"}},
}


def read(claims: dict[str, object], *, typ: str = "secevent+jwt") -> SecurityEvent:
    raw = SIGNER.sign(claims, typ=typ)
    return validate_security_event(raw, keys=KEYS, issuer=ISSUER, client_id=CLIENT_ID, algorithms=("ES256",), now=NOW)


def test_a_changed_identifier_names_the_old_and_the_new_one() -> None:
    event = read(GOOD)
    assert event.kind is SecurityEventKind.SUB_CHANGED
    assert (event.subject, event.new_subject) == ("cong-dan-cu", "cong-dan-moi")
    assert (event.jti, event.happened_at) == ("mot-lan", NOW - 60)
    assert "cong-dan" not in repr(event)


def test_an_event_may_arrive_long_after_it_happened() -> None:
    """A service that was down for a day still has to hear of it."""
    assert read({**GOOD, "iat": NOW - 86_000}).kind is SecurityEventKind.SUB_CHANGED


@pytest.mark.parametrize(
    ("uri", "kind"),
    [
        ("https://schemas.openid.net/secevent/risc/event-type/account-purged", SecurityEventKind.ACCOUNT_PURGED),
        ("https://schemas.openid.net/secevent/caep/event-type/session-revoked", SecurityEventKind.SESSIONS_REVOKED),
        (f"{ISSUER}/events/sub-restored", SecurityEventKind.SUB_RESTORED),
        ("https://somebody.example/events/sub-changed", SecurityEventKind.UNKNOWN),
        (f"{ISSUER}/events/", SecurityEventKind.UNKNOWN),
        ("sub-changed", SecurityEventKind.UNKNOWN),
    ],
)
def test_kinds_are_told_by_their_whole_address(uri: str, kind: SecurityEventKind) -> None:
    assert read({**GOOD, "events": {uri: {}}}).kind is kind


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        pytest.param({"iss": "https://ke-xau.example"}, "issuer_wrong", id="another issuer"),
        pytest.param({"aud": "cong-khac"}, "audience_wrong", id="another service"),
        pytest.param({"aud": [CLIENT_ID, "cong-khac"]}, "audience_wrong", id="a second service"),
        pytest.param({"iat": None}, "time_missing", id="no time"),
        pytest.param({"iat": NOW + 60}, "issued_in_the_future", id="from the future"),
        pytest.param({"nonce": "n"}, "another_kind_of_token", id="an ID token's nonce"),
        pytest.param({"sub": "cong-dan-cu"}, "another_kind_of_token", id="an ID token's sub"),
        pytest.param({"jti": ""}, "jti_missing", id="an empty jti"),
        pytest.param({"events": {}}, "event_missing", id="no event"),
        pytest.param({"events": {CHANGED: "moi"}}, "event_missing", id="an event that is no object"),
        pytest.param({"events": {CHANGED: {}, "x": {}}}, "event_missing", id="two events"),
        pytest.param({"sub_id": None}, "nobody_named", id="about nobody"),
        pytest.param(
            {"sub_id": {"format": "email", "email": "a@b.example"}}, "nobody_named", id="another kind of subject"
        ),
        pytest.param(
            {"sub_id": {"format": "iss_sub", "iss": "https://ke-xau.example", "sub": "x"}},
            "nobody_named",
            id="a subject of another issuer",
        ),
    ],
)
def test_a_broken_rule_is_named(changed: dict[str, object], rule: str) -> None:
    with pytest.raises(SecurityEventInvalid) as refused:
        read({**GOOD, **changed})
    assert refused.value.rule == rule


@pytest.mark.parametrize("typ", ["JWT", "logout+jwt", "at+jwt"])
def test_another_kind_of_token_is_no_event(typ: str) -> None:
    with pytest.raises(SecurityEventInvalid):
        read(GOOD, typ=typ)


def test_an_unknown_key_signs_nothing() -> None:
    raw = Signer("ES256", kid="khoa-la").sign(GOOD, typ="secevent+jwt")
    with pytest.raises(SecurityEventInvalid):
        validate_security_event(raw, keys=KEYS, issuer=ISSUER, client_id=CLIENT_ID, algorithms=("ES256",), now=NOW)
