"""`flask token …`: made, listed and revoked from the command line."""

from __future__ import annotations

from datetime import timedelta

from apiflask import APIFlask
from click.testing import Result
from flask.testing import FlaskClient
from sqlalchemy import select

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.people.models import Member
from campus.people.tokens import find_token, list_tokens


def token(app: APIFlask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["token", *arguments])


def status(client: FlaskClient, secret: str, path: str = "/api/v1/devices") -> int:
    return client.get(path, headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_new_token_stands_alone_on_its_line_and_may_all_for_a_year(
    app: APIFlask, client: FlaskClient, database: Database, member: Member
) -> None:
    made = token(app, "add", member.email, "--name", "report")
    assert made.exit_code == 0
    assert made.stdout == made.stdout.strip() + "\n"
    with database.read() as store:
        kept = find_token(store, made.stdout.strip(), clock.now())
    assert kept
    assert kept.expires_at
    assert (kept.name, kept.scopes) == ("report", "read book devices reports")
    assert timedelta(days=364) < kept.expires_at - clock.now() <= timedelta(days=365)
    assert status(client, made.stdout.strip()) == 200


def test_a_token_may_be_for_less_and_for_shorter(
    app: APIFlask, client: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    asked = ("--name", "books", "--scope", "book", "--scope", "reports", "--days", "7")
    secret = token(app, "add", member.email, *asked).stdout.strip()
    with sqlite_database.read() as store:
        (kept,) = list_tokens(store, member.id)
    assert kept.scopes == "book reports"
    assert kept.expires_at
    assert kept.expires_at - clock.now() <= timedelta(days=7)
    assert status(client, secret) == 403


def test_tokens_are_listed_without_their_secrets(
    app: APIFlask, client: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    secret = token(app, "add", member.email, "--name", "first").stdout.strip()
    token(app, "add", member.email, "--name", "second", "--scope", "read")
    status(client, secret)
    second, first = token(app, "list", member.email).stdout.splitlines()
    assert second.endswith("second")
    assert "used never" in second
    assert "read book devices reports" in first
    assert "used never" not in first
    assert secret not in first


def test_a_revoked_token_is_good_for_nothing(
    app: APIFlask, client: FlaskClient, sqlite_database: Database, member: Member, staff: Member
) -> None:
    secret = token(app, "add", member.email, "--name", "gone").stdout.strip()
    refused = token(app, "revoke", staff.email, "1")
    assert (refused.exit_code, refused.stderr) == (1, f"Error: {staff.email} has no token 1.\n")
    assert status(client, secret) == 200
    assert token(app, "revoke", member.email, "1").exit_code == 0
    assert status(client, secret) == 401


def test_what_the_command_line_did_stands_in_the_audit(
    app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    added = app.test_cli_runner().invoke(args=["member", "add", "new@hub.example", "--name", "New"])
    assert (added.exit_code, added.output) == (0, "")
    secret = token(app, "add", member.email, "--name", "noted").stdout.strip()
    token(app, "revoke", member.email, "1")
    with sqlite_database.read() as store:
        entries = store.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(entry.action, entry.target, entry.via) for entry in entries] == [
        ("member.join", f"member {member.id + 1}", "command"),
        ("token.add", f"member {member.id}", "command"),
        ("token.revoke", f"member {member.id}", "command"),
    ]
    assert secret not in str([(entry.before, entry.after) for entry in entries])


def test_what_cannot_be_is_refused_in_one_line(
    app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    unknown = token(app, "add", "nobody@hub.example", "--name", "x")
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert len(unknown.stderr.splitlines()) == 1
    for arguments in (("--scope", "everything"), ("--days", "0"), ("--days", "99999")):
        assert token(app, "add", member.email, "--name", "x", *arguments).exit_code == 2
    assert token(app, "add", member.email, "--name", " ").exit_code == 1
