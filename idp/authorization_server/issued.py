"""Codes and tokens as rows: made, found, and used once. Values are random; only their hashes are stored."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.code_binding import CodeBinding, binding_of
from idp.authorization_server.sender_constraint import SenderConstraint, stored_or_none
from idp.protocol.built_in_clients import BUILT_IN
from idp.storage.database import Database, FromGate, Insert, Row, Statement, Value
from idp.storage.vault import Vault, token_hash

# A used or expired code stays as a tombstone this long, so that a replay is recognised as one.
REPLAY_MEMORY_SECONDS = 600


# A grant without offline access is worth nothing once its session ended, even one that was written in the very
# moment of the logout, which therefore did not see and revoke it.
_REVOKED_AT = "COALESCE(g.revoked_at, CASE WHEN g.offline = 0 THEN s.ended_at END)"
GRANT_OF_AN_ACTIVE_PERSON = (
    "JOIN authorization_grant g ON g.id = t.grant_id JOIN person p ON p.id = g.person_id AND p.status = 'active' "
    "LEFT JOIN sso_session s ON s.id = g.session_id"
)


# Our own portals ask for no consent.
_OURS = ", ".join(f"'{client_id}'" for client_id in sorted(BUILT_IN))

# What must be so when tokens are made of a person's decision, and not only when they decided: their grant may have
# been written in the very moment in which everything was ended or a consent withdrawn, by who did not see it. So the
# session is needed too, offline access included, and a consent in force. For a row `t` joined with the above.
STILL_GRANTED = (
    f"g.revoked_at IS NULL AND s.ended_at IS NULL AND (g.client_id IN ({_OURS}) "
    "OR EXISTS (SELECT 1 FROM consent c WHERE c.person_id = g.person_id AND c.client_id = g.client_id "
    "AND c.withdrawn_at IS NULL))"
)


class Kind(StrEnum):
    CODE = "authorization_code"
    ACCESS_TOKEN = "access_token"
    RESOURCE_TOKEN = "resource_token"
    """An access token for a resource server: nothing of ours opens for it."""

    REFRESH_TOKEN = "refresh_token"


def new_value() -> str:
    """A bearer value: 256 random bits in base64url."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, kw_only=True)
class Found:
    """An artefact that exists. Whether it may still be used, the caller decides with `is_usable`."""

    authorization: Authorization
    expires_at: int
    consumed_at: int | None
    grant_revoked_at: int | None
    issued_at: int = 0
    sender: SenderConstraint | None = None
    """Of an access token: what its holder must prove."""

    def is_usable(self, now: int) -> bool:
        return self.consumed_at is None and self.grant_revoked_at is None and self.expires_at > now


def insert_code(code: str, authorization: Authorization, *, expires_at: int, vault: Vault) -> Insert:
    row = _row(Kind.CODE, code, authorization, expires_at=expires_at, vault=vault)
    return Insert("short_lived", {**row, "binding": binding_of(authorization).digest()})


def insert_access_token(
    value: str, authorization: Authorization, *, expires_at: int, vault: Vault, sender: SenderConstraint | None = None
) -> Insert:
    kind = Kind.ACCESS_TOKEN if authorization.audience is None else Kind.RESOURCE_TOKEN
    row = _row(kind, value, authorization, expires_at=expires_at, vault=vault)
    return Insert("short_lived", {**row, "binding": stored_or_none(sender)})


def insert_access_token_of_code(value: str, *, expires_at: int, sender: SenderConstraint | None = None) -> Insert:
    """The access token that a redeemed code turns into, in the statement that redeems it."""
    return Insert(
        "short_lived",
        {
            "key_hash": token_hash(Kind.ACCESS_TOKEN, value),
            "kind": Kind.ACCESS_TOKEN,
            "grant_id": FromGate("grant_id"),
            "payload": FromGate("payload"),
            "binding": stored_or_none(sender),
            "version": 0,
            "expires_at": expires_at,
            "consumed_at": None,
        },
    )


def _row(
    kind: Kind, value: str, authorization: Authorization, *, expires_at: int, vault: Vault
) -> dict[str, Value | FromGate]:
    return {
        "key_hash": token_hash(kind, value),
        "kind": kind,
        "grant_id": authorization.grant_id,
        "payload": sealed_authorization(authorization, vault),
        "version": 0,
        "expires_at": expires_at,
        "consumed_at": None,
    }


def insert_refresh_token(
    value: str, authorization: Authorization, *, issued_at: int, expires_at: int, vault: Vault
) -> Insert:
    key_hash = token_hash(Kind.REFRESH_TOKEN, value)
    return Insert(
        "refresh_token",
        {
            "token_hash": key_hash,
            "grant_id": authorization.grant_id,
            "payload": sealed_authorization(authorization, vault),
            "issued_at": issued_at,
            "expires_at": expires_at,
            "consumed_at": None,
        },
    )


async def find_code(database: Database, vault: Vault, code: str) -> Found | None:
    """A code, used or not, whatever it is bound to; asked only when it could not be redeemed."""
    return await _find(database, vault, Kind.CODE, code)


async def find_access_token(database: Database, vault: Vault, value: str) -> Found | None:
    return await _find(database, vault, Kind.ACCESS_TOKEN, value)


async def find_resource_token(database: Database, vault: Vault, value: str) -> Found | None:
    return await _find(database, vault, Kind.RESOURCE_TOKEN, value)


async def _find(database: Database, vault: Vault, kind: Kind, value: str) -> Found | None:
    """Of an active person, with the state of its grant, in one round trip."""
    # What a code is bound to is a digest of many things, and no sender.
    sender = "" if kind is Kind.CODE else "t.binding, "
    row = await database.fetch_row(
        f"SELECT t.payload, {sender}t.expires_at, t.consumed_at, t.grant_id, {_REVOKED_AT} AS revoked_at "
        "FROM short_lived t "
        f"{GRANT_OF_AN_ACTIVE_PERSON} WHERE t.key_hash = $1 AND t.kind = $2",
        token_hash(kind, value),
        kind.value,
    )
    return None if row is None else found_artefact(row, vault)


async def find_refresh_token(database: Database, vault: Vault, value: str) -> Found | None:
    key_hash = token_hash(Kind.REFRESH_TOKEN, value)
    row = await database.fetch_row(
        "SELECT t.payload, t.expires_at, t.consumed_at, t.issued_at, t.grant_id, g.revoked_at FROM refresh_token t "
        "JOIN authorization_grant g ON g.id = t.grant_id JOIN person p ON p.id = g.person_id "
        "WHERE t.token_hash = $1 AND p.status = 'active'",
        key_hash,
    )
    return None if row is None else found_artefact(row, vault)


def found_artefact(row: Row, vault: Vault) -> Found:
    """Raises `idp.storage.vault.CannotUnseal` when the row was tampered with, or moved to another grant."""
    payload, binding = row["payload"], row.get("binding")
    assert isinstance(payload, bytes)
    return Found(
        authorization=Authorization.from_bytes(vault.unseal(payload, row=_sealed_for(str(row["grant_id"])))),
        expires_at=_number(row["expires_at"]) or 0,
        consumed_at=_number(row["consumed_at"]),
        grant_revoked_at=_number(row.get("revoked_at")),
        issued_at=_number(row["issued_at"]) or 0 if "issued_at" in row else 0,
        sender=SenderConstraint.from_stored(binding) if isinstance(binding, bytes) else None,
    )


def use_access_token(
    value: str, *, now: int, sender: SenderConstraint | None = None, or_unbound: bool = False
) -> Statement:
    """The gate of an answer to its holder: finds the token alive, with its grant and an enabled client.

    A token bound to a sender is found with that sender alone, one that is not bound without any; `or_unbound` finds
    both, for who did not come to prove anything: every connection of some clients shows their certificate.
    """
    args = () if sender is None else (sender.stored,)
    bound = "t.binding = $3" if sender else "t.binding IS NULL"
    if sender and or_unbound:
        bound = "(t.binding = $3 OR t.binding IS NULL)"
    return Statement(
        f"SELECT t.payload, t.expires_at, t.consumed_at, {_REVOKED_AT} AS revoked_at, "
        "g.id AS grant_id, g.client_id, g.person_id, g.session_id, g.source_id FROM short_lived t "
        f"{GRANT_OF_AN_ACTIVE_PERSON} "
        "JOIN client c ON c.client_id = g.client_id AND c.disabled_at IS NULL "
        "WHERE t.key_hash = $1 AND t.kind = 'access_token' AND t.expires_at > $2 "
        f"AND t.consumed_at IS NULL AND {bound} AND {_REVOKED_AT} IS NULL",
        (token_hash(Kind.ACCESS_TOKEN, value), now, *args),
    )


def redeem_code(
    code: str,
    binding: CodeBinding,
    *,
    now: int,
    sources: Collection[str] | None = None,
    not_sources: Collection[str] = (),
) -> Statement:
    """The gate of a redemption: exactly one caller gets the row, and only with all that it is bound to.

    A code that was bound to no key may be redeemed by who shows one; one that was, by its key alone. `sources` and
    `not_sources`, by which the person may and may not have come, are for who has not looked at the code.
    """
    args: tuple[Value, ...] = (now, token_hash(Kind.CODE, code), binding.digest(), binding.without_key().digest())
    came_by = ""
    for is_in, named in (("IN", sources), ("NOT IN", not_sources or None)):
        if named is not None:
            places = ", ".join(f"${len(args) + place}" for place in range(1, len(named) + 1))
            came_by, args = f"{came_by} AND g.source_id {is_in} ({places})", (*args, *sorted(named))
    return Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash = $2 AND kind = 'authorization_code' "
        "AND binding IN ($3, $4) AND consumed_at IS NULL AND expires_at > $1 AND EXISTS (SELECT 1 FROM short_lived t "
        f"{GRANT_OF_AN_ACTIVE_PERSON} "
        f"WHERE t.key_hash = $2 AND {STILL_GRANTED}{came_by}) "
        "RETURNING payload, grant_id, expires_at, consumed_at",
        args,
    )


def consume_refresh_token(value: str, *, now: int) -> Statement:
    """The gate of a rotation: exactly one caller gets the row (RFC 9700 §4.14.2)."""
    return Statement(
        "UPDATE refresh_token SET consumed_at = $1 WHERE token_hash = $2 "
        "AND consumed_at IS NULL AND expires_at > $1 RETURNING grant_id",
        (now, token_hash(Kind.REFRESH_TOKEN, value)),
    )


def use_refresh_token(value: str, *, now: int) -> Statement:
    """The gate of a refresh that rotates nothing: the token is there and alive."""
    return Statement(
        "SELECT grant_id FROM refresh_token WHERE token_hash = $1 AND consumed_at IS NULL AND expires_at > $2",
        (token_hash(Kind.REFRESH_TOKEN, value), now),
    )


def revoke_access_token(value: str, *, now: int) -> Statement:
    return Statement(
        "UPDATE short_lived SET consumed_at = $1 WHERE key_hash IN ($2, $3) "
        "AND kind IN ('access_token', 'resource_token') AND consumed_at IS NULL RETURNING grant_id",
        (now, token_hash(Kind.ACCESS_TOKEN, value), token_hash(Kind.RESOURCE_TOKEN, value)),
    )


def revoke_grant(grant_id: str, *, now: int) -> Statement:
    """Ends a grant and with it every code, access token and refresh token made from it."""
    return Statement(
        "UPDATE authorization_grant SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL RETURNING id",
        (now, grant_id),
    )


def sealed_authorization(authorization: Authorization, vault: Vault) -> bytes:
    return vault.seal(authorization.to_bytes(), row=_sealed_for(authorization.grant_id))


def _sealed_for(grant_id: str) -> str:
    """A payload is bound to its grant: it passes from the code to its tokens, and opens under no other grant."""
    return f"authorization|payload|{grant_id}"


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
