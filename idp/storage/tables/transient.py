"""Rows that come and go: the short-lived store, polled requests, counters, messages on their way out of the house."""

from sqlalchemy import BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field

from idp.storage.tables.table import Table

_WAITING, _DONE = text("done_at IS NULL"), text("done_at IS NOT NULL")


class ShortLivedRow(Table, table=True):
    """Interactions, codes, access tokens, challenges, replay entries. A used row stays until purged.

    `binding` is a hash of what a code is worth nothing without; the other kinds have none.
    """

    __tablename__ = "short_lived"

    key_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    kind: str = Field(sa_type=Text)
    grant_id: str | None = Field(default=None, sa_type=Text)
    payload: bytes = Field(sa_type=LargeBinary)
    binding: bytes | None = Field(default=None, sa_type=LargeBinary)
    version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": text("0")})
    expires_at: int = Field(sa_type=BigInteger, index=True)
    consumed_at: int | None = Field(default=None, sa_type=BigInteger)


class PolledRequestRow(Table, table=True):
    """A request that its client asks about until a person has decided elsewhere.

    `value_hash` is of what the client polls with, `handle_hash` of what a person types; `payload` is the sealed
    authorization once somebody approved. `hurried` says of the last poll that it came too early.
    """

    __tablename__ = "polled_request"
    __table_args__ = (
        Index("uq_polled_request_value_hash", "value_hash", unique=True),
        Index("uq_polled_request_handle_hash", "handle_hash", unique=True),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    person_id: str | None = Field(default=None, sa_type=Text, index=True)
    grant_id: str | None = Field(default=None, sa_type=Text)
    value_hash: bytes = Field(sa_type=LargeBinary)
    handle_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    request_sealed: bytes = Field(sa_type=LargeBinary)
    payload: bytes | None = Field(default=None, sa_type=LargeBinary)
    poll_interval: int = Field(sa_type=BigInteger)
    next_poll_at: int = Field(sa_type=BigInteger)
    hurried: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    decided_at: int | None = Field(default=None, sa_type=BigInteger)
    consumed_at: int | None = Field(default=None, sa_type=BigInteger)


class CounterRow(Table, table=True):
    """How often something happened in its current window."""

    __tablename__ = "counter"

    key_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    value: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)


class OutboxRow(Table, table=True):
    """A side effect that leaves the house, written with the change it tells of."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_waiting", "next_attempt_at", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_outbox_done", "done_at", postgresql_where=_DONE, sqlite_where=_DONE),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text)
    payload_sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    next_attempt_at: int = Field(sa_type=BigInteger)
    attempts: int = Field(sa_type=BigInteger)
    claimed_until: int | None = Field(default=None, sa_type=BigInteger)
    done_at: int | None = Field(default=None, sa_type=BigInteger)
    last_error: str | None = Field(default=None, sa_type=Text)
