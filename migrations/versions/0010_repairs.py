"""What staff set right in a series, and from when on its values are kept"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


def upgrade() -> None:
    op.create_table(
        "repair",
        sa.Column("id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=True),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_repair_series_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_repair_by_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_repair"),
    )
    op.create_index("ix_repair_series", "repair", ["series_id"])
    op.add_column("rolled", sa.Column("kept_from", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_table("repair")
    op.drop_column("rolled", "kept_from")
