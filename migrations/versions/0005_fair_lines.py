"""Lines in the order in which they were joined, how long a time was held, pages that are told of rules"""

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


EVENTS = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
"""Which rows there are."""
CLOSED = """
    INSERT INTO booking_change (resource_id)
    SELECT id FROM resource WHERE {row}.resource_id IS NULL OR id = {row}.resource_id;
"""
"""A closure is on one timeline, or on all."""
LINKED = "INSERT INTO booking_change (resource_id) VALUES ({row}.resource_id);"
RULED = "INSERT INTO booking_change (resource_id) VALUES (NEW.id);"
RULES = "name, kind, capacity, opening_hours, policy"
"""Columns of a resource that its timeline shows."""


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
    if _is_postgresql():
        _tell_postgresql()
    else:
        _tell_sqlite()


def downgrade() -> None:
    _tell_no_more()
    op.drop_table("hold_spell")
    op.drop_column("occurrence", "waiting_since")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _tell_sqlite() -> None:
    for table, note in (("closure", CLOSED), ("resource_link", LINKED)):
        for event, rows in EVENTS.items():
            notes = " ".join(note.format(row=row) for row in rows)
            op.execute(
                f"CREATE TRIGGER {table}_{event.lower()}_changes AFTER {event} ON {table} BEGIN {notes} END"
            )
    op.execute(f"CREATE TRIGGER resource_changes AFTER UPDATE OF {RULES} ON resource BEGIN {RULED} END")


def _tell_postgresql() -> None:
    for table, note in (("closure", CLOSED), ("resource_link", LINKED)):
        old = f"IF TG_OP <> 'INSERT' THEN {note.format(row='OLD')} END IF;"
        new = f"IF TG_OP <> 'DELETE' THEN {note.format(row='NEW')} END IF;"
        _function(f"note_{table}_change", f"{old} {new}")
        op.execute(
            f"CREATE TRIGGER {table}_changes AFTER INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION note_{table}_change()"
        )
    _function("note_resource_change", RULED)
    op.execute(
        f"CREATE TRIGGER resource_changes AFTER UPDATE OF {RULES} ON resource "
        "FOR EACH ROW EXECUTE FUNCTION note_resource_change()"
    )


def _function(name: str, body: str) -> None:
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$"
    )


def _tell_no_more() -> None:
    if _is_postgresql():
        for table in ("closure", "resource_link", "resource"):
            op.execute(f"DROP TRIGGER {table}_changes ON {table}")
            op.execute(f"DROP FUNCTION note_{table}_change()")
        return
    for table in ("closure", "resource_link"):
        for event in EVENTS:
            op.execute(f"DROP TRIGGER {table}_{event.lower()}_changes")
    op.execute("DROP TRIGGER resource_changes")
