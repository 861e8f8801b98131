"""Inviting: who may ask whom in as what, and what becomes of a link that was sent."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from campus import clock
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import BrowserSession
from campus.people.models import Invitation, Member
from tests.campus.people.tenants import Walker, add_company, add_person, deeds

NEW = "/people/invitations/new"


@pytest.fixture
def walker(client: FlaskClient) -> Walker:
    return Walker(client)


def invitations(database: Database) -> list[Invitation]:
    with database.read() as session:
        return list(session.scalars(select(Invitation).order_by(Invitation.id)).all())


def mails(database: Database) -> list[Mail]:
    with database.read() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)).all())


def test_an_administrator_asks_several_in_at_once_and_each_gets_a_link_of_their_own(
    database: Database, walker: Walker, admin: Member
) -> None:
    nopal = add_company(database, "nopal", "Nopal Robotics")
    walker.enter(admin)
    lines = "One@x.example\r\n\r\n  two@x.example \r\none@x.example\r\n"
    assert walker.post(NEW, emails=lines, role="analyst", company="nopal", runs_company="1")[0] == 303
    made = invitations(database)
    assert [(one.email, one.role, one.company_id, one.runs_company) for one in made] == [
        ("one@x.example", "analyst", nopal.id, True),
        ("two@x.example", "analyst", nopal.id, True),
    ]
    assert made[0].expires_at - made[0].created_at == timedelta(days=7)
    sent = mails(database)
    assert [mail.recipient for mail in sent] == ["one@x.example", "two@x.example"]
    links = [re.findall(r"http://\S+/join/\S+", mail.text) for mail in sent]
    assert all(len(found) == 1 for found in links)
    assert links[0] != links[1]
    assert "Nopal Robotics" in sent[0].text
    assert deeds(database, "invitation.send")[0].after["email"] == "o…@x.example"


def test_sending_the_form_twice_invites_once(database: Database, walker: Walker, admin: Member) -> None:
    walker.enter(admin)
    for _again in range(2):
        assert walker.post(NEW, emails="one@x.example")[0] == 303
    assert len(invitations(database)) == len(mails(database)) == 1
    assert "Invited already: one@x.example" in walker.page("/people/invitations")


def test_one_bad_line_and_nobody_is_invited_and_nothing_is_lost(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    walker.enter(admin)
    typed = "good@x.example\nno address\nаna@hub.example\nana@hub.example\nx@x.example\tBcc: y@x.example"
    status, page = walker.post(NEW, emails=typed, role="staff")
    assert status == 422
    assert "good@x.example" in page
    assert '<option value="staff" selected>' in page
    assert page.count('<li class="form-error">') == 4
    assert "is a member already" in page
    assert invitations(sqlite_database) == []
    assert mails(sqlite_database) == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"emails": " \n "},
        {"emails": "a@x.example", "role": "king"},
        {"emails": "a@x.example", "role": ""},
        {"emails": "a@x.example", "company": "nobody"},
        {"emails": "a@x.example", "runs_company": "1"},
        {"emails": "\n".join(f"m{number}@x.example" for number in range(51))},
    ],
)
def test_what_cannot_be_is_refused(
    sqlite_database: Database, walker: Walker, admin: Member, fields: dict[str, str]
) -> None:
    walker.enter(admin)
    assert walker.post(NEW, **fields)[0] == 422
    assert invitations(sqlite_database) == []


def test_a_company_s_administrator_asks_plain_members_into_their_company(
    database: Database, walker: Walker
) -> None:
    nopal = add_company(database, "nopal")
    boss = add_person(database, "boss@nopal.example", nopal, runs=True)
    walker.enter(boss)
    page = walker.page(NEW)
    assert 'name="role"' not in page
    assert 'name="company"' not in page
    assert walker.post(NEW, emails="new@x.example")[0] == 303
    (made,) = invitations(database)
    assert (made.role, made.company_id, made.runs_company, made.invited_by_id) == (
        "member",
        nopal.id,
        False,
        boss.id,
    )


@pytest.mark.parametrize(
    "forged",
    [{"role": "admin"}, {"role": "staff"}, {"role": "analyst"}, {"runs_company": "1"}, {"company": "luz"},
     {"company": ""}, {"company": "nobody"}],
)  # fmt: skip
def test_a_company_s_administrator_gives_nobody_more_than_that(
    sqlite_database: Database, walker: Walker, forged: dict[str, str]
) -> None:
    nopal = add_company(sqlite_database, "nopal")
    add_company(sqlite_database, "luz")
    walker.enter(add_person(sqlite_database, "boss@nopal.example", nopal, runs=True))
    status, page = walker.post(NEW, emails="new@x.example", **forged)
    assert status == 403
    assert "plain members into your own company" in page
    assert invitations(sqlite_database) == []


def test_whoever_runs_no_company_any_more_invites_nobody_in_a_form_that_was_open(
    sqlite_database: Database, walker: Walker
) -> None:
    nopal = add_company(sqlite_database, "nopal")
    boss = add_person(sqlite_database, "boss@nopal.example", nopal, runs=True)
    walker.enter(boss)
    with sqlite_database.write() as session:
        session.get_one(Member, boss.id).runs_company = False
    assert walker.post(NEW, emails="new@x.example")[0] == 403


def test_inviting_with_a_role_asks_for_a_recent_proof(
    sqlite_database: Database, walker: Walker, admin: Member
) -> None:
    walker.enter(admin)
    with sqlite_database.write() as session:
        session.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    status, then = walker.post(NEW, emails="new@x.example", role="admin")
    assert (status, then.partition("?")[0]) == (303, "/confirm")
    assert walker.post(NEW, emails="new@x.example")[0] == 303
    assert [one.role for one in invitations(sqlite_database)] == ["member"]


def test_sending_again_makes_a_new_link_and_withdrawing_leaves_none(
    database: Database, walker: Walker, admin: Member
) -> None:
    walker.enter(admin)
    walker.post(NEW, emails="new@x.example")
    (first,) = invitations(database)
    with database.write() as session:
        session.execute(update(Invitation).values(expires_at=clock.now()))
    assert "Expired" in walker.page("/people/invitations")
    assert walker.post(f"/people/invitations/{first.id}/resend")[0] == 303
    (second,) = invitations(database)
    assert second.digest != first.digest
    assert second.expires_at > clock.now() + timedelta(days=6)
    assert len(mails(database)) == 2
    assert walker.post(f"/people/invitations/{first.id}/withdraw")[0] == 303
    assert invitations(database)[0].withdrawn_at is not None
    for deed in ("resend", "withdraw"):
        assert walker.post(f"/people/invitations/{first.id}/{deed}")[0] == 404
        assert len(deeds(database, f"invitation.{deed}")) == 1


@pytest.mark.parametrize("deed", ["resend", "withdraw"])
def test_another_company_s_invitations_do_not_exist(
    sqlite_database: Database, walker: Walker, admin: Member, deed: str
) -> None:
    nopal, luz = add_company(sqlite_database, "nopal"), add_company(sqlite_database, "luz")
    walker.enter(admin)
    walker.post(NEW, emails="luz@x.example", company="luz")
    walker.post(NEW, emails="chief@x.example", company="nopal", runs_company="1")
    walker.post(NEW, emails="own@x.example", company="nopal")
    walker.enter(add_person(sqlite_database, "boss@nopal.example", nopal, runs=True))
    page = walker.page("/people/invitations")
    assert "own@x.example" in page
    assert "luz@x.example" not in page
    assert "chief@x.example" not in page
    for one in invitations(sqlite_database):
        wanted = 303 if one.email == "own@x.example" else 404
        assert walker.post(f"/people/invitations/{one.id}/{deed}")[0] == wanted
    assert luz.id != nopal.id


def test_another_company_s_open_invitation_is_not_told(
    sqlite_database: Database, walker: Walker, admin: Member
) -> None:
    nopal = add_company(sqlite_database, "nopal")
    add_company(sqlite_database, "luz")
    walker.enter(admin)
    walker.post(NEW, emails="new@x.example", company="luz")
    walker.enter(add_person(sqlite_database, "boss@nopal.example", nopal, runs=True))
    assert walker.post(NEW, emails="new@x.example")[0] == 303
    assert "Invited already" not in walker.page("/people/invitations")
    assert len(invitations(sqlite_database)) == 2


def test_who_is_demoted_has_invited_nobody(database: Database, walker: Walker, admin: Member) -> None:
    second = add_person(database, "second@x.example", role="admin")
    walker.enter(second)
    walker.post(NEW, emails="myself@x.example", role="admin")
    walker.enter(admin)
    walker.post(NEW, emails="other@x.example")
    walker.post(f"/people/{second.id}/change", role="member")
    assert [one.withdrawn_at is not None for one in invitations(database)] == [True, False]


def test_a_late_form_keeps_the_addresses(sqlite_database: Database, walker: Walker, admin: Member) -> None:
    walker.enter(admin)
    answer = walker.client.post(
        NEW, data={"emails": "kept@x.example", "role": "analyst", "csrf_token": "old"}
    )
    assert answer.status_code == 400
    assert "kept@x.example</textarea>" in answer.text
    assert '<option value="analyst" selected>' in answer.text
    assert "Nobody was invited yet" in answer.text


@pytest.mark.parametrize("who", ["member", "staff", "analyst"])
def test_others_invite_nobody(
    sqlite_database: Database, walker: Walker, who: str, request: pytest.FixtureRequest
) -> None:
    walker.enter(request.getfixturevalue(who))
    assert walker.get(NEW)[0] == 403
    assert walker.post(NEW, emails="new@x.example")[0] == 403
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count(Invitation.id))) == 0
