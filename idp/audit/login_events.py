"""Events of the steps after the first authentication: second factors, records proved to be one person's, notices."""

from dataclasses import dataclass

from idp.audit.events import AuditEvent


@dataclass(frozen=True, kw_only=True)
class AuthenticatorEnrolled(AuditEvent):
    name = "authenticator.enrolled"
    kind: str


@dataclass(frozen=True, kw_only=True)
class AuthenticatorRemoved(AuditEvent):
    name = "authenticator.removed"
    kind: str
    by: str


@dataclass(frozen=True, kw_only=True)
class SecondFactorProved(AuditEvent):
    """Written with the session that it lifts."""

    name = "second_factor.proved"
    kind: str
    acr: str
    amr: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SecondFactorRefused(AuditEvent):
    name = "second_factor.refused"
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LinkingAnswered(AuditEvent):
    """What became of a doubt in this login: `proven`, `apart`, `review`, `shown`, `added`, `elsewhere`."""

    name = "linking.answered"
    answer: str
    case_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class LinkingRefused(AuditEvent):
    """A proof that joined nothing: nobody's records were touched."""

    name = "linking.refused"
    reason: str
    case_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class NoticeWritten(AuditEvent):
    """A person is told of something on the channels known before, of which there are so many of each kind."""

    name = "notice.written"
    kind: str
    sms: int
    emails: int
