"""Blocks of sealed days, rollups in pages, and what keeps them true"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""
TABLES = (
    "correction",
    "checkpoint",
    "rollup",
    "rolled",
    "dirty",
    "history_horizon",
    "block",
    "block_instants",
)


def upgrade() -> None:
    op.create_table(
        "block_instants",
        sa.Column("id", ID, nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("timestamps", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_block_instants_device_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_block_instants"),
    )
    op.create_index("ix_block_instants_device", "block_instants", ["device_id", "day"])
    op.create_table(
        "block",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("codec", sa.String(length=16), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("instants_id", ID, nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        _series("block"),
        sa.ForeignKeyConstraint(["instants_id"], ["block_instants.id"], name="fk_block_instants_id"),
        sa.PrimaryKeyConstraint("series_id", "day", name="pk_block"),
    )
    horizon = op.create_table(
        "history_horizon",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_history_horizon"),
    )
    op.bulk_insert(horizon, [{"id": 1, "at": 0}])  # nothing is rolled up yet
    op.create_table(
        "dirty",
        sa.Column("id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=False),
        sa.Column("first_at", MOMENT, nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        _series("dirty"),
        sa.PrimaryKeyConstraint("id", name="pk_dirty"),
    )
    op.create_index("ix_dirty_series", "dirty", ["series_id", "first_at"])
    op.create_table(
        "rolled",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("largest_gap", sa.BigInteger(), nullable=False),
        sa.Column("rated_power_w", sa.Double(), nullable=True),
        sa.Column("register", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        _series("rolled"),
        sa.PrimaryKeyConstraint("series_id", name="pk_rolled"),
    )
    op.create_table(
        "rollup",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("step_s", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _series("rollup"),
        sa.PrimaryKeyConstraint("series_id", "step_s", "page", name="pk_rollup"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("register", sa.Text(), nullable=False),
        _series("checkpoint"),
        sa.PrimaryKeyConstraint("series_id", "at", name="pk_checkpoint"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "correction",
        sa.Column("id", ID, nullable=False),
        sa.Column("series_id", ID, nullable=False),
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("before", sa.Double(), nullable=True),
        sa.Column("after", sa.Double(), nullable=True),
        _series("correction"),
        sa.PrimaryKeyConstraint("id", name="pk_correction"),
    )
    op.create_index("ix_correction_series", "correction", ["series_id", "told_at"])


def downgrade() -> None:
    """Sealed values are not made hot again: once there are some, the way back is a backup."""
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM block")):
        raise RuntimeError("The history has sealed days. To go back, restore a backup of the version before.")
    for table in TABLES:
        op.drop_table(table)


def _series(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["series_id"], ["series.id"], name=f"fk_{table}_series_id", ondelete="CASCADE"
    )
