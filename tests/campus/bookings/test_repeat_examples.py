"""RFC 5545's own examples of recurrence (3.8.5.3), those whose parts we know, day by day.

An example without an end gets one here; where a longer one goes beyond three years, its beginning.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from campus.bookings.repeats.recurrence import expand, read_rule
from campus.errors import BadRequest
from campus.spaces.spans import Span

NEW_YORK = ZoneInfo("America/New_York")
NINE = time(9)


def at_nine(day: date) -> Span:
    start = datetime.combine(day, NINE, tzinfo=NEW_YORK)
    return Span(start.astimezone(UTC), (start + timedelta(hours=1)).astimezone(UTC))


def days_of(text: str) -> list[date]:
    """`1997 Sep 2 9, Oct 7; 1998 Jan 6`."""
    found: list[date] = []
    for of_year in text.split("; "):
        year, _space, months = of_year.partition(" ")
        for of_month in months.split(", "):
            month, *days = of_month.split()
            number = datetime.strptime(month, "%b").replace(tzinfo=UTC).month
            for day in days:
                first, _dash, last = day.partition("-")
                found += [date(int(year), number, n) for n in range(int(first), int(last or first) + 1)]
    return found


EXAMPLES = [
    ("FREQ=DAILY;COUNT=10", "1997 Sep 2-11"),
    ("FREQ=DAILY;UNTIL=19971224T000000Z", "1997 Sep 2-30, Oct 1-31, Nov 1-30, Dec 1-23"),
    ("FREQ=DAILY;INTERVAL=2;COUNT=8", "1997 Sep 2 4 6 8 10 12 14 16"),
    ("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997 Sep 2 12 22, Oct 2 12"),
    (
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31",
    ),
    ("FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1", "1998 Jan 1-31; 1999 Jan 1-31; 2000 Jan 1-31"),
    ("FREQ=WEEKLY;COUNT=10", "1997 Sep 2 9 16 23 30, Oct 7 14 21 28, Nov 4"),
    (
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "1997 Sep 2 9 16 23 30, Oct 7 14 21 28, Nov 4 11 18 25, Dec 2 9 16 23",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=9", "1997 Sep 2 16 30, Oct 14 28, Nov 11 25, Dec 9 23"),
    ("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997 Sep 2 4 9 11 16 18 23 25 30, Oct 2"),
    ("FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH", "1997 Sep 2 4 9 11 16 18 23 25 30, Oct 2"),
    (
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "1997 Sep 1 3 5 15 17 19 29, Oct 1 3 13 15 17 27 29 31, Nov 10 12 14 24 26 28, Dec 8 10 12 22",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997 Sep 2 4 16 18 30, Oct 2 14 16"),
    (
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "1997 Sep 5, Oct 3, Nov 7, Dec 5; 1998 Jan 2, Feb 6, Mar 6, Apr 3, May 1, Jun 5",
    ),
    ("FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR", "1997 Sep 5, Oct 3, Nov 7, Dec 5"),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "1997 Sep 7 28, Nov 2 30; 1998 Jan 4 25, Mar 1 29, May 3 31",
    ),
    ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", "1997 Sep 22, Oct 20, Nov 17, Dec 22; 1998 Jan 19, Feb 16"),
    ("FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6", "1997 Sep 28, Oct 29, Nov 28, Dec 29; 1998 Jan 29, Feb 26"),
    ("FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15", "1997 Sep 2 15, Oct 2 15, Nov 2 15, Dec 2 15; 1998 Jan 2 15"),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "1997 Sep 30, Oct 1 31, Nov 1 30, Dec 1 31; 1998 Jan 1 31, Feb 1",
    ),
    ("FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15", "1997 Sep 10-15; 1999 Mar 10-13"),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU;COUNT=18",
        "1997 Sep 2 9 16 23 30, Nov 4 11 18 25; 1998 Jan 6 13 20 27, Mar 3 10 17 24 31",
    ),
    (
        "FREQ=YEARLY;COUNT=6;BYMONTH=6,7",
        "1997 Jun 10, Jul 10; 1998 Jun 10, Jul 10; 1999 Jun 10, Jul 10",
    ),
    ("FREQ=YEARLY;INTERVAL=2;COUNT=4;BYMONTH=1,2,3", "1997 Mar 10; 1999 Jan 10, Feb 10, Mar 10"),
    ("FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997 May 19; 1998 May 18; 1999 May 17"),
    (
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=11",
        "1997 Mar 13 20 27; 1998 Mar 5 12 19 26; 1999 Mar 4 11 18 25",
    ),
    (
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8;COUNT=26",
        "1997 Jun 5 12 19 26, Jul 3 10 17 24 31, Aug 7 14 21 28; "
        "1998 Jun 4 11 18 25, Jul 2 9 16 23 30, Aug 6 13 20 27",
    ),
    ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5", "1998 Feb 13, Mar 13, Nov 13; 1999 Aug 13; 2000 Oct 13"),
    (
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=10",
        "1997 Sep 13, Oct 11, Nov 8, Dec 13; 1998 Jan 10, Feb 7, Mar 7, Apr 11, May 9, Jun 13",
    ),
    ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997 Sep 4, Oct 7, Nov 6"),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=7",
        "1997 Sep 29, Oct 30, Nov 27, Dec 30; 1998 Jan 29, Feb 26, Mar 30",
    ),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997 Aug 5 10 19 24"),
    ("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997 Aug 5 17 19 31"),
    ("FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007 Jan 15 30, Feb 15, Mar 15 30"),
]


@pytest.mark.parametrize(("text", "days"), EXAMPLES)
def test_the_days_are_those_of_the_standard_and_nine_o_clock_stays_nine(text: str, days: str) -> None:
    wanted = days_of(days)
    turns = expand(read_rule(text), at_nine(wanted[0]), NEW_YORK)
    assert [turn.span for turn in turns] == [at_nine(day) for day in wanted]
    assert all(turn.original == turn.span.start for turn in turns)


def test_friday_the_13th_cannot_begin_on_a_tuesday() -> None:
    with pytest.raises(BadRequest, match="begin on Fri 13 Feb 1998") as refused:
        expand(read_rule("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5"), at_nine(date(1997, 9, 2)), NEW_YORK)
    assert refused.value.extra == {"first_day": "1998-02-13"}


def test_the_day_of_the_election_every_four_years_is_too_long_a_series() -> None:
    rule = read_rule("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3")
    with pytest.raises(BadRequest, match="3 years at most, and this one comes 1 time in them"):
        expand(rule, at_nine(date(1996, 11, 5)), NEW_YORK)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3",
        "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
        "FREQ=MINUTELY;INTERVAL=15;COUNT=6",
        "FREQ=DAILY;BYHOUR=9,10,11;BYMINUTE=0,20,40;COUNT=9",
    ],
)
def test_examples_with_parts_that_bookings_have_no_use_for_are_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_rule(text)
