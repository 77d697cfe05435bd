"""Single sign-on sessions, what was granted in them, and the refresh tokens that outlive them."""

from sqlalchemy import BigInteger, Index, LargeBinary, Text, text
from sqlmodel import Field

from idp.storage.tables.table import Table

_IN_FORCE = text("revoked_at IS NULL")


class SsoSessionRow(Table, table=True):
    """One browser's session. `id` is the public `sid`; the cookie's secret is kept as `key_hash`."""

    __tablename__ = "sso_session"

    id: str = Field(sa_type=Text, primary_key=True)
    key_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    person_id: str = Field(sa_type=Text, index=True)
    link_id: str = Field(sa_type=Text)
    source_id: str = Field(sa_type=Text)
    browser_hash: bytes = Field(sa_type=LargeBinary)
    acr: str = Field(sa_type=Text)
    amr: str = Field(sa_type=Text)
    identity_level: str = Field(sa_type=Text)
    auth_time: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    last_seen_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    ended_at: int | None = Field(default=None, sa_type=BigInteger)
    identity_sealed: bytes = Field(sa_type=LargeBinary)


class AuthorizationGrantRow(Table, table=True):
    """What a client was granted in a session; revoking it kills every code and token that names it."""

    __tablename__ = "authorization_grant"
    __table_args__ = (
        Index(
            "uq_authorization_grant_in_force",
            "session_id",
            "client_id",
            unique=True,
            postgresql_where=_IN_FORCE,
            sqlite_where=_IN_FORCE,
        ),
    )

    id: str = Field(sa_type=Text, primary_key=True)
    session_id: str = Field(sa_type=Text, index=True)
    person_id: str = Field(sa_type=Text, index=True)
    client_id: str = Field(sa_type=Text)
    source_id: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    claims: str | None = Field(default=None, sa_type=Text)
    offline: int = Field(sa_type=BigInteger)
    created_at: int = Field(sa_type=BigInteger)
    revoked_at: int | None = Field(default=None, sa_type=BigInteger)


class RefreshTokenRow(Table, table=True):
    """A refresh token, as a hash. A consumed one stays until it expires, so that its replay is seen."""

    __tablename__ = "refresh_token"

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    grant_id: str = Field(sa_type=Text, index=True)
    payload: bytes = Field(sa_type=LargeBinary)
    issued_at: int = Field(sa_type=BigInteger)
    expires_at: int = Field(sa_type=BigInteger, index=True)
    consumed_at: int | None = Field(default=None, sa_type=BigInteger)
