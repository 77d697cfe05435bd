"""One person at the linking step: loaded anew at every request, with what became of their case meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from idp.audit.events import AuditEvent
from idp.audit.log import audit_entry
from idp.identity.cases.case import Case
from idp.interactions.interaction import Interaction
from idp.interactions.linking import Doubt, Linking
from idp.interactions.storage import saving
from idp.protocol.client import Client, in_locale
from idp.services import Services
from idp.sessions.session import SsoSession
from idp.storage.database import Write
from idp.web.csrf import check_csrf, check_same_origin, csrf_token
from idp.web.i18n import Locale
from idp.web.views import ServiceView


@dataclass(frozen=True, kw_only=True)
class Asking:
    """`case` is the one that waits for a decision, where there is one."""

    services: Services
    interaction: Interaction
    client: Client
    session: SsoSession
    linking: Linking
    case: Case | None
    locale: Locale
    browser_id: str = field(repr=False)
    now: float

    @property
    def dispatcher(self) -> str:
        return f"/interactions/{self.interaction.id}"

    @property
    def page(self) -> str:
        return f"{self.dispatcher}/linking"

    @property
    def service(self) -> ServiceView:
        return ServiceView.of(self.client, self.locale)

    @property
    def cases_url(self) -> str:
        """Short enough to be typed on another device."""
        return f"{self.services.settings.issuer}/me/cases"

    @property
    def case_url(self) -> str:
        """Where this person goes on with another device: the citizen's space lets nobody else open it."""
        return f"{self.cases_url}/{self.linking.case_id}"

    def csrf(self, form: str) -> str:
        purpose = self._purpose(form)
        return csrf_token(self.services.csrf_key, browser_id=self.browser_id, purpose=purpose)

    def check_form(self, fields: Mapping[str, str], headers: Mapping[str, str]) -> None:
        """Raises EdgeError."""
        check_same_origin(headers, self.services.settings.issuer)
        check_csrf(
            self.services.csrf_key,
            browser_id=self.browser_id,
            purpose=self._purpose("linking"),
            token=fields.get("csrf"),
        )

    async def label_of(self, source_id: str | None) -> str:
        source = await self.services.configuration.source(source_id or "")
        return in_locale(source.configuration.label, self.locale) if source else ""

    async def move(self, linking: Linking, *writes: Write, event: AuditEvent | None = None) -> None:
        """Where another tab moved on meanwhile, nothing is written: the next look finds where that led."""
        changed = replace(self.interaction, linking=linking, source_id=None, source_state={}, notice=None)
        await self.commit(changed, *writes, event=event)

    async def commit(self, changed: Interaction, *writes: Write, event: AuditEvent | None = None) -> bool:
        entries = [] if event is None else [audit_entry(event, now_ms=int(self.now * 1000))]
        gate = saving(self.services.vault, changed)
        return await self.services.database.commit(*writes, *entries, gate=gate) is not None

    def ids(self) -> dict[str, str]:
        return {
            "client_id": self.client.client_id,
            "interaction_id": self.interaction.id,
            "person_id": self.session.person_id,
            "session_id": self.session.id,
        }

    def _purpose(self, form: str) -> str:
        # Bound to the session too: an answer to the page of one person must not count for another since logged in.
        if form == "cancel":
            return f"cancel {self.interaction.id}"
        return f"{form} {self.interaction.id} {self.session.id}"


def linking_of(interaction: Interaction, session: SsoSession) -> Linking | None:
    """What is to be settled with this person; a source to be added begins with the page itself."""
    if session.id != interaction.session_id:
        return None
    if interaction.linking is not None:
        return interaction.linking if interaction.linking.person_id == session.person_id else None
    if interaction.request.motcua_linking is None:
        return None
    return Linking(
        doubt=Doubt.ADD,
        person_id=session.person_id,
        link_id=session.link_id,
        source_id=session.source_id,
        proved_at=session.auth_time,
    )
