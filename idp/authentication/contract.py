"""What an identity source is. Adding a kind means one package here and one row in `kinds.py`, nothing else.

A source is configured, never special-cased: its id, kind, order, labels, assurance and endpoints come from the
`identity_source` table. It is untrusted: what it returns is checked before it becomes an AuthenticationResult.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

from idp.audit.events import AuditEvent
from idp.authentication.address import NetworkKey
from idp.identity.pivot import PivotIdentity
from idp.protocol.factors import FactorCategory
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Write


@dataclass(frozen=True, kw_only=True)
class SourceConfiguration:
    """One row of `identity_source`. `options` are the kind's own settings, `secrets` its credentials (unsealed)."""

    id: str
    kind: str
    position: int
    label: Mapping[str, str]
    hint: Mapping[str, str]
    organisation: Mapping[str, str]
    assurance: LevelOfAssurance
    identity_level: str
    options: Mapping[str, Any]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    disabled: bool = False

    def with_disabled(self, disabled: bool) -> Self:
        return replace(self, disabled=disabled)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One citizen at one source, now. `state` is what this source stored in the interaction and nobody else reads."""

    interaction_id: str
    browser_hash: bytes
    locale: str
    service_name: str
    client_id: str
    state: Mapping[str, Any]
    now: int
    address_keys: tuple[NetworkKey, ...]
    login_hint: str | None = None
    minimum_level: LevelOfAssurance = LevelOfAssurance.LOW


@dataclass(frozen=True, kw_only=True)
class AuthenticationResult:
    """Who the source saw. `source_subject` is the source's own stable identifier of the person, never shown.

    `identity` holds only what the source verified; `amr` are RFC 8176 values; `authenticated_at` epoch seconds.
    `forgotten_after`: seconds without use after which the identifier proves nothing of its former holder.
    `supersedes`: identifiers of this source that lead to nobody any more, because somebody else holds them now.
    """

    source_id: str
    source_subject: str
    identity: PivotIdentity
    amr: tuple[str, ...]
    level: LevelOfAssurance
    identity_level: str
    authenticated_at: int
    forgotten_after: int | None = None
    supersedes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"AuthenticationResult(source_id={self.source_id!r})"


@dataclass(frozen=True, kw_only=True)
class Redirect:
    """Send the browser to the source; keep `state` in the interaction, in one transaction with `writes`."""

    url: str
    state: Mapping[str, Any] = field(default_factory=dict)
    writes: tuple[Write, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Show:
    """Show one page of ours. `context` is what the template takes beyond what every page of a source has.

    `state` is kept in one transaction with `writes` and `event`, which says what happened at the source.
    """

    template: str
    context: Mapping[str, Any]
    state: Mapping[str, Any]
    status: int = 200
    writes: tuple[Write, ...] = ()
    event: AuditEvent | None = None


@dataclass(frozen=True, kw_only=True)
class Authenticated:
    result: AuthenticationResult


@dataclass(frozen=True, kw_only=True)
class Declined:
    """The citizen turned back at the source, or the source let nobody in: offer the choice again."""

    reason: str


Outcome = Redirect | Show | Authenticated | Declined


class IdentitySource(Protocol):
    """`begin` when the citizen chose it, `submit` for a form of ours, `complete` for the answer of another site.

    They raise `idp.errors.CitizenError` for what the citizen must read, `SourceUnavailable` when the source is
    down, `SourceLied` when its answer must not be believed.
    """

    configuration: SourceConfiguration

    @property
    def category(self) -> FactorCategory | None:
        """The one kind of factor a login here uses; None where that is the source's own affair."""

    async def begin(self, visit: Visit) -> Outcome: ...

    async def submit(self, visit: Visit, form: Mapping[str, str]) -> Outcome: ...

    async def complete(self, visit: Visit, parameters: Mapping[str, str]) -> Outcome: ...

    def is_failing(self) -> bool:
        """Whether choosing this source now would only meet a failure that is already known."""

    def leads_to(self) -> tuple[str, ...]:
        """Addresses of other sites a form that chooses this source may end at (for `form-action`)."""

    async def check(self) -> str:
        """One sentence for `motcua source check`: what was reached, and how it answered. Raises SourceUnavailable."""


class SourceUnavailable(Exception):
    """The source did not answer in time, or refused us. The citizen is offered the others."""

    def __init__(self, source_id: str, reason: str) -> None:
        super().__init__(f"{source_id}: {reason}")
        self.source_id = source_id
        self.reason = reason


class SourceLied(Exception):
    """The source's answer failed a check. `reason` is an enum-like word, safe to log."""

    def __init__(self, source_id: str, reason: str) -> None:
        super().__init__(f"{source_id}: {reason}")
        self.source_id = source_id
        self.reason = reason
