"""People: one random id, the links through which sources vouch for it, one identifier for every sector."""

from sqlalchemy import BigInteger, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from idp.storage.tables.table import Table


class PersonRow(Table, table=True):
    """`status`: active, locked (by themselves or an operator), closed, or merged into another person."""

    __tablename__ = "person"

    id: str = Field(sa_type=Text, primary_key=True)
    status: str = Field(sa_type=Text)
    created_at: int = Field(sa_type=BigInteger)
    status_changed_at: int | None = Field(default=None, sa_type=BigInteger)
    merged_into: str | None = Field(default=None, sa_type=Text)


class IdentityLinkRow(Table, table=True):
    """What one source knows of one person. The `_index` columns are blind indexes, the identity is sealed.

    `previous_status` is what a frozen or disputed link returns to.
    """

    __tablename__ = "identity_link"
    __table_args__ = (UniqueConstraint("source_id", "source_subject_index"),)

    id: str = Field(sa_type=Text, primary_key=True)
    person_id: str = Field(sa_type=Text, foreign_key="person.id", index=True)
    source_id: str = Field(sa_type=Text)
    source_subject_index: bytes = Field(sa_type=LargeBinary)
    identifier_type: str | None = Field(default=None, sa_type=Text)
    personal_id_index: bytes | None = Field(default=None, sa_type=LargeBinary, index=True)
    status: str = Field(sa_type=Text)
    method: str = Field(sa_type=Text)
    assurance: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    identity_sealed: bytes = Field(sa_type=LargeBinary)
    proofed_at: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    last_used_at: int = Field(sa_type=BigInteger)
    previous_status: str | None = Field(default=None, sa_type=Text)
    status_changed_at: int | None = Field(default=None, sa_type=BigInteger)


class IdentityAnchorRow(Table, table=True):
    """At most one person for a verified personal ID, however many logins race: the key decides."""

    __tablename__ = "identity_anchor"

    personal_id_index: bytes = Field(sa_type=LargeBinary, primary_key=True)
    person_id: str = Field(sa_type=Text, foreign_key="person.id", index=True)


class SubjectIdentifierRow(Table, table=True):
    """The pairwise `sub`, stored once and never derived again."""

    __tablename__ = "subject_identifier"

    person_id: str = Field(sa_type=Text, primary_key=True)
    sector: str = Field(sa_type=Text, primary_key=True)
    sub: str = Field(sa_type=Text, unique=True)
    created_at: int = Field(sa_type=BigInteger)
