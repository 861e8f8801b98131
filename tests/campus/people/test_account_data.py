"""One's own data to take along, and being forgotten."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from campus import clock, outbox
from campus.audit import AuditEntry
from campus.bookings.models import Booking, Occurrence
from campus.database import Database
from campus.people import tickets
from campus.people.account.erase import KEYS
from campus.people.keychain import (
    ApiToken,
    BrowserSession,
    Identity,
    Passkey,
    RecoveryCode,
    Totp,
)
from campus.people.members import add_member
from campus.people.models import Invitation, Member
from campus.people.secrets import digest
from campus.spaces.models import Training, TrainingRecord
from tests.campus.people.letter_box import letters_to
from tests.campus.test_departure import add_booking, add_rooms
from tests.conftest import PASSWORD
from tests.doors import csrf_token, walk_in

PAGE = "/account/data"
NOW = clock.now()


def fill(database: Database, member: Member) -> None:
    """Give `member` one of everything."""
    add_rooms(database, "glass")
    add_booking(database, member, -30)
    add_booking(database, member, 30)
    owned = {"member_id": member.id, "created_at": NOW}
    with database.write() as store:
        store.add_all(
            [
                ApiToken(name="Panel", digest="d" * 64, scopes="read", expires_at=None, **owned),
                Passkey(credential_id=b"id", public_key=b"key", sign_count=1, name="Laptop", **owned),
                Identity(issuer="https://id.example", subject="sub-1", **owned),
                Totp(seed="sealed", **owned),
                RecoveryCode(member_id=member.id, digest="c" * 64),
                Training(id=1, slug="saws", name="Saws"),
                Invitation(
                    email=member.email, role="member", digest="i" * 64, created_at=NOW, expires_at=NOW
                ),
            ]
        )
        store.flush()
        store.add(TrainingRecord(training_id=1, granted_at=NOW, by_id=member.id, member_id=member.id))
        tickets.issue(store, "reset", timedelta(hours=1), NOW, member_id=member.id)
        outbox.post(store, member.email, "Old news", "text with a link", NOW)
        store.execute(update(outbox.Mail).values(due_at=None, sent_at=NOW))


def post(client: FlaskClient, deed: str, **form: str) -> tuple[int, str, str]:
    answer = client.post(f"{PAGE}/{deed}", data={"csrf_token": csrf_token(client, PAGE), **form})
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def test_the_file_holds_all_that_the_hub_knows_of_a_member(
    database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    fill(database, member)
    walk_in(client, member)
    answer = client.post(f"{PAGE}/download", data={"csrf_token": csrf_token(client, PAGE)})
    found = answer.get_json()
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="campus-my-data-20')
    assert member.email not in answer.headers["Content-Disposition"]
    assert found["profile"]["email"] == member.email
    assert [booking["title"] for booking in found["bookings"]] == ["In 30 h", "In -30 h"]
    assert [training["name"] for training in found["trainings"]] == ["Saws"]
    kept = found["sign_in"]
    assert [len(kept[kind]) for kind in ("sessions", "tokens", "passkeys", "linked_accounts")] == [1] * 4
    assert kept["recovery_codes_left"] == 1
    assert kept["authenticator_app_since"]
    assert [mail["subject"] for mail in found["mails"]] == ["Old news"]
    assert staff.name not in answer.text


def test_the_file_holds_no_secret(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    fill(sqlite_database, member)
    walk_in(client, member)
    with client.session_transaction() as cookie:
        secret = cookie["sign_in"]
    text = client.post(f"{PAGE}/download", data={"csrf_token": csrf_token(client, PAGE)}).text
    for hidden in (
        "argon2",
        "d" * 64,
        "c" * 64,
        "i" * 64,
        "sealed",
        "text with a link",
        secret,
        digest(secret),
    ):
        assert hidden not in text


def test_of_the_audit_it_holds_what_concerns_the_member_but_not_where_others_sat(
    sqlite_database: Database, client: FlaskClient, member: Member, admin: Member
) -> None:
    with sqlite_database.write() as store:
        for by, target in ((admin.id, member.id), (admin.id, admin.id), (member.id, member.id)):
            about = {"action": f"by.{by}", "target": f"member {target}", "address": f"10.0.0.{by}"}
            store.add(AuditEntry(at=NOW, member_id=by, via="browser", before={}, after={}, **about))
    walk_in(client, member)
    found = json.loads(post(client, "download")[2])["audit"]
    assert found[0]["action"] == "member.download"
    assert [(entry["by_you"], entry["address"]) for entry in found[1:]] == [
        (True, f"10.0.0.{member.id}"),
        (False, None),
    ]


@pytest.mark.parametrize("deed", ["download", "delete"])
def test_both_ask_for_a_proof(
    sqlite_database: Database, client: FlaskClient, member: Member, deed: str
) -> None:
    walk_in(client, member)
    with sqlite_database.write() as store:
        store.execute(update(BrowserSession).values(proved_at=NOW - timedelta(hours=1)))
    status, target, _text = post(client, deed, email=member.email)
    assert (status, target.partition("?")[0]) == (303, "/confirm")
    with sqlite_database.read() as store:
        assert store.get_one(Member, member.id).active


def test_who_is_deleted_is_nobody_and_the_sums_stay(
    database: Database, client: FlaskClient, member: Member
) -> None:
    fill(database, member)
    walk_in(client, member)
    assert post(client, "delete", email=f" {member.email.upper()} ")[:2] == (303, "/goodbye")
    assert client.get("/goodbye").status_code == 200
    with database.read() as store:
        gone = store.get_one(Member, member.id)
        assert (gone.name, gone.email) == ("Former member", f"erased-{member.id}@invalid.invalid")
        assert (gone.active, gone.password_hash, gone.locale, gone.handle) == (False, None, None, None)
        assert gone.erased_at
        assert [store.scalar(select(func.count()).select_from(keys)) for keys in KEYS] == [0] * len(KEYS)
        assert store.scalar(select(func.count()).select_from(TrainingRecord)) == 0
        assert store.scalar(select(func.count()).select_from(Invitation)) == 0
        assert set(store.scalars(select(Booking.title))) == {"–"}
        assert sorted(store.scalars(select(Occurrence.status))) == ["cancelled", "confirmed"]
        last = store.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
        assert last
        assert (last.action, last.target, last.address) == ("member.erase", f"member {member.id}", "")
    assert [mail.subject for mail in letters_to(database, member.email)] == [
        "Your account at the campus is deleted"
    ]


def test_who_is_deleted_is_nobody_s_guest_any_more(
    database: Database, client: FlaskClient, member: Member, staff: Member
) -> None:
    add_rooms(database, "glass")
    asked_to = add_booking(database, staff, 30)
    with database.write() as store:
        member.email = store.get_one(Member, member.id).email = "josé_1@hub.example"
        asked = store.get_one(Booking, asked_to)
        asked.guests = ["José_1@hub.example", "jos_x1@hub.example", "other@hub.example"]
    walk_in(client, member)
    assert post(client, "delete", email=member.email)[0] == 303
    with database.read() as store:
        assert store.scalars(select(Booking.guests)).one() == ["jos_x1@hub.example", "other@hub.example"]


def test_every_door_is_closed_and_the_address_may_join_anew(
    sqlite_database: Database, client: FlaskClient, member: Member, member_token: str
) -> None:
    walk_in(client, member)
    post(client, "delete", email=member.email)
    assert client.get("/book").status_code == 302
    headers = {"Authorization": f"Bearer {member_token}"}
    assert client.get("/api/v1/resources", headers=headers).status_code == 401
    form = {"csrf_token": csrf_token(client, "/sign-in"), "email": member.email, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 422
    with sqlite_database.write() as store:
        again = add_member(
            store, email=member.email, name="Ana", role="member", password=PASSWORD, now=clock.now()
        )
    assert again.id != member.id


@pytest.mark.parametrize("typed", ["", "luis@hub.example", "ana"])
def test_without_the_address_nothing_is_deleted(
    sqlite_database: Database, client: FlaskClient, member: Member, staff: Member, typed: str
) -> None:
    walk_in(client, member)
    status, _target, page = post(client, "delete", email=typed)
    assert status == 422
    assert f'value="{typed}"' in page
    assert "Nothing was deleted" in page
    with sqlite_database.read() as store:
        assert all(store.scalars(select(Member.active)))


def test_the_last_administrator_stays(
    sqlite_database: Database, client: FlaskClient, admin: Member, member: Member
) -> None:
    walk_in(client, admin)
    status, _target, page = post(client, "delete", email=admin.email)
    assert status == 403
    assert "last administrator" in page
    with sqlite_database.read() as store:
        assert store.get_one(Member, admin.id).email == admin.email


def test_a_late_form_deletes_nothing(sqlite_database: Database, client: FlaskClient, member: Member) -> None:
    walk_in(client, member)
    answer = client.post(f"{PAGE}/delete", data={"csrf_token": "stale", "email": member.email})
    assert answer.status_code == 400
    assert f'value="{member.email}"' in answer.text
    with sqlite_database.read() as store:
        assert store.get_one(Member, member.id).active


def test_a_form_that_is_sent_twice_deletes_once(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, PAGE), "email": member.email}
    answers = [client.post(f"{PAGE}/delete", data=form).status_code for _time in range(2)]
    assert answers[0] == 303
    assert answers[1] in (302, 400)
