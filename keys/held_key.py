"""A key of ours whatever it is for: its name, its algorithm and where it stands in its life. Knows no siblings."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum

from jwcrypto.jwk import JWK

from keys.algorithms import KeyAlgorithm


class KeyState(StrEnum):
    """A key is published before it signs, and stays published after: relying parties cache the JWKS."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True)
class HeldKey(ABC):
    """Times are epoch seconds. Two keys are equal when all that may be shown of them is equal."""

    kid: str
    alg: KeyAlgorithm
    state: KeyState
    created_at: int
    activated_at: int | None = None
    retired_at: int | None = None

    @property
    @abstractmethod
    def is_published(self) -> bool: ...

    @abstractmethod
    def public_jwk(self) -> dict[str, str]:
        """What the JWKS says of this key (RFC 7517 §4)."""


def thumbprint(public_jwk: dict[str, str]) -> str:
    """The RFC 7638 thumbprint: the same key has the same name everywhere, and no counter is needed."""
    return str(JWK(**public_jwk).thumbprint())
