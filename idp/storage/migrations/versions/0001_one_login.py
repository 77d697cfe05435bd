"""Everything one login needs, end to end."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

# Rows of these tables live for seconds or minutes: leave room on the page for their updates, and let vacuum
# come by before the dead rows outnumber the living.
_BUSY = {
    "fillfactor": "80",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_threshold": "1000",
    "autovacuum_vacuum_cost_delay": "0",
}


def _text(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _number(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _bytes(*names: str, nullable: bool = False) -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in names]


def upgrade() -> None:
    _configuration()
    _persons()
    _sessions()
    _transient()
    _audit()


def _configuration() -> None:
    op.create_table(
        "client",
        *_text("client_id"),
        sa.Column("metadata", _JSON, nullable=False),
        *_bytes("client_secret_hash", nullable=True),
        *_text("sector"),
        *_number("disabled_at", nullable=True),
        *_number("created_at", "updated_at"),
        sa.PrimaryKeyConstraint("client_id", name="pk_client"),
    )
    op.create_table(
        "identity_source",
        *_text("id", "kind"),
        *_number("position"),
        sa.Column("configuration", _JSON, nullable=False),
        *_bytes("secrets_sealed", nullable=True),
        *_number("disabled_at", nullable=True),
        *_number("created_at", "updated_at"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_source"),
    )
    op.create_table(
        "signing_key",
        *_text("kid", "alg", "state"),
        sa.Column("public_jwk", _JSON, nullable=False),
        *_bytes("private_key_sealed"),
        *_number("created_at"),
        *_number("activated_at", "retired_at", nullable=True),
        sa.PrimaryKeyConstraint("kid", name="pk_signing_key"),
    )
    version = op.create_table(
        "configuration_version",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        *_number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_configuration_version"),
        sa.CheckConstraint("id = 1", name=op.f("ck_configuration_version_one_row")),
    )
    op.bulk_insert(version, [{"id": 1, "version": 1}])


def _persons() -> None:
    op.create_table(
        "person",
        *_text("id", "status"),
        *_number("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
    )
    op.create_table(
        "identity_link",
        *_text("id", "person_id", "source_id"),
        *_bytes("source_subject_index"),
        *_text("identifier_type", nullable=True),
        *_bytes("personal_id_index", nullable=True),
        *_text("status", "method", "assurance", "evidence"),
        *_bytes("identity_sealed"),
        *_number("proofed_at", "created_at", "last_used_at"),
        sa.PrimaryKeyConstraint("id", name="pk_identity_link"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_identity_link_person_id"),
        sa.UniqueConstraint(
            "source_id", "source_subject_index", name="uq_identity_link_source_id_source_subject_index"
        ),
    )
    op.create_index("ix_identity_link_person_id", "identity_link", ["person_id"])
    op.create_index("ix_identity_link_personal_id_index", "identity_link", ["personal_id_index"])
    op.create_table(
        "identity_anchor",
        *_bytes("personal_id_index"),
        *_text("person_id"),
        sa.PrimaryKeyConstraint("personal_id_index", name="pk_identity_anchor"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_identity_anchor_person_id"),
    )
    op.create_index("ix_identity_anchor_person_id", "identity_anchor", ["person_id"])
    op.create_table(
        "subject_identifier",
        *_text("person_id", "sector", "sub"),
        *_number("created_at"),
        sa.PrimaryKeyConstraint("person_id", "sector", name="pk_subject_identifier"),
        sa.UniqueConstraint("sub", name="uq_subject_identifier_sub"),
    )
    op.create_table(
        "consent",
        *_text("id", "person_id", "client_id", "scope", "claims", "legal_basis"),
        *_bytes("text_hash"),
        *_text("text_version", "locale"),
        *_number("granted_at"),
        *_number("withdrawn_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_consent"),
    )
    op.create_index("ix_consent_person_id_client_id", "consent", ["person_id", "client_id"])
    _index_while("uq_consent_in_force", "consent", ["person_id", "client_id"], "withdrawn_at IS NULL", unique=True)


def _sessions() -> None:
    op.create_table(
        "sso_session",
        *_text("id"),
        *_bytes("key_hash"),
        *_text("person_id", "link_id", "source_id"),
        *_bytes("browser_hash"),
        *_text("acr", "amr", "identity_level"),
        *_number("auth_time", "created_at", "last_seen_at", "expires_at"),
        *_number("ended_at", nullable=True),
        *_bytes("identity_sealed"),
        sa.PrimaryKeyConstraint("id", name="pk_sso_session"),
        sa.UniqueConstraint("key_hash", name="uq_sso_session_key_hash"),
    )
    op.create_index("ix_sso_session_person_id", "sso_session", ["person_id"])
    op.create_index("ix_sso_session_expires_at", "sso_session", ["expires_at"])
    op.create_table(
        "authorization_grant",
        *_text("id", "session_id", "person_id", "client_id", "source_id", "scope"),
        *_text("claims", nullable=True),
        *_number("offline", "created_at"),
        *_number("revoked_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_authorization_grant"),
    )
    op.create_index("ix_authorization_grant_session_id", "authorization_grant", ["session_id"])
    op.create_index("ix_authorization_grant_person_id", "authorization_grant", ["person_id"])
    _index_while(
        "uq_authorization_grant_in_force",
        "authorization_grant",
        ["session_id", "client_id"],
        "revoked_at IS NULL",
        unique=True,
    )
    op.create_table(
        "refresh_token",
        *_bytes("token_hash"),
        *_text("grant_id"),
        *_bytes("payload"),
        *_number("issued_at", "expires_at"),
        *_number("consumed_at", nullable=True),
        sa.PrimaryKeyConstraint("token_hash", name="pk_refresh_token"),
    )
    op.create_index("ix_refresh_token_grant_id", "refresh_token", ["grant_id"])
    op.create_index("ix_refresh_token_expires_at", "refresh_token", ["expires_at"])


def _transient() -> None:
    op.create_table(
        "short_lived",
        *_bytes("key_hash"),
        *_text("kind"),
        *_text("grant_id", nullable=True),
        *_bytes("payload"),
        *_bytes("binding", nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        *_number("expires_at"),
        *_number("consumed_at", nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name="pk_short_lived"),
        postgresql_with=_BUSY,
    )
    op.create_index("ix_short_lived_expires_at", "short_lived", ["expires_at"])
    op.create_table(
        "counter",
        *_bytes("key_hash"),
        *_number("value", "expires_at"),
        sa.PrimaryKeyConstraint("key_hash", name="pk_counter"),
        postgresql_with=_BUSY,
    )
    op.create_index("ix_counter_expires_at", "counter", ["expires_at"])
    op.create_table(
        "outbox",
        *_text("id", "kind"),
        *_bytes("payload_sealed"),
        *_number("created_at", "next_attempt_at", "attempts"),
        *_number("claimed_until", "done_at", nullable=True),
        *_text("last_error", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        postgresql_with=_BUSY,
    )
    _index_while("ix_outbox_waiting", "outbox", ["next_attempt_at"], "done_at IS NULL")
    _index_while("ix_outbox_done", "outbox", ["done_at"], "done_at IS NOT NULL")


def _audit() -> None:
    op.create_table(
        "audit_entry",
        *_text("id"),
        *_number("recorded_at"),
        *_text("event"),
        *_text(
            "client_id",
            "source_id",
            "person_id",
            "session_id",
            "grant_id",
            "interaction_id",
            nullable=True,
        ),
        *_text("detail"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_recorded_at", "audit_entry", ["recorded_at"])
    _index_while("ix_audit_entry_person_id", "audit_entry", ["person_id"], "person_id IS NOT NULL")
    op.create_table(
        "audit_seal",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        *_number("until_ms", "entries"),
        *_bytes("root", "leaves", "previous"),
        *_text("signature", "kid"),
        sa.PrimaryKeyConstraint("number", name="pk_audit_seal"),
    )


def _index_while(name: str, table: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, unique=unique, postgresql_where=where, sqlite_where=where)


def downgrade() -> None:
    """There is nothing before this."""
    raise NotImplementedError("the first revision cannot be undone; drop the database instead")
