"""The house"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""


TABLES = (
    "state",
    "reading",
    "last_known",
    "series",
    "quarantine",
    "presence",
    "occurrence",
    "device",
    "booking",
    "api_token",
    "resource",
    "note",
    "member",
    "live_batch",
    "heartbeat",
    "delivered_batch",
)


def upgrade() -> None:
    op.create_table(
        "delivered_batch",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("marks", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_delivered_batch"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "heartbeat",
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_heartbeat"),
    )
    op.create_table(
        "live_batch",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_live_batch"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "member",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("locale", sa.String(length=8), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_member"),
        sa.UniqueConstraint("email", name="uq_member_email"),
    )
    op.create_table(
        "note",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_note"),
    )
    op.create_table(
        "resource",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("opening_hours", sa.JSON(), nullable=True),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
        sa.UniqueConstraint("slug", name="uq_resource_slug"),
    )
    op.create_table(
        "api_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_api_token_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("digest", name="uq_api_token_digest"),
    )
    op.create_index("ix_api_token_member_id", "api_token", ["member_id"])

    op.create_table(
        "booking",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("made_by_id", ID, nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("attendees", sa.Integer(), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["member.id"], name="fk_booking_made_by_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_booking_member_id"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_booking_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_booking"),
    )
    op.create_index("ix_booking_member_id", "booking", ["member_id"])
    op.create_index("ix_booking_resource_id", "booking", ["resource_id"])

    op.create_table(
        "device",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("topic", sa.String(length=512), nullable=False),
        sa.Column("space_id", ID, nullable=True),
        sa.Column("expected_interval_s", sa.Double(), nullable=True),
        sa.Column("rated_power_w", sa.Double(), nullable=True),
        sa.Column("role", sa.String(length=16), nullable=True),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["space_id"], ["resource.id"], name="fk_device_space_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("slug", name="uq_device_slug"),
    )
    op.create_table(
        "occurrence",
        sa.Column("id", ID, nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("start_at", MOMENT, nullable=False),
        sa.Column("end_at", MOMENT, nullable=False),
        sa.Column("blocked_start", MOMENT, nullable=False),
        sa.Column("blocked_end", MOMENT, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.CheckConstraint(
            "start_at < end_at AND blocked_start <= start_at AND end_at <= blocked_end",
            name="ck_occurrence_span",
        ),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name="fk_occurrence_booking_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_occurrence_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_occurrence"),
    )
    op.create_index("ix_occurrence_booking_id", "occurrence", ["booking_id"])
    op.create_index("ix_occurrence_resource_blocked", "occurrence", ["resource_id", "blocked_start"])

    op.create_table(
        "presence",
        sa.Column("device_id", ID, nullable=False),
        sa.Column("last_seen", MOMENT, nullable=False),
        sa.Column("clock_ahead_s", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_presence_device_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device_id", name="pk_presence"),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", ID, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("retained", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.String(length=300), nullable=False),
        sa.Column("device_id", ID, nullable=True),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.id"], name="fk_quarantine_device_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
    )
    op.create_index("ix_quarantine_topic", "quarantine", ["topic", "id"])

    op.create_table(
        "series",
        sa.Column("id", ID, nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("metric", sa.String(length=96), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("is_text", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_series_device_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("device_id", "metric", "channel", "is_text", name="uq_series_name"),
    )
    op.create_table(
        "last_known",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_last_known_series_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", name="pk_last_known"),
    )
    op.create_table(
        "reading",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["series_id"], ["series.id"], name="fk_reading_series_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("series_id", "at", name="pk_reading"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "state",
        sa.Column("series_id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name="fk_state_series_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("series_id", "at", name="pk_state"),
        sqlite_with_rowid=False,
    )

    refuse_overlaps()


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)


def refuse_overlaps() -> None:
    """The database itself refuses two occurrences that hold the same resource at the same time."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute("""
            ALTER TABLE occurrence ADD CONSTRAINT slot_taken EXCLUDE USING gist (
                resource_id WITH =,
                int8range(blocked_start, blocked_end) WITH &&
            ) WHERE (status IN ('confirmed', 'pending'))
        """)
        return
    for name, event in (
        ("occurrence_insert", "INSERT"),
        ("occurrence_update", "UPDATE OF resource_id, blocked_start, blocked_end, status"),
    ):
        op.execute(f"""
            CREATE TRIGGER {name} BEFORE {event} ON occurrence
            WHEN NEW.status IN ('confirmed', 'pending')
            BEGIN
                SELECT RAISE(ABORT, 'slot_taken') WHERE EXISTS (
                    SELECT 1 FROM occurrence
                    WHERE resource_id = NEW.resource_id
                      AND status IN ('confirmed', 'pending')
                      AND blocked_start < NEW.blocked_end
                      AND blocked_end > NEW.blocked_start
                      AND id IS NOT NEW.id
                );
            END
        """)
