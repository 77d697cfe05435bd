"""The events. Each is named `noun.verb`; its fields are ids, enum values, claim names and counts, nothing else.

A test walks every event and refuses fields of a free-text kind. What is written is what support, auditors and
the citizen's own history read; a name, a number, an address or a token has no place here.
"""

from dataclasses import dataclass, fields
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class AuditEvent:
    """One outcome. `name` is stable: programs and auditors filter by it."""

    name: ClassVar[str]
    client_id: str | None = None
    source_id: str | None = None
    person_id: str | None = None
    session_id: str | None = None
    grant_id: str | None = None
    interaction_id: str | None = None

    def detail(self) -> dict[str, str | int | list[str]]:
        """The event's own fields, those every event shares left out."""
        return {name: value for name, value in vars(self).items() if name not in _SHARED and value is not None}


_SHARED = frozenset(shared_field.name for shared_field in fields(AuditEvent))


# The authorization endpoint and the walk of a login


@dataclass(frozen=True, kw_only=True)
class InteractionStarted(AuditEvent):
    name = "interaction.started"


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequestRefused(AuditEvent):
    name = "authorization_request.refused"
    error: str
    rule: str | None = None


@dataclass(frozen=True, kw_only=True)
class PushedRequestStored(AuditEvent):
    name = "pushed_request.stored"


@dataclass(frozen=True, kw_only=True)
class SourceChosen(AuditEvent):
    name = "source.chosen"


@dataclass(frozen=True, kw_only=True)
class OneTimeCodeSent(AuditEvent):
    """Says that a challenge was made; whether a message went out is not told, lest the log be an oracle."""

    name = "one_time_code.sent"


@dataclass(frozen=True, kw_only=True)
class OneTimeCodeRefused(AuditEvent):
    name = "one_time_code.refused"
    reason: str


@dataclass(frozen=True, kw_only=True)
class SourceRefused(AuditEvent):
    """The source answered, and its answer was not accepted (a lie, a replay, another browser)."""

    name = "source.refused"
    reason: str


@dataclass(frozen=True, kw_only=True)
class SourceFailed(AuditEvent):
    name = "source.failed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class PersonAuthenticated(AuditEvent):
    name = "person.authenticated"
    acr: str
    amr: tuple[str, ...]
    decision: str


@dataclass(frozen=True, kw_only=True)
class PersonRefused(AuditEvent):
    name = "person.refused"
    reason: str


@dataclass(frozen=True, kw_only=True)
class PersonCreated(AuditEvent):
    name = "person.created"


@dataclass(frozen=True, kw_only=True)
class SourceLinked(AuditEvent):
    name = "source.linked"
    link_id: str
    decision: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LinkChanged(AuditEvent):
    """One step in the life of a link. `by` is the part that acted: the citizen, an operator, a login or the system."""

    name = "link.changed"
    link_id: str
    from_status: str
    to_status: str
    reason: str
    by: str


@dataclass(frozen=True, kw_only=True)
class IdentityCorrected(AuditEvent):
    """A source told another value than before; `corrected` holds the names of the fields."""

    name = "identity.corrected"
    link_id: str
    corrected: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(AuditEvent):
    name = "consent.given"
    claims: tuple[str, ...]
    legal_basis: str
    allowed: tuple[str, ...] = ()
    """Types of what was allowed beside (RFC 9396), never their content."""


@dataclass(frozen=True, kw_only=True)
class ConsentRefused(AuditEvent):
    name = "consent.refused"


@dataclass(frozen=True, kw_only=True)
class LoginCancelled(AuditEvent):
    name = "login.cancelled"


@dataclass(frozen=True, kw_only=True)
class AuthorizationCodeIssued(AuditEvent):
    """`claims` are the names of those that the ID token will carry or the access token open."""

    name = "authorization_code.issued"
    acr: str
    scope: str
    claims: tuple[str, ...]


# Tokens


@dataclass(frozen=True, kw_only=True)
class TokensIssued(AuditEvent):
    """For whom and with what, the grant's `authorization_code.issued` says."""

    name = "tokens.issued"
    grant_type: str


@dataclass(frozen=True, kw_only=True)
class TokenRequestRefused(AuditEvent):
    name = "token_request.refused"
    error: str


@dataclass(frozen=True, kw_only=True)
class ClientAuthenticationFailed(AuditEvent):
    name = "client_authentication.failed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class ClientCertificateIgnored(AuditEvent):
    """A header told a certificate and was not believed; the request needed none."""

    name = "client_certificate.ignored"
    reason: str


@dataclass(frozen=True, kw_only=True)
class AuthorizationCodeReplayed(AuditEvent):
    name = "authorization_code.replayed"


@dataclass(frozen=True, kw_only=True)
class RefreshTokenReplayed(AuditEvent):
    name = "refresh_token.replayed"


@dataclass(frozen=True, kw_only=True)
class TokenRevoked(AuditEvent):
    name = "token.revoked"
    token_kind: str


@dataclass(frozen=True, kw_only=True)
class TokenIntrospected(AuditEvent):
    name = "token.introspected"
    active: str


@dataclass(frozen=True, kw_only=True)
class UserInfoGiven(AuditEvent):
    """Which claims, the grant's `authorization_code.issued` says."""

    name = "user_info.given"


@dataclass(frozen=True, kw_only=True)
class UserInfoRefused(AuditEvent):
    name = "user_info.refused"
    error: str


# Sessions


@dataclass(frozen=True, kw_only=True)
class SessionEnded(AuditEvent):
    name = "session.ended"
    reason: str
    clients_told: int = 0


@dataclass(frozen=True, kw_only=True)
class LogoutRefused(AuditEvent):
    """Asked for with a hint that is none of ours."""

    name = "logout.refused"
    rule: str


@dataclass(frozen=True, kw_only=True)
class LogoutNotified(AuditEvent):
    name = "logout.notified"
    outcome: str
    attempts: int


# Configuration, by an operator or the command line


@dataclass(frozen=True, kw_only=True)
class ConfigurationChanged(AuditEvent):
    name = "configuration.changed"
    subject: str
    action: str
    operator: str


@dataclass(frozen=True, kw_only=True)
class KeysRotated(AuditEvent):
    name = "keys.rotated"
    alg: str
    active_kid: str


@dataclass(frozen=True, kw_only=True)
class ExpiredDataPurged(AuditEvent):
    name = "expired_data.purged"
    table: str
    rows: int
