"""One member's page: who may do what for whom, and what is refused to whom."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from campus import clock
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import BrowserSession, RecoveryCode, Totp
from campus.people.models import Member
from tests.campus.people.tenants import Walker, add_company, add_person, as_stored, deeds
from tests.doors import walk_in


@pytest.fixture
def walker(client: FlaskClient) -> Walker:
    return Walker(client)


def test_an_administrator_changes_role_and_company_and_the_audit_says_so(
    database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    add_company(database, "nopal", "Nopal Robotics")
    walker.enter(admin)
    path = f"/people/{member.id}"
    wanted = {"role": "analyst", "company": "nopal", "runs_company": "1"}
    assert walker.post(f"{path}/change", **wanted) == (303, path)
    changed = as_stored(database, member)
    assert (changed.role, changed.company and changed.company.slug, changed.runs_company) == (
        "analyst",
        "nopal",
        True,
    )
    assert walker.post(f"{path}/change", **wanted) == (303, path)  # sent twice
    (noted,) = deeds(database, "member.change")
    assert noted.before == {"role": "member", "company": None, "runs_company": False}
    assert noted.after == {"role": "analyst", "company": "nopal", "runs_company": True}
    assert (noted.member_id, noted.target, noted.address, noted.via) == (
        admin.id, f"member {member.id}", "127.0.0.1", "browser",
    )  # fmt: skip
    assert "Changed role or company" in walker.page(path)


def test_only_the_three_fields_are_read(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    walker.enter(admin)
    forged = {
        "active": "",
        "email": "thief@x.example",
        "password_hash": "x",
        "id": "1",
        "name": "Thief",
        "erased_at": "1",
    }
    assert walker.post(f"/people/{member.id}/change", role="staff", **forged)[0] == 303
    stored = as_stored(sqlite_database, member)
    assert (stored.role, stored.email, stored.name, stored.active) == (
        "staff",
        member.email,
        member.name,
        True,
    )
    assert stored.password_hash == member.password_hash
    assert stored.erased_at is None


@pytest.mark.parametrize(
    "fields",
    [{"role": "king"}, {}, {"role": "member", "company": "nobody"}, {"role": "member", "runs_company": "1"},
     {"role": "member", "company": "../x"}],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_kept_as_it_was_chosen(
    sqlite_database: Database,
    walker: Walker,
    admin: Member,
    member: Member,
    fields: dict[str, str],
) -> None:
    walker.enter(admin)
    status, page = walker.post(f"/people/{member.id}/change", **fields)
    assert status == 422
    assert 'role="alert"' in page
    assert ("checked" in page) is ("runs_company" in fields)
    assert as_stored(sqlite_database, member).role == "member"
    assert deeds(sqlite_database, "member.change") == []


def test_a_late_form_keeps_what_was_chosen(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    walker.enter(admin)
    answer = walker.client.post(f"/people/{member.id}/change", data={"csrf_token": "old", "role": "analyst"})
    assert answer.status_code == 400
    assert '<option value="analyst" selected>' in answer.text
    assert "open too long" in answer.text
    assert as_stored(sqlite_database, member).role == "member"


def test_a_change_of_role_asks_for_a_recent_proof(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    walker.enter(admin)
    with sqlite_database.write() as session:
        session.execute(update(BrowserSession).values(proved_at=clock.now() - timedelta(hours=1)))
    status, then = walker.post(f"/people/{member.id}/change", role="admin")
    assert (status, then.partition("?")[0]) == (303, "/confirm")
    assert as_stored(sqlite_database, member).role == "member"


DEEDS = ("change", "deactivate", "bring-back", "sign-out", "second-factor", "reset")


@pytest.mark.parametrize("deed", DEEDS)
def test_another_company_s_people_do_not_exist_for_a_company_s_administrator(
    sqlite_database: Database, walker: Walker, admin: Member, deed: str
) -> None:
    nopal, luz = add_company(sqlite_database, "nopal"), add_company(sqlite_database, "luz")
    boss = add_person(sqlite_database, "boss@nopal.example", nopal, runs=True)
    other = add_person(sqlite_database, "other@luz.example", luz)
    walker.enter(boss)
    for stranger in (other.id, admin.id, 10**6):
        assert walker.get(f"/people/{stranger}")[0] == 404
        wanted = 404 if deed in ("deactivate", "bring-back") else 403  # 403 by the route, whoever it is
        assert walker.post(f"/people/{stranger}/{deed}", role="admin")[0] == wanted
    assert as_stored(sqlite_database, other).active
    assert as_stored(sqlite_database, other).role == "member"


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("role", ["member", "staff", "analyst"])
def test_others_reach_nothing(
    sqlite_database: Database, walker: Walker, admin: Member, role: str, deed: str
) -> None:
    person = add_person(sqlite_database, f"{role}@x.example", role=role)
    walker.enter(person)
    assert walker.get("/people")[0] == 403
    assert walker.get(f"/people/{person.id}")[0] == 403
    assert walker.post(f"/people/{person.id}/{deed}", role="admin")[0] == 403
    assert as_stored(sqlite_database, person).role == role


def test_a_company_s_administrator_lets_a_plain_member_go_and_brings_them_back(
    database: Database,
    walker: Walker,
) -> None:
    nopal = add_company(database, "nopal")
    boss = add_person(database, "boss@nopal.example", nopal, runs=True)
    plain = add_person(database, "plain@nopal.example", nopal)
    walker.enter(boss)
    path = f"/people/{plain.id}"
    assert walker.post(f"{path}/deactivate") == (303, path)
    assert not as_stored(database, plain).active
    assert walker.post(f"{path}/bring-back") == (303, path)
    assert as_stored(database, plain).active
    assert [deeds(database, f"member.{deed}")[0].member_id for deed in ("deactivate", "bring-back")] == [
        boss.id
    ] * 2


@pytest.mark.parametrize("kind", ["oneself", "partner", "staff", "analyst", "admin"])
def test_a_company_s_administrator_touches_nobody_but_plain_members(
    sqlite_database: Database, walker: Walker, admin: Member, kind: str
) -> None:
    nopal = add_company(sqlite_database, "nopal")
    boss = add_person(sqlite_database, "boss@nopal.example", nopal, runs=True)
    role = kind if kind in ("staff", "analyst", "admin") else "member"
    other = add_person(sqlite_database, f"{kind}@nopal.example", nopal, role=role, runs=kind == "partner")
    person = boss if kind == "oneself" else other
    walker.enter(boss)
    page = walker.page(f"/people/{person.id}")
    assert "/deactivate" not in page
    assert "/change" not in page
    assert walker.post(f"/people/{person.id}/deactivate")[0] == 403
    assert as_stored(sqlite_database, person).active


def test_an_administrator_ends_sessions_and_removes_a_second_factor_and_they_are_told(
    sqlite_database: Database, app: APIFlask, walker: Walker, admin: Member, member: Member
) -> None:
    theirs = app.test_client()
    walk_in(theirs, member)
    with sqlite_database.write() as session:
        session.add(Totp(member_id=member.id, seed="sealed", created_at=clock.now()))
        session.add(RecoveryCode(member_id=member.id, digest="x"))
    walker.enter(admin)
    assert "1 browser" in walker.page(f"/people/{member.id}")
    assert walker.post(f"/people/{member.id}/sign-out")[0] == 303
    assert theirs.get("/book").status_code == 302
    assert [walker.post(f"/people/{member.id}/second-factor")[0] for _again in range(2)] == [303, 303]
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(Totp)) == 0
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        assert session.scalars(select(Mail.recipient)).all() == [member.email]
    assert len(deeds(sqlite_database, "totp.off")) == 1
    assert deeds(sqlite_database, "session.end-all")[0].after == {"ended": 1}


def test_an_administrator_sends_a_reset_link_but_not_to_whoever_has_left(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    walker.enter(admin)
    path = f"/people/{member.id}"
    assert walker.post(f"{path}/reset") == (303, path)
    with sqlite_database.write() as session:
        (mail,) = session.scalars(select(Mail)).all()
        session.get_one(Member, member.id).active = False
    assert mail.recipient == member.email
    assert "/reset/" in mail.text
    assert deeds(sqlite_database, "password.send-link")[0].member_id == admin.id
    assert walker.post(f"{path}/reset")[0] == 403
    assert len(deeds(sqlite_database, "password.send-link")) == 1


def test_nobody_removes_their_own_second_factor_by_the_back_door(
    sqlite_database: Database, walker: Walker, admin: Member
) -> None:
    with sqlite_database.write() as session:
        session.add(Totp(member_id=admin.id, seed="sealed", created_at=clock.now()))
    walker.enter(admin)
    assert walker.post(f"/people/{admin.id}/second-factor")[0] == 403
    with sqlite_database.read() as session:
        assert session.get(Totp, admin.id) is not None


def test_who_was_forgotten_is_a_number_and_cannot_be_changed(
    sqlite_database: Database, walker: Walker, admin: Member, member: Member
) -> None:
    with sqlite_database.write() as session:
        stored = session.get_one(Member, member.id)
        stored.active, stored.erased_at, stored.name = False, clock.now(), "Nobody"
    walker.enter(admin)
    page = walker.page(f"/people/{member.id}")
    assert f"Former member {member.id}" in page
    assert member.email not in page
    assert walker.post(f"/people/{member.id}/change", role="admin")[0] == 422
    assert walker.post(f"/people/{member.id}/bring-back")[0] == 403
    assert not as_stored(sqlite_database, member).active
