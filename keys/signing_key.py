"""A key that signs, and the public half that verifies. Does not know its siblings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from keys.algorithms import SignatureAlgorithm
from keys.held_key import HeldKey, KeyState, thumbprint
from keys.private_part import PrivatePart, SoftwareKey

MakePrivatePart = Callable[[SignatureAlgorithm], PrivatePart]


@dataclass(frozen=True)
class SigningKey(HeldKey):
    alg: SignatureAlgorithm
    private: PrivatePart = field(repr=False, compare=False, kw_only=True)

    @classmethod
    def generate(
        cls, alg: SignatureAlgorithm, *, now: int, make_private: MakePrivatePart = SoftwareKey.generate
    ) -> Self:
        """A key that waits its turn (state next). Its kid is its RFC 7638 SHA-256 thumbprint."""
        private = make_private(alg)
        return cls(thumbprint(private.public_jwk()), alg, KeyState.NEXT, created_at=now, private=private)

    @property
    def is_published(self) -> bool:
        """In every state: before it signs, and for as long as what it signed is shown."""
        return True

    def public_jwk(self) -> dict[str, str]:
        return dict(self._public_jwk)

    @cached_property
    def _public_jwk(self) -> dict[str, str]:
        return {**self.private.public_jwk(), "kid": self.kid, "use": "sig", "alg": self.alg.value}
