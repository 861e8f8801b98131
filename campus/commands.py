"""The command line of people and the store: `flask --app app …`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from campus import clock
from campus.audit import record
from campus.errors import CampusError, NotFound
from campus.hub import hub
from campus.moments import rfc3339
from campus.people import members
from campus.people import tokens as api_tokens
from campus.people.access import origin
from campus.people.models import ROLES
from campus.people.permissions import SCOPES
from campus.schema import upgrade

LONGEST_DAYS = 3660
store = AppGroup("db", help="The database.")
people = AppGroup("member", help="Members.")
tokens = AppGroup("token", help="API tokens.")
letters = AppGroup("letters", help="Letters about bookings.")


def register(app: Flask) -> None:
    for command in (store, people, tokens, letters, doctor):
        app.cli.add_command(command)


@click.command()
@with_appcontext
def doctor() -> None:
    """Look whether all is well: disk, database, broker, worker, clock, mails. Ends with 1 on a fault."""
    from campus import doctor as looking  # noqa: PLC0415 - only this command looks at so much

    faults = 0
    for found in looking.examine(hub(), os.environ, clock.now()):
        faults += found.verdict == "fault"
        click.echo(f"{found.verdict:<7} {found.about:<14} {found.words}")
    if faults:
        raise click.ClickException(f"{faults} {'fault' if faults == 1 else 'faults'}; see above.")


@store.command("upgrade")
def upgrade_store() -> None:
    """Bring the database up to date."""
    upgrade(hub().database)


@letters.command("try-again")
def try_letters_again() -> None:
    """Let the worker write again what could not be written: `doctor` names it. Says how many that are."""
    from campus.bookings.letters import dispatch  # noqa: PLC0415 - only this command knows of bookings

    with hub().database.write() as session:
        count = dispatch.try_again(session)
    click.echo(f"{count} {'letter' if count == 1 else 'letters'} will be tried again.")


@people.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_member(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Add a member."""
    now = clock.now()
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    with _in_words(), hub().database.write() as session:
        made = members.add_member(session, email=email, name=name, role=role, password=password, now=now)
        record(session, origin(), "member.join", f"member {made.id}", now, after={"role": role})


@tokens.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=SCOPES,
    help="What it may do; may be given more than once.  [default: all of them]",
)
@click.option("--days", type=click.IntRange(1, LONGEST_DAYS), default=365, show_default=True)
def add_token(email: str, name: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a new API token of a member, alone on a line."""
    now = clock.now()
    end = now + timedelta(days=days)
    with _in_words(), hub().database.write() as session:
        member = members.find_member(session, email)
        token = api_tokens.add_token(session, member, name=name, now=now, scopes=scopes, expires_at=end)
        session.flush()
        made = api_tokens.list_tokens(session, member.id)[0]
        told = {"token": made.id, "scopes": made.scopes, "expires_at": rfc3339(end)}
        record(session, origin(), "token.add", f"member {member.id}", now, after=told)
    click.echo(token)


@tokens.command("list")
@click.argument("email")
def list_tokens(email: str) -> None:
    """List the API tokens of a member, the newest first: number, scopes, end, last use, name."""
    with _in_words(), hub().database.read() as session:
        for token in api_tokens.list_tokens(session, members.find_member(session, email).id):
            end = _day(token.expires_at) or "without end"
            used = _day(token.last_used_at) or "never"
            click.echo(f"{token.id:>4}  {token.scopes:<28}  until {end}  used {used:<10}  {token.name}")


@tokens.command("revoke")
@click.argument("email")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
def revoke_token(email: str, number: int) -> None:
    """End an API token of a member at once, by its number in the list."""
    now = clock.now()
    with _in_words(), hub().database.write() as session:
        member = members.find_member(session, email)
        if not api_tokens.revoke_token(session, member.id, number, now):
            raise NotFound(f"{member.email} has no token {number}.")
        record(session, origin(), "token.revoke", f"member {member.id}", now, before={"token": number})


@contextmanager
def _in_words() -> Iterator[None]:
    """A refusal is one line and exit code 1."""
    try:
        yield
    except CampusError as error:
        raise click.ClickException(error.message) from None


def _day(moment: datetime | None) -> str | None:
    return moment.astimezone(hub().settings.zone).date().isoformat() if moment else None
