"""Waiting in line from when it was joined; how long a time was held"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("waiting_since", MOMENT, nullable=True))
    op.execute(
        "UPDATE occurrence SET waiting_since ="
        " (SELECT created_at FROM booking WHERE booking.id = occurrence.booking_id)"
        " WHERE status = 'waitlisted'"
    )
    op.create_table(
        "hold_spell",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("start_at", MOMENT, nullable=False),
        sa.Column("end_at", MOMENT, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("held_until", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_hold_spell_resource_id"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_hold_spell_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_hold_spell"),
    )
    op.create_index("ix_hold_spell_member_id", "hold_spell", ["member_id"])


def downgrade() -> None:
    op.drop_table("hold_spell")
    op.drop_column("occurrence", "waiting_since")
