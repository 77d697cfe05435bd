"""Configuration as values: what the registry hands out and takes back. Knows no session and no rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class RegisteredClient:
    """A service. `metadata` uses the names of RFC 7591; the registry sets the times."""

    client_id: str
    metadata: Mapping[str, Any]
    sector: str
    client_secret_hash: bytes | None = field(default=None, repr=False)
    disabled_at: int | None = None
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, kw_only=True)
class RegisteredSource:
    """An identity source. `secrets_sealed` was sealed for this row; the registry sets the times."""

    id: str
    kind: str
    position: int
    configuration: Mapping[str, Any]
    secrets_sealed: bytes | None = field(default=None, repr=False)
    disabled_at: int | None = None
    created_at: int = 0
    updated_at: int = 0


@dataclass(frozen=True, kw_only=True)
class StoredKey:
    """A signing key, its private part sealed. `state` is next, active or retired."""

    kid: str
    alg: str
    state: str
    public_jwk: Mapping[str, Any]
    private_key_sealed: bytes = field(repr=False)
    created_at: int
    activated_at: int | None = None
    retired_at: int | None = None
