"""The service's own session: who is logged in at this browser, sealed into one cookie.

Ended sessions are remembered by the `SessionStore`, so that a stolen or kept cookie dies with the logout.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.errors import SessionTooLarge
from relying_party_sdk.identity import Identity, Tokens
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.login_state import HOST_PREFIX
from relying_party_sdk.logout_token import LogoutNotice
from relying_party_sdk.sealing import Seal, SealBroken
from relying_party_sdk.session_store import SessionStore

IDLE_SECONDS = 30 * 60
TOTAL_SECONDS = 12 * 3600
RENEW_SECONDS = 60
# Browsers keep 4096 bytes of name, value and attributes.
MAX_COOKIE_LENGTH = 3900


@dataclass(frozen=True)
class Session:
    """One login of one browser. Times are epoch seconds."""

    key: str = field(repr=False)
    identity: Identity
    begun_at: int
    seen_at: int


def session_cookie_name(issuer: str, client_id: str, *, secure: bool) -> str:
    """`__Host-citizen_…`, or the plain name on loopback HTTP.

    Cookies do not tell ports apart: without provider and client in the name, two services of one host would log each
    other out.
    """
    client = hashlib.sha256(f"{issuer} {client_id}".encode()).hexdigest()[:8]
    return f"{HOST_PREFIX if secure else ''}citizen_{client}"


def session_mark(session: Session) -> str:
    """Tells this session from every other, for a framework's own session to remember; opens nothing."""
    return hashlib.sha256(f"session {session.key}".encode()).hexdigest()


def begin_session(identity: Identity, *, now: int, keep_tokens: bool) -> Session:
    """A session with a key of its own: nothing from before the login lives on in it."""
    kept = identity if keep_tokens else replace(identity, tokens=None)
    return Session(secrets.token_urlsafe(16), kept, begun_at=now, seen_at=now)


def seal_session(session: Session, seal: Seal) -> str:
    """The cookie's value; raises `SessionTooLarge`."""
    identity = session.identity
    tokens = identity.tokens
    value = seal.seal(
        {
            "k": session.key,
            "b": session.begun_at,
            "s": session.seen_at,
            "sub": identity.subject,
            "acr": identity.level.acr,
            "c": dict(identity.claims),
            "i": identity.id_token,
            "sid": identity.session_id,
            "a": identity.authenticated_at,
            "amr": list(identity.amr),
            "t": None
            if tokens is None
            else [
                tokens.access_token,
                tokens.refresh_token,
                tokens.expires_at,
                list(tokens.scopes),
                tokens.dpop_key.secret if tokens.dpop_key else None,
            ],
        }
    )
    if len(value) > MAX_COOKIE_LENGTH:
        raise SessionTooLarge(f"{len(value)} bytes, {MAX_COOKIE_LENGTH} fit")
    return value


def open_session(sealed: str, seal: Seal, *, now: int) -> Session | None:
    """The session in a cookie, or `None` when it is not ours, idle too long or too old."""
    try:
        session = _read(seal.open(sealed))
    except (SealBroken, KeyError, ValueError, TypeError):
        return None
    if now >= session.begun_at + TOTAL_SECONDS or now >= session.seen_at + IDLE_SECONDS:
        return None
    return session


def is_ended(session: Session, store: SessionStore, *, now: int) -> bool:
    """Whether a logout, here or at the provider, reached this session."""
    if store.ended_at(f"session:{session.key}", now=now) is not None:
        return True
    sid = session.identity.session_id
    if sid is not None and store.ended_at(f"sid:{sid}", now=now) is not None:
        return True
    everywhere = store.ended_at(f"sub:{session.identity.subject}", now=now)
    return everywhere is not None and session.begun_at <= everywhere


def end_session(key: str, store: SessionStore, *, now: int) -> None:
    """This one session is over, wherever its cookie was copied to."""
    store.end(f"session:{key}", at=now, until=now + TOTAL_SECONDS)


def end_noticed(notice: LogoutNotice, store: SessionStore, *, now: int) -> None:
    """The sessions a logout token names are over (Back-Channel Logout §2.7)."""
    mark = f"sid:{notice.session_id}" if notice.session_id is not None else f"sub:{notice.subject}"
    store.end(mark, at=now, until=now + TOTAL_SECONDS)


def _read(value: Mapping[str, object]) -> Session:
    claims, amr = value["c"], value["amr"]
    session_id, authenticated_at = value["sid"], value["a"]
    identity = Identity(
        subject=str(value["sub"]),
        level=LevelOfAssurance(str(value["acr"])),
        claims=claims if isinstance(claims, dict) else {},
        id_token=str(value["i"]),
        session_id=session_id if isinstance(session_id, str) else None,
        authenticated_at=authenticated_at if isinstance(authenticated_at, int) else None,
        amr=tuple(str(method) for method in amr) if isinstance(amr, list) else (),
        tokens=_read_tokens(value["t"]),
    )
    return Session(str(value["k"]), identity, begun_at=int(str(value["b"])), seen_at=int(str(value["s"])))


def _read_tokens(value: object) -> Tokens | None:
    if not isinstance(value, list):
        return None
    # Sessions sealed before there were keys have no fifth part.
    access_token, refresh_token, expires_at, scopes, *rest = value
    key = DpopKey(rest[0]) if rest and rest[0] else None
    return Tokens(access_token, refresh_token, expires_at, tuple(scopes), key)
