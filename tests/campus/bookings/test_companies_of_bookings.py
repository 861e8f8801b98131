"""A booking counts for the company whose member booked it, whatever becomes of them."""

from __future__ import annotations

import pytest

from campus.bookings.finding.standing import standing_of
from campus.bookings.privacy import may_know
from campus.bookings.usage.usage import uses
from campus.errors import RulesBroken
from campus.people.models import Company, Member
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span
from tests.campus.bookings.front import NOW, Front, at


@pytest.fixture
def two(front: Front, member: Member, eva: Member) -> Front:
    """Nopal and Saguaro: Ana and Eva are of Nopal. Each company has two hours a day in the room."""
    front.add("glass", capacity=8, policy={"quotas": [{"of": "company", "per": "day", "hours": 2}]})
    with front.open() as session:
        for slug in ("nopal", "saguaro"):
            session.add(Company(slug=slug, name=slug.title(), created_at=NOW))
    go(front, "nopal", member, eva)
    return front


def go(front: Front, slug: str | None, *members: Member) -> None:
    """They belong to another company from now on."""
    with front.open() as session:
        found = session.query(Company).filter_by(slug=slug).one_or_none() if slug else None
        for one in members:
            session.get_one(Member, one.id).company_id = found.id if found else None


def test_who_goes_leaves_behind_what_they_booked(two: Front, member: Member, eva: Member) -> None:
    two.book(member, 9, 11)
    go(two, "saguaro", member)
    with pytest.raises(RulesBroken) as refused:
        two.book(eva, 12, 13)
    assert refused.value.extra["reasons"][0]["held_hours"] == 2, "Nopal has had its two hours"
    two.book(member, 12, 14)
    with pytest.raises(RulesBroken):
        two.book(member, 15, 16)


def test_what_is_moved_stays_with_its_company(two: Front, member: Member, eva: Member) -> None:
    booking = two.book(member, 9, 10, repeat="FREQ=WEEKLY;COUNT=2").booking
    two.book(eva, 12, 13)
    go(two, "saguaro", member)
    two.book(member, 15, 17)
    first = booking.occurrences[0].id
    two.change(member, booking, start=at(10), end=at(11))  # an hour of Nopal's is free, none of Saguaro's
    with pytest.raises(RulesBroken):
        two.change(member, booking, start=at(10), end=at(11.5), scope="this", occurrence_id=first)
    two.add("stone")
    made = two.change(member, booking, resource="stone", scope="this", occurrence_id=first)
    assert made.split_from
    assert made.booking.company_id == made.split_from.company_id == booking.company_id


def test_who_waits_is_served_from_what_their_company_then_has_left(
    two: Front, member: Member, eva: Member, staff: Member
) -> None:
    theirs = two.book(staff, 9, 11).booking
    waits = two.book(eva, 9, 11, waitlist=True).booking
    go(two, "saguaro", eva)
    two.book(member, 12, 13)
    two.do("cancel", staff, theirs)
    assert two.statuses(waits, eva) == ["waitlisted"], "Nopal has one hour left, and Saguaro two"


def test_finding_counts_the_same(two: Front, member: Member, eva: Member) -> None:
    two.book(member, 9, 11)
    go(two, "saguaro", member)
    for who, of_company in ((member, []), (eva, [Span(at(9), at(11))])):
        with two.database.read() as session:
            reader, room = session.get_one(Member, who.id), find_resource(session, "glass")
            around = standing_of(session, reader, [room], Span(at(0), at(24)), **two.here)[room.id]
        assert list(around.held_by_company) == of_company
        assert list(around.held) == ([Span(at(9), at(11))] if who is member else [])


def test_colleagues_of_then_read_its_title_and_new_ones_do_not(
    two: Front, member: Member, eva: Member, analyst: Member
) -> None:
    booking = two.book(member, 9, 10, visibility="company").booking
    go(two, "saguaro", member, analyst)
    with two.database.read() as session:
        readers = [session.get_one(Member, one.id) for one in (eva, analyst)]
    assert [may_know(two.found(booking, member), reader) for reader in readers] == [True, False]


def test_statistics_go_by_it(two: Front, member: Member) -> None:
    two.book(member, 9, 10)
    go(two, None, member)
    two.book(member, 11, 12)
    with two.database.read() as session:
        assert [use.company for use in uses(session, Span(at(0), at(24)))] == ["Nopal", None]
