"""A key that opens what others encrypted for us. Never signs, never verifies. Does not know its siblings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from keys.algorithms import DecryptionAlgorithm
from keys.held_key import HeldKey, KeyState, thumbprint
from keys.private_part import OpeningPart, SoftwareDecryption

MakeOpeningPart = Callable[[DecryptionAlgorithm], OpeningPart]


@dataclass(frozen=True)
class DecryptionKey(HeldKey):
    alg: DecryptionAlgorithm
    private: OpeningPart = field(repr=False, compare=False, kw_only=True)

    @classmethod
    def generate(
        cls, alg: DecryptionAlgorithm, *, now: int, make_private: MakeOpeningPart = SoftwareDecryption.generate
    ) -> Self:
        private = make_private(alg)
        return cls(thumbprint(private.public_jwk()), alg, KeyState.NEXT, created_at=now, private=private)

    @property
    def is_published(self) -> bool:
        """While it is active alone: who encrypts takes whichever key is listed, and a retired one still opens what was
        encrypted with an older copy of the list (OpenID Connect Core 10.2.1)."""
        return self.state is KeyState.ACTIVE

    def public_jwk(self) -> dict[str, str]:
        return dict(self._public_jwk)

    @cached_property
    def _public_jwk(self) -> dict[str, str]:
        """`alg` only where it says all that the key can do: readers compare it letter by letter."""
        described = {**self.private.public_jwk(), "kid": self.kid, "use": "enc"}
        return described if self.alg is DecryptionAlgorithm.ECDH_ES else {**described, "alg": self.alg.value}
