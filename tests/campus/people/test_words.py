"""What people read: in their language, in words, and with the tab marked on which they are."""

from __future__ import annotations

import re

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from campus.database import Database
from campus.people.models import MailDomain, Member
from campus.people.trail.deeds import field_name, value_name
from tests.campus.people.letter_box import letters_to, link_in
from tests.campus.people.tenants import Walker, as_stored
from tests.campus.people.test_joining import PASSWORD, stored
from tests.doors import csrf_token, walk_in

SPANISH = {"Accept-Language": "es-MX"}


def test_who_asks_in_spanish_is_mailed_in_spanish_and_stays_so_as_a_member(
    sqlite_database: Database, client: FlaskClient
) -> None:
    with sqlite_database.write() as session:
        session.add(MailDomain(domain="nopal.example"))
    token = csrf_token(client, "/register")
    client.post("/register", data={"csrf_token": token, "email": "rosa@nopal.example"}, headers=SPANISH)
    (mail,) = letters_to(sqlite_database, "rosa@nopal.example")
    assert mail.subject == "Tu entrada al campus"
    client.get(link_in(mail))
    joining = {"csrf_token": csrf_token(client, "/join"), "name": "Rosa", "password": PASSWORD}
    answer = client.post("/join", data=joining, headers=SPANISH)
    member = stored(sqlite_database, "rosa@nopal.example")
    assert member
    assert member.locale == "es_MX"
    assert "Te damos la bienvenida, Rosa." in client.get(answer.location).text


def test_a_mail_goes_by_the_reader_s_language_before_the_page_s(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    with sqlite_database.write() as session:
        session.get_one(Member, member.id).locale = "en"
    token = csrf_token(client, "/forgot")
    client.post("/forgot", data={"csrf_token": token, "email": member.email}, headers=SPANISH)
    (mail,) = letters_to(sqlite_database, member.email)
    assert mail.subject == "Your link to a new password"


@pytest.mark.parametrize(
    ("path", "sent", "tab"),
    [
        ("/account/password", {"old": "wrong", "new": "x"}, "/account/security"),
        ("/account/tokens", {"name": ""}, "/account/tokens"),
        ("/account/address", {"email": "x"}, "/account"),
        ("/people/domains", {"domain": "x"}, "/people/domains"),
    ],
)
@pytest.mark.usefixtures("sqlite_database")
def test_a_form_that_is_shown_again_stands_under_its_tab(
    client: FlaskClient, admin: Member, path: str, sent: dict[str, str], tab: str
) -> None:
    walk_in(client, admin)
    again = client.post(path, data={"csrf_token": csrf_token(client, tab), **sent}).text
    tabs = again.partition('class="tabs"')[2].partition("</nav>")[0]
    assert re.findall(r'href="([^"]+)" aria-current', tabs) == [tab]


def test_the_audit_speaks_of_no_column_and_no_code(sqlite_database: Database, app: APIFlask) -> None:
    with app.test_request_context(headers=SPANISH):
        assert value_name("method", "password") == "contraseña"
        assert value_name("expires_at", "2026-03-03T21:30:00Z") == "3 mar 2026"
        assert value_name("expires_at", "someday") == "someday"
        assert field_name("sessions_ended") == "sesiones cerradas"


def test_what_was_not_given_is_no_change(
    sqlite_database: Database, client: FlaskClient, admin: Member
) -> None:
    walker = Walker(client)
    walker.enter(as_stored(sqlite_database, admin))
    walker.post("/people/invitations/new", emails="new@x.example", company="", role="member")
    row = walker.page("/audit?action=invitation.send").partition("<tbody>")[2]
    assert '<span class="quiet">role</span>' in row
    assert '<span class="quiet">company</span>' not in row
