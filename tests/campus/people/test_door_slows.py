"""At the sign-in page whoever guesses waits, and the owner does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import Failures
from campus.people.models import Member
from tests.conftest import PASSWORD
from tests.doors import csrf_token, knock

NOBODY = "nobody@hub.example"


def guess(database: Database, client: FlaskClient, email: str, failures: int) -> None:
    """Wrong tries from somewhere else, until so many are counted."""
    knock(client.application.test_client(), email, "wrong wrong wrong", "198.51.100.7")
    with database.write() as store:
        store.execute(update(Failures).values(count=failures, last_at=clock.now()))


def entries(database: Database) -> list[tuple[str, str]]:
    with database.read() as store:
        return [
            (entry.action, entry.target)
            for entry in store.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ]


def mails(database: Database) -> list[Mail]:
    with database.read() as store:
        return list(store.scalars(select(Mail).order_by(Mail.id)))


@pytest.mark.parametrize("email", ["ana@hub.example", NOBODY])
def test_a_right_password_within_the_delay_is_not_even_looked_at(
    database: Database, client: FlaskClient, member: Member, email: str
) -> None:
    guess(database, client, email, 12)
    before = entries(database)
    answer = knock(client, email)
    assert answer.status_code == 429
    assert 100 < int(answer.headers["Retry-After"]) <= 128
    assert "Wait 3 minutes" in answer.text
    assert f'value="{email}"' in answer.text
    assert PASSWORD not in answer.text
    assert client.get("/book").status_code == 302
    assert entries(database) == before
    with database.write() as store:  # two minutes later
        store.execute(update(Failures).values(last_at=clock.now() - timedelta(seconds=129)))
    assert knock(client, email).status_code == (302 if email == member.email else 422)


def test_the_owner_s_browser_is_not_slowed_by_who_guesses(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    knock(client, member.email)
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/book")})
    guess(sqlite_database, client, member.email, 500)
    assert knock(client, member.email, "a slip of the pen").status_code == 422
    assert knock(client, member.email, address="198.51.100.7").status_code == 302
    assert knock(client.application.test_client(), member.email).status_code == 429


def test_a_known_browser_has_tries_of_its_own_and_not_without_end(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    knock(client, member.email)
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/book")})
    guess(sqlite_database, client, member.email, 5)
    knock(client, member.email, "wrong wrong wrong")
    with sqlite_database.write() as store:
        store.execute(
            update(Failures).where(Failures.key.contains("known")).values(count=9, last_at=clock.now())
        )
    assert knock(client, member.email).status_code == 429


def test_a_changed_password_makes_every_browser_a_stranger(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    knock(client, member.email)
    client.post("/sign-out", data={"csrf_token": csrf_token(client, "/book")})
    with sqlite_database.write() as store:
        store.execute(update(Member).values(password_hash=PasswordHasher().hash(PASSWORD)))
    guess(sqlite_database, client, member.email, 12)
    assert knock(client, member.email).status_code == 429


def test_many_accounts_from_one_address_count_together(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    guess(sqlite_database, client, NOBODY, 20)
    with sqlite_database.write() as store:  # so that it is the address alone
        store.execute(update(Failures).where(Failures.key.contains("account")).values(count=0))
    stranger = client.application.test_client()
    assert knock(stranger, member.email, address="198.51.100.7").status_code == 429
    assert knock(stranger, member.email, address="198.51.100.8").status_code == 302


def test_one_s_own_account_gives_no_address_its_tries_back(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    guess(sqlite_database, client, NOBODY, 15)
    with sqlite_database.write() as store:
        store.execute(update(Failures).where(Failures.key.contains("account")).values(count=0))
    knock(client.application.test_client(), member.email, address="198.51.100.7")
    with sqlite_database.read() as store:
        assert store.scalar(select(Failures.count).where(Failures.key.contains("address"))) == 15


def test_the_owner_is_told_when_the_delay_begins_and_no_more_that_day(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    guess(sqlite_database, client, member.email, 4)
    assert mails(sqlite_database) == []
    knock(client, member.email, "wrong wrong wrong", "198.51.100.7")
    [told] = mails(sqlite_database)
    assert told.recipient == member.email
    assert "198.51.100.7" in told.text
    with sqlite_database.write() as store:
        store.execute(update(Failures).values(last_at=clock.now() - timedelta(minutes=20)))
    knock(client, member.email, "wrong wrong wrong", "198.51.100.7")
    assert len(mails(sqlite_database)) == 1
    guess(sqlite_database, client, NOBODY, 50)
    assert len(mails(sqlite_database)) == 1


def test_the_known_browser_s_cookie_is_signed_and_no_script_s(
    sqlite_database: Database, app: APIFlask, client: FlaskClient, member: Member
) -> None:
    answer = knock(client, member.email)
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("campus_known=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    client.set_cookie("campus_known", "WyJ4Iix7IjEiOiIifV0.forged")
    assert client.get("/sign-in").status_code == 302
    guess(sqlite_database, client, member.email, 12)
    client.delete_cookie("campus_session")
    assert knock(client, member.email).status_code == 429
