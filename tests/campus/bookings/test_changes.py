"""Who looks at a timeline is told what changed on it, whoever changed it, and nobody else is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, text

from campus.audit import Origin
from campus.bookings import reception
from campus.bookings.models import BookingChange
from campus.bookings.timeline.changes import Change, Changes, stream
from campus.database import Database
from campus.people import sessions
from campus.people.models import Member
from campus.spaces.closures import remove_closure
from campus.spaces.links import set_blocked
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span
from tests.campus.bookings.front import Front, at
from tests.campus.bookings.test_displacement import close
from tests.dashboards.watching import EventStream
from tests.doors import walk_in
from tests.servers import PATIENCE_S


@pytest.fixture
def changes(front: Front) -> Iterator[Changes]:
    followed: Changes = front.app.extensions["booking_changes"]
    yield followed
    followed.close()


def told(event: dict[str, str]) -> list[str]:
    assert event["event"] == "changed"
    slugs: list[str] = json.loads(event["data"])["resources"]
    return slugs


def watch(front: Front, member: Member, query: str = "") -> EventStream:
    client = front.app.test_client()
    walk_in(client, member)
    opened = EventStream(client, f"/book/stream{query}", {})
    opened.begin()
    return opened


def test_whatever_is_done_to_a_booking_is_told(front: Front, changes: Changes, member: Member) -> None:
    front.add("stone")
    watching = watch(front, member)
    booking = front.book(member, 10, 11).booking
    assert told(watching.events(1)[0]) == ["glass"]
    front.change(member, booking, title="Another")
    assert told(watching.events(1)[0]) == ["glass"]
    front.change(member, booking, resource="stone")
    assert told(watching.events(1)[0]) == ["glass", "stone"]
    front.do("cancel", member, booking)
    assert told(watching.events(1)[0]) == ["stone"]
    with front.open() as session:
        reception.hold(session, "glass", Span(at(10), at(11)), member, **front.here)
    assert told(watching.events(1)[0]) == ["glass"]
    watching.response.close()


def test_what_a_resource_takes_along_is_told_too(front: Front, changes: Changes, member: Member) -> None:
    front.add("printer", kind="printer")
    front.add("workshop", blocks=("printer",))
    watching = watch(front, member)
    front.book(member, 10, 11, resource="workshop")
    assert told(watching.events(1)[0]) == ["printer", "workshop"]
    front.book(member, 11, 12, resource="printer")  # whose time the workshop needs
    assert told(watching.events(1)[0]) == ["printer", "workshop"]
    watching.response.close()


def test_a_closure_is_told_where_it_closes(
    front: Front, changes: Changes, member: Member, staff: Member
) -> None:
    front.add("stone")
    front.add("hall", blocks=("stone",))
    watching = watch(front, member)
    closure = close(front, staff, 9, 12, "stone")
    assert told(watching.events(1)[0]) == ["hall", "stone"]
    with front.open() as session:
        remove_closure(session, closure, Origin(staff.id), front.here["now"])
    assert told(watching.events(1)[0]) == ["hall", "stone"]
    close(front, staff, 9, 12, None)
    assert told(watching.events(1)[0]) == ["glass", "hall", "stone"], "the whole campus"
    watching.response.close()


def test_new_hours_rules_and_links_are_told_and_what_no_timeline_shows_is_not(
    front: Front, changes: Changes, member: Member
) -> None:
    front.add("stone")
    watching = watch(front, member)
    said: dict[str, Any] = {"capacity": 8, "opening_hours": {"tue": [["08:00", "20:00"]]}}
    front.add("glass", **said)
    assert told(watching.events(1)[0]) == ["glass"]
    said["policy"] = {"min_minutes": 30}
    front.add("glass", **said)
    assert told(watching.events(1)[0]) == ["glass"]
    seen = changes.newest_id()
    front.add("glass", **said, about="Bright")
    assert changes.newest_id() == seen
    with front.open() as session:
        set_blocked(session, find_resource(session, "glass"), ["stone"], front.here["now"])
    assert told(watching.events(1)[0]) == ["glass", "stone"]
    watching.response.close()


def test_who_comes_back_is_told_what_was_missed(front: Front, changes: Changes, member: Member) -> None:
    front.book(member, 10, 11)
    seen = changes.newest_id()
    front.add("stone")
    front.book(member, 12, 13, resource="stone")
    (event,) = watch(front, member, f"?after={seen}").events(1)
    assert (told(event), int(event["id"])) == (["stone"], changes.newest_id())


def test_who_missed_too_much_or_has_another_store_s_number_loads_anew(
    front: Front, changes: Changes, member: Member
) -> None:
    front.book(member, 10, 11)
    newest = changes.newest_id()
    assert changes.since(newest + 1) is None
    assert changes.since(newest) == Change(newest, ())
    front.book(member, 12, 13)
    with front.database.write() as session:
        session.execute(text("DELETE FROM booking_change WHERE id <= :newest"), {"newest": newest})
    assert changes.since(newest - 1) is None
    assert changes.since(newest) == Change(newest + 1, ("glass",))
    watching = watch(front, member, f"?after={newest + 900}")
    assert watching.events(1)[0]["event"] == "resync"


def test_a_number_that_becomes_visible_after_a_greater_one_is_told_all_the_same(
    database: Database, front: Front, changes: Changes
) -> None:
    """PostgreSQL gives numbers before the commit: the slower transaction comes late."""
    front.add("stone")
    subscriber = changes.subscribe()
    for number, resource_id, slug in ((7, 1, "glass"), (5, 2, "stone")):
        with database.write() as session:
            session.execute(insert(BookingChange).values(id=number, resource_id=resource_id))
        assert subscriber.take(PATIENCE_S) == Change(7, (slug,))
    changes.unsubscribe(subscriber)


def test_whose_access_ends_is_told_nothing_more(front: Front, changes: Changes, member: Member) -> None:
    watching = watch(front, member)
    with front.database.write() as session:
        sessions.end_all(session, member.id, front.now)
    assert watching.events(1)[0]["event"] == "signed-out"
    assert watching.is_over()


def test_nobody_watches_without_signing_in(front: Front) -> None:
    assert front.app.test_client().get("/book/stream").status_code == 302


def test_nothing_is_read_while_nobody_watches(front: Front, changes: Changes) -> None:
    told = stream(changes, None, lambda: True)
    assert next(told).startswith(b"retry: ")
    assert changes._following
    told.close()  # type: ignore[attr-defined]
    changes.close()
    assert not changes._following
    changes.subscribe()
    assert not changes._following, "what is closed stays so, whoever comes"
