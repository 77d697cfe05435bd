"""Reads the messages that are on their way out, as the outbox would."""

import json
import re
from typing import Any

from idp.storage.database import Database
from idp.storage.vault import Vault
from tests.support.sources import vault


async def messages_of(database: Database, *, keys: Vault | None = None) -> list[dict[str, Any]]:
    """Those that hold a code, unsealed, oldest first. `code` is the six digits in the text."""
    order = "rowid" if database.dialect == "sqlite" else "ctid"
    rows = await database.fetch_all(f"SELECT id, kind, payload_sealed FROM outbox WHERE kind = 'sms' ORDER BY {order}")
    found = []
    for row in rows:
        sealed = row["payload_sealed"]
        assert isinstance(sealed, bytes)
        message = json.loads((keys or vault()).unseal(sealed, row=f"outbox|payload_sealed|{row['id']!s}"))
        code = re.search(r"\b\d{6}\b", message["text"])
        if code is None:  # a notice
            continue
        found.append({**message, "code": code.group(), "size": len(sealed)})
    return found
