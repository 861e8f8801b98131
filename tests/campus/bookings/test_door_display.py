"""The door display: what it shows, what its key opens, and everything that its key does not open."""

from __future__ import annotations

import re
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import update

from campus import clock
from campus.audit import AuditEntry
from campus.bookings.door.doors import SEEN_EVERY
from campus.bookings.models import Door
from campus.database import Database
from campus.people.models import Member
from campus.spaces.models import Resource, ResourceLink
from tests.campus.bookings.at_the_door import (
    MINUTE,
    Screen,
    bookings,
    furnish,
    hang,
    link_in,
    notices,
    put,
    time_of,
    told,
)
from tests.doors import csrf_token, walk_in

BEGUN = 10 * MINUTE
"""Bookings that are under way began so long ago."""


@pytest.fixture
def screen(app: APIFlask, sqlite_database: Database, staff: Member, member: Member) -> Screen:
    """A tablet with the key of “glass”, hung by Luis."""
    furnish(sqlite_database, check_in_minutes=20)
    made = Screen(app)
    assert made.open(hang(app, staff)).status_code == 303
    return made


def as_member(app: APIFlask, somebody: Member) -> Screen:
    screen = Screen(app)
    walk_in(screen.client, somebody)
    return screen


def is_locked(screen: Screen) -> bool:
    """Nothing is shown, and nothing can be pressed."""
    page, state = screen.see(), screen.state()
    pressed = [
        screen.press(deed, minutes=15, occurrence=1).status_code for deed in ("book", "check-in", "finish")
    ]
    shows = "Sala" in page.text or "plate" in state.text
    return (page.status_code, state.status_code, pressed, shows) == (404, 404, [404] * 3, False)


# keys


def test_the_link_leads_to_an_address_without_the_secret(
    app: APIFlask, sqlite_database: Database, staff: Member
) -> None:
    furnish(sqlite_database)
    link = hang(app, staff)
    secret = link.rpartition("/")[2]
    screen = Screen(app)
    opened = screen.client.get(link.removeprefix("http://127.0.0.1:8000"))
    assert opened.location == "/doors/start"
    page = screen.client.get("/doors/start")
    assert "Sala Vidrio" in page.text
    assert "in the name of Luis Ortega" in page.text
    assert secret not in page.text
    started = screen.open(link)
    assert started.location == "/door/glass"
    (cookie,) = [line for line in started.headers.getlist("Set-Cookie") if line.startswith("campus_door=")]
    assert "HttpOnly" in cookie
    assert "Path=/door/glass" in cookie
    assert "SameSite=Lax" in cookie
    assert secret not in cookie  # who saw the link has no key
    assert screen.see().status_code == 200


def test_whoever_only_looks_at_a_link_uses_up_nothing(
    app: APIFlask, sqlite_database: Database, staff: Member
) -> None:
    furnish(sqlite_database)
    link = hang(app, staff)
    for _preview in range(3):
        looking = Screen(app)
        looking.client.get(link.removeprefix("http://127.0.0.1:8000"))
        assert looking.client.get("/doors/start").status_code == 200
        assert is_locked(looking)
    assert Screen(app).open(link).status_code == 303


def test_a_link_is_good_once(app: APIFlask, sqlite_database: Database, staff: Member) -> None:
    furnish(sqlite_database)
    link = hang(app, staff)
    assert Screen(app).open(link).status_code == 303
    late = Screen(app)
    answer = late.open(link)
    assert answer.status_code == 410
    assert "This link is used up" in answer.text
    assert is_locked(late)


@pytest.mark.parametrize(
    "path", ["/doors/1/open/guessed", "/doors/987654/open/x", "/doors/99999999999999999999/open/x"]
)
def test_a_link_that_is_none_opens_nothing(screen: Screen, app: APIFlask, path: str) -> None:
    visitor = Screen(app)
    assert visitor.client.get(path).status_code == 302
    assert visitor.client.get("/doors/start").status_code == 410


def test_a_screen_without_a_key_is_locked(screen: Screen, app: APIFlask) -> None:
    visitor = Screen(app)
    assert is_locked(visitor)
    assert "This screen is locked" in visitor.see().text
    nowhere = Screen(app, "nowhere").see().text.replace("nowhere", "glass")
    assert without_token(nowhere) == without_token(visitor.see().text)


def without_token(page: str) -> str:
    return re.sub(r'name="csrf-token" content="[^"]+"', "", page)


@pytest.mark.parametrize("key", ["", "x", "' OR 1=1 --", "ñ", "A" * 3000])
def test_a_wrong_key_opens_nothing(screen: Screen, app: APIFlask, key: str) -> None:
    visitor = Screen(app)
    visitor.client.set_cookie("campus_door", key, path="/door/glass")
    assert is_locked(visitor)


def key_of(screen: Screen) -> str:
    cookie = screen.client.get_cookie("campus_door", path=f"/door/{screen.slug}")
    assert cookie
    return cookie.value


def test_the_key_of_one_door_opens_no_other(screen: Screen, app: APIFlask) -> None:
    other = Screen(app, "stone")
    other.client.set_cookie("campus_door", key_of(screen), path="/door/stone")
    assert is_locked(other)
    assert not is_locked(screen)


def test_the_key_opens_no_page_but_the_door(screen: Screen) -> None:
    screen.client.set_cookie("campus_door", key_of(screen), path="/")
    for path in ("/book", "/check-in/glass", "/doors", "/bookings/statistics", "/account"):
        answer = screen.client.get(path)
        assert answer.status_code in (302, 404), path
        assert "Sala Vidrio" not in answer.text


def test_a_door_that_is_taken_down_is_locked_at_once(screen: Screen, app: APIFlask, staff: Member) -> None:
    client = as_member(app, staff).client
    form = {"csrf_token": csrf_token(client, "/doors")}
    assert client.post("/doors/1/take-down", data=form).status_code == 303
    assert "Taken down: By the glass." in client.get("/doors").text
    assert is_locked(screen)


@pytest.mark.parametrize("change", [{"active": False}, {"role": "member"}])
def test_a_door_is_locked_when_who_hung_it_may_no_longer(
    screen: Screen, sqlite_database: Database, staff: Member, admin: Member, change: dict[str, Any]
) -> None:
    with sqlite_database.write() as store:
        store.execute(update(Member).where(Member.id == staff.id).values(**change))
    assert is_locked(screen)
    assert "hang it anew" in as_member(screen.app, admin).client.get("/doors").text


def test_a_new_link_takes_the_key_only_when_it_is_opened(
    screen: Screen, app: APIFlask, staff: Member
) -> None:
    client = as_member(app, staff).client
    form = {"csrf_token": csrf_token(client, "/doors")}
    links = [client.post("/doors/1/link", data=form) for _time in range(2)]
    assert not is_locked(screen)
    older, newer = map(link_in, links)
    assert Screen(app).open(older).status_code == 410
    fresh = Screen(app)
    assert fresh.open(newer).status_code == 303
    assert is_locked(screen)
    assert not is_locked(fresh)


def test_a_door_is_noted_as_seen_once_a_minute(screen: Screen, sqlite_database: Database) -> None:
    def seen() -> Any:
        with sqlite_database.read() as store:
            return store.get_one(Door, 1).last_seen_at

    first = seen()
    screen.state()
    assert seen() == first
    with sqlite_database.write() as store:
        store.execute(update(Door).values(last_seen_at=first - SEEN_EVERY))
    screen.state()
    assert seen() >= first


# what it shows


def test_private_titles_are_shown_to_nobody_at_the_door(
    screen: Screen, app: APIFlask, sqlite_database: Database, staff: Member, member: Member
) -> None:
    now = clock.now()
    put(sqlite_database, member.email, now - BEGUN, 30)
    put(sqlite_database, member.email, now + 30 * MINUTE, 10, title="For us", visibility="company")
    for eyes in (screen, as_member(app, staff), as_member(app, member)):
        text = eyes.see().text + eyes.state().text
        assert "Secret merger" not in text
        assert "For us" not in text
        assert "Ana" not in text
        assert "Booked" in text


def test_a_title_for_everybody_is_shown_and_never_run(
    screen: Screen, sqlite_database: Database, member: Member
) -> None:
    title = "<img src=x onerror=alert(1)>"
    put(sqlite_database, member.email, clock.now() - BEGUN, 30, title=title, visibility="everybody")
    shown = told(screen.state())
    assert title not in screen.see().text
    assert title not in shown["plate"]
    assert "&lt;img src=x" in shown["plate"]


def test_what_did_not_change_is_told_in_the_same_words(screen: Screen) -> None:
    first, second = told(screen.state()), told(screen.state())
    assert first["plate"] == second["plate"]
    assert "csrf" not in first["plate"]
    assert first["state"] == "free"


@pytest.mark.parametrize("policy", [{"approval": True}, {"walk_up": False}, {"min_notice_minutes": 5}])
def test_nothing_is_offered_where_the_rules_ask_for_more(
    screen: Screen, sqlite_database: Database, policy: dict[str, Any]
) -> None:
    furnish(sqlite_database, **policy)
    assert "Book now" not in screen.see().text
    assert screen.press("book", minutes=15).status_code == 409
    assert bookings(sqlite_database) == []


def test_nothing_is_offered_that_takes_along_what_is_taken(
    screen: Screen, sqlite_database: Database, member: Member
) -> None:
    with sqlite_database.write() as store:
        glass, stone = store.query(Resource).order_by(Resource.slug)
        store.add(ResourceLink(resource_id=glass.id, blocks_id=stone.id))
    put(sqlite_database, member.email, clock.now() + 20 * MINUTE, 30, "stone")
    offered = told(screen.state())["plate"]
    assert "15 min" in offered
    assert "30 min" not in offered
    assert screen.press("book", minutes=30).status_code == 409


# what it does


def test_a_door_books_in_the_name_of_who_hung_it(
    screen: Screen, sqlite_database: Database, staff: Member
) -> None:
    answer = screen.press("book", minutes=30)
    assert answer.status_code == 200
    assert told(answer)["state"] == "in-use"
    assert told(answer)["said"].startswith("Booked: ")
    (made,) = bookings(sqlite_database)
    assert (made.member_id, made.made_by_id, made.source) == (staff.id, staff.id, "door")
    assert made.title == "At the door"
    time = time_of(sqlite_database, 1)
    assert time.end - time.start == 30 * MINUTE
    assert time.start.second == 0
    assert time.checked_in_at is not None  # whoever pressed it is there
    assert notices(sqlite_database) == []  # a mail for each would be too many
    assert "At the door" in told(answer)["plate"]


@pytest.mark.parametrize("minutes", ["45", "0", "-15", "soon", "", "1e2", "٣٠", "9" * 30])
def test_only_what_is_offered_can_be_booked(screen: Screen, sqlite_database: Database, minutes: str) -> None:
    answer = screen.press("book", minutes=minutes)
    assert answer.status_code == 409
    assert told(answer)["said"].startswith("That does not fit any more. Free today")
    assert bookings(sqlite_database) == []


def test_who_presses_twice_books_once(screen: Screen, sqlite_database: Database) -> None:
    assert [screen.press("book", minutes=15).status_code for _time in range(2)] == [200, 409]
    assert len(bookings(sqlite_database)) == 1


def test_a_door_checks_in_whatever_is_due_in_its_room(
    screen: Screen, sqlite_database: Database, member: Member, staff: Member
) -> None:
    theirs = put(sqlite_database, member.email, clock.now() - BEGUN, 30)
    assert "Check in" in screen.see().text
    answer = screen.press("check-in", occurrence=theirs)
    assert told(answer)["said"].startswith("Checked in.")
    assert "Check in" not in told(answer)["plate"]
    assert time_of(sqlite_database, theirs).checked_in_at is not None
    with sqlite_database.read() as store:
        entry = store.query(AuditEntry).filter(AuditEntry.action == "booking.check-in").one()
    assert (entry.via, entry.member_id) == ("door", staff.id)


def test_finishing_gives_the_rest_back(screen: Screen, sqlite_database: Database, member: Member) -> None:
    theirs = put(sqlite_database, member.email, clock.now() - BEGUN, 60)
    answer = screen.press("finish", occurrence=theirs)
    assert told(answer)["state"] == "free"
    time = time_of(sqlite_database, theirs)
    assert time.end <= clock.now()
    assert time.finished_at is not None
    assert screen.press("book", minutes=15).status_code == 200


def test_a_screen_that_is_behind_finishes_nobody_else(
    screen: Screen, sqlite_database: Database, member: Member
) -> None:
    over = put(sqlite_database, member.email, clock.now() - 60 * MINUTE, 50)
    running = put(sqlite_database, member.email, clock.now() - BEGUN, 30)
    for number in (over, 0, 987_654):
        answer = screen.press("finish", occurrence=number)
        assert answer.status_code == 400
        assert told(answer)["said"].startswith("The room has gone on meanwhile")
    assert time_of(sqlite_database, running).finished_at is None


def test_a_door_touches_nothing_in_another_room(
    screen: Screen, sqlite_database: Database, member: Member
) -> None:
    elsewhere = put(sqlite_database, member.email, clock.now() - BEGUN, 30, "stone")
    for deed in ("check-in", "finish"):
        assert screen.press(deed, occurrence=elsewhere).status_code == 400
    time = time_of(sqlite_database, elsewhere)
    assert (time.checked_in_at, time.finished_at) == (None, None)


def test_a_door_touches_nothing_that_another_room_takes_along(
    screen: Screen, sqlite_database: Database, member: Member
) -> None:
    with sqlite_database.write() as store:
        glass, stone = store.query(Resource).order_by(Resource.slug)
        store.add(ResourceLink(resource_id=stone.id, blocks_id=glass.id))
    elsewhere = put(sqlite_database, member.email, clock.now() - BEGUN, 30, "stone")
    assert told(screen.state())["state"] == "in-use"
    assert screen.press("finish", occurrence=elsewhere).status_code == 400
    assert time_of(sqlite_database, elsewhere).finished_at is None


def test_without_the_page_s_token_nothing_happens(screen: Screen, sqlite_database: Database) -> None:
    assert screen.client.post("/door/glass/book", data={"minutes": "15"}).status_code == 400
    assert screen.client.post("/doors/start").status_code == 400
    assert bookings(sqlite_database) == []


def test_a_form_without_a_script_works_too(screen: Screen, sqlite_database: Database) -> None:
    form = {"csrf_token": csrf_token(screen.client, "/door/glass"), "minutes": "15"}
    answer = screen.client.post("/door/glass/book", data=form)
    assert (answer.status_code, answer.location) == (303, "/door/glass")
    assert "Booked: " in screen.see().text
    assert len(bookings(sqlite_database)) == 1


# members before the same page


def test_a_member_books_at_the_door_as_themselves(
    screen: Screen, app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    assert as_member(app, member).press("book", minutes=15).status_code == 200
    (made,) = bookings(sqlite_database)
    assert (made.member_id, made.source) == (member.id, "page")


def test_a_member_finishes_nobody_else_s(
    screen: Screen, app: APIFlask, sqlite_database: Database, member: Member, staff: Member
) -> None:
    theirs = put(sqlite_database, staff.email, clock.now() - BEGUN, 30)
    ana = as_member(app, member)
    assert "Finish" not in ana.see().text
    assert ana.press("finish", occurrence=theirs).status_code == 400
    assert time_of(sqlite_database, theirs).finished_at is None


def test_a_room_that_there_is_not_is_not_found(screen: Screen, app: APIFlask, member: Member) -> None:
    ana = as_member(app, member)
    ana.slug = "nowhere"
    assert (ana.see().status_code, ana.state().status_code) == (404, 404)


def test_a_token_is_no_sign_in_at_the_door(
    screen: Screen, app: APIFlask, member_token: str, sqlite_database: Database
) -> None:
    visitor = Screen(app)
    visitor.client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {member_token}"
    assert visitor.see().status_code == 404
    assert visitor.state().status_code == 404
    headers = {"X-CSRFToken": csrf_token(visitor.client, "/door/glass")}
    assert visitor.client.post("/door/glass/book", data={"minutes": 15}, headers=headers).status_code == 404
    assert bookings(sqlite_database) == []
