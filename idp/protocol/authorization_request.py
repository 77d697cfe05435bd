"""The authorization request (OpenID Connect Core 3.1.2.1), as values. Which of them are allowed, `rules` says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn, Self


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """Every parameter keeps its name; `None` means that it was absent. `claims` and `authorization_details` are
    parsed, `resource` are all that were named."""

    client_id: str
    redirect_uri: str
    response_type: str | None = None
    response_mode: str | None = None
    scope: str = ""
    state: str | None = None
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    dpop_jkt: str | None = None
    prompt: str | None = None
    max_age: int | None = None
    display: str | None = None
    ui_locales: str | None = None
    id_token_hint: str | None = None
    login_hint: str | None = None
    acr_values: str | None = None
    claims: Mapping[str, Any] | None = None
    resource: Sequence[str] | None = None
    authorization_details: Sequence[Mapping[str, Any]] | None = None
    motcua_linking: str | None = None
    """Ours, and heard from our own citizen's space alone: `add` a source, or prove the case of this id."""
    pushed: str | None = None
    """Not a parameter: what a pushed request is used up by, once it is answered."""

    polled: str | None = None
    """Not a parameter: the polled request that this one decides, instead of leading to a redirect URI."""

    expected_sub: str | None = None
    """Not a parameter: the `sub` of a verified `id_token_hint`, which is not kept itself."""

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.scope.split())

    @property
    def prompts(self) -> frozenset[str]:
        return frozenset((self.prompt or "").split())

    def to_json(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        known = {own.name for own in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})


def parse_claims_parameter(text: str) -> Mapping[str, Any]:
    """The `claims` parameter (Core 5.5) as a mapping. Raises ValueError when it is not a JSON object of objects."""
    parsed = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_no_constant)
    if not isinstance(parsed, dict):
        raise ValueError("claims must be a JSON object")
    for member in ("userinfo", "id_token"):
        wanted = parsed.get(member, {})
        if not isinstance(wanted, dict) or not all(v is None or isinstance(v, dict) for v in wanted.values()):
            raise ValueError(f"claims.{member} must be an object whose members are null or objects")
    return parsed


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
