"""The citizen as a service knows them: a subject of its own sector, a level, and the claims it asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from relying_party_sdk.dpop import DpopKey
from relying_party_sdk.levels import LevelOfAssurance


@dataclass(frozen=True)
class Tokens:
    """Values for data providers; they never show in `repr`. With a `dpop_key` they are worth nothing without it."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None
    scopes: tuple[str, ...] = ()
    dpop_key: DpopKey | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Identity:
    """A person who logged in. `repr` shows the level and nothing of the person.

    `subject` is stable and differs from sector to sector; keep it as your key, and nothing else.
    `claims` holds what the scopes gave (name, birthdate, …). `authenticated_at` is in epoch seconds.
    """

    subject: str = field(repr=False)
    level: LevelOfAssurance
    claims: Mapping[str, object] = field(default_factory=dict, repr=False)
    id_token: str = field(default="", repr=False)
    session_id: str | None = field(default=None, repr=False)
    authenticated_at: int | None = field(default=None, repr=False)
    amr: tuple[str, ...] = field(default=(), repr=False)
    tokens: Tokens | None = field(default=None, repr=False)
    return_to: str = field(default="/", repr=False)

    @classmethod
    def sample(
        cls,
        *,
        level: LevelOfAssurance | str = LevelOfAssurance.SUBSTANTIAL,
        subject: str = "cong-dan-mau",
        session_id: str = "phien-mau",
        **claims: object,
    ) -> Self:
        """An invented person for tests; further keywords add or replace claims."""
        invented: dict[str, object] = {
            "name": "Nguyễn Thị Hoa",
            "family_name": "Nguyễn",
            "middle_name": "Thị",
            "given_name": "Hoa",
            "gender": "female",
            "birthdate": "1990-02-28",
            "identity_level": "eidas2",
        }
        return cls(
            subject=subject,
            level=LevelOfAssurance(level),
            claims=invented | claims,
            session_id=session_id,
            amr=("otp",),
        )
