"""One request of one browser in its interaction, as the endpoints of this step pass it along."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.audit.events import AuditEvent
from idp.audit.log import audit_entry
from idp.authentication.address import address_keys
from idp.authentication.contract import IdentitySource, Visit
from idp.authentication.offer import Asking
from idp.identity.authenticators import enrolled
from idp.interactions.interaction import Interaction
from idp.interactions.storage import saving
from idp.protocol.client import Client, in_locale
from idp.protocol.required_level import required_level
from idp.services import Services
from idp.sessions.storage import live_session
from idp.storage.database import Write
from idp.web.csrf import check_csrf, check_same_origin, csrf_token
from idp.web.i18n import Locale, text
from idp.web.views import ServiceView


@dataclass(frozen=True, kw_only=True)
class Step:
    services: Services
    interaction: Interaction
    client: Client
    locale: Locale
    now: float
    browser_id: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    host: str = field(repr=False)
    has_app: bool = False

    @property
    def asking(self) -> Asking:
        return Asking(interaction=self.interaction, client=self.client, has_app=self.has_app, now=int(self.now))

    @property
    def dispatcher(self) -> str:
        return f"/interactions/{self.interaction.id}"

    @property
    def choice(self) -> str:
        return f"{self.dispatcher}/sources"

    @property
    def other_way(self) -> str:
        """What a link to the choice says where a refusal leaves the other sources."""
        return text(self.locale, "shell.other_way")

    @property
    def service(self) -> ServiceView:
        return ServiceView.of(self.client, self.locale)

    def page_of(self, source: IdentitySource) -> str:
        return f"{self.choice}/{source.configuration.id}"

    def label_of(self, source: IdentitySource) -> str:
        return in_locale(source.configuration.label, self.locale)

    def ids(self, source: IdentitySource) -> dict[str, str]:
        """What every event of this step names."""
        return {
            "client_id": self.client.client_id,
            "source_id": source.configuration.id,
            "interaction_id": self.interaction.id,
        }

    def csrf(self, form: str) -> str:
        """A token for one form of this interaction."""
        purpose = f"{form} {self.interaction.id}"
        return csrf_token(self.services.csrf_key, browser_id=self.browser_id, purpose=purpose)

    def check_form(self, fields: Mapping[str, str], form: str) -> None:
        """Raises EdgeError where the form was not given to this browser, or was sent from another site."""
        check_same_origin(self.headers, self.services.settings.issuer)
        check_csrf(
            self.services.csrf_key,
            browser_id=self.browser_id,
            purpose=f"{form} {self.interaction.id}",
            token=fields.get("csrf"),
        )

    def visit(self, source: IdentitySource) -> Visit:
        """What the chosen source may know. The state it left is nobody else's: choosing another one clears it."""
        interaction = self.interaction
        return Visit(
            interaction_id=interaction.id,
            browser_hash=interaction.browser_hash,
            locale=self.locale,
            service_name=self.service.name,
            client_id=self.client.client_id,
            state=interaction.source_state,
            now=int(self.now),
            address_keys=address_keys(self.services.vault, self.host),
            login_hint=interaction.request.login_hint,
            minimum_level=required_level(interaction.request, self.client),
        )

    async def commit(self, changed: Interaction, *writes: Write, event: AuditEvent | None = None) -> bool:
        """False when another tab changed the interaction meanwhile: then nothing was written."""
        entries = [] if event is None else [audit_entry(event, now_ms=int(self.now * 1000))]
        gate = saving(self.services.vault, changed)
        return await self.services.database.commit(*writes, *entries, gate=gate) is not None

    async def note(self, event: AuditEvent) -> None:
        await self.services.database.commit(audit_entry(event, now_ms=int(self.now * 1000)))


async def has_app(
    services: Services, session_key: str | None, interaction: Interaction, client: Client, *, now: int
) -> bool:
    """Whether whoever has a session here has an app that shows codes: asked only where it decides what is offered."""
    needed = required_level(interaction.request, client)
    below = (source.configuration.assurance < needed for source in await services.configuration.sources())
    if interaction.factors or not any(below):
        return False
    idle = services.settings.session_idle
    session = await live_session(services.database, services.vault, key=session_key, now=now, idle=idle)
    return session is not None and bool(await enrolled(services.database, person_id=session.person_id))
