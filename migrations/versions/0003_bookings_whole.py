"""Bookings, whole: claims, series, holds, closures, trainings, pictures, feeds and doors"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""

TABLES = (
    "claim",
    "booking_change",
    "notice",
    "wall_note",
    "resource_photo",
    "upload",
    "hold",
    "feed",
    "door",
    "closure",
    "training_record",
    "training",
    "resource_link",
)
"""In the order in which they go."""


def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    """What tables that were there gain."""
    return {
        "resource": (
            sa.Column("equipment", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("about", sa.Text(), nullable=True),
            sa.Column("place", sa.JSON(), nullable=True),
        ),
        "booking": (
            sa.Column("uid", sa.String(length=64), nullable=False, server_default=""),
            sa.Column("repeat", sa.String(length=500), nullable=True),
            sa.Column("guests", sa.JSON(), nullable=False, server_default="[]"),
            sa.Column("guests_told", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("visibility", sa.String(length=16), nullable=False, server_default="private"),
            sa.Column("version", sa.Integer(), nullable=False, server_default="0"),
            sa.Column("source", sa.String(length=16), nullable=False, server_default="page"),
            sa.Column("decided_at", MOMENT, nullable=True),
            sa.Column("decision", sa.String(length=500), nullable=True),
        ),
        "occurrence": (
            sa.Column("original_start", MOMENT, nullable=False, server_default="0"),
            sa.Column("title", sa.String(length=200), nullable=True),
            sa.Column("moved", sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column("checked_in_at", MOMENT, nullable=True),
            sa.Column("finished_at", MOMENT, nullable=True),
            sa.Column("reminded_at", MOMENT, nullable=True),
            sa.Column("offered_until", MOMENT, nullable=True),
        ),
        "member": (
            sa.Column("mails_confirmations", sa.Boolean(), nullable=False, server_default=sa.true()),
            sa.Column("mails_reminders", sa.Boolean(), nullable=False, server_default=sa.true()),
        ),
        "mail": (
            sa.Column("html", sa.Text(), nullable=True),
            sa.Column("calendar", sa.Text(), nullable=True),
            sa.Column("calendar_method", sa.String(length=16), nullable=True),
        ),
    }


def upgrade() -> None:
    _release_occurrences()
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    _add_reference("booking", "decided_by_id", "member")
    op.execute("UPDATE booking SET uid = 'booking-' || id")
    op.execute("UPDATE occurrence SET original_start = start_at")
    op.create_index("ix_booking_uid", "booking", ["uid"], unique=True)
    op.create_index("ix_occurrence_status", "occurrence", ["status", "start_at"])
    _spaces()
    _bookings()
    if _is_postgresql():
        _claims_postgresql()
    else:
        _claims_sqlite()
    op.execute("UPDATE occurrence SET status = status WHERE status IN ('confirmed', 'pending')")
    op.execute("DELETE FROM booking_change")


def downgrade() -> None:
    """What the version before does not know is given up: offers, waiting, holds, closures, pictures."""
    _drop_triggers()
    op.drop_index("ix_booking_uid", "booking")
    op.drop_index("ix_occurrence_status", "occurrence")
    for table in TABLES:
        op.drop_table(table)
    op.drop_column("booking", "decided_by_id")
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)
    op.execute("UPDATE occurrence SET status = 'cancelled' WHERE status NOT IN ('confirmed', 'pending')")
    op.get_context().opts["script"].get_revision("0001").module.refuse_overlaps()


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _add_reference(table: str, column: str, target: str) -> None:
    """A foreign key beside the rows that are there, without copying the table."""
    kind = "BIGINT" if _is_postgresql() else "INTEGER"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} "
        f"CONSTRAINT fk_{table}_{column} REFERENCES {target} (id)"
    )


def _release_occurrences() -> None:
    """Claims refuse an overlap from here on; the occurrences' own rule goes."""
    if _is_postgresql():
        op.execute("ALTER TABLE occurrence DROP CONSTRAINT slot_taken")
        return
    op.execute("DROP TRIGGER occurrence_insert")
    op.execute("DROP TRIGGER occurrence_update")


def _spaces() -> None:
    op.create_table(
        "resource_link",
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("blocks_id", ID, nullable=False),
        sa.CheckConstraint("resource_id <> blocks_id", name="ck_resource_link_another"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_resource_link_resource_id"),
        sa.ForeignKeyConstraint(["blocks_id"], ["resource.id"], name="fk_resource_link_blocks_id"),
        sa.PrimaryKeyConstraint("resource_id", "blocks_id", name="pk_resource_link"),
    )
    op.create_table(
        "closure",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=True),
        sa.Column("start_at", MOMENT, nullable=False),
        sa.Column("end_at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("made_by_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("start_at < end_at", name="ck_closure_span"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_closure_resource_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["member.id"], name="fk_closure_made_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_closure"),
    )
    op.create_index("ix_closure_end_at", "closure", ["end_at"])
    op.create_table(
        "training",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("valid_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_training"),
        sa.UniqueConstraint("slug", name="uq_training_slug"),
    )
    op.create_table(
        "training_record",
        sa.Column("member_id", ID, nullable=False),
        sa.Column("training_id", ID, nullable=False),
        sa.Column("granted_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_training_record_member_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["training_id"], ["training.id"], name="fk_training_record_training_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_training_record_by_id"),
        sa.PrimaryKeyConstraint("member_id", "training_id", name="pk_training_record"),
    )
    op.create_table(
        "upload",
        sa.Column("id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_upload_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
        sa.UniqueConstraint("digest", name="uq_upload_digest"),
    )
    op.create_table(
        "resource_photo",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("upload_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("caption", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_resource_photo_resource_id"),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name="fk_resource_photo_upload_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource_photo"),
    )
    op.create_index("ix_resource_photo_resource_id", "resource_photo", ["resource_id"])


def _bookings() -> None:
    op.create_table(
        "hold",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("start_at", MOMENT, nullable=False),
        sa.Column("end_at", MOMENT, nullable=False),
        sa.Column("blocked_start", MOMENT, nullable=False),
        sa.Column("blocked_end", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "start_at < end_at AND blocked_start <= start_at AND end_at <= blocked_end", name="ck_hold_span"
        ),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_hold_resource_id"),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_hold_member_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_expires_at", "hold", ["expires_at"])
    op.create_index("ix_hold_member_id", "hold", ["member_id"])
    op.create_table(
        "claim",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("blocked_start", MOMENT, nullable=False),
        sa.Column("blocked_end", MOMENT, nullable=False),
        sa.Column("occurrence_id", ID, nullable=True),
        sa.Column("hold_id", ID, nullable=True),
        sa.CheckConstraint("(occurrence_id IS NULL) <> (hold_id IS NULL)", name="ck_claim_one_reason"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_claim_resource_id"),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_claim_occurrence_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_claim_hold_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_claim"),
    )
    op.create_index("ix_claim_resource_blocked", "claim", ["resource_id", "blocked_start"])
    op.create_index("ix_claim_occurrence_id", "claim", ["occurrence_id"])
    op.create_index("ix_claim_hold_id", "claim", ["hold_id"])
    op.create_table(
        "booking_change",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_booking_change"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "wall_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("occurrence_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("upload_id", ID, nullable=True),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["occurrence_id"], ["occurrence.id"], name="fk_wall_note_occurrence_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name="fk_wall_note_upload_id"),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_wall_note_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_wall_note"),
    )
    op.create_index("ix_wall_note_occurrence_id", "wall_note", ["occurrence_id"])
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("booking_id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("by_id", ID, nullable=True),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name="fk_notice_booking_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_notice_member_id"),
        sa.ForeignKeyConstraint(["by_id"], ["member.id"], name="fk_notice_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
    )
    op.create_index("ix_notice_booking_id", "notice", ["booking_id"])
    op.create_table(
        "feed",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_feed_member_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_feed_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_feed"),
        sa.UniqueConstraint("digest", name="uq_feed_digest"),
    )
    op.create_index("ix_feed_member_id", "feed", ["member_id"])
    op.create_table(
        "door",
        sa.Column("id", ID, nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("made_by_id", ID, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_door_resource_id"),
        sa.ForeignKeyConstraint(["made_by_id"], ["member.id"], name="fk_door_made_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_door"),
        sa.UniqueConstraint("digest", name="uq_door_digest"),
    )


HOLDS = "('confirmed', 'pending', 'offered')"
"""States of an occurrence that take their time from others. campus/bookings/models.py knows them too."""

_CLAIM = """
    INSERT INTO claim (resource_id, blocked_start, blocked_end, {column})
    SELECT taken.id, NEW.blocked_start, NEW.blocked_end, NEW.id
    FROM (
        SELECT NEW.resource_id AS id
        UNION ALL SELECT blocks_id FROM resource_link WHERE resource_id = NEW.resource_id
    ) AS taken
    WHERE {held};
"""
"""An occurrence or a hold takes its own resource, and every one that this blocks."""
CLAIM = {
    "occurrence": _CLAIM.format(column="occurrence_id", held=f"NEW.status IN {HOLDS}"),
    "hold": _CLAIM.format(column="hold_id", held="TRUE"),
}
CLAIMED_BY = {
    "occurrence": "resource_id, blocked_start, blocked_end, status",
    "hold": "resource_id, blocked_start, blocked_end",
}
"""Columns whose change claims anew."""


WORDS = "title, visibility, attendees"
"""Columns of a booking that its readers see."""
NOTE = """
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.resource_id <> NEW.resource_id) THEN
        INSERT INTO booking_change (resource_id) VALUES (OLD.resource_id);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO booking_change (resource_id) VALUES (NEW.resource_id);
    END IF;
"""
"""What moves to another resource changes both timelines."""


def _claims_sqlite() -> None:
    for event in ("INSERT", "UPDATE"):
        op.execute(f"""
            CREATE TRIGGER claim_{event.lower()} BEFORE {event} ON claim
            BEGIN
                SELECT RAISE(ABORT, 'slot_taken') WHERE EXISTS (
                    SELECT 1 FROM claim
                    WHERE resource_id = NEW.resource_id
                      AND blocked_start < NEW.blocked_end
                      AND blocked_end > NEW.blocked_start
                      AND id IS NOT NEW.id
                );
            END
        """)
    note = "INSERT INTO booking_change (resource_id) VALUES ({row}.resource_id);"
    left = (
        "INSERT INTO booking_change (resource_id) "
        "SELECT OLD.resource_id WHERE OLD.resource_id <> NEW.resource_id;"
    )
    for table, claim in CLAIM.items():
        op.execute(f"CREATE TRIGGER {table}_claims AFTER INSERT ON {table} BEGIN {claim} END")
        op.execute(f"""
            CREATE TRIGGER {table}_claims_anew AFTER UPDATE OF {CLAIMED_BY[table]} ON {table}
            BEGIN
                DELETE FROM claim WHERE {table}_id = NEW.id;
                {claim}
            END
        """)
        for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
            op.execute(f"""
                CREATE TRIGGER {table}_{event.lower()}_changes AFTER {event} ON {table}
                BEGIN {note.format(row=row)} {left if event == "UPDATE" else ""} END
            """)
    op.execute(f"""
        CREATE TRIGGER booking_changes AFTER UPDATE OF {WORDS} ON booking
        BEGIN {note.format(row="NEW")} END
    """)


def _claims_postgresql() -> None:
    op.execute("""
        ALTER TABLE claim ADD CONSTRAINT slot_taken EXCLUDE USING gist (
            resource_id WITH =,
            int8range(blocked_start, blocked_end) WITH &&
        )
    """)
    _function("note_booking_change", NOTE)
    for table, claim in CLAIM.items():
        forget = f"IF TG_OP = 'UPDATE' THEN DELETE FROM claim WHERE {table}_id = NEW.id; END IF;"
        _function(f"claim_{table}", f"{forget} {claim}")
        op.execute(f"""
            CREATE TRIGGER {table}_claims AFTER INSERT OR UPDATE OF {CLAIMED_BY[table]} ON {table}
            FOR EACH ROW EXECUTE FUNCTION claim_{table}()
        """)
        op.execute(f"""
            CREATE TRIGGER {table}_changes AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION note_booking_change()
        """)
    op.execute(f"""
        CREATE TRIGGER booking_changes AFTER UPDATE OF {WORDS} ON booking
        FOR EACH ROW EXECUTE FUNCTION note_booking_change()
    """)


def _function(name: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _drop_triggers() -> None:
    if _is_postgresql():
        for table in ("occurrence", "hold"):
            op.execute(f"DROP TRIGGER {table}_claims ON {table}")
            op.execute(f"DROP TRIGGER {table}_changes ON {table}")
        op.execute("DROP TRIGGER booking_changes ON booking")
        for name in ("claim_occurrence", "claim_hold", "note_booking_change"):
            op.execute(f"DROP FUNCTION {name}()")
        return
    for name in ("claims", "claims_anew", "insert_changes", "update_changes", "delete_changes"):
        op.execute(f"DROP TRIGGER occurrence_{name}")
    op.execute("DROP TRIGGER booking_changes")
