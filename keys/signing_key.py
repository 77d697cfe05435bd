"""One signing key: its name, its algorithm and where it stands in its life. Does not know its siblings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Self

from jwcrypto.jwk import JWK

from keys.algorithms import SignatureAlgorithm
from keys.private_part import PrivatePart, SoftwareKey

MakePrivatePart = Callable[[SignatureAlgorithm], PrivatePart]


class KeyState(StrEnum):
    """A key is published before it signs, and stays published after: relying parties cache the JWKS."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class SigningKey:
    """Times are epoch seconds. Two keys are equal when all that may be shown of them is equal."""

    kid: str
    alg: SignatureAlgorithm
    state: KeyState
    created_at: int
    activated_at: int | None = None
    retired_at: int | None = None
    private: PrivatePart = field(repr=False, compare=False, kw_only=True)

    @classmethod
    def generate(
        cls, alg: SignatureAlgorithm, *, now: int, make_private: MakePrivatePart = SoftwareKey.generate
    ) -> Self:
        """A key that waits its turn (state next). Its kid is its RFC 7638 SHA-256 thumbprint."""
        private = make_private(alg)
        return cls(thumbprint(private.public_jwk()), alg, KeyState.NEXT, created_at=now, private=private)

    def public_jwk(self) -> dict[str, str]:
        """What the JWKS says of this key (RFC 7517 §4)."""
        return dict(self._public_jwk)

    @cached_property
    def _public_jwk(self) -> dict[str, str]:
        return {**self.private.public_jwk(), "kid": self.kid, "use": "sig", "alg": self.alg.value}


def thumbprint(public_jwk: dict[str, str]) -> str:
    """The RFC 7638 thumbprint: the same key has the same name everywhere, and no counter is needed."""
    return str(JWK(**public_jwk).thumbprint())
