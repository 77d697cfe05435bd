"""A form that a fresh login interrupted, kept for the person who sent it, so that they need not fill it in again."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import orjson

from idp.portals.visitors import Visitor
from idp.storage.database import Database
from idp.storage.short_lived import get, put
from idp.storage.vault import Vault

_KIND: Final = "portal_intent"
_LIFETIME_SECONDS: Final = 900


@dataclass(frozen=True, kw_only=True)
class Intent:
    """`action` is the path the form was sent to."""

    action: str
    form: Mapping[str, str] = field(repr=False)


async def keep_intent(
    database: Database, vault: Vault, *, visitor: Visitor, action: str, form: Mapping[str, str], now: int
) -> str:
    """Its id. The form's token is left out: it is made anew when the form is shown again."""
    intent_id = secrets.token_urlsafe(16)
    kept = {name: value for name, value in form.items() if name != "csrf"}
    plain = orjson.dumps([visitor.portal.client_id, visitor.person_id, action, kept])
    payload = vault.seal(plain, row=_row(intent_id))
    await database.commit(put(_KIND, intent_id, payload=payload, expires_at=now + _LIFETIME_SECONDS))
    return intent_id


async def kept_intent(database: Database, vault: Vault, *, visitor: Visitor, intent_id: str, now: int) -> Intent | None:
    """None where there is none, it is too old, or it is somebody else's."""
    query = get(_KIND, intent_id, now=now)
    row = await database.fetch_row(query.text, *query.args)
    if row is None:
        return None
    payload = row["payload"]
    assert isinstance(payload, bytes)
    client_id, person_id, action, form = orjson.loads(vault.unseal(payload, row=_row(intent_id)))
    if (client_id, person_id) != (visitor.portal.client_id, visitor.person_id):
        return None
    return Intent(action=action, form=form)


def _row(intent_id: str) -> str:
    return f"short_lived|{_KIND}|{intent_id}"
