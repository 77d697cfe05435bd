"""A logout on its way through the provider, sealed into a cookie: `state` of RP-Initiated Logout 1.0 §2.

The session is over before the browser leaves, so nothing of safety hangs on this; it remembers where to go afterwards,
and follows it only in the browser that began the logout.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from relying_party_sdk.browser_exchange import CookieChange
from relying_party_sdk.login_state import HOST_PREFIX
from relying_party_sdk.sealing import Seal, SealBroken

LOGOUT_LIFETIME = 600


@dataclass(frozen=True)
class LogoutState:
    """`return_to` is a path of this service; `None` is the page that says that the logout is done."""

    state: str = field(repr=False)
    return_to: str | None = field(repr=False)
    begun_at: int


def logout_cookie(logout: LogoutState, seal: Seal, *, secure: bool) -> CookieChange:
    """The cookie to set on the answer that sends the browser to the provider."""
    value = seal.seal({"s": logout.state, "r": logout.return_to, "t": logout.begun_at})
    return CookieChange(logout_cookie_name(secure=secure), value, LOGOUT_LIFETIME, secure)


def logout_cookie_name(*, secure: bool) -> str:
    """One logout at a time is enough: a later one takes the place of an earlier."""
    return f"{HOST_PREFIX if secure else ''}logout"


def returned_from_logout(sealed: str, given: str, seal: Seal, *, now: int) -> LogoutState | None:
    """The logout this browser began, if `given` is its `state`; a strange or missing one finds none."""
    try:
        value = seal.open(sealed)
        logout = LogoutState(str(value["s"]), _text(value["r"]), int(str(value["t"])))
    except (SealBroken, KeyError, ValueError):
        return None
    if now >= logout.begun_at + LOGOUT_LIFETIME or not hmac.compare_digest(given.encode(), logout.state.encode()):
        return None
    return logout


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
