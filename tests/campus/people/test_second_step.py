"""The second step, as a browser meets it: at the door and on the account page."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from urllib.parse import unquote

import pyotp
import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.database import Database
from campus.outbox import Mail
from campus.people.door import totp
from campus.people.keychain import BrowserSession, Failures, Ticket
from campus.people.models import Member
from tests.conftest import PASSWORD
from tests.doors import csrf_token, walk_in

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ACCOUNT = "/account/second-step"


@pytest.fixture
def codes(app: APIFlask, database: Database, member: Member) -> list[str]:
    """The member turned the second step on an hour ago: the recovery codes."""
    then = clock.now() - timedelta(hours=1)
    with app.app_context(), database.write() as store:
        return totp.turn_on(store, member, SEED, code(then), by=Origin(), now=then)


def code(at: datetime | None = None, seed: str = SEED) -> str:
    return pyotp.TOTP(seed).at(at or clock.now())


def sign_in(client: FlaskClient, member: Member, then: str = "/book") -> TestResponse:
    form = {
        "csrf_token": csrf_token(client, "/sign-in"),
        "email": member.email,
        "password": PASSWORD,
        "next": then,
    }
    return client.post("/sign-in", data=form)


def show(client: FlaskClient, typed: str) -> TestResponse:
    form = {"csrf_token": csrf_token(client, "/sign-in/code"), "code": typed}
    return client.post("/sign-in/code", data=form)


def methods(database: Database) -> list[str]:
    with database.read() as store:
        return list(store.scalars(select(BrowserSession.method)))


def test_the_password_alone_opens_nothing_and_the_code_the_door(
    database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    assert sign_in(client, member).headers["Location"] == "/sign-in/code"
    assert client.get("/book").headers["Location"].startswith("/sign-in?")
    assert methods(database) == []
    answer = show(client, code())
    assert (answer.status_code, answer.headers["Location"]) == (302, "/book")
    assert client.get("/book").status_code == 200
    assert methods(database) == ["code"]


def test_a_code_opens_one_door(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    other, typed = client.application.test_client(), code()
    sign_in(client, member)
    sign_in(other, member)
    assert show(client, typed).status_code == 302
    assert show(other, typed).status_code == 422
    assert methods(sqlite_database) == ["code"]


@pytest.mark.parametrize("typed", ["", "000000", "x" * 5000, "\0", "12345", "１２３"])
def test_a_wrong_code_is_refused_and_may_be_typed_again(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str], typed: str
) -> None:
    sign_in(client, member)
    assert show(client, typed).status_code == 422
    assert show(client, code()).status_code == 302
    with sqlite_database.read() as store:
        refused = store.scalar(select(AuditEntry).where(AuditEntry.action == "sign-in.refused"))
    assert refused and (refused.target, refused.after) == (f"member {member.id}", {"method": "code"})


def test_a_recovery_code_does_as_well_and_the_owner_is_told(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    sign_in(client, member)
    assert "Recovery code" in client.get("/sign-in/code?with=recovery").text
    assert show(client, codes[3].upper()).status_code == 302
    assert methods(sqlite_database) == ["recovery"]
    with sqlite_database.read() as store:
        told = store.scalar(select(Mail).where(Mail.subject.contains("recovery code")))
        noted = store.scalar(select(AuditEntry).where(AuditEntry.action == "recovery.use"))
    assert told and "9 codes are left" in told.text
    assert noted and noted.after == {"left": 9}
    other = client.application.test_client()
    sign_in(other, member)
    assert show(other, codes[3]).status_code == 422


def test_who_guesses_codes_waits_and_the_right_one_is_not_looked_at(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    sign_in(client, member)
    show(client, "000000")
    with sqlite_database.write() as store:
        tried = update(Failures).where(Failures.key.contains("code account"))
        store.execute(tried.values(count=4, last_at=clock.now()))
    show(client, "000000")
    with sqlite_database.read() as store:
        told = store.scalar(select(Mail).where(Mail.subject.contains("knows your password")))
    assert told and told.recipient == member.email
    with sqlite_database.write() as store:
        store.execute(tried.values(count=12, last_at=clock.now()))
    sign_in(client, member)  # the right password gives no new tries at the code
    for typed in (code(), codes[0]):
        answer = show(client, typed)
        assert answer.status_code == 429
        assert 100 < int(answer.headers["Retry-After"]) <= 128
    with sqlite_database.write() as store:
        store.execute(tried.values(last_at=clock.now() - timedelta(seconds=129)))
    assert show(client, codes[0]).status_code == 302


def test_the_first_half_is_good_for_ten_minutes_and_in_its_browser(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    assert client.get("/sign-in/code").headers["Location"] == "/sign-in"
    sign_in(client, member)
    assert client.application.test_client().get("/sign-in/code").status_code == 303
    form = {"csrf_token": csrf_token(client, "/sign-in/code"), "code": code()}
    with sqlite_database.write() as store:
        store.execute(update(Ticket).values(expires_at=clock.now()))
    assert client.post("/sign-in/code", data=form).headers["Location"] == "/sign-in"
    assert methods(sqlite_database) == []


def test_who_left_meanwhile_stays_out(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    sign_in(client, member)
    form = {"csrf_token": csrf_token(client, "/sign-in/code"), "code": code()}
    with sqlite_database.write() as store:
        store.execute(update(Member).values(active=False))
    assert client.post("/sign-in/code", data=form).status_code == 303
    assert methods(sqlite_database) == []


def test_the_goal_is_no_open_redirect(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    sign_in(client, member, "https://evil.example/")
    assert show(client, code()).headers["Location"] == "/"


def test_a_late_code_is_asked_for_once_more(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    sign_in(client, member)
    answer = client.post("/sign-in/code", data={"csrf_token": "stale", "code": code()})
    assert answer.status_code == 400
    assert "open too long" in answer.text


def test_it_is_turned_on_by_a_first_code_and_shows_ten_recovery_codes_once(
    database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    page = client.get(ACCOUNT).text
    assert 'src="data:image/svg+xml' in page
    seed = "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", page))
    assert seed == "".join(re.findall(r"<span>([A-Z2-7]{4})</span>", client.get(ACCOUNT).text))
    form = {"csrf_token": csrf_token(client, ACCOUNT), "code": "000000"}
    assert client.post(ACCOUNT, data=form).status_code == 422
    answer = client.post(ACCOUNT, data={**form, "code": code(seed=seed)})
    assert answer.status_code == 200
    shown = re.findall(r"<code>([0-9a-z-]{14})</code>", answer.text)
    assert len(set(shown)) == 10
    assert all(one in unquote(answer.text.partition('href="data:')[2].partition('"')[0]) for one in shown)
    assert not any(one in client.get(ACCOUNT).text for one in shown)
    assert client.post(ACCOUNT, data={**form, "code": code(seed=seed)}).status_code == 422
    other = client.application.test_client()
    sign_in(other, member)
    assert show(other, shown[0]).status_code == 302


def test_new_recovery_codes_and_turning_it_off(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str]
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, ACCOUNT)}
    shown = re.findall(r"<code>([0-9a-z-]{14})</code>", client.post(f"{ACCOUNT}/codes", data=form).text)
    assert len(shown) == 10
    assert not set(shown) & set(codes)
    assert client.post(f"{ACCOUNT}/off", data=form).status_code == 303
    assert client.post(f"{ACCOUNT}/codes", data=form).status_code == 303
    assert sign_in(client.application.test_client(), member).headers["Location"] == "/book"


@pytest.mark.parametrize(
    "asked", [f"GET {ACCOUNT}", f"POST {ACCOUNT}", f"POST {ACCOUNT}/off", f"POST {ACCOUNT}/codes"]
)
def test_an_old_session_has_to_show_first_who_it_is(
    sqlite_database: Database, client: FlaskClient, member: Member, codes: list[str], asked: str
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, "/book"), "code": code()}
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(minutes=16)))
    method, path = asked.split()
    answer = client.open(path, method=method, data=form)
    assert answer.headers["Location"] == f"/confirm?next={ACCOUNT}"
    with sqlite_database.read() as store:
        assert totp.standing(store, member.id).codes_left == 10
