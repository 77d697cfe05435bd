"""Requests that a client asks about until a person has decided elsewhere: CIBA, device authorization."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "polled_request",
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("id", "kind", "client_id", "state")),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("person_id", "grant_id")),
        sa.Column("value_hash", sa.LargeBinary(), nullable=False),
        sa.Column("handle_hash", sa.LargeBinary(), nullable=True),
        sa.Column("request_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("poll_interval", "next_poll_at", "hurried", "created_at", "expires_at")
        ),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("decided_at", "consumed_at")),
        sa.PrimaryKeyConstraint("id", name="pk_polled_request"),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index("uq_polled_request_value_hash", "polled_request", ["value_hash"], unique=True)
    op.create_index("uq_polled_request_handle_hash", "polled_request", ["handle_hash"], unique=True)
    op.create_index("ix_polled_request_person_id", "polled_request", ["person_id"])
    op.create_index("ix_polled_request_expires_at", "polled_request", ["expires_at"])
    op.create_table(
        "request_block",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("blocked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "client_id", name="pk_request_block"),
    )


def downgrade() -> None:
    """Nobody's request lives for more than some minutes; whom they blocked, people would have to say once more."""
    op.drop_table("request_block")
    op.drop_table("polled_request")
