"""API tokens: made after a proof, shown once, revocable, nobody else's."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.people.account.token_form import Typed
from campus.people.keychain import ApiToken, BrowserSession
from campus.people.models import Member
from tests.campus.people.letter_box import letters_to
from tests.doors import csrf_token, walk_in

PAGE = "/account/tokens"
JUAREZ = ZoneInfo("America/Ciudad_Juarez")
NOW = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
"""The evening of 3 March at the campus."""


def make(client: FlaskClient, **changed: object) -> TestResponse:
    form = {"name": "Door panel", "scopes": ["read", "book"], "ends": "30", "nonce": "once", **changed}
    return client.post(PAGE, data={"csrf_token": csrf_token(client, PAGE), **form})


def shown(page: str) -> str | None:
    found = re.search(r"campus_[A-Za-z0-9_-]{43}", page)
    return found[0] if found else None


def kept(database: Database) -> list[ApiToken]:
    with database.read() as store:
        return list(store.scalars(select(ApiToken).order_by(ApiToken.id)))


def test_a_token_is_shown_once_and_works(database: Database, client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    answer = make(client)
    token = shown(answer.text)
    assert answer.status_code == 201
    assert token
    assert answer.headers["Cache-Control"] == "no-store"
    assert token not in str(answer.headers)
    assert shown(client.get(PAGE).text) is None
    with client.session_transaction() as cookie:
        assert token not in str(dict(cookie))
    headers = {"Authorization": f"Bearer {token}"}
    assert client.application.test_client().get("/api/v1/resources", headers=headers).status_code == 200
    assert client.application.test_client().get(PAGE, headers=headers).status_code == 403
    (row,) = kept(database)
    assert (row.name, row.scopes, row.member_id) == ("Door panel", "read book", member.id)
    assert row.expires_at
    assert timedelta(days=29) < row.expires_at - clock.now() <= timedelta(days=30)


def test_a_form_that_is_sent_twice_makes_one_token(
    database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    first, second = make(client), make(client)
    assert (first.status_code, second.status_code) == (201, 409)
    assert shown(second.text) is None
    assert "was sent already" in second.text
    assert len(kept(database)) == 1
    assert make(client, nonce="another").status_code == 201


def test_every_form_has_its_own_nonce_and_members_do_not_share_them(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    walk_in(client, member)
    nonces = [re.findall(r'name="nonce" value="([^"]+)"', client.get(PAGE).text)[0] for _time in range(2)]
    assert nonces[0] != nonces[1]
    assert make(client).status_code == 201
    walk_in(client, staff)
    assert make(client).status_code == 201


def test_making_one_is_noted_and_mailed_without_the_token(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    token = shown(make(client).text)
    (mail,) = letters_to(sqlite_database, member.email)
    assert "Door panel" in mail.text
    assert "/account/tokens" in mail.text
    assert str(token) not in mail.text
    with sqlite_database.read() as store:
        (entry,) = store.scalars(select(AuditEntry).where(AuditEntry.action == "token.add"))
    assert str(token) not in str(entry.after)
    assert entry.after["scopes"] == "read book"


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"name": "a\nb"},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"ends": ""},
        {"ends": "9999"},
        {"ends": "-1"},
        {"ends": "date", "until": ""},
        {"ends": "date", "until": "2001-01-01"},
        {"ends": "date", "until": "9999-12-31"},
    ],
)
def test_a_token_that_cannot_be_is_refused_and_what_was_typed_stays(
    sqlite_database: Database, client: FlaskClient, member: Member, changed: dict[str, object]
) -> None:
    walk_in(client, member)
    answer = make(client, **changed)
    assert answer.status_code == 422
    assert 'id="fault-' in answer.text
    if "name" not in changed:
        assert 'value="Door panel"' in answer.text
    assert kept(sqlite_database) == []


def test_an_old_proof_is_asked_for_and_the_form_is_filled_afterwards(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    target = make(client).headers["Location"]
    assert target.startswith("/confirm?next=")
    assert kept(sqlite_database) == []
    back = parse_qs(urlsplit(target).query)["next"][0]
    page = client.get(back).text
    assert 'value="Door panel"' in page
    assert re.findall(r'name="scopes" value="(\w+)" checked', page) == ["read", "book"]
    assert 'value="30" checked' in page


def test_a_revoked_token_is_good_for_nothing(
    database: Database, client: FlaskClient, member: Member, member_token: str
) -> None:
    walk_in(client, member)
    (row,) = kept(database)
    form = {"csrf_token": csrf_token(client, PAGE)}
    assert client.post(f"{PAGE}/{row.id}/revoke", data=form).status_code == 303
    headers = {"Authorization": f"Bearer {member_token}"}
    assert client.application.test_client().get("/api/v1/resources", headers=headers).status_code == 401
    assert client.post(f"{PAGE}/{row.id}/revoke", data=form).status_code == 404


def test_somebody_else_s_token_does_not_exist(
    sqlite_database: Database, client: FlaskClient, member: Member, staff_token: str
) -> None:
    walk_in(client, member)
    (row,) = kept(sqlite_database)
    assert "tests" not in client.get(PAGE).text.partition('id="tokens-title"')[2].partition("</section>")[0]
    form = {"csrf_token": csrf_token(client, PAGE)}
    assert client.post(f"{PAGE}/{row.id}/revoke", data=form).status_code == 404
    assert len(kept(sqlite_database)) == 1


def test_a_late_form_keeps_what_was_typed_and_makes_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    answer = make(client, csrf_token="stale", name="Kept name", scopes=["devices"])
    assert answer.status_code == 400
    assert 'value="Kept name"' in answer.text
    assert 'value="devices" checked' in answer.text
    assert kept(sqlite_database) == []


@pytest.mark.parametrize(
    ("until", "end"),
    [
        ("2026-03-03", datetime(2026, 3, 4, 0, 0, tzinfo=JUAREZ)),
        ("2026-03-08", datetime(2026, 3, 9, 0, 0, tzinfo=JUAREZ)),
        ("2026-03-02", None),
        ("2027-03-03", datetime(2027, 3, 4, 0, 0, tzinfo=JUAREZ)),
        ("2027-03-06", None),
        ("3.3.2026", None),
    ],
)
def test_a_chosen_day_is_the_last_on_which_it_works(until: str, end: datetime | None) -> None:
    typed = Typed.of(MultiDict({"name": "x", "ends": "date", "until": until}))
    assert typed.end(NOW, JUAREZ) == end
