"""A person with linked sources, a history and consents, written as the logins of a year would have left them."""

import json
from dataclasses import dataclass
from typing import Any

from idp.history.arrival import Arrival
from idp.history.login_records import LoginOutcome, record_login
from idp.identity.link_records import LinkRecord, seal_record
from idp.identity.links import LinkStatus
from idp.identity.pivot import PivotIdentity
from idp.protocol.levels import LevelOfAssurance
from idp.storage.database import Insert, Value
from idp.storage.live_configuration import bump_version, source_secrets_row
from tests.support.provider import HOA, Browser, Provider


@dataclass
class Account:
    provider: Provider
    person_id: str

    async def browser(self, **session: Any) -> Browser:
        """Logged in just now."""
        return await self.provider.logged_in_browser(person_id=self.person_id, **session)

    async def link(
        self,
        link_id: str,
        *,
        source_id: str = "tax",
        status: LinkStatus = LinkStatus.PROVEN,
        identity: PivotIdentity = HOA,
        level: LevelOfAssurance = LevelOfAssurance.SUBSTANTIAL,
    ) -> str:
        now, vault = int(self.provider.clock()), self.provider.services.vault
        await self.provider.services.database.commit(
            Insert(
                "person", {"id": self.person_id, "status": "active", "created_at": now}, on_conflict_do_nothing=True
            ),
            Insert(
                "identity_link",
                {
                    "id": link_id,
                    "person_id": self.person_id,
                    "source_id": source_id,
                    "source_subject_index": link_id.encode(),
                    "identifier_type": None,
                    "personal_id_index": None,
                    "status": status.value,
                    "method": "pwd",
                    "assurance": level.acr,
                    "evidence": json.dumps(["personal_id_equal"]),
                    "identity_sealed": seal_record(vault, LinkRecord(identity=identity), link_id=link_id),
                    "proofed_at": now,
                    "created_at": now,
                    "last_used_at": now,
                    "previous_status": LinkStatus.PROVEN.value,
                    "status_changed_at": None,
                },
            ),
        )
        return link_id

    async def login(self, *, link_id: str | None = None, device: str = "Chrome, Android", ago: int = 0) -> str:
        """A line of the history; its id."""
        line = record_login(
            self.provider.services.vault,
            person_id=self.person_id,
            client_id="town-hall",
            source_id="tax",
            level=LevelOfAssurance.SUBSTANTIAL,
            outcome=LoginOutcome.LOGGED_IN,
            arrival=Arrival(device=device, network="203.0.113.0/24"),
            now=self.provider.clock() - ago,
            link_id=link_id,
        )
        await self.provider.services.database.commit(line)
        return str(line.values["id"])

    async def status_of(self, link_id: str) -> str:
        row = await self.provider.services.database.fetch_row("SELECT status FROM identity_link WHERE id = $1", link_id)
        assert row is not None
        return str(row["status"])


async def add_source(provider: Provider, source_id: str, *, label: str, position: int = 1) -> None:
    configuration = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": position,
        "label": {"vi": label, "en": f"{label} (en)"},
        "organisation": {"vi": "Cơ quan", "en": "Authority"},
        "assurance": "low",
        "identity_level": "low",
        "options": {},
    }
    secrets = provider.services.vault.seal(b"{}", row=source_secrets_row(source_id))
    row: dict[str, Value] = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": position,
        "configuration": json.dumps(configuration),
        "secrets_sealed": secrets,
        "disabled_at": None,
        "created_at": 1,
        "updated_at": 1,
    }
    await provider.services.database.commit(Insert("identity_source", row), bump_version())
    await provider.services.configuration.refresh()
