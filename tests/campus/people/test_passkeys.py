"""Passkeys: added, shown, refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from campus import clock
from campus.audit import AuditEntry
from campus.database import Database
from campus.outbox import Mail
from campus.people.keychain import BrowserSession, Passkey, Ticket
from campus.people.models import Member
from tests.campus.people.authenticator import HAS_KEY, PRESENT, VERIFIED, Authenticator, Browser, b64, unb64
from tests.doors import csrf_token, walk_in


@pytest.fixture
def browser(sqlite_database: Database, client: FlaskClient, member: Member) -> Browser:
    """A browser in which Ana has signed in."""
    walk_in(client, member)
    return Browser(client, "/book")


@pytest.fixture
def device(browser: Browser) -> Authenticator:
    """Ana's device, whose passkey the campus knows."""
    made = Authenticator(count=5)
    browser.add(made, "Laptop")
    return made


@pytest.fixture
def visitor(app: APIFlask, device: Authenticator) -> Browser:
    """Another browser, in which nobody has signed in."""
    return Browser(app.test_client())


def audit(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        rows = session.execute(select(AuditEntry.action, AuditEntry.target).order_by(AuditEntry.id))
        return [(action, target) for action, target in rows]


def subjects(database: Database, recipient: str) -> list[str]:
    with database.read() as session:
        query = select(Mail.subject).where(Mail.recipient == recipient).order_by(Mail.id)
        return list(session.scalars(query))


def only_passkey(database: Database) -> Passkey:
    with database.read() as session:
        return session.scalars(select(Passkey)).one()


def test_a_passkey_is_added_and_its_owner_told(database: Database, browser: Browser, member: Member) -> None:
    device = Authenticator()
    answer = browser.add(device, "  Laptop ")
    assert answer["next"].endswith("#passkeys")
    kept = only_passkey(database)
    assert (kept.name, kept.member_id, kept.transports) == ("Laptop", member.id, ["internal"])
    assert kept.member.handle == device.handle
    assert len(device.handle) == 32
    assert ("passkey.add", f"member {member.id}") in audit(database)
    assert subjects(database, member.email) == ["A passkey was added to your account"]


def test_a_passkey_without_a_name_gets_one(database: Database, browser: Browser) -> None:
    browser.add(Authenticator(), " ")
    assert only_passkey(database).name == "Passkey 1"


def test_what_is_asked_for_is_a_discoverable_key_that_knows_its_owner(
    database: Database, browser: Browser, device: Authenticator, member: Member
) -> None:
    options = browser.call("add/begin")
    assert options["rp"]["id"] == "localhost"
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert [one["id"] for one in options["excludeCredentials"]] == [b64(device.credential_id)]
    assert unb64(options["user"]["id"]) == device.handle, "one handle for all of a member's passkeys"
    assert len(unb64(options["challenge"])) == 32


def test_a_passkey_signs_in_and_leads_to_the_page_that_was_wanted(
    database: Database, visitor: Browser, device: Authenticator
) -> None:
    assert visitor.sign_in(device, "/book?date=2026-03-04") == {"next": "/book?date=2026-03-04"}
    assert visitor.client.get("/book").status_code == 200
    kept = only_passkey(database)
    assert kept.sign_count == 6
    assert kept.last_used_at is not None
    with database.read() as session:
        assert "passkey" in session.scalars(select(BrowserSession.method)).all()


def test_a_passkey_leads_to_no_other_site(visitor: Browser, device: Authenticator) -> None:
    assert visitor.sign_in(device, "//evil.example") == {"next": "/"}


def test_a_device_that_does_not_count_signs_in_again_and_again(app: APIFlask, browser: Browser) -> None:
    device = Authenticator(steps=0)
    browser.add(device)
    for _time in range(2):
        Browser(app.test_client()).sign_in(device)


def test_an_answer_is_good_once(visitor: Browser, device: Authenticator) -> None:
    options = visitor.call("sign-in/begin")
    with visitor.client.session_transaction() as cookie:
        before = dict(cookie)
    body = {"credential": device.show(options)}
    visitor.call("sign-in/finish", body)
    with visitor.client.session_transaction() as cookie:
        cookie.clear()
        cookie.update(before)
    refused = visitor.call("sign-in/finish", body, 403)
    assert "answered already" in refused["detail"]
    assert visitor.client.get("/book").status_code == 302


def test_a_challenge_is_gone_even_if_the_answer_was_wrong(visitor: Browser, device: Authenticator) -> None:
    options = visitor.call("sign-in/begin")
    device.flags = PRESENT
    visitor.call("sign-in/finish", {"credential": device.show(options)}, 403)
    device.flags = PRESENT | VERIFIED
    visitor.call("sign-in/finish", {"credential": device.show(options)}, 403)


def test_an_answer_from_another_browser_is_refused(
    app: APIFlask, visitor: Browser, device: Authenticator
) -> None:
    stolen = device.show(visitor.call("sign-in/begin"))
    Browser(app.test_client()).call("sign-in/finish", {"credential": stolen}, 403)


def test_two_tabs_of_one_browser_do_not_disturb_each_other(visitor: Browser, device: Authenticator) -> None:
    first = visitor.call("sign-in/begin")
    visitor.call("sign-in/begin")
    visitor.call("sign-in/finish", {"credential": device.show(first)})


def test_a_challenge_is_too_old_after_five_minutes(
    database: Database, visitor: Browser, device: Authenticator
) -> None:
    options = visitor.call("sign-in/begin")
    with database.write() as session:
        ends = session.scalars(select(Ticket.expires_at)).one()
        assert timedelta(minutes=4) < ends - clock.now() <= timedelta(minutes=5)
        session.execute(update(Ticket).values(expires_at=clock.now()))
    visitor.call("sign-in/finish", {"credential": device.show(options)}, 403)


def test_a_challenge_to_add_a_key_lets_nobody_in(
    visitor: Browser, browser: Browser, device: Authenticator
) -> None:
    options = browser.call("add/begin") | {"rpId": "localhost"}
    browser.call("sign-in/finish", {"credential": device.show(options)}, 403)


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"flags": PRESENT | VERIFIED | HAS_KEY},
        {"said": {"type": "webauthn.create"}},
        {"said": {"crossOrigin": True}},
        {"said": {"challenge": b64(bytes(32))}},
        {"said": {"challenge": 7}},
    ],
    ids=str,
)
def test_a_wrong_answer_lets_nobody_in(
    visitor: Browser, device: Authenticator, wrong: dict[str, object]
) -> None:
    for name, value in wrong.items():
        setattr(device, name, value)
    options = visitor.call("sign-in/begin")
    answer = visitor.client.post(
        "/passkeys/sign-in/finish",
        json={"credential": device.show(options)},
        headers={"X-CSRFToken": csrf_token(visitor.client, "/sign-in")},
    )
    assert answer.status_code in (400, 403)
    assert answer.get_json()["detail"]
    assert visitor.client.get("/book").status_code == 302


def test_a_key_for_another_place_lets_nobody_in(visitor: Browser, device: Authenticator) -> None:
    options = visitor.call("sign-in/begin") | {"rpId": "evil.example"}
    visitor.call("sign-in/finish", {"credential": device.show(options)}, 403)


def test_a_signature_by_another_key_lets_nobody_in(visitor: Browser, device: Authenticator) -> None:
    forger = Authenticator(credential_id=device.credential_id, handle=device.handle, count=9)
    visitor.sign_in(forger, status=403)


def test_a_passkey_that_nobody_knows_is_said_to_be_unknown(visitor: Browser) -> None:
    assert visitor.sign_in(Authenticator(), status=403)["code"] == "unknown-passkey"


def test_a_key_that_names_somebody_else_lets_nobody_in(visitor: Browser, device: Authenticator) -> None:
    device.handle = bytes(32)
    visitor.sign_in(device, status=403)


def test_who_has_left_does_not_come_in_by_passkey(
    database: Database, visitor: Browser, device: Authenticator, member: Member
) -> None:
    with database.write() as session:
        session.execute(update(Member).values(active=False))
    visitor.sign_in(device, status=403)


@pytest.mark.parametrize("steps", [0, -1, -5])
def test_a_copied_key_is_refused_and_its_owner_told(
    database: Database, visitor: Browser, device: Authenticator, member: Member, steps: int
) -> None:
    device.steps = steps
    refused = visitor.sign_in(device, status=403)
    assert "exist twice" in refused["detail"]
    assert subjects(database, member.email)[-1] == "One of your passkeys was refused"
    assert audit(database)[-2:] == [("passkey.refused", f"member {member.id}"), ("sign-in.refused", "nobody")]
    assert only_passkey(database).sign_count == 5


def test_only_a_good_signature_makes_a_copy_of_a_key(
    database: Database, visitor: Browser, device: Authenticator, member: Member
) -> None:
    forger = Authenticator(credential_id=device.credential_id, handle=device.handle, count=0)
    visitor.sign_in(forger, status=403)
    assert "One of your passkeys was refused" not in subjects(database, member.email)
