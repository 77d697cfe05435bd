"""An operator disables a source, and lets it in again; this worker sees it at once."""

import json

from idp.storage.database import Insert, Statement, Value
from idp.storage.live_configuration import bump_version
from tests.support.provider import Provider


async def switch_off(provider: Provider, source_id: str) -> None:
    now = int(provider.clock())
    written = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": 1,
        "label": {"vi": "Nguồn", "en": "Source"},
        "organisation": {"vi": "Cơ quan", "en": "Authority"},
        "assurance": "low",
        "identity_level": "low",
        "options": {},
    }
    row: dict[str, Value] = {
        "id": source_id,
        "kind": "mobile_otp",
        "position": 1,
        "configuration": json.dumps(written),
        "disabled_at": now,
        "created_at": now,
        "updated_at": now,
    }
    await provider.services.database.commit(Insert("identity_source", row), bump_version())
    await provider.services.configuration.refresh()


async def switch_on(provider: Provider, source_id: str) -> None:
    await provider.services.database.commit(
        Statement("UPDATE identity_source SET disabled_at = NULL WHERE id = $1", (source_id,)), bump_version()
    )
    await provider.services.configuration.refresh()
