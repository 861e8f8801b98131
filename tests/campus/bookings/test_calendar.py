"""What calendars are told is what is stored: to the minute, over both clock changes, whoever reads it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from hypothesis import given
from hypothesis import strategies as st

from campus.bookings.letters.calendar import Appointment, Person, Turn, cancellation, feed, invitation, plain
from campus.bookings.letters.vtimezone import timezone_of
from campus.spaces.spans import Span
from tests.campus.bookings.calendars import JUAREZ, Read, by_icalendar, by_vobject, events_of

HOUR = timedelta(hours=1)
STAMP = datetime(2026, 2, 1, 12, 30, 5, 999_999, tzinfo=UTC)
ANA = Person("Ana Robles", "ana@hub.example", accepted=True)
LUIS = Person("Luis Peña", "luis+hub@elsewhere.example")
CAMPUS = Person("Campus", "campus@hub.example")


def at(text: str, fold: int = 0) -> datetime:
    """What the clock on the wall shows, as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=JUAREZ, fold=fold).astimezone(UTC)


def turn(start: str, hours: float = 1, status: str = "confirmed", **more: Any) -> Turn:
    begins = at(start)
    return Turn(begins, Span(begins, begins + timedelta(hours=hours)), status, **more)


def night(day: str) -> Turn:
    """From 22:00 to 06:00 on the wall."""
    begins = at(f"{day} 22:00")
    morning = (datetime.fromisoformat(day) + timedelta(days=1)).date()
    return Turn(begins, Span(begins, at(f"{morning} 06:00")), "confirmed")


def appointment(*turns: Turn, **more: Any) -> Appointment:
    told: dict[str, Any] = {
        "uid": "8c1d@campus",
        "version": 3,
        "title": "Standup",
        "resource": "Sala Vidrio 1",
        "place": "Piso 2",
        "zone": JUAREZ,
        "repeat": None,
        "turns": turns,
        "url": "https://hub.example/book/7",
        "stamp": STAMP,
        "organizer": CAMPUS,
        "attendees": (ANA, LUIS),
    }
    return Appointment(**{**told, **more})


def stored(one: Appointment) -> list[Read]:
    return sorted(
        Read(turn.span.start, turn.span.end, turn.title if turn.title is not None else one.title)
        for turn in one.turns
        if turn.stands
    )


def both_read(text: bytes) -> list[Read]:
    """What both readers see, which has to be the same."""
    seen = by_vobject(text)
    assert seen == by_icalendar(text)
    return seen


def weekly(first: str, count: int, **more: Any) -> list[Turn]:
    begins = datetime.fromisoformat(first)
    return [turn(str(begins + timedelta(weeks=week)), **more) for week in range(count)]


SUNDAYS = weekly("2026-03-01 09:00", 40)
MOVED = Turn(SUNDAYS[4].original, Span(at("2026-03-30 11:00"), at("2026-03-30 12:30")), "confirmed")
EARLIER = Turn(SUNDAYS[0].original, Span(at("2026-02-27 17:00"), at("2026-02-27 18:00")), "confirmed")
SERIES = {
    "weekly over both clock changes": (SUNDAYS, "FREQ=WEEKLY;COUNT=40"),
    "until a day instead of a count": (SUNDAYS, "FREQ=WEEKLY;UNTIL=20261129T160000Z"),
    "a rule without an end": (SUNDAYS, "FREQ=WEEKLY"),
    "one moved": ([*SUNDAYS[:4], MOVED, *SUNDAYS[5:]], "FREQ=WEEKLY;COUNT=40"),
    "one skipped, one cancelled": (
        [*SUNDAYS[:3], *SUNDAYS[4:9], turn("2026-05-03 09:00", status="cancelled"), *SUNDAYS[10:]],
        "FREQ=WEEKLY;COUNT=40",
    ),
    "the first cancelled": (
        [turn("2026-03-01 09:00", status="cancelled"), *SUNDAYS[1:]],
        "FREQ=WEEKLY;COUNT=40",
    ),
    "the first moved": (
        [EARLIER, *SUNDAYS[1:]],
        "FREQ=WEEKLY;COUNT=40",
    ),
    "own titles and one that waits": (
        [turn("2026-10-25 09:00", title="Retro"), turn("2026-11-01 09:00", status="pending")],
        "FREQ=WEEKLY;COUNT=2",
    ),
    "nights over the change in March": (
        [night("2026-03-06"), night("2026-03-07"), night("2026-03-08")],
        "FREQ=DAILY;COUNT=3",
    ),
    "the night of the change first": (
        [night("2026-10-31"), night("2026-11-01"), night("2026-11-02")],
        "FREQ=DAILY;COUNT=3",
    ),
    "days at a time that the clocks skip": (
        [turn("2026-03-07 02:30"), turn("2026-03-08 02:30"), turn("2026-03-09 02:30")],
        "FREQ=DAILY;COUNT=3",
    ),
    "days at a time that comes twice": (
        [turn("2026-10-31 01:30"), turn("2026-11-01 01:30"), turn("2026-11-02 01:30")],
        "FREQ=DAILY;COUNT=3",
    ),
    "a rule that is not theirs": (SUNDAYS[:3], "FREQ=DAILY;COUNT=3;BYHOUR=7"),
    "a rule with many more dates": (SUNDAYS[:5], "FREQ=MINUTELY"),
    "no rule": ([SUNDAYS[0], turn("2026-03-04 16:00", 3)], None),
    "what is no rule": (SUNDAYS[:3], "FREQ=NEVER;X\nATTENDEE:mailto:x@evil.example"),
    "every second week, two days": (
        [turn(f"2026-{day} 18:00") for day in ("10-20", "10-22", "11-03", "11-05")],
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=4",
    ),
    "in the years when Juarez had other clocks": (
        [turn(f"2022-{day} 09:00") for day in ("10-29", "10-30", "11-29", "11-30", "12-01")],
        None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SERIES)
def test_both_readers_see_the_times_of_the_store(name: str) -> None:
    turns, repeat = SERIES[name]
    told = appointment(*turns, repeat=repeat)
    assert both_read(invitation(told)) == stored(told)
    assert both_read(feed([told], "Ana")) == stored(told)


def test_a_weekly_series_is_told_by_its_rule_and_the_weeks_without() -> None:
    turns, repeat = SERIES["one skipped, one cancelled"]
    (event,) = events_of(invitation(appointment(*turns, repeat=repeat)))
    assert event["RRULE"].to_ical() == b"FREQ=WEEKLY;COUNT=40"
    assert event["DTSTART"].params["TZID"] == JUAREZ.key
    assert [one.dt for one in event["EXDATE"].dts] == [SUNDAYS[3].original, SUNDAYS[9].original]


@pytest.mark.parametrize(
    "name", ["a rule that is not theirs", "a rule with many more dates", "what is no rule"]
)
def test_dates_that_no_rule_gives_are_listed(name: str) -> None:
    turns, repeat = SERIES[name]
    (event,) = events_of(invitation(appointment(*turns, repeat=repeat)))
    assert "RRULE" not in event
    assert [one.dt for one in event["RDATE"].dts] == [turn.original for turn in turns[1:]]


def test_a_night_of_another_length_is_an_exception_of_its_series() -> None:
    turns, repeat = SERIES["nights over the change in March"]
    series, change = events_of(invitation(appointment(*turns, repeat=repeat)))
    assert "RRULE" in series
    assert change["RECURRENCE-ID"].dt == at("2026-03-07 22:00")
    assert change["DTEND"].dt - change["DTSTART"].dt.astimezone(UTC) == 7 * HOUR
    assert change["UID"] == series["UID"]


def test_what_is_as_long_by_the_clock_only_is_an_exception_too() -> None:
    """Some programs count on the wall, RFC 5545 counts what passes: each is told the very times."""
    exact = [turn(f"2026-03-0{day} 22:00", 8) for day in (6, 7, 8)]
    assert len(events_of(invitation(appointment(*exact, repeat="FREQ=DAILY;COUNT=3")))) == 2


def test_the_second_of_two_equal_times_is_told_in_utc() -> None:
    begins = at("2026-11-01 01:30", fold=1)
    told = appointment(Turn(begins, Span(begins, begins + HOUR), "confirmed"))
    assert b"DTSTART:20261101T083000Z\r\n" in invitation(told)
    assert both_read(invitation(told)) == stored(told)


@pytest.mark.parametrize(
    ("zone", "years"),
    [
        ("America/Ciudad_Juarez", (2021, 2028)),
        ("America/Mexico_City", (2021, 2024)),
        ("Europe/Dublin", (2025, 2026)),
        ("Africa/Casablanca", (2025, 2026)),
        ("Australia/Lord_Howe", (2025, 2026)),
        ("Asia/Kathmandu", (1985, 1987)),
    ],
)
def test_a_zone_is_told_as_it_is(zone: str, years: tuple[int, int]) -> None:
    """Read by dateutil from the text alone, and compared every hour."""
    real = ZoneInfo(zone)
    lines = b"BEGIN:VCALENDAR\r\n" + timezone_of(real, *years).to_ical() + b"END:VCALENDAR\r\n"
    told = tzical(StringIO(lines.decode().replace("\r\n ", ""))).get(zone)
    moment, end = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[1], 12, 31, tzinfo=UTC)
    while moment < end:
        wall = moment.astimezone(real)
        if not wall.fold and (wall - HOUR).replace(tzinfo=real).utcoffset() == wall.utcoffset():
            assert wall.replace(tzinfo=told).utcoffset() == wall.utcoffset(), wall
        moment += HOUR


@pytest.mark.parametrize(
    ("instant", "offset"),
    [
        ("2022-10-30T05:00Z", -6),
        ("2022-11-30T05:59Z", -6),
        ("2022-11-30T06:00Z", -7),
        ("2026-03-08T08:59Z", -7),
        ("2026-03-08T09:00Z", -6),
        ("2026-11-01T07:59Z", -6),
        ("2026-11-01T08:00Z", -7),
    ],
)
def test_the_clocks_of_juarez_change_when_they_change(instant: str, offset: int) -> None:
    """Each change as the text has it: its onset is written in the time that ends there."""
    moment = datetime.fromisoformat(instant.replace("Z", "+00:00"))
    onsets = []
    told: Any = timezone_of(JUAREZ, 2022, 2027)
    for part in told.subcomponents:
        starts = (
            [part["DTSTART"].dt, *(one.dt for one in part["RDATE"].dts)]
            if "RDATE" in part
            else [part["DTSTART"].dt]
        )
        before, after = part["TZOFFSETFROM"].td, part["TZOFFSETTO"].td
        onsets += [((start - before).replace(tzinfo=UTC), after) for start in starts]
    assert max(one for one in onsets if one[0] <= moment)[1] == timedelta(hours=offset)


def test_an_invitation_says_who_where_and_which_version() -> None:
    text = invitation(appointment(turn("2026-11-05 09:00"), reminder_minutes=15))
    (event,) = events_of(text)
    assert b"METHOD:REQUEST\r\n" in text
    assert event["UID"] == "8c1d@campus"
    assert event["SEQUENCE"] == 3
    assert event["DTSTAMP"].dt == event["LAST-MODIFIED"].dt == STAMP.replace(microsecond=0)
    assert (event["STATUS"], event["TRANSP"]) == ("CONFIRMED", "OPAQUE")
    assert event["LOCATION"] == "Sala Vidrio 1, Piso 2"
    assert event["URL"] == "https://hub.example/book/7"
    assert event["ORGANIZER"] == "mailto:campus@hub.example"
    ana, luis = event["ATTENDEE"]
    assert (ana, ana.params["CN"], ana.params["PARTSTAT"]) == (
        "mailto:ana@hub.example",
        "Ana Robles",
        "ACCEPTED",
    )
    assert (luis, luis.params["PARTSTAT"]) == ("mailto:luis+hub@elsewhere.example", "NEEDS-ACTION")
    assert event["DTSTART"].dt.utcoffset() == -7 * HOUR, "November is winter"
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == -timedelta(minutes=15)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("confirmed", "CONFIRMED"),
        ("pending", "TENTATIVE"),
        ("offered", "TENTATIVE"),
        ("cancelled", "CANCELLED"),
        ("rejected", "CANCELLED"),
        ("no-show", "CANCELLED"),
        ("lapsed", "CANCELLED"),
    ],
)
def test_a_state_is_told_as_calendars_name_it(status: str, told: str) -> None:
    (event,) = events_of(feed([appointment(turn("2026-11-05 09:00", status=status))], "Ana"))
    assert event["STATUS"] == told
    assert event["TRANSP"] == ("TRANSPARENT" if told == "CANCELLED" else "OPAQUE")


def test_nobody_is_invited_to_what_does_not_stand() -> None:
    with pytest.raises(ValueError, match="cancellation"):
        invitation(appointment(turn("2026-11-05 09:00", status="cancelled")))


def test_a_cancellation_takes_out_the_same_event() -> None:
    turns = [turn(f"2026-11-0{day} 09:00", status="cancelled") for day in (2, 3)]
    text = cancellation(appointment(*turns, repeat="FREQ=DAILY;COUNT=2", reminder_minutes=15))
    (event,) = events_of(text)
    assert b"METHOD:CANCEL\r\n" in text
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("8c1d@campus", 3, "CANCELLED")
    assert "RECURRENCE-ID" not in event
    assert event.walk("VALARM") == []


def test_a_cancellation_of_one_turn_names_it_as_its_series_does() -> None:
    gone = Turn(at("2026-11-03 09:00"), Span(at("2026-11-03 12:00"), at("2026-11-03 13:00")), "cancelled")
    told = appointment(turn("2026-11-02 09:00"), gone, repeat="FREQ=DAILY;COUNT=2")
    (event,) = events_of(cancellation(told, [gone]))
    assert event["RECURRENCE-ID"].dt == at("2026-11-03 09:00")
    assert event["STATUS"] == "CANCELLED"


def test_a_feed_keeps_what_was_cancelled_and_marks_it() -> None:
    turns, repeat = SERIES["one skipped, one cancelled"]
    text = feed([appointment(*turns, repeat=repeat)], "Ana · Campus")
    gone = [event for event in events_of(text) if event["STATUS"] == "CANCELLED"]
    assert [event["RECURRENCE-ID"].dt for event in gone] == [SUNDAYS[9].original]
    for line in (
        b"METHOD:PUBLISH",
        "X-WR-CALNAME:Ana · Campus".encode(),
        b"REFRESH-INTERVAL;VALUE=DURATION:PT15M",
    ):
        assert line + b"\r\n" in text


def test_a_series_that_was_cancelled_whole_is_marked_whole() -> None:
    turns = [turn(f"2026-11-0{day} 09:00", status="cancelled") for day in (2, 3)]
    text = feed([appointment(*turns, repeat="FREQ=DAILY;COUNT=2")], "Ana")
    (event,) = events_of(text)
    assert (event["STATUS"], event["RRULE"].to_ical()) == ("CANCELLED", b"FREQ=DAILY;COUNT=2")
    assert both_read(text) == []


def test_a_feed_of_nothing_is_a_calendar() -> None:
    assert events_of(feed([], "Nobody")) == []


def test_a_campus_in_utc_needs_no_zone() -> None:
    text = invitation(appointment(turn("2026-11-05 09:00"), zone=ZoneInfo("UTC")))
    assert b"VTIMEZONE" not in text
    assert b"DTSTART:20261105T160000Z" in text


INJECTION = "Standup\r\nATTENDEE:mailto:x@evil.example\nSTATUS:CANCELLED\rBEGIN:VEVENT"
NASTY = [
    "<script>alert('x')</script> & <b>bold</b>",
    "🌵🐙 " * 60,
    "\u202eמפגש\u202c اجتماع",
    INJECTION,
    "a\\n;b,c\\\\;:\"'",
    "=HYPERLINK(\"http://evil.example\")",
    "x" * 200,
    "tab\there\x00\x07\x7f",
    "\u2028ATTENDEE:mailto:x@evil.example",
    "END:VEVENT",
    " ",
]  # fmt: skip


@pytest.mark.parametrize("text", NASTY)
def test_whatever_members_write_is_text(text: str) -> None:
    check_text(text)


@given(st.text(max_size=200))
def test_any_title_is_text(text: str) -> None:
    check_text(text)


def check_text(text: str) -> None:
    """As title, place, name and address, in lines of 75 octets at most."""
    told = appointment(
        turn("2026-11-05 09:00"),
        title=text,
        resource=text,
        attendees=(Person(text, "ana@hub.example"), Person("x", f"{text}@hub.example")),
    )
    written = invitation(told)
    lines = written.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert written.endswith(b"END:VCALENDAR\r\n")
    (event,) = events_of(written)
    assert str(event["SUMMARY"]) == plain(text)
    assert event["STATUS"] == "CONFIRMED"
    assert len(event["ATTENDEE"]) == 2
    assert set(event.keys()) == KEYS
    written.decode()
    assert by_vobject(written)[0].start == told.turns[0].span.start


KEYS = {
    "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "LOCATION", "STATUS",
    "TRANSP", "URL", "ORGANIZER", "ATTENDEE",
}  # fmt: skip


@st.composite
def series(draw: st.DrawFn) -> Sequence[Turn]:
    """Days in a row around a clock change, each as planned, cancelled, skipped or moved."""
    first = datetime.fromisoformat(draw(st.sampled_from(["2026-03-04", "2026-10-29", "2022-11-27"])))
    hour, minutes = draw(st.integers(0, 23)), draw(st.sampled_from([30, 60, 480]))
    turns = []
    for day in range(draw(st.integers(2, 7))):
        begins = at(str(first + timedelta(days=day, hours=hour)))
        moved = timedelta(minutes=draw(st.sampled_from([0, 0, 0, 15, -45])))
        fate = draw(st.sampled_from(["confirmed", "confirmed", "pending", "cancelled", "skipped"]))
        if fate != "skipped":
            span = Span(begins + moved, begins + moved + timedelta(minutes=minutes))
            turns.append(Turn(begins, span, fate))
    return turns


@given(series())
def test_any_series_is_read_as_it_is_stored(turns: Sequence[Turn]) -> None:
    if not any(one.stands for one in turns):
        return
    told = appointment(*turns, repeat="FREQ=DAILY")
    assert both_read(invitation(told)) == stored(told)
    assert both_read(feed([told], "Ana")) == stored(told)
