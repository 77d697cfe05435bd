"""What a person sees and holds to guard their account: the history, the devices, the second factor; and operators."""

from sqlalchemy import BigInteger, Index, LargeBinary, Text
from sqlmodel import Field

from idp.storage.tables.table import Table


class LoginRecordRow(Table, table=True):
    """One line of a person's own history. The device and the network are sealed: they are sensitive data."""

    __tablename__ = "login_record"
    __table_args__ = (Index(None, "person_id", "at"),)

    id: str = Field(sa_type=Text, primary_key=True)
    person_id: str = Field(sa_type=Text)
    session_id: str | None = Field(default=None, sa_type=Text)
    link_id: str | None = Field(default=None, sa_type=Text)
    source_id: str = Field(sa_type=Text)
    client_id: str = Field(sa_type=Text)
    acr: str = Field(sa_type=Text)
    outcome: str = Field(sa_type=Text)
    device_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    at: int = Field(sa_type=BigInteger, index=True)


class KnownDeviceRow(Table, table=True):
    """A browser a person logged in with before; its cookie is kept as a hash."""

    __tablename__ = "known_device"

    person_id: str = Field(sa_type=Text, primary_key=True)
    browser_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    first_seen_at: int = Field(sa_type=BigInteger)
    last_seen_at: int = Field(sa_type=BigInteger, index=True)


class AuthenticatorRow(Table, table=True):
    """A second factor. `last_step` is the newest time step used, so that a code works once."""

    __tablename__ = "authenticator"

    id: str = Field(sa_type=Text, primary_key=True)
    person_id: str = Field(sa_type=Text, index=True)
    kind: str = Field(sa_type=Text)
    secret_sealed: bytes = Field(sa_type=LargeBinary)
    created_at: int = Field(sa_type=BigInteger)
    confirmed_at: int | None = Field(default=None, sa_type=BigInteger)
    last_step: int = Field(sa_type=BigInteger)
    removed_at: int | None = Field(default=None, sa_type=BigInteger)


class OperatorRow(Table, table=True):
    """Somebody who may work in the operator's portal. `label` is a work handle; `person_id` is set at enrolment."""

    __tablename__ = "operator"

    id: str = Field(sa_type=Text, primary_key=True)
    label: str = Field(sa_type=Text, unique=True)
    roles: str = Field(sa_type=Text)
    person_id: str | None = Field(default=None, sa_type=Text, unique=True)
    enrolment_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    enrolment_expires_at: int | None = Field(default=None, sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    created_by: str = Field(sa_type=Text)
    disabled_at: int | None = Field(default=None, sa_type=BigInteger)
