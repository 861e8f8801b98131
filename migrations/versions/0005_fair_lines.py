"""Waiting in line from when it was joined"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


def upgrade() -> None:
    op.add_column("occurrence", sa.Column("waiting_since", MOMENT, nullable=True))
    op.execute(
        "UPDATE occurrence SET waiting_since ="
        " (SELECT created_at FROM booking WHERE booking.id = occurrence.booking_id)"
        " WHERE status = 'waitlisted'"
    )


def downgrade() -> None:
    op.drop_column("occurrence", "waiting_since")
