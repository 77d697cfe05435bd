"""The logins one browser has in flight: how many may stay, and from where one may begin.

Anybody can write a link that begins a login, so neither their number nor their bytes may grow: servers refuse long
headers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from relying_party_sdk.errors import LoginError, NotAVisit
from relying_party_sdk.login_state import LoginRequest, LoginState, is_login_cookie

MAX_OPEN_LOGINS = 8
# Of names and values together, as they come back in one header beside the session's.
MAX_OPEN_BYTES = 4096


def check_visit(headers: Mapping[str, str]) -> None:
    """A login begins where the browser opens a page (Fetch Metadata §2.1), not an image or a frame of one: those would
    begin any number of them behind the citizen's back. Older browsers do not say, and are believed."""
    if headers.get("sec-fetch-dest", "document") != "document":
        raise NotAVisit("Sec-Fetch-Dest is not document")


def crowded_out(cookies: Mapping[str, str], new: LoginRequest, opened: Callable[[str], LoginState]) -> list[str]:
    """The cookies that go when `new` comes, the oldest first to go."""
    begun: dict[str, int] = {}
    for name in filter(is_login_cookie, cookies):
        try:
            begun[name] = opened(cookies[name]).begun_at
        except LoginError:
            # Those of another service on this host do not open, and are its own business.
            continue
    room, gone = MAX_OPEN_BYTES - _bytes(new.cookie_name, new.sealed_state), []
    for place, name in enumerate(sorted(begun, key=lambda name: begun[name], reverse=True), start=2):
        room -= _bytes(name, cookies[name])
        if place > MAX_OPEN_LOGINS or room < 0:
            gone.append(name)
    return gone


def _bytes(name: str, value: str) -> int:
    """Of `name=value; ` in the header (RFC 6265 §4.2.1)."""
    return len(name) + len(value) + 3
