"""What a portal's cookie holds: whom the callback logged in, and in which single sign-on session. Sealed, not stored.

It opens nothing alone: `visitors` also wants that session to live, in this very browser.
"""

import base64
import binascii
from dataclasses import dataclass, field

import orjson

from idp.portals.portal import Portal
from idp.storage.vault import CannotUnseal, Vault


@dataclass(frozen=True, kw_only=True)
class PortalSession:
    """`sub` is the person's identifier at this portal."""

    session_id: str = field(repr=False)
    person_id: str
    sub: str = field(repr=False)


def seal_portal_session(session: PortalSession, portal: Portal, vault: Vault) -> str:
    plain = orjson.dumps([session.session_id, session.person_id, session.sub])
    return base64.urlsafe_b64encode(vault.seal(plain, row=_row(portal))).decode()


def open_portal_session(sealed: str | None, portal: Portal, vault: Vault) -> PortalSession | None:
    """None for what this portal did not seal."""
    if not sealed:
        return None
    try:
        plain = vault.unseal(base64.b64decode(sealed, altchars=b"-_", validate=True), row=_row(portal))
    except (CannotUnseal, binascii.Error, ValueError):
        return None
    session_id, person_id, sub = orjson.loads(plain)
    return PortalSession(session_id=session_id, person_id=person_id, sub=sub)


def _row(portal: Portal) -> str:
    return f"portal_session|cookie|{portal.client_id}"
