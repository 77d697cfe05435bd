"""Linking: how records find each other, cases, merges and splits; what guards an account; operators."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _text(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _number(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger(), nullable=nullable) for name in names]


def _bytes(*names: str, nullable: bool = False) -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=nullable) for name in names]


def upgrade() -> None:
    _existing_tables()
    _finding()
    _cases()
    _merges()
    _protection()
    _keys()


def _existing_tables() -> None:
    op.add_column("person", sa.Column("status_changed_at", sa.BigInteger(), nullable=True))
    op.add_column("person", sa.Column("merged_into", sa.Text(), nullable=True))
    op.add_column("identity_link", sa.Column("previous_status", sa.Text(), nullable=True))
    op.add_column("identity_link", sa.Column("status_changed_at", sa.BigInteger(), nullable=True))


def _finding() -> None:
    op.create_table(
        "match_key",
        *_bytes("key"),
        *_text("link_id"),
        sa.PrimaryKeyConstraint("key", "link_id", name="pk_match_key"),
    )
    op.create_index("ix_match_key_link_id", "match_key", ["link_id"])
    op.create_table(
        "superseded_personal_id",
        *_bytes("old_index", "new_index", "pair_sealed"),
        *_number("recorded_at"),
        sa.PrimaryKeyConstraint("old_index", name="pk_superseded_personal_id"),
    )
    op.create_index("ix_superseded_personal_id_new_index", "superseded_personal_id", ["new_index"])
    op.create_table(
        "source_block",
        *_text("person_id", "source_id"),
        *_number("blocked_at"),
        sa.PrimaryKeyConstraint("person_id", "source_id", name="pk_source_block"),
    )


def _cases() -> None:
    op.create_table(
        "linking_case",
        *_text("id", "reference", "kind", "status", "person_id"),
        *_text("link_id", nullable=True),
        *_text("candidate_ids", "decision", "evidence"),
        *_bytes("note_sealed", nullable=True),
        *_text("proposed_action", "proposed_by", "outcome", "decided_by", nullable=True),
        *_number("created_at", "due_at"),
        *_number("decided_at", nullable=True),
        *_number("version"),
        sa.PrimaryKeyConstraint("id", name="pk_linking_case"),
        sa.UniqueConstraint("reference", name="uq_linking_case_reference"),
    )
    op.create_index("ix_linking_case_person_id", "linking_case", ["person_id"])
    op.create_index("ix_linking_case_status_created_at", "linking_case", ["status", "created_at"])
    op.create_table(
        "kept_apart",
        *_text("person_a", "person_b", "case_id"),
        *_number("decided_at"),
        sa.PrimaryKeyConstraint("person_a", "person_b", name="pk_kept_apart"),
    )


def _keys() -> None:
    op.create_table(
        "retired_seal_key",
        *_text("id"),
        *_bytes("seed_sealed"),
        *_number("retired_at"),
        sa.PrimaryKeyConstraint("id", name="pk_retired_seal_key"),
    )


def _merges() -> None:
    op.create_table(
        "person_merge",
        *_text("id", "survivor_id", "absorbed_id"),
        *_text("case_id", nullable=True),
        *_text("basis", "moved"),
        *_number("merged_at"),
        *_text("merged_by"),
        *_number("undone_at", nullable=True),
        *_text("undone_by", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_person_merge"),
    )
    op.create_index("ix_person_merge_survivor_id", "person_merge", ["survivor_id"])
    op.create_index("ix_person_merge_absorbed_id", "person_merge", ["absorbed_id"])
    op.create_table(
        "retired_subject",
        *_text("old_sub", "sector", "new_sub", "merge_id"),
        *_number("changed_at", "expires_at"),
        sa.PrimaryKeyConstraint("old_sub", name="pk_retired_subject"),
    )
    op.create_index("ix_retired_subject_merge_id", "retired_subject", ["merge_id"])
    op.create_index("ix_retired_subject_expires_at", "retired_subject", ["expires_at"])


def _protection() -> None:
    op.create_table(
        "login_record",
        *_text("id", "person_id"),
        *_text("session_id", "link_id", nullable=True),
        *_text("source_id", "client_id", "acr", "outcome"),
        *_bytes("device_sealed", nullable=True),
        *_number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_login_record"),
    )
    op.create_index("ix_login_record_person_id_at", "login_record", ["person_id", "at"])
    op.create_index("ix_login_record_at", "login_record", ["at"])
    op.create_table(
        "known_device",
        *_text("person_id"),
        *_bytes("browser_hash"),
        *_number("first_seen_at", "last_seen_at"),
        sa.PrimaryKeyConstraint("person_id", "browser_hash", name="pk_known_device"),
    )
    op.create_index("ix_known_device_last_seen_at", "known_device", ["last_seen_at"])
    op.create_table(
        "authenticator",
        *_text("id", "person_id", "kind"),
        *_bytes("secret_sealed"),
        *_number("created_at"),
        *_number("confirmed_at", nullable=True),
        *_number("last_step"),
        *_number("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_authenticator"),
    )
    op.create_index("ix_authenticator_person_id", "authenticator", ["person_id"])
    op.create_table(
        "operator",
        *_text("id", "label", "roles"),
        *_text("person_id", nullable=True),
        *_bytes("enrolment_hash", nullable=True),
        *_number("enrolment_expires_at", nullable=True),
        *_number("created_at"),
        *_text("created_by"),
        *_number("disabled_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_operator"),
        sa.UniqueConstraint("label", name="uq_operator_label"),
        sa.UniqueConstraint("person_id", name="uq_operator_person_id"),
        sa.UniqueConstraint("enrolment_hash", name="uq_operator_enrolment_hash"),
    )


def downgrade() -> None:
    """People and their decisions hang on these tables; going back is a restore."""
    raise NotImplementedError("restore the backup taken before the upgrade instead")
