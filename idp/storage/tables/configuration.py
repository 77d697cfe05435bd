"""What operators edit: clients, identity sources, signing keys, and the version that tells workers to reload."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, LargeBinary, Text
from sqlmodel import Field

from idp.storage.tables.table import Json, Table


class ClientRow(Table, table=True):
    """A service. `client_metadata` uses the names of RFC 7591; the secret is a SHA-256 hash."""

    __tablename__ = "client"

    client_id: str = Field(sa_type=Text, primary_key=True)
    client_metadata: dict[str, Any] = Field(sa_column=Column("metadata", Json, nullable=False))
    client_secret_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    sector: str = Field(sa_type=Text)
    disabled_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)


class IdentitySourceRow(Table, table=True):
    """A place that authenticates. `kind` names the plug-in; its secrets are sealed, apart from the rest."""

    __tablename__ = "identity_source"

    id: str = Field(sa_type=Text, primary_key=True)
    kind: str = Field(sa_type=Text)
    position: int = Field(sa_type=BigInteger)
    configuration: dict[str, Any] = Field(sa_type=Json)
    secrets_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    disabled_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    updated_at: int = Field(sa_type=BigInteger)


class SigningKeyRow(Table, table=True):
    """A key of the provider: next, active or retired."""

    __tablename__ = "signing_key"

    kid: str = Field(sa_type=Text, primary_key=True)
    alg: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    public_jwk: dict[str, Any] = Field(sa_type=Json)
    private_key_sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    activated_at: int | None = Field(default=None, sa_type=BigInteger)
    retired_at: int | None = Field(default=None, sa_type=BigInteger)


class ConfigurationVersionRow(Table, table=True):
    """One row; its number grows with every change of the tables above."""

    __tablename__ = "configuration_version"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    version: int = Field(sa_type=BigInteger)
