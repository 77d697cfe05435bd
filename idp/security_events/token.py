"""One Security Event Token: what it says, in the words of RISC and CAEP 1.0 where they have one. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from idp.identity.protection.service_events import EventKind, ServiceEvent

TYP: Final = "secevent+jwt"
MEDIA_TYPE: Final = "application/secevent+jwt"

_RISC: Final = "https://schemas.openid.net/secevent/risc/event-type"
_CAEP: Final = "https://schemas.openid.net/secevent/caep/event-type"
_STANDARD: Final[Mapping[EventKind, str]] = {
    EventKind.SESSIONS_REVOKED: f"{_CAEP}/session-revoked",
    EventKind.CREDENTIAL_COMPROMISE: f"{_RISC}/credential-compromise",
    EventKind.ACCOUNT_DISABLED: f"{_RISC}/account-disabled",
    EventKind.ACCOUNT_ENABLED: f"{_RISC}/account-enabled",
    EventKind.ACCOUNT_PURGED: f"{_RISC}/account-purged",
}
_OURS: Final[Mapping[EventKind, str]] = {
    EventKind.SUB_CHANGED: "sub-changed",
    EventKind.SUB_RESTORED: "sub-restored",
}


def event_uri(kind: EventKind, issuer: str) -> str:
    """No standard event says that a `sub` was replaced; ours are named under the issuer."""
    return _STANDARD[kind] if kind in _STANDARD else f"{issuer}/events/{_OURS[kind]}"


def token_claims(event: ServiceEvent, *, issuer: str, now: float) -> dict[str, Any]:
    """The subject as RFC 9493 writes it. No `sub` and no `exp`: it must not pass for an ID token (RFC 8417 §4.5, §4.6).

    `jti` stays the same however often the token is sent.
    """
    return {
        "iss": issuer,
        "aud": event.client_id,
        "iat": int(now),
        "toe": event.at,
        "jti": event.jti,
        "sub_id": {"format": "iss_sub", "iss": issuer, "sub": event.sub},
        "events": {event_uri(event.kind, issuer): _payload(event)},
    }


def _payload(event: ServiceEvent) -> dict[str, Any]:
    match event.kind:
        case EventKind.SUB_CHANGED:
            return {"new_sub": event.other_sub}
        case EventKind.SUB_RESTORED:
            return {"separated_from": event.other_sub}
        case EventKind.CREDENTIAL_COMPROMISE:
            return {"credential_type": event.credential_type or "password", "event_timestamp": event.at}
        case EventKind.SESSIONS_REVOKED:
            return {"event_timestamp": event.at}
    return {}
