"""Values that are held back, and devices that flood"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


def upgrade() -> None:
    op.create_table(
        "held_back",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.Column("kept_number", sa.Double(), nullable=True),
        sa.Column("kept_word", sa.Text(), nullable=True),
        sa.Column("held_at", MOMENT, nullable=True),
        sa.Column("held_number", sa.Double(), nullable=True),
        sa.Column("held_word", sa.Text(), nullable=True),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("due", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_held_back_series_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", name="pk_held_back"),
    )
    op.create_table(
        "flood",
        sa.Column("device_id", ID, nullable=False),
        sa.Column("listener", sa.String(length=64), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_flood_device_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", "listener", name="pk_flood"),
    )


def downgrade() -> None:
    for table in ("flood", "held_back"):
        op.drop_table(table)
