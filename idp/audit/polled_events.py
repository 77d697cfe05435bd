"""Events of requests that a client asks about until a person has decided elsewhere (CIBA, device authorization)."""

from dataclasses import dataclass

from idp.audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class PolledRequestStored(AuditEvent):
    """Somebody may be asked. Whether there is anybody to ask is not told, lest the log be an oracle."""

    name = "polled_request.stored"
    kind: str


@dataclass(frozen=True, kw_only=True)
class PolledRequestRefused(AuditEvent):
    """The client was told no at once."""

    name = "polled_request.refused"
    kind: str
    error: str
    rule: str | None = None


@dataclass(frozen=True, kw_only=True)
class PolledRequestApproved(AuditEvent):
    """As `authorization_code.issued`, where there is no code."""

    name = "polled_request.approved"
    kind: str
    acr: str
    scope: str
    claims: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PolledRequestDenied(AuditEvent):
    """`reason`: `refused`, `reported`, or the error that the login ended with."""

    name = "polled_request.denied"
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class PersonAsked(AuditEvent):
    """Of a request that reached somebody. `outcome`: `sent` to their telephone, or `limited`: it had enough of them."""

    name = "polled_request.told"
    request: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class RequestsBlocked(AuditEvent):
    """The person said that they had not asked for it: the service reaches them in this way no more."""

    name = "requests.blocked"


@dataclass(frozen=True, kw_only=True)
class RequestsAllowed(AuditEvent):
    name = "requests.allowed"
