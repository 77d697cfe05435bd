"""One session: the outcome of one authentication in one browser, alive until it idles out, ends or is ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.protocol.levels import LevelOfAssurance

# Writing the time of every login would make each a commit of its own; the idle limit is half an hour or more.
TOUCH_AFTER_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class SsoSession:
    """`id` is the public `sid`; the cookie holds another secret, of which the database keeps the hash alone."""

    id: str
    person_id: str
    link_id: str
    source_id: str
    level: LevelOfAssurance
    amr: tuple[str, ...]
    identity_level: str
    auth_time: int
    created_at: int
    last_seen_at: int
    expires_at: int
    claims: Mapping[str, str] = field(repr=False)
    """What the source verified, as the claims a service may be given; worked out once, at the login."""

    def needs_touch(self, now: int) -> bool:
        return now - self.last_seen_at >= TOUCH_AFTER_SECONDS
