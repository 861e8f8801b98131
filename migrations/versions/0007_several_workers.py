"""Several workers: their places, what they hand over to one of them, and what devices said of themselves"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


def upgrade() -> None:
    op.create_table(
        "workplace",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("who", sa.String(length=120), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("listens", sa.Boolean(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_workplace"),
    )
    op.create_table(
        "relayed",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("retained", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_relayed"),
    )
    op.create_index("ix_relayed_at", "relayed", ["at", "id"])
    op.create_table(
        "described",
        sa.Column("device_id", ID, nullable=False),
        sa.Column("suffix", sa.String(length=600), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_described_device_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device_id", "suffix", name="pk_described"),
    )


def downgrade() -> None:
    for table in ("described", "relayed", "workplace"):
        op.drop_table(table)
