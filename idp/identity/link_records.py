"""What a link keeps of its source's answers, sealed: the newest record, and the one before a recent correction."""

import json
from dataclasses import dataclass, field
from typing import Any

from idp.identity.pivot import PivotIdentity
from idp.storage.database import Value
from idp.storage.vault import Vault


@dataclass(frozen=True, kw_only=True)
class LinkRecord:
    identity: PivotIdentity = field(repr=False)
    earlier: PivotIdentity | None = field(default=None, repr=False)
    """What the source said before the corrections that are still young."""
    corrected_at: int | None = None
    subject: str | None = field(default=None, repr=False)
    """The source's own identifier, from which the index is made anew when master keys change. Rows of before this
    was kept have none until their next login."""


def sealed_for(link_id: str) -> str:
    return f"identity_link|identity|{link_id}"


def seal_record(vault: Vault, record: LinkRecord, *, link_id: str) -> bytes:
    document = {
        "identity": record.identity.to_json(),
        "earlier": None if record.earlier is None else record.earlier.to_json(),
        "corrected_at": record.corrected_at,
        "subject": record.subject,
    }
    return vault.seal(json.dumps(document).encode(), row=sealed_for(link_id))


def open_record(vault: Vault, sealed: Value, *, link_id: str) -> LinkRecord:
    """Raises CannotUnseal, ValueError."""
    assert isinstance(sealed, bytes)
    document: dict[str, Any] = json.loads(vault.unseal(sealed, row=sealed_for(link_id)))
    if "identity" not in document:
        return LinkRecord(identity=PivotIdentity.from_json(document))
    earlier = document["earlier"]
    return LinkRecord(
        identity=PivotIdentity.from_json(document["identity"]),
        earlier=None if earlier is None else PivotIdentity.from_json(earlier),
        corrected_at=document["corrected_at"],
        subject=document["subject"],
    )
