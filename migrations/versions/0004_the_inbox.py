"""The inbox of devices that were heard, their raw messages, and devices that are retired"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


def upgrade() -> None:
    op.create_table(
        "heard",
        sa.Column("id", ID, nullable=False),
        sa.Column("topic", sa.String(length=512), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("sureness", sa.Integer(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("announcements", sa.JSON(), nullable=False),
        sa.Column("speaks", sa.JSON(), nullable=False),
        sa.Column("samples", sa.LargeBinary(), nullable=False),
        sa.Column("first_heard", MOMENT, nullable=False),
        sa.Column("last_heard", MOMENT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_heard"),
        sa.UniqueConstraint("topic", name="uq_heard_topic"),
    )
    op.create_table(
        "watch",
        sa.Column("device_id", ID, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_watch_device_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("device_id", name="pk_watch"),
    )
    op.create_table(
        "raw_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("retained", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_raw_message_device_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_raw_message"),
    )
    op.create_index("ix_raw_message_device", "raw_message", ["device_id", "at"])
    op.add_column("device", sa.Column("retired_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("device", "retired_at")
    for table in ("raw_message", "watch", "heard"):
        op.drop_table(table)
