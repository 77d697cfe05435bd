"""Who is at a portal: a person whose single sign-on session lives in this browser, and how they logged in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from idp.portals.portal import Portal
from idp.portals.portal_session import open_portal_session
from idp.protocol.levels import LevelOfAssurance
from idp.services import Services
from idp.sessions.storage import live_session, touch_session
from idp.web.cookies import read_cookie


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """`level`, `amr` and `auth_time` (epoch seconds) are those of the session's newest login."""

    person_id: str
    sub: str = field(repr=False)
    session_id: str = field(repr=False)
    source_id: str
    link_id: str
    level: LevelOfAssurance
    amr: tuple[str, ...]
    auth_time: int
    portal: Portal
    name: str = field(default="", repr=False)


class RecentLoginNeeded(Exception):
    """The visitor must log in anew before this is done; `form` is what they had sent, to go on with afterwards."""

    def __init__(self, *, seconds: int, level: LevelOfAssurance | None, form: Mapping[str, str] | None) -> None:
        super().__init__("a recent login is needed")
        self.seconds = seconds
        self.level = level
        self.form = form


async def visitor_of(services: Services, request: Request, portal: Portal) -> Visitor | None:
    """Nobody where the portal's cookie and the live session of this browser do not tell of the same login.

    So a logout, a lock, an idle session or another person at this browser ends the visit with the next request.
    """
    known = open_portal_session(read_cookie(request, services.cookies.portal(portal.cookie)), portal, services.vault)
    if known is None:
        return None
    now = int(services.clock())
    session = await live_session(
        services.database,
        services.vault,
        key=services.session_key(request),
        now=now,
        idle=services.settings.session_idle,
    )
    if session is None or (session.id, session.person_id) != (known.session_id, known.person_id):
        return None
    if services.configuration.is_switched_off(session.source_id):
        return None
    if session.needs_touch(now):
        await services.database.commit(touch_session(session.id, now=now))
    return Visitor(
        person_id=session.person_id,
        sub=known.sub,
        session_id=session.id,
        source_id=session.source_id,
        link_id=session.link_id,
        level=session.level,
        amr=session.amr,
        auth_time=session.auth_time,
        portal=portal,
        name=session.claims.get("name", ""),
    )


def require_recent(
    visitor: Visitor,
    seconds: int,
    *,
    now: float,
    level: LevelOfAssurance | None = None,
    form: Mapping[str, str] | None = None,
) -> None:
    """Raises RecentLoginNeeded unless the visitor logged in within `seconds`, and at `level` where one is asked.

    `guard.for_visitors` turns it into that login and brings the visitor back to where they were, form included.
    """
    if now - visitor.auth_time > seconds or (level is not None and visitor.level < level):
        raise RecentLoginNeeded(seconds=seconds, level=level, form=form)
