"""People and access"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.BigInteger()
"""Microseconds since the epoch."""

TABLES = (
    "audit_entry",
    "failures",
    "mail",
    "mail_domain",
    "browser_session",
    "identity",
    "invitation",
    "passkey",
    "recovery_code",
    "ticket",
    "totp",
    "company",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", ID, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=160), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
    )
    op.create_index("ix_audit_entry_action", "audit_entry", ["action"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])
    op.create_index("ix_audit_entry_member_id", "audit_entry", ["member_id"])
    op.create_index("ix_audit_entry_target", "audit_entry", ["target"])
    op.create_table(
        "company",
        sa.Column("id", ID, nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_company"),
        sa.UniqueConstraint("slug", name="uq_company_slug"),
    )
    op.create_table(
        "failures",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", MOMENT, nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_failures"),
    )
    op.create_index("ix_failures_last_at", "failures", ["last_at"])
    op.create_table(
        "mail",
        sa.Column("id", ID, nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("fault", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_mail"),
    )
    op.create_index("ix_mail_due_at", "mail", ["due_at"])
    op.create_table(
        "mail_domain",
        sa.Column("domain", sa.String(length=253), nullable=False),
        sa.Column("company_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name="fk_mail_domain_company_id"),
        sa.PrimaryKeyConstraint("domain", name="pk_mail_domain"),
    )
    op.create_table(
        "browser_session",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("proved_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_browser_session_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_browser_session"),
        sa.UniqueConstraint("digest", name="uq_browser_session_digest"),
    )
    op.create_index("ix_browser_session_last_used_at", "browser_session", ["last_used_at"])
    op.create_index("ix_browser_session_member_id", "browser_session", ["member_id"])
    op.create_table(
        "identity",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_identity_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_identity"),
        sa.UniqueConstraint("issuer", "subject", name="uq_identity_issuer"),
    )
    op.create_index("ix_identity_member_id", "identity", ["member_id"])
    op.create_table(
        "invitation",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("company_id", ID, nullable=True),
        sa.Column("runs_company", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("invited_by_id", ID, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["company_id"], ["company.id"], name="fk_invitation_company_id"),
        sa.ForeignKeyConstraint(["invited_by_id"], ["member.id"], name="fk_invitation_invited_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
        sa.UniqueConstraint("digest", name="uq_invitation_digest"),
    )
    op.create_index("ix_invitation_company_id", "invitation", ["company_id"])
    op.create_index("ix_invitation_email", "invitation", ["email"])
    op.create_table(
        "passkey",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_passkey_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_member_id", "passkey", ["member_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("member_id", ID, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name="fk_recovery_code_member_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
    )
    op.create_index("ix_recovery_code_member_id", "recovery_code", ["member_id"])
    op.create_table(
        "ticket",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("member_id", ID, nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_ticket_member_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest", name="pk_ticket"),
    )
    op.create_index("ix_ticket_expires_at", "ticket", ["expires_at"])
    op.create_index("ix_ticket_member_id", "ticket", ["member_id"])
    op.create_table(
        "totp",
        sa.Column("member_id", ID, nullable=False),
        sa.Column("seed", sa.String(length=255), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name="fk_totp_member_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("member_id", name="pk_totp"),
    )

    op.add_column(
        "api_token",
        sa.Column("scopes", sa.String(length=64), nullable=False, server_default="read book devices reports"),
    )
    op.add_column("api_token", sa.Column("expires_at", MOMENT, nullable=True))
    _add_reference("member", "company_id", "company")
    for name, default in (("runs_company", "0"), ("mails_bookings", "1"), ("mails_sign_ins", "1")):
        op.add_column(
            "member", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.text(_truth(default)))
        )
    op.add_column("member", sa.Column("handle", sa.LargeBinary(length=32), nullable=True))
    op.add_column("member", sa.Column("clock", sa.String(length=2), nullable=True))
    op.add_column("member", sa.Column("erased_at", MOMENT, nullable=True))
    op.create_index("ix_member_company_id", "member", ["company_id"])
    op.create_index("ix_member_handle", "member", ["handle"], unique=True)
    _append_only("audit_entry")


def downgrade() -> None:
    for name in (
        "company_id",
        "runs_company",
        "mails_bookings",
        "mails_sign_ins",
        "handle",
        "clock",
        "erased_at",
    ):
        if name in ("company_id", "handle"):
            op.drop_index(f"ix_member_{name}", "member")
        op.drop_column("member", name)
    for name in ("scopes", "expires_at"):
        op.drop_column("api_token", name)
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _truth(bit: str) -> str:
    """A boolean default as each engine writes it."""
    return bit if op.get_bind().dialect.name == "sqlite" else {"0": "false", "1": "true"}[bit]


def _add_reference(table: str, column: str, target: str) -> None:
    """A foreign key beside the rows that are there. Alembic would copy the whole table on SQLite, and
    the dropped one would take with it, by cascade, what refers to it."""
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {column} {kind} "
        f"CONSTRAINT fk_{table}_{column} REFERENCES {target} (id)"
    )


def _append_only(table: str) -> None:
    """The database itself refuses to change or to remove a row."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("""
            CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'append_only'; END $$
        """)
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'append_only'); END"
        )
