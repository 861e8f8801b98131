"""A forgotten password: the link by mail, and what it opens."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.outbox import Mail
from campus.people.door.passwords import is_right
from campus.people.keychain import BrowserSession, Failures, Ticket
from campus.people.models import Member
from tests.conftest import PASSWORD
from tests.doors import csrf_token, walk_in

NEW = "sundial gravel otter"


def ask(client: FlaskClient, email: str, address: str = "127.0.0.1", **headers: str) -> TestResponse:
    form = {"csrf_token": csrf_token(client, "/forgot"), "email": email}
    return client.post("/forgot", data=form, headers=headers, environ_overrides={"REMOTE_ADDR": address})


def mails(database: Database) -> list[Mail]:
    with database.read() as store:
        return list(store.scalars(select(Mail).order_by(Mail.id)))


def link_of(mail: Mail) -> str:
    found = re.search(r"^http://127\.0\.0\.1:8000(/reset/\S+)$", mail.text, re.MULTILINE)
    assert found, mail.text
    return found[1]


def set_new(client: FlaskClient, password: str = NEW) -> TestResponse:
    return client.post("/reset", data={"csrf_token": csrf_token(client, "/reset"), "password": password})


def password_is(database: Database, member: Member, password: str) -> bool:
    with database.read() as store:
        return is_right(store.get_one(Member, member.id).password_hash, password)


def test_the_link_sets_a_new_password_and_signs_out_everybody(
    database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client.application.test_client(), member)
    assert ask(client, " Ana@HUB.example").headers["Location"] == "/forgot/sent"
    [mail] = mails(database)
    assert mail.recipient == member.email
    opened = client.get(link_of(mail))
    assert (opened.status_code, opened.headers["Location"]) == (303, "/reset")
    answer = set_new(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
    assert password_is(database, member, NEW)
    with database.read() as store:
        assert store.query(BrowserSession).count() == store.query(Ticket).count() == 0
        actions = store.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["password.forgotten", "password.change"]
    assert len(mails(database)) == 2
    assert client.get("/book").headers["Location"].startswith("/sign-in")


def test_a_scanner_that_opens_the_link_uses_nothing_up(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    ask(client, member.email)
    link = link_of(mails(sqlite_database)[0])
    for _scan in range(3):
        scanner = client.application.test_client()
        scanner.head(link)
        scanner.get(link, follow_redirects=True)
    client.get(link)
    assert set_new(client).status_code == 303


def test_who_was_let_go_sets_no_password(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    ask(client, member.email)
    client.get(link_of(mails(sqlite_database)[0]))
    form = {"csrf_token": csrf_token(client, "/reset"), "password": NEW}
    with sqlite_database.write() as store:
        store.execute(update(Member).values(active=False))
    assert client.get("/reset").status_code == 410
    assert client.post("/reset", data=form).status_code == 410
    assert not password_is(sqlite_database, member, NEW)


def test_a_used_link_says_what_to_do(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    ask(client, member.email)
    link = link_of(mails(sqlite_database)[0])
    client.get(link)
    form = {"csrf_token": csrf_token(client, "/reset"), "password": NEW}
    other = client.application.test_client()
    other.get(link)
    set_new(other)
    for answer in (client.post("/reset", data={**form, "password": "another good one"}), client.get("/reset"),
                   client.get(link, follow_redirects=True)):  # fmt: skip
        assert answer.status_code == 410
        assert "Ask for a new link" in answer.text
    assert password_is(sqlite_database, member, NEW)


def test_a_link_is_good_for_an_hour_and_until_the_next(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    ask(client, member.email)
    ask(client, member.email)
    old, new = (link_of(mail) for mail in mails(sqlite_database))
    assert client.get(old, follow_redirects=True).status_code == 410
    assert client.get(new, follow_redirects=True).status_code == 200
    with sqlite_database.write() as store:
        lifetime = store.scalars(select(Ticket.expires_at)).one() - clock.now()
        store.execute(update(Ticket).values(expires_at=clock.now()))
    assert timedelta(minutes=59) < lifetime <= timedelta(hours=1)
    assert client.get(new, follow_redirects=True).status_code == 410


@pytest.mark.parametrize(
    "link", ["/reset/x", "/reset/%00", f"/reset/{'x' * 5000}", "/reset/a.b.c", "/reset/é.é.é"]
)
def test_a_forged_link_opens_nothing(sqlite_database: Database, client: FlaskClient, link: str) -> None:
    assert client.get(link, follow_redirects=True).status_code == 410


def test_a_ticket_that_nobody_signed_opens_nothing(
    sqlite_database: Database, app: APIFlask, client: FlaskClient, member: Member
) -> None:
    ask(client, member.email)
    signed = link_of(mails(sqlite_database)[0]).removeprefix("/reset/")
    secret = URLSafeTimedSerializer(str(app.secret_key), salt="reset link").loads(signed)
    forged = URLSafeTimedSerializer("another key", salt="reset link").dumps(secret)
    body, _dot, signature = signed.rpartition(".")
    bent = f"{body}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
    for link in (forged, secret, bent):
        assert client.get(f"/reset/{link}", follow_redirects=True).status_code == 410


def test_who_is_unknown_gets_the_same_answer_and_nobody_a_mail(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    with sqlite_database.write() as store:
        store.execute(update(Member).where(Member.id == staff.id).values(active=False))
    answers = [ask(client, email) for email in (member.email, "nobody@hub.example", staff.email)]
    assert {(one.status_code, one.headers["Location"], one.text) for one in answers} == {
        (303, "/forgot/sent", answers[0].text)
    }
    assert [mail.recipient for mail in mails(sqlite_database)] == [member.email]


@pytest.mark.parametrize("email", ["ana@hub.example", "nobody@hub.example"])
def test_who_asks_too_often_waits(
    sqlite_database: Database, client: FlaskClient, member: Member, email: str
) -> None:
    ask(client, email)
    with sqlite_database.write() as store:
        store.execute(update(Failures).values(count=12, last_at=clock.now()))
    before = len(mails(sqlite_database))
    answer = ask(client, email, "203.0.113.9")
    assert answer.status_code == 429
    assert 100 < int(answer.headers["Retry-After"]) <= 128
    assert f'value="{email}"' in answer.text
    assert len(mails(sqlite_database)) == before


@pytest.mark.parametrize(
    "email",
    [
        "",
        "no address",
        "ana@hub.example\r\nBcc: eve@evil.example",
        "ana@hub.example\n",
        "x" * 3000,
        "аna@hub.example",
    ],
)
def test_what_is_no_address_is_refused_in_words(
    sqlite_database: Database, client: FlaskClient, member: Member, email: str
) -> None:
    assert ask(client, email).status_code == 422
    assert mails(sqlite_database) == []


def test_the_link_leads_to_the_campus_whatever_host_was_claimed(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    ask(client, member.email, Host="evil.example")
    assert all("evil" not in mail.text for mail in mails(sqlite_database))


@pytest.mark.parametrize(
    "password", ["", "short", "password1234", "ana@hub.example", "x" * 129, "x" * 100_000, PASSWORD * 7]
)
def test_a_bad_password_is_refused_in_words_and_the_link_stays_good(
    sqlite_database: Database, client: FlaskClient, member: Member, password: str
) -> None:
    ask(client, member.email)
    client.get(link_of(mails(sqlite_database)[0]))
    answer = set_new(client, password)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert not password or password not in answer.text.replace(member.email, "")
    assert password_is(sqlite_database, member, PASSWORD)
    assert set_new(client).status_code == 303


def test_a_late_form_keeps_the_link(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    assert client.post("/forgot", data={"email": "ana@hub.example"}).status_code == 400
    ask(client, member.email)
    client.get(link_of(mails(sqlite_database)[0]))
    assert client.post("/reset", data={"password": NEW}).status_code == 400
    assert set_new(client).status_code == 303


def test_the_owner_signs_in_at_once_however_much_was_guessed(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    ask(client, member.email)
    client.get(link_of(mails(sqlite_database)[0]))
    set_new(client)
    form = {"csrf_token": csrf_token(client, "/sign-in"), "email": member.email, "password": "wrong wrong"}
    client.application.test_client().post("/sign-in", data=form)
    with sqlite_database.write() as store:
        store.execute(update(Failures).values(count=500, last_at=clock.now()))
    assert client.post("/sign-in", data={**form, "password": NEW}).status_code == 302
