"""One login in flight, sealed into one cookie of its own, so that tabs do not disturb each other."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.errors import LoginStateExpired, LoginStateInvalid
from relying_party_sdk.levels import LevelOfAssurance
from relying_party_sdk.sealing import Seal, SealBroken

LOGIN_LIFETIME = 600
HOST_PREFIX = "__Host-"


@dataclass(frozen=True)
class LoginState:
    """What the service must remember between the redirect and the callback."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    return_to: str = field(repr=False)
    level: LevelOfAssurance
    max_age: int | None
    begun_at: int
    acr_values: tuple[str, ...] = ()
    dpop_key: DpopKey | None = field(default=None, repr=False)
    replaces: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LoginRequest:
    """Where to send the browser, and the cookie to set on that answer (HttpOnly, SameSite=Lax, Path=/).

    With `cross_site` the cookie is SameSite=None: a form of the provider brings it back (`response_mode` form_post).
    Its name and value are bound to a `state` that only this browser and the provider know.
    """

    url: str = field(repr=False)
    cookie_name: str
    sealed_state: str = field(repr=False)
    max_age: int = LOGIN_LIFETIME
    secure: bool = True
    cross_site: bool = False


def cookie_name(state: str, *, secure: bool) -> str:
    """The cookie of the login with this `state`; the name does not give the state away.

    Browsers accept `__Host-` only over TLS, so a service on loopback HTTP uses the plain name.
    """
    login = hashlib.sha256(state.encode()).hexdigest()[:16]
    return f"{HOST_PREFIX if secure else ''}login_{login}"


def is_login_cookie(name: str) -> bool:
    """Whether a cookie belongs to a login in flight."""
    return name.removeprefix(HOST_PREFIX).startswith("login_")


def seal_state(state: LoginState, seal: Seal) -> str:
    """The state as the cookie's value."""
    return seal.seal(
        {
            "s": state.state,
            "n": state.nonce,
            "v": state.code_verifier,
            "r": state.return_to,
            "l": state.level.acr,
            "m": state.max_age,
            "t": state.begun_at,
            "a": list(state.acr_values),
            "d": state.dpop_key.secret if state.dpop_key else None,
        }
        | ({"p": state.replaces} if state.replaces else {})
    )


def open_state(sealed: str, seal: Seal, *, now: int) -> LoginState:
    """The state of a login begun here in the last ten minutes; raises `LoginStateInvalid` or `…Expired`."""
    try:
        state = _read(seal.open(sealed))
    except (SealBroken, KeyError, ValueError) as error:
        raise LoginStateInvalid("the sealed state does not open") from error
    if now >= state.begun_at + LOGIN_LIFETIME:
        raise LoginStateExpired
    return state


def _read(value: Mapping[str, object]) -> LoginState:
    max_age, dpop_secret, replaces = value["m"], value.get("d"), value.get("p")
    return LoginState(
        state=str(value["s"]),
        nonce=str(value["n"]),
        code_verifier=str(value["v"]),
        return_to=str(value["r"]),
        level=LevelOfAssurance(str(value["l"])),
        max_age=max_age if isinstance(max_age, int) else None,
        begun_at=int(str(value["t"])),
        acr_values=tuple(str(acr) for acr in _texts(value.get("a", []))),
        dpop_key=DpopKey(dpop_secret) if isinstance(dpop_secret, str) else None,
        replaces=replaces if isinstance(replaces, str) else None,
    )


def _texts(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError("acr_values must be a list")
    return value
