"""Links: whoever books one resource takes others too, those who have booked already as well."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus import clock
from campus.bookings.models import Booking, Claim, Occurrence
from campus.database import Database
from campus.errors import BadRequest
from campus.people.models import Member
from campus.spaces.links import blocked_by, blockers_of, blocks_of, set_blocked
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def in_the_application(app: APIFlask) -> object:
    with app.app_context():
        yield


def put(session: Session, *slugs: str) -> list[Resource]:
    said = [(slug, Description(slug.title(), "room")) for slug in slugs]
    return [put_resource(session, slug, description, clock.now())[0] for slug, description in said]


def booked(session: Session, resource: Resource, member: Member, start: datetime) -> None:
    span = {"start": start, "end": start + HOUR, "blocked_start": start, "blocked_end": start + HOUR}
    time = Occurrence(resource_id=resource.id, status="confirmed", **span)
    session.add(
        Booking(
            resource_id=resource.id,
            member_id=member.id,
            made_by_id=member.id,
            title="Mine",
            created_at=clock.now(),
            occurrences=[time],
        )
    )
    session.flush()


def claims(session: Session, resource: Resource) -> int:
    return len(session.scalars(select(Claim).where(Claim.resource_id == resource.id)).all())


def test_links_are_said_in_both_directions(database: Database) -> None:
    with database.write() as session:
        workshop, printer, lathe = put(session, "workshop", "printer", "lathe")
        assert set_blocked(session, workshop, ["printer", "lathe", "printer"], clock.now())
        assert not set_blocked(session, workshop, ["lathe", "printer"], clock.now()), "that is no news"
        assert [one.slug for one in blocked_by(session, workshop)] == ["lathe", "printer"]
        assert [one.slug for one in blockers_of(session, printer)] == ["workshop"]
        assert blocks_of(session) == {workshop.id: ["lathe", "printer"]}
        assert set_blocked(session, workshop, [], clock.now())
        assert list(blockers_of(session, lathe)) == []


def test_who_has_booked_already_takes_what_is_linked_and_gives_it_back(
    database: Database, member: Member
) -> None:
    now = clock.now()
    with database.write() as session:
        workshop, printer = put(session, "workshop", "printer")
        booked(session, workshop, member, now + HOUR)
        booked(session, workshop, member, now - 5 * HOUR)
        assert claims(session, printer) == 0
        set_blocked(session, workshop, ["printer"], now)
        assert claims(session, printer) == 1, "what is over takes nothing any more"
        set_blocked(session, workshop, [], now)
        assert claims(session, printer) == 0


def test_bookings_that_would_exclude_each_other_keep_a_link_out(database: Database, member: Member) -> None:
    now = clock.now()
    with database.write() as session:
        workshop, printer = put(session, "workshop", "printer")
        booked(session, workshop, member, now + HOUR)
        booked(session, printer, member, now + HOUR)
    with pytest.raises(BadRequest, match="exclude each other"), database.write() as session:
        found = session.scalars(select(Resource).where(Resource.slug == "workshop")).one()
        set_blocked(session, found, ["printer"], now)
    with database.read() as session:
        assert blocks_of(session) == {}
        assert claims(session, printer) == 1


@pytest.mark.parametrize("slugs", [["workshop"], ["nobody-s"], ["x" * 300], [f"r{n}" for n in range(60)]])
def test_a_link_to_itself_to_nothing_or_to_everything_is_refused(
    sqlite_database: Database, slugs: list[str]
) -> None:
    with pytest.raises(BadRequest), sqlite_database.write() as session:
        (workshop,) = put(session, "workshop")
        set_blocked(session, workshop, slugs, clock.now())
