"""Where devices hang on the floor plan, and the newest unreadable message of a device in one look"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("device", sa.Column("place", sa.JSON(), nullable=True))
    op.create_index("ix_quarantine_device", "quarantine", ["device_id", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_quarantine_device", "quarantine")
    op.drop_column("device", "place")
