"""The command line of people and the store: `flask --app app …`."""

from __future__ import annotations

import sys

import click
from flask import Flask
from flask.cli import AppGroup

from campus import clock
from campus.errors import CampusError
from campus.hub import hub
from campus.people import members
from campus.people import tokens as api_tokens
from campus.people.models import ROLES
from campus.schema import upgrade

store = AppGroup("db", help="The database.")
people = AppGroup("member", help="Members.")
tokens = AppGroup("token", help="API tokens.")


def register(app: Flask) -> None:
    for group in (store, people, tokens):
        app.cli.add_command(group)


@store.command("upgrade")
def upgrade_store() -> None:
    """Bring the database up to date."""
    upgrade(hub().database)


@people.command("add")
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(ROLES), default="member", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def add_member(email: str, name: str, role: str, password_stdin: bool) -> None:
    """Add a member."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    try:
        with hub().database.write() as session:
            members.add_member(session, email=email, name=name, role=role, password=password, now=clock.now())
    except CampusError as error:
        raise click.ClickException(error.message) from None


@tokens.command("add")
@click.argument("email")
@click.option("--name", required=True, help="What the token is for.")
def add_token(email: str, name: str) -> None:
    """Print a new API token of a member, alone on a line."""
    try:
        with hub().database.write() as session:
            member = members.find_member(session, email)
            token = api_tokens.add_token(session, member, name=name, now=clock.now())
    except CampusError as error:
        raise click.ClickException(error.message) from None
    click.echo(token)
