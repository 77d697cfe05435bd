"""What a person agreed to or was told, in which words, and until when."""

from sqlalchemy import BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field

from idp.storage.tables.table import Table

_IN_FORCE = text("withdrawn_at IS NULL")


class ConsentRow(Table, table=True):
    """One decision. At most one is in force for a person and a client; the earlier ones stay as proof."""

    __tablename__ = "consent"
    __table_args__ = (
        Index(None, "person_id", "client_id"),
        Index(
            "uq_consent_in_force",
            "person_id",
            "client_id",
            unique=True,
            postgresql_where=_IN_FORCE,
            sqlite_where=_IN_FORCE,
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    person_id: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    claims: str = Field(sa_type=Text)
    legal_basis: str = Field(sa_type=Text)
    text_hash: bytes = Field(sa_type=LargeBinary)
    text_version: str = Field(sa_type=Text)
    locale: str = Field(sa_type=Text)
    granted_at: int = Field(sa_type=BigInteger)
    withdrawn_at: int | None = Field(default=None, sa_type=BigInteger)
