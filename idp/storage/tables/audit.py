"""The append-only log and its seals. Entries are inserted, never changed; seals prove that."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, text
from sqlmodel import Field

from idp.storage.tables.table import Table

_OF_A_PERSON = text("person_id IS NOT NULL")


class AuditEntryRow(Table, table=True):
    """One outcome: ids and enum values, no personal data. `recorded_at` is in epoch milliseconds."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(
            "ix_audit_entry_person_id",
            "person_id",
            postgresql_where=_OF_A_PERSON,
            sqlite_where=_OF_A_PERSON,
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    recorded_at: int = Field(sa_type=BigInteger, index=True)
    event: str = Field(sa_type=Text)
    client_id: str | None = Field(default=None, sa_type=Text)
    source_id: str | None = Field(default=None, sa_type=Text)
    person_id: str | None = Field(default=None, sa_type=Text)
    session_id: str | None = Field(default=None, sa_type=Text)
    grant_id: str | None = Field(default=None, sa_type=Text)
    interaction_id: str | None = Field(default=None, sa_type=Text)
    detail: str = Field(sa_type=Text)


class AuditSealRow(Table, table=True):
    """The signed Merkle root of one stretch of the log, chained to the one before.

    `leaves` only helps to say which entry is wrong: the first eight bytes of every entry's hash, in order.
    """

    __tablename__ = "audit_seal"

    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    until_ms: int = Field(sa_type=BigInteger)
    entries: int = Field(sa_type=BigInteger)
    root: bytes = Field(sa_type=LargeBinary)
    leaves: bytes = Field(sa_type=LargeBinary)
    previous: bytes = Field(sa_type=LargeBinary)
    signature: str = Field(sa_type=Text)
    kid: str = Field(sa_type=Text)


class RetiredSealKeyRow(Table, table=True):
    """What verifies the seals made under a master key that is not configured any more. `id` is the key's `kid`."""

    __tablename__ = "retired_seal_key"

    id: str = Field(sa_type=Text, primary_key=True)
    seed_sealed: bytes = Field(sa_type=LargeBinary)
    retired_at: int = Field(sa_type=BigInteger)
