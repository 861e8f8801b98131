"""Bookings as iCalendar text (RFC 5545, 5546), pure: invitations, their withdrawal, and feeds.

What members type is text here and stays text: the library escapes and folds it, and what has no
place in a line (control characters) is taken out before. Times are those of the store, always: a
series is told by its rule only where the rule gives exactly the stored turns, else by their dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress

from campus.bookings.letters.series_text import Pattern, pattern_of, wall_length
from campus.bookings.letters.vtimezone import timezone_of
from campus.spaces.spans import Span

MAKER = "-//Campus//Bookings//EN"
REFRESHED = timedelta(minutes=15)
"""How often calendar programs should look again; many look when they like."""
TENTATIVE = ("pending", "offered")
IN_ADDRESS = "@!$&'*+/=?^_`{|}~.-"
"""What is not written as %-code in an address, beside letters and figures."""
STANDS = ("confirmed", *TENTATIVE)
"""States of a turn that is in the calendar. All others were taken out of it."""


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    accepted: bool = False
    """True for whose booking it is: nobody has to ask them."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One time of a booking. `original` is when its series meant it to start; `title` None: the booking's."""

    original: datetime
    span: Span
    status: str
    title: str | None = None

    @property
    def stands(self) -> bool:
        return self.status in STANDS


@dataclass(frozen=True, slots=True)
class Appointment:
    """A booking as calendars know it. `turns` are all that it has or had, at least one.

    `repeat` is an RRULE's value, its start the first turn's `original`. `stamp` is when it was last changed.
    `url` is the page about it, empty for whoever has none.
    """

    uid: str
    version: int
    title: str
    resource: str
    place: str
    zone: ZoneInfo
    repeat: str | None
    turns: tuple[Turn, ...]
    url: str
    stamp: datetime
    organizer: Person | None = None
    attendees: tuple[Person, ...] = ()
    reminder_minutes: int | None = None


def invitation(appointment: Appointment) -> bytes:
    """What asks to put it, or a change of it, into a calendar (METHOD:REQUEST). Some turn has to stand."""
    if not any(turn.stands for turn in appointment.turns):
        raise ValueError("nothing of it stands: that is a cancellation")
    return _written(_calendar("REQUEST"), [(appointment, _events(appointment, keep_cancelled=False))])


def cancellation(appointment: Appointment, turns: Sequence[Turn] | None = None) -> bytes:
    """What takes all of it, or only `turns` of a series, out of a calendar again (METHOD:CANCEL)."""
    if turns is None or len(appointment.turns) == 1:
        gone = [_event(appointment, _first_span(appointment), "cancelled")]
    else:
        gone = [_override(appointment, replace(turn, status="cancelled")) for turn in turns]
    for event in gone:
        event.subcomponents.clear()  # nobody is reminded of what is gone
    return _written(_calendar("CANCEL"), [(appointment, gone)])


def feed(appointments: Iterable[Appointment], name: str) -> bytes:
    """A calendar to subscribe to (METHOD:PUBLISH). Turns that were cancelled stay in it, marked.

    Nobody is asked by it (RFC 5546, 3.2.1): who comes stays out.
    """
    calendar = _calendar("PUBLISH")
    calendar.add("name", plain(name))
    calendar.add("x-wr-calname", plain(name))
    calendar.add("refresh-interval", REFRESHED, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    told = [replace(one, attendees=()) for one in appointments]
    return _written(calendar, [(one, _events(one, keep_cancelled=True)) for one in told])


def plain(text: str) -> str:
    """`text` as a line may hold it: line breaks are \\n, other control characters are gone."""
    for end in ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"):
        text = text.replace(end, "\n")
    kept = "".join(letter for letter in text if letter == "\n" or not _is_control(letter))
    return kept.encode("utf-8", "replace").decode("utf-8")


def _is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", MAKER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _written(calendar: Calendar, told: Sequence[tuple[Appointment, Sequence[Event]]]) -> bytes:
    """With each zone told once, for the years of its events and the one after."""
    years: dict[str, list[int]] = {}
    zones: dict[str, ZoneInfo] = {}
    for appointment, _events_of_it in told:
        key = appointment.zone.key
        zones[key] = appointment.zone
        for turn in appointment.turns:
            moments = (turn.original, turn.span.start, turn.span.end)
            years.setdefault(key, []).extend(moment.year for moment in moments)
    for key in sorted(zones):
        if key != "UTC":
            calendar.add_component(timezone_of(zones[key], min(years[key]), max(years[key]) + 1))
    for _appointment, events in told:
        for event in events:
            calendar.add_component(event)
    text: bytes = calendar.to_ical(sorted=False)
    return text


def _events(appointment: Appointment, *, keep_cancelled: bool) -> list[Event]:
    """The event, or the series with what differs in it."""
    turns = sorted(appointment.turns, key=lambda turn: turn.original)
    if len(turns) == 1:
        return [_event(appointment, turns[0].span, turns[0].status, turns[0].title)]
    if not any(turn.stands for turn in turns):
        keep_cancelled = True  # a series of nothing but exceptions: marked as a whole, with its dates
    told = [turn for turn in turns if turn.stands or keep_cancelled]
    pattern = pattern_of(
        appointment.repeat,
        [turn.original for turn in turns],
        [turn.original for turn in told],
        appointment.zone,
    )
    lengths = Counter(turn.span.length for turn in told)
    states = Counter(turn.status for turn in told if turn.stands) or Counter(["cancelled"])
    usual = states.most_common(1)[0][0]
    span = Span(pattern.start, pattern.start + lengths.most_common(1)[0][0])
    master = _event(appointment, span, usual)
    _tell_dates(master, pattern, appointment.zone)
    return [
        master,
        *(_override(appointment, turn) for turn in told if _differs(turn, span, usual, appointment)),
    ]


def _differs(turn: Turn, master: Span, status: str, appointment: Appointment) -> bool:
    """True if the series does not say all of this turn. Its length counts twice: DTEND means elapsed
    time (RFC 5545, 3.8.5.3), and there are programs that count by the clock on the wall."""
    zone = appointment.zone
    return (
        turn.title is not None
        or _state(turn.status) != _state(status)
        or turn.span.start != turn.original
        or turn.span.length != master.length
        or wall_length(turn.span, zone) != wall_length(master, zone)
    )


def _override(appointment: Appointment, turn: Turn) -> Event:
    event = _event(appointment, turn.span, turn.status, turn.title)
    event.add("recurrence-id", in_zone(turn.original, appointment.zone))
    return event


def _event(appointment: Appointment, span: Span, status: str, title: str | None = None) -> Event:
    state, zone = _state(status), appointment.zone
    event = Event()
    event.add("uid", plain(appointment.uid))
    event.add("sequence", appointment.version)
    event.add("dtstamp", _second(appointment.stamp))
    event.add("last-modified", _second(appointment.stamp))
    event.add("dtstart", in_zone(span.start, zone))
    event.add("dtend", in_zone(span.end, zone))
    event.add("summary", plain(title if title is not None else appointment.title))
    event.add(
        "location", plain(", ".join(part for part in (appointment.resource, appointment.place) if part))
    )
    event.add("status", state)
    event.add("transp", "TRANSPARENT" if state == "CANCELLED" else "OPAQUE")
    if appointment.url:
        event.add("url", appointment.url)
    if appointment.organizer:
        event.add("organizer", _address(appointment.organizer))
    for person in appointment.attendees:
        address = _address(person)
        address.params["ROLE"] = "REQ-PARTICIPANT"
        address.params["PARTSTAT"] = "ACCEPTED" if person.accepted else "NEEDS-ACTION"
        address.params["RSVP"] = "FALSE"
        event.add("attendee", address)
    if appointment.reminder_minutes is not None and state != "CANCELLED":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", plain(title if title is not None else appointment.title))
        alarm.add("trigger", -timedelta(minutes=appointment.reminder_minutes))
        event.add_component(alarm)
    return event


def _address(person: Person) -> vCalAddress:
    address = vCalAddress("mailto:" + quote(person.email, safe=IN_ADDRESS))
    name = " ".join(plain(person.name).replace('"', "'").replace("^", "").split())
    address.params["CN"] = name or person.email
    return address


def _tell_dates(master: Event, pattern: Pattern, zone: ZoneInfo) -> None:
    if pattern.rule is not None:
        master.add("rrule", pattern.rule)
    for name, moments in (("rdate", pattern.more), ("exdate", pattern.out)):
        stamps = [in_zone(moment, zone) for moment in moments]
        for is_utc in (False, True):  # one line has one zone
            listed = [stamp for stamp in stamps if (stamp.tzinfo is UTC) is is_utc]
            if listed:
                master.add(name, listed)


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """As the clock on the wall shows it; in UTC where that would mean the first of two such times."""
    wall = moment.astimezone(zone)
    return moment.astimezone(UTC) if wall.fold else wall


def _second(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _state(status: str) -> str:
    if status in TENTATIVE:
        return "TENTATIVE"
    return "CONFIRMED" if status == "confirmed" else "CANCELLED"


def _first_span(appointment: Appointment) -> Span:
    """Of the whole: where it begins, whether that turn was moved or not."""
    first = min(appointment.turns, key=lambda turn: turn.original)
    if len(appointment.turns) == 1:
        return first.span
    return Span(first.original, first.original + first.span.length)
