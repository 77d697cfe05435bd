"""A service's metadata file → what the registry stores. Pure, except for the random secret.

The file holds RFC 7591 names and may hold `client_secret`; the registry keeps its hash only, and the sector
apart from the rest.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from idp.commands.failure import CommandFailed
from idp.protocol.client_members import PUBLIC_METHOD, SECRET_METHODS
from idp.protocol.client_metadata import InvalidClientMetadata, parse_client
from idp.protocol.logo import MEMBER, kept
from idp.storage.registered import RegisteredClient

# Not metadata: kept apart, or printed by `motcua client show` beside it.
_APART = frozenset({"client_id", "client_secret", "sector", "disabled", "created_at", MEMBER})
_SHORTEST_SECRET = 32


@dataclass(frozen=True)
class Registration:
    """What to store, and the new secret where one was made."""

    client: RegisteredClient
    new_secret: str | None = field(default=None, repr=False)

    def is_change_of(self, stored: RegisteredClient) -> bool:
        wanted = (self.client.metadata, self.client.sector, self.client.client_secret_hash)
        return wanted != (stored.metadata, stored.sector, stored.client_secret_hash)


def registration(
    written: Mapping[str, Any],
    stored: RegisteredClient | None = None,
    *,
    is_sandbox: bool,
    accepts_certificates: bool = False,
) -> Registration:
    """A new client, or (with `stored`) the new state of a registered one. Raises CommandFailed with every fault."""
    client_id = written.get("client_id", secrets.token_urlsafe(12))
    if not isinstance(client_id, str) or not client_id.isascii() or not client_id.isprintable() or not client_id:
        raise CommandFailed("client_id: must be printable ASCII")
    sector = str(written.get("sector") or "")
    metadata = {name: value for name, value in written.items() if name not in _APART and value is not None}
    if stored and MEMBER in stored.metadata:
        metadata[MEMBER] = stored.metadata[MEMBER]
    try:
        client = parse_client(
            client_id, metadata, sector=sector, is_sandbox=is_sandbox, accepts_certificates=accepts_certificates
        )
    except InvalidClientMetadata as error:
        raise CommandFailed("\n".join(f"{client_id}: {fault}" for fault in error.faults)) from error
    if stored and stored.sector != sector:
        raise CommandFailed(
            f"{client_id}: sector is {stored.sector} and cannot change to {sector}: every person would get another"
            " sub; register a new client instead"
        )
    made = RegisteredClient(
        client_id=client_id, metadata=metadata, sector=sector, disabled_at=stored.disabled_at if stored else None
    )
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        if client.is_public and "client_secret" in written:
            raise CommandFailed(f"{client_id}: client_secret: a public client has none")
        return Registration(made)
    given = written.get("client_secret")
    if given is not None:
        return Registration(replace(made, client_secret_hash=_hash_of(client_id, given)))
    if stored and stored.client_secret_hash:
        return Registration(replace(made, client_secret_hash=stored.client_secret_hash))
    return with_new_secret(made)


def with_new_secret(client: RegisteredClient) -> Registration:
    """256 random bits. Raises CommandFailed for a client that proves itself by something else, or by nothing."""
    method = client.metadata.get("token_endpoint_auth_method", "client_secret_basic")
    if method == PUBLIC_METHOD:
        raise CommandFailed(f"{client.client_id} has no secret: it is a public client")
    if method not in SECRET_METHODS:
        raise CommandFailed(f"{client.client_id} has no secret: it proves itself with its key ({method})")
    secret = secrets.token_urlsafe(32)
    return Registration(replace(client, client_secret_hash=hashlib.sha256(secret.encode()).digest()), secret)


def with_logo(client: RegisteredClient, png: bytes) -> RegisteredClient:
    return replace(client, metadata={**client.metadata, MEMBER: kept(png)})


def shown(client: RegisteredClient) -> dict[str, Any]:
    """All of it but the secret and the picture, as a metadata file has it."""
    return {
        "client_id": client.client_id,
        **{name: value for name, value in client.metadata.items() if name != MEMBER},
        "sector": client.sector,
        "disabled": client.disabled_at is not None,
    }


def _hash_of(client_id: str, secret: object) -> bytes:
    if not isinstance(secret, str) or len(secret) < _SHORTEST_SECRET:
        raise CommandFailed(
            f"{client_id}: client_secret must have {_SHORTEST_SECRET} characters or more; or leave it out"
        )
    return hashlib.sha256(secret.encode()).digest()
