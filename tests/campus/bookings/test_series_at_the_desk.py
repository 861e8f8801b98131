"""A series is booked in one go, by the clock on the wall; clashing dates are left out by consent only."""

from __future__ import annotations

from datetime import UTC, date

import pytest

from campus.errors import BadRequest, RulesBroken, SlotTaken
from campus.people.models import Member
from tests.campus.bookings.front import TUESDAY, Front

WEEKLY = "FREQ=WEEKLY;COUNT=4"


def test_a_series_keeps_its_hour_over_the_clock_change(front: Front, member: Member) -> None:
    booking = front.book(member, 9, 10, repeat=WEEKLY).booking
    starts = [f"{time.start.astimezone(UTC):%m-%d %H}" for time in booking.occurrences]
    assert starts == ["03-03 16", "03-10 15", "03-17 15", "03-24 15"]
    assert booking.repeat == WEEKLY


def test_a_night_of_the_clock_change_takes_seven_hours_of_a_quota(front: Front, member: Member) -> None:
    front.add("printer", kind="printer", policy={"quota_hours_per_week": 23})
    thursday = date(2026, 3, 5)
    front.book(member, 22, 30, day=thursday, resource="printer", repeat="FREQ=DAILY;COUNT=3")
    with pytest.raises(RulesBroken) as refused:
        front.book(member, 12, 13, day=thursday, resource="printer")
    assert (
        refused.value.extra["reasons"][0]["held_hours"] == 8 + 8 + 7
    )  # an hour of Sunday's seven is of Sunday's week


def test_dates_that_are_taken_are_named_and_nothing_is_booked(
    front: Front, member: Member, eva: Member
) -> None:
    front.book(eva, 9.5, 10.5, day=date(2026, 3, 17))
    with pytest.raises(SlotTaken) as refused:
        front.book(member, 9, 10, repeat=WEEKLY)
    assert refused.value.extra["clashes"] == [
        {"start": "2026-03-17T15:00:00Z", "end": "2026-03-17T16:00:00Z"}
    ]
    assert len(front.claims("glass")) == 1


def test_by_consent_the_others_are_booked_without_them(front: Front, member: Member, eva: Member) -> None:
    front.book(eva, 9.5, 10.5, day=date(2026, 3, 17))
    made = front.book(member, 9, 10, repeat=WEEKLY, on_conflict="skip")
    assert [f"{span.start:%m-%d}" for span in made.skipped] == ["03-17"]
    assert front.times(made.booking, member) == [
        "03-03 09:00-10:00",
        "03-10 09:00-10:00",
        "03-24 09:00-10:00",
    ]


def test_a_series_whose_first_date_is_left_out_begins_with_the_second(
    front: Front, member: Member, eva: Member
) -> None:
    front.book(eva, 9, 10)
    made = front.book(member, 9, 10, repeat=WEEKLY, on_conflict="skip")
    assert front.times(made.booking, member)[0] == "03-10 09:00-10:00"
    assert made.booking.repeat == "FREQ=WEEKLY;COUNT=3"


def test_where_every_date_is_taken_there_is_nothing_to_consent_to(
    front: Front, member: Member, eva: Member
) -> None:
    front.book(eva, 9, 10, repeat=WEEKLY)
    with pytest.raises(SlotTaken):
        front.book(member, 9, 10, repeat=WEEKLY, on_conflict="skip")


def test_a_date_on_which_it_is_closed_can_be_left_out_too(front: Front, member: Member) -> None:
    front.add("glass", policy={"holidays": "closed"})
    monday = date(2026, 3, 9)  # 16 March is a holiday
    with pytest.raises(RulesBroken) as refused:
        front.book(member, 9, 10, day=monday, repeat=WEEKLY)
    assert refused.value.extra["broken"] == ["closed"]
    assert [clash["start"][:10] for clash in refused.value.extra["clashes"]] == ["2026-03-16"]
    made = front.book(member, 9, 10, day=monday, repeat=WEEKLY, on_conflict="skip")
    assert [f"{span.start:%m-%d}" for span in made.skipped] == ["03-16"]


def test_each_date_counts_beside_those_before_it(front: Front, member: Member) -> None:
    front.add("glass", policy={"quotas": [{"of": "member", "per": "month", "hours": 3}]})
    with pytest.raises(RulesBroken) as refused:
        front.book(member, 9, 10, repeat=WEEKLY)
    assert refused.value.extra["broken"] == ["quota"]
    front.add("glass", policy={"max_open_bookings": 3})
    with pytest.raises(RulesBroken) as refused:
        front.book(
            member, 9, 10, repeat=WEEKLY, on_conflict="skip"
        )  # consent is about dates, not about rules
    assert refused.value.extra["broken"] == ["too-many-open"]


def test_a_rule_that_does_not_begin_on_its_first_day_is_refused(front: Front, member: Member) -> None:
    with pytest.raises(BadRequest):
        front.book(member, 9, 10, repeat="FREQ=WEEKLY;BYDAY=MO;COUNT=3")
    assert TUESDAY.weekday() == 1
