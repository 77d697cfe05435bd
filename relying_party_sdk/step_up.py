"""A protected resource that needs a surer or a fresher login says so, and the service that asked it logs in again.

The resource side of OAuth 2.0 Step Up Authentication (RFC 9470): the challenge written, read, and decided from an
introspection answer. Knows no framework and no HTTP client.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from relying_party_sdk.levels import meets

ERROR: Final = "insufficient_user_authentication"
STATUS: Final = 401

_DESCRIPTION: Final = "a surer or more recent login is needed"
# RFC 9110 §5.6.2 and §5.6.4: a token, or a quoted string with escapes.
_PARAMETER: Final = re.compile(r'\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)')
_ACR: Final = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,128}")
_LONGEST_HEADER: Final = 2048
_MOST_VALUES: Final = 8
# RFC 9470 §3: the challenge comes in the scheme of the token that was shown.
_SCHEMES: Final = ("bearer", "dpop")
_LONGEST_AGE: Final = 10


@dataclass(frozen=True, kw_only=True)
class StepUp:
    """What a resource asks of the login: one of these `acr` values, in order of preference; at most so old."""

    acr_values: tuple[str, ...] = ()
    max_age: int | None = None

    def __post_init__(self) -> None:
        if not all(_ACR.fullmatch(acr) for acr in self.acr_values) or len(self.acr_values) > _MOST_VALUES:
            raise ValueError("an acr value is one printable word, and there are at most eight")
        if self.max_age is not None and self.max_age < 0:
            raise ValueError("max_age is zero or more seconds")
        if not self.acr_values and self.max_age is None:
            raise ValueError("a step-up asks for a level, for a recent login, or for both")


class InsufficientUserAuthentication(Exception):
    """The token is good and its login is not: answer with STATUS and this `challenge`."""

    def __init__(self, wanted: StepUp) -> None:
        super().__init__(ERROR)
        self.wanted = wanted

    @property
    def challenge(self) -> str:
        return challenge(self.wanted)


def challenge(wanted: StepUp) -> str:
    """The value of `WWW-Authenticate` (RFC 9470 §3)."""
    parameters = [f'error="{ERROR}"', f'error_description="{_DESCRIPTION}"']
    if wanted.acr_values:
        parameters.append(f'acr_values="{" ".join(wanted.acr_values)}"')
    if wanted.max_age is not None:
        parameters.append(f'max_age="{wanted.max_age}"')
    return f"Bearer {', '.join(parameters)}"


def step_up_of(status: int, www_authenticate: str | None) -> StepUp | None:
    """What a resource's answer asks for; None where it is another refusal, or nothing that can be understood."""
    if status != STATUS or not www_authenticate or len(www_authenticate) > _LONGEST_HEADER:
        return None
    scheme, _, rest = www_authenticate.strip().partition(" ")
    parameters = _parameters(rest) if scheme.lower() in _SCHEMES else None
    if parameters is None or parameters.get("error") != ERROR:
        return None
    age = parameters.get("max_age")
    if age is not None and not (age.isascii() and age.isdigit() and len(age) <= _LONGEST_AGE):
        return None
    try:
        return StepUp(
            acr_values=tuple(parameters.get("acr_values", "").split()),
            max_age=None if age is None else int(age),
        )
    except ValueError:
        return None


def check_authentication(introspected: Mapping[str, Any], wanted: StepUp, *, now: int) -> None:
    """Whether the login behind an *active* introspection answer is sure and recent enough (RFC 9470 §6.2).

    Raises InsufficientUserAuthentication. What the answer does not say, it does not vouch for.
    """
    if introspected.get("active") is not True:
        raise ValueError("the token is not active: that is another error (RFC 6750 §3.1)")
    acr, auth_time = introspected.get("acr"), introspected.get("auth_time")
    if wanted.acr_values and not (isinstance(acr, str) and meets(acr, wanted.acr_values)):
        raise InsufficientUserAuthentication(wanted)
    if wanted.max_age is None:
        return
    if not isinstance(auth_time, int) or isinstance(auth_time, bool) or now - auth_time > wanted.max_age:
        raise InsufficientUserAuthentication(wanted)


def requested_step_up(query: Sequence[tuple[str, str]]) -> StepUp | None:
    """From the address of a service's own login, where it was sent by `login_path`; None for what is no such wish."""
    asked = dict(query)
    age = asked.get("max_age", "")
    try:
        return StepUp(
            acr_values=tuple(asked.get("acr_values", "").split()),
            max_age=int(age) if age.isascii() and age.isdigit() and len(age) <= _LONGEST_AGE else None,
        )
    except ValueError:
        return None


def _parameters(text: str) -> dict[str, str] | None:
    """Each once (RFC 9110 §11.2), names without regard to case; None for what is no list of parameters."""
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if match is None:
            return None
        name, quoted, token = match.groups()
        if name.lower() in found:
            return None
        found[name.lower()] = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = match.end()
    return found
