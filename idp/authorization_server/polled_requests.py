"""Authorizations that a client asked for without a browser: a person decides elsewhere, the client polls.

The kinds are `ciba` (OpenID Connect CIBA Core 1.0) and `device_code` (RFC 8628). Each is one row, which a client finds
by the value it polls with, a person by what they type (`handle`), and everything of ours by `id`.

What an endpoint of either kind does:

- to begin: `polled = new_polled_request(kind, value, asked, …)`, then commit `insert_polled_request(polled, value=…)`.
  `asked` is the AuthorizationRequest as a login will decide it, with an empty `redirect_uri`;
- to let a person decide: `find_polled_request` or `find_by_handle` (pending and alive, or None), then
  `polled_decisions.begin_decision`, which starts an ordinary interaction of this browser. From there it is a login
  like any other, to the consent page, which names what is asked; its yes or no is written by `approving` or `denying`;
- to answer a poll: `idp.token.polled.answer_poll(services, asked, kind, value, …)`, which does all of RFC 8628 §3.5.

Every statement here is the gate of its transaction: of any number at once, one decides and one redeems.
Knows no page, and nothing of what a kind adds: that is in `details`, sealed with the request. Two of them every page of
a decision reads: `number`, which both screens show (a device's user code), and `message`, the service's own words.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from idp.authorization_server.authorization import Authorization
from idp.authorization_server.issued import sealed_authorization
from idp.authorization_server.request_blocks import blocked
from idp.protocol.authorization_request import AuthorizationRequest
from idp.protocol.client_members import CIBA, DEVICE_CODE
from idp.storage.database import Database, Insert, Row, Statement
from idp.storage.vault import Vault, token_hash

_COLUMNS: Final = "id, kind, client_id, person_id, request_sealed, poll_interval, created_at, expires_at"
UNDECIDED: Final = "state = 'pending' AND expires_at > $1"


class PolledKind(StrEnum):
    CIBA = "ciba"
    DEVICE_CODE = "device_code"

    @property
    def grant_type(self) -> str:
        return _GRANT_TYPES[self]


_GRANT_TYPES: Final[Mapping[PolledKind, str]] = {
    PolledKind.CIBA: CIBA,
    PolledKind.DEVICE_CODE: DEVICE_CODE,
}


class PolledState(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, kw_only=True)
class PolledRequest:
    """`person_id`: the only one who may decide, where the request is addressed to somebody."""

    id: str
    kind: PolledKind
    client_id: str
    request: AuthorizationRequest
    created_at: int
    expires_at: int
    poll_interval: int
    person_id: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def number(self) -> str:
        """What both screens show, for the person to compare."""
        return str(self.details["number"])

    @property
    def message(self) -> str:
        """The service's own words, or none."""
        return str(self.details.get("message", ""))

    @property
    def addressed_to(self) -> tuple[str, ...]:
        return () if self.person_id is None else (self.person_id,)

    @property
    def may_be_reported(self) -> bool:
        """Only what somebody was asked can have been asked without their doing."""
        return self.person_id is not None


def new_polled_request(
    kind: PolledKind,
    value: str,
    asked: AuthorizationRequest,
    *,
    lifetime: int,
    interval: int,
    now: int,
    person_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> PolledRequest:
    """`value`: what the client will poll with, of 128 random bits or more."""
    return PolledRequest(
        id=name_of(kind, value),
        kind=kind,
        client_id=asked.client_id,
        request=asked,
        created_at=now,
        expires_at=now + lifetime,
        poll_interval=interval,
        person_id=person_id,
        details=details or {},
    )


def name_of(kind: PolledKind, value: str) -> str:
    """The `id`: who holds the value can name its request, and the name gives no value away."""
    return token_hash(f"{kind}_name", value).hex()[:32]


def insert_polled_request(polled: PolledRequest, *, value: str, vault: Vault, handle: str | None = None) -> Insert:
    """`handle` is canonical already; one that is taken is an IntegrityConflict, and the caller makes another."""
    content = {"request": polled.request.to_json(), "details": dict(polled.details)}
    return Insert(
        "polled_request",
        {
            "id": polled.id,
            "kind": polled.kind,
            "client_id": polled.client_id,
            "state": PolledState.PENDING,
            "person_id": polled.person_id,
            "grant_id": None,
            "value_hash": value_hash(polled.kind, value, polled.client_id),
            "handle_hash": None if handle is None else _handle_hash(polled.kind, handle),
            "request_sealed": vault.seal(json.dumps(content).encode(), row=_sealed_for(polled.id)),
            "payload": None,
            "poll_interval": polled.poll_interval,
            "next_poll_at": polled.created_at,
            "hurried": 0,
            "created_at": polled.created_at,
            "expires_at": polled.expires_at,
            "decided_at": None,
            "consumed_at": None,
        },
    )


async def find_polled_request(database: Database, vault: Vault, id: str, *, now: int) -> PolledRequest | None:
    """None when it is unknown, decided or over. Whose it is to decide, the caller looks at."""
    row = await database.fetch_row(f"SELECT {_COLUMNS} FROM polled_request WHERE {UNDECIDED} AND id = $2", now, id)
    return None if row is None else _opened(row, vault)


async def find_by_handle(
    database: Database, vault: Vault, kind: PolledKind, handle: str, *, now: int
) -> PolledRequest | None:
    row = await database.fetch_row(
        f"SELECT {_COLUMNS} FROM polled_request WHERE {UNDECIDED} AND handle_hash = $2",
        now,
        _handle_hash(kind, handle),
    )
    return None if row is None else _opened(row, vault)


async def waiting_beside(
    database: Database, vault: Vault, *, client_id: str, people: Sequence[str], but: str, now: int
) -> list[PolledRequest]:
    """What this client asks these people besides the request `but`."""
    places = ", ".join(f"${number}" for number in range(4, 4 + len(people)))
    rows = await database.fetch_all(
        f"SELECT {_COLUMNS} FROM polled_request WHERE {UNDECIDED} AND client_id = $2 AND id <> $3 "
        f"AND person_id IN ({places}) ORDER BY id",
        now,
        client_id,
        but,
        *people,
    )
    return [_opened(row, vault) for row in rows]


async def waiting_for(database: Database, vault: Vault, person_id: str, *, now: int) -> list[PolledRequest]:
    """Everything that this person is asked to decide, the newest first."""
    rows = await database.fetch_all(
        f"SELECT {_COLUMNS} FROM polled_request WHERE {UNDECIDED} AND person_id = $2 ORDER BY created_at DESC, id",
        now,
        person_id,
    )
    return [_opened(row, vault) for row in rows]


def approving(id: str, authorization: Authorization, *, vault: Vault, now: int) -> Statement:
    """The gate of a yes: no row when it was decided or ran out meanwhile, or its person blocked its client."""
    return Statement(
        f"UPDATE polled_request SET state = 'approved', decided_at = $1, grant_id = $2, payload = $3 "
        f"WHERE {UNDECIDED} AND id = $4 "
        f"AND NOT {blocked(client='polled_request.client_id', person='polled_request.person_id')} RETURNING id",
        (now, authorization.grant_id, sealed_authorization(authorization, vault), id),
    )


def denying(id: str, *, now: int) -> Statement:
    """The gate of a no."""
    return Statement(
        f"UPDATE polled_request SET state = 'denied', decided_at = $1 WHERE {UNDECIDED} AND id = $2 RETURNING id",
        (now, id),
    )


def ending_beside(*, client_id: str, people: Sequence[str], but: str, now: int) -> Statement:
    """A further write: a no to everything that this client asks these people besides the request `but`."""
    places = ", ".join(f"${number}" for number in range(4, 4 + len(people)))
    return Statement(
        f"UPDATE polled_request SET state = 'denied', decided_at = $1 WHERE {UNDECIDED} AND client_id = $2 "
        f"AND id <> $3 AND person_id IN ({places})",
        (now, client_id, but, *people),
    )


def _opened(row: Row, vault: Vault) -> PolledRequest:
    id, sealed = str(row["id"]), row["request_sealed"]
    assert isinstance(sealed, bytes)
    content = json.loads(vault.unseal(sealed, row=_sealed_for(id)))
    return PolledRequest(
        id=id,
        kind=PolledKind(str(row["kind"])),
        client_id=str(row["client_id"]),
        request=AuthorizationRequest.from_json(content["request"]),
        created_at=int(row["created_at"] or 0),
        expires_at=int(row["expires_at"] or 0),
        poll_interval=int(row["poll_interval"] or 0),
        person_id=None if row["person_id"] is None else str(row["person_id"]),
        details=content["details"],
    )


def value_hash(kind: PolledKind, value: str, client_id: str) -> bytes:
    """Bound to its client: another one that shows the value finds nothing, and so cannot use it up either."""
    return token_hash(kind, f"{client_id}\x00{value}")


def _handle_hash(kind: PolledKind, handle: str) -> bytes:
    return token_hash(f"{kind}_handle", handle)


def _sealed_for(id: str) -> str:
    return f"polled_request|request|{id}"
