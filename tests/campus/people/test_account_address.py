"""A new mail address counts once its mailbox has said so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from campus import clock
from campus.database import Database
from campus.people.keychain import BrowserSession, Ticket
from campus.people.models import Member
from tests.campus.people.letter_box import letters_to, link_in
from tests.doors import csrf_token, walk_in

PAGE, NEW = "/account/address", "ana.robles@new.example"


def ask(client: FlaskClient, email: str = NEW) -> tuple[int, str]:
    answer = client.post(PAGE, data={"csrf_token": csrf_token(client, PAGE), "email": email})
    return answer.status_code, answer.text


def address_of(database: Database, member: Member) -> str:
    with database.read() as store:
        return store.get_one(Member, member.id).email


def confirm(client: FlaskClient) -> int:
    return client.post("/new-address", data={"csrf_token": csrf_token(client, "/new-address")}).status_code


def test_the_address_changes_when_its_mailbox_says_yes(
    database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    assert ask(client, " Ana.Robles@NEW.example ")[0] == 303
    assert address_of(database, member) == member.email
    (mail,) = letters_to(database, NEW)
    elsewhere = client.application.test_client()
    opened = elsewhere.get(link_in(mail))
    assert opened.headers["Location"] == "/new-address"
    assert NEW in elsewhere.get("/new-address").text
    assert address_of(database, member) == member.email
    assert confirm(elsewhere) == 303
    assert address_of(database, member) == NEW
    told = [mail.subject for mail in letters_to(database, member.email)]
    assert told == ["Another mail address for your account", "Your mail address was changed"]
    assert "new.example" in letters_to(database, member.email)[1].text
    assert NEW not in letters_to(database, member.email)[1].text


def test_opening_the_link_uses_nothing_up_and_saying_yes_does(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    ask(client)
    path = link_in(letters_to(sqlite_database, NEW)[0])
    for _scanner in range(3):
        client.application.test_client().get(path)
        client.application.test_client().head(path)
    browsers = [client.application.test_client() for _time in range(2)]
    for browser in browsers:
        browser.get(path)
        browser.get("/new-address")
    tokens = [csrf_token(browser, "/new-address") for browser in browsers]
    answers = [browser.post("/new-address", data={"csrf_token": token}).status_code
               for browser, token in zip(browsers, tokens, strict=True)]  # fmt: skip
    assert answers == [303, 404]
    assert browsers[1].get(path, follow_redirects=True).status_code == 404


def test_an_old_link_and_a_made_up_one_change_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    ask(client)
    path = link_in(letters_to(sqlite_database, NEW)[0])
    with sqlite_database.write() as store:
        store.execute(update(Ticket).values(expires_at=clock.now() - timedelta(seconds=1)))
    for tried in (path, "/account/address/made-up", "/account/address/" + "x" * 5000):
        assert client.get(tried, follow_redirects=True).status_code == 404
        assert client.post("/new-address", data={"csrf_token": csrf_token(client, PAGE)}).status_code == 404
    assert address_of(sqlite_database, member) == member.email


def test_asking_again_makes_the_link_before_it_good_for_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    ask(client)
    ask(client, "other@new.example")
    assert client.get(link_in(letters_to(sqlite_database, NEW)[0]), follow_redirects=True).status_code == 404


def test_the_answer_tells_nobody_who_is_a_member(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    walk_in(client, member)
    assert ask(client, staff.email)[0] == 303
    assert staff.email in client.get("/account").text  # "We sent a link to …"
    (mail,) = letters_to(sqlite_database, staff.email)
    assert "http" not in mail.text
    assert member.name not in mail.text


def test_an_address_that_was_taken_meanwhile_is_refused(
    database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    walk_in(client, member)
    ask(client)
    client.get(link_in(letters_to(database, NEW)[0]))
    with database.write() as store:
        store.get_one(Member, staff.id).email = NEW
    assert confirm(client) == 400
    assert address_of(database, member) == member.email


@pytest.mark.parametrize(
    "email",
    ["", "ana", "ana@hub.example", "\u0430na@hub.example", "a@b.example\r\nBcc: x@y.example", "x" * 300],
)
def test_what_is_no_new_address_is_refused_and_nobody_gets_mail(
    sqlite_database: Database, client: FlaskClient, member: Member, email: str
) -> None:
    walk_in(client, member)
    status, page = ask(client, email)
    assert status == 422
    assert 'id="fault-email"' in page
    assert letters_to(sqlite_database, member.email) == []


def test_nobody_s_mailbox_is_filled_from_here(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    assert [ask(client)[0] for _time in range(6)] == [303] * 5 + [422]
    assert len(letters_to(sqlite_database, NEW)) == 5


def test_it_asks_for_a_proof_and_keeps_the_address(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    answer = client.post(PAGE, data={"csrf_token": csrf_token(client, PAGE), "email": NEW})
    assert answer.headers["Location"] == "/confirm?next=/account/address?email%3Dana.robles@new.example"
    assert f'value="{NEW}"' in client.get(f"{PAGE}?email={NEW}").text
    assert letters_to(sqlite_database, NEW) == []


def test_a_late_form_keeps_the_address(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    answer = client.post(PAGE, data={"email": NEW})
    assert answer.status_code == 400
    assert f'value="{NEW}"' in answer.text
    assert letters_to(sqlite_database, NEW) == []
