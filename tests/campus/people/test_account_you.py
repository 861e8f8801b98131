"""You: what members set for themselves, and what nobody can set through that form."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from campus.audit import AuditEntry
from campus.database import Database
from campus.people.models import Member
from tests.doors import csrf_token, walk_in

PAGES = ["/account", "/account/address", "/account/security", "/account/tokens", "/account/data"]
FORM = {
    "name": "Ana Robles",
    "language": "en",
    "clock": "24",
    "mails_confirmations": "1",
    "mails_bookings": "1",
    "mails_reminders": "1",
}


def save(client: FlaskClient, **changed: str) -> tuple[int, str]:
    form = {**FORM, "csrf_token": csrf_token(client, "/account"), **changed}
    answer = client.post("/account", data=form)
    return answer.status_code, answer.text


def kept(database: Database, member: Member) -> Member:
    with database.read() as store:
        return store.get_one(Member, member.id)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["en", "es_MX"])
def test_every_page_of_the_account_is_there_in_both_languages(
    sqlite_database: Database, client: FlaskClient, member: Member, page: str, language: str
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).locale = language
    walk_in(client, member)
    answer = client.get(page)
    assert answer.status_code == 200
    assert ("Tu cuenta" if language == "es_MX" else "Your account") in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("page", PAGES)
def test_the_account_is_nobody_else_s(
    sqlite_database: Database, client: FlaskClient, member_token: str, page: str
) -> None:
    assert client.get(page).headers["Location"].startswith("/sign-in?next=/account")
    assert client.get(page, headers={"Authorization": f"Bearer {member_token}"}).status_code == 403


def test_choices_are_kept(database: Database, client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    assert save(client, name=" Ana María ", language="es_MX", clock="12", mails_sign_ins="1")[0] == 303
    now = kept(database, member)
    assert (now.name, now.locale, now.clock) == ("Ana María", "es_MX", "12")
    assert (now.mails_bookings, now.mails_sign_ins) == (True, True)
    page = client.get("/account").text
    assert "Guardado." in page
    assert 'data-clock="12"' in page


def test_a_box_that_is_not_ticked_is_off(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, "/account"), "name": "Ana", "language": "en", "clock": "24"}
    assert client.post("/account", data=form).status_code == 303
    now = kept(sqlite_database, member)
    assert (now.mails_bookings, now.mails_sign_ins) == (False, False)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 121},
        {"name": "Ana\r\nBcc: all@hub.example"},
        {"name": "Ana\x00"},
        {"language": "tlh"},
        {"language": ""},
        {"clock": "13"},
        {"clock": ""},
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_saved(
    sqlite_database: Database, client: FlaskClient, member: Member, changed: dict[str, str]
) -> None:
    walk_in(client, member)
    status, page = save(client, **{"name": "Changed", **changed})
    assert status == 422
    assert 'id="fault-' in page
    assert kept(sqlite_database, member).name == "Ana Robles"


def test_a_refused_form_keeps_what_was_typed(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    _status, page = save(client, name="Kept <b>", clock="x", language="es_MX")
    assert 'value="Kept &lt;b&gt;"' in page
    assert 'value="es_MX" checked' in page


def test_a_late_form_keeps_what_was_typed_and_saves_nothing(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    status, page = save(client, csrf_token="stale", name="Kept name", clock="12")
    assert status == 400
    assert 'value="Kept name"' in page
    assert 'value="12" checked' in page
    assert kept(sqlite_database, member).name == "Ana Robles"


def test_no_field_of_the_form_makes_anybody_more_than_they_are(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    grabbed = {
        "role": "admin",
        "runs_company": "1",
        "company_id": "1",
        "email": "iris@hub.example",
        "id": "1",
    }
    assert save(client, **grabbed)[0] == 303
    now = kept(sqlite_database, member)
    assert (now.role, now.runs_company, now.company_id, now.email) == ("member", False, None, member.email)


def test_the_audit_keeps_what_changed_without_the_name(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    save(client, name="Beatriz Robles", mails_sign_ins="1")
    save(client, name="Beatriz Robles", mails_sign_ins="1")
    with sqlite_database.read() as store:
        query = select(AuditEntry).where(AuditEntry.action == "member.preferences")
        (entry,) = store.scalars(query).all()
    assert (entry.before, entry.after) == ({"name": "A… R…"}, {"name": "B… R…"})
    assert entry.target == f"member {member.id}"


def test_a_name_is_shown_as_text(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    assert save(client, name="<script>alert(1)</script>")[0] == 303
    assert "<script>alert" not in client.get("/account").text
