"""What a rule may say, and the sentence for each thing that it may not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from campus.bookings.repeats.recurrence import MOST_TIMES, Day, Rule, read_rule
from campus.errors import BadRequest
from tests.campus.bookings.effort import at_most_calls

JUAREZ = ZoneInfo("America/Ciudad_Juarez")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("RRULE:FREQ=WEEKLY;COUNT=5", "FREQ=WEEKLY;COUNT=5"),
        ("rrule:freq=weekly;byday=th,tu;count=05", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5"),
        (" COUNT=5;FREQ=DAILY;INTERVAL=1 ", "FREQ=DAILY;COUNT=5"),
        ("FREQ=WEEKLY;WKST=MO;COUNT=2", "FREQ=WEEKLY;COUNT=2"),
        ("FREQ=WEEKLY;WKST=SU;BYDAY=MO,MO;COUNT=2", "FREQ=WEEKLY;BYDAY=MO;WKST=SU;COUNT=2"),
        ("FREQ=MONTHLY;BYDAY=+1MO,-1FR;COUNT=2", "FREQ=MONTHLY;BYDAY=1MO,-1FR;COUNT=2"),
        (
            "FREQ=YEARLY;UNTIL=20260626;BYSETPOS=1;BYMONTHDAY=-1,15;BYMONTH=6,1",
            "FREQ=YEARLY;BYMONTH=1,6;BYMONTHDAY=-1,15;BYSETPOS=1;UNTIL=20260626",
        ),
        ("FREQ=DAILY;UNTIL=20260626T150000Z", "FREQ=DAILY;UNTIL=20260626T150000Z"),
        ("FREQ=DAILY;UNTIL=20260626t090000", "FREQ=DAILY;UNTIL=20260626T090000"),
    ],
)
def test_a_rule_has_one_form_however_it_came(text: str, normal: str) -> None:
    assert read_rule(text).text == normal
    assert read_rule(normal) == read_rule(text)


def test_a_rule_says_what_was_read() -> None:
    assert read_rule("FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR;COUNT=6") == Rule(
        "MONTHLY", interval=2, count=6, by_day=(Day(4, -1),)
    )


REFUSED = [
    ("", "one line such as FREQ=WEEKLY"),
    ("   ", "one line such as FREQ=WEEKLY"),
    ("every tuesday", "is no part of a repeat here: FREQ, INTERVAL"),
    ("FREQ=WEEKLY;COUNT=5;", "is no part of a repeat here"),
    ("COUNT=5", "one of FREQ=DAILY, WEEKLY, MONTHLY and YEARLY"),
    ("FREQ=HOURLY;COUNT=5", "one of FREQ=DAILY"),
    ("FREQ=SECONDLY;COUNT=5", "one of FREQ=DAILY"),
    ("FREQ=WEEKLY", "needs an end: add COUNT=10, or UNTIL"),
    ("FREQ=WEEKLY;COUNT=5;UNTIL=20260626", "COUNT or UNTIL, not both"),
    ("FREQ=WEEKLY;COUNT=100000", "400 times at most"),
    ("FREQ=WEEKLY;COUNT=401", "400 times at most"),
    ("FREQ=WEEKLY;COUNT=0", "400 times at most"),
    ("FREQ=WEEKLY;COUNT=-1", "400 times at most"),
    ("FREQ=WEEKLY;COUNT=1e2", "400 times at most"),
    ("FREQ=WEEKLY;COUNT=" + "9" * 400, "400 times at most"),
    ("FREQ=WEEKLY;INTERVAL=0;COUNT=5", "from 1 to 999"),
    ("FREQ=WEEKLY;INTERVAL=-1;COUNT=5", "from 1 to 999"),
    ("FREQ=WEEKLY;INTERVAL=1000;COUNT=5", "from 1 to 999"),
    ("FREQ=WEEKLY;INTERVAL=;COUNT=5", "from 1 to 999"),
    ("FREQ=WEEKLY;COUNT=5;COUNT=6", "Say COUNT once only"),
    ("FREQ=DAILY;FREQ=WEEKLY;COUNT=5", "Say FREQ once only"),
    ("FREQ=WEEKLY;BYHOUR=9;COUNT=5", "“BYHOUR=9” is no part"),
    ("FREQ=DAILY;BYEASTER=0;COUNT=5", "is no part"),
    ("FREQ=DAILY;BYWEEKNO=20;COUNT=5", "is no part"),
    ("FREQ=DAILY;BYYEARDAY=20;COUNT=5", "is no part"),
    ("FREQ=DAILY;X-NAME=" + "z" * 90 + ";COUNT=5", "“X-NAME=ZZZZZZZZZZZZZ” is no part"),
    ("FREQ=DAILY;COUNT=5;BYDAY=" + "MO," * 170 + "MO", "500 letters at most"),
    ("FREQ=WEEKLY;COUNT=5\r\nATTENDEE:mailto:eve@example.org", "one line"),
    ("FREQ=WEEKLY;COUNT=5\n", "one line"),
    ("\nFREQ=WEEKLY;COUNT=5", "one line"),
    ("FREQ=WEEKLY;COUNT=5\x00", "one line"),
    ("FREQ=WEEKLY;COUNT=5\u2028", "one line"),
    ("FREQ=WEEKLY;COUNT=\u0665", "one line"),  # an Arabic 5
    ("FREQ=DA\u0131LY;COUNT=5", "one line"),  # a dotless i, whose capital is an I
    ("FREQ=DAILY;UNTIL=20260230", "UNTIL is a day such as"),
    ("FREQ=DAILY;UNTIL=2026-06-26", "UNTIL is a day such as"),
    ("FREQ=DAILY;UNTIL=20260626T250000Z", "UNTIL is a day such as"),
    ("FREQ=DAILY;UNTIL=20260626T235960Z", "UNTIL is a day such as"),
    ("FREQ=DAILY;UNTIL=20260626T090000-0700", "UNTIL is a day such as"),
    ("FREQ=DAILY;UNTIL=99991231T235959", "3 years ahead at most"),
    ("FREQ=DAILY;UNTIL=00010101", "UNTIL is a day such as"),
    ("FREQ=WEEKLY;BYDAY=MON;COUNT=5", "BYDAY lists days such as MO,WE"),
    ("FREQ=WEEKLY;BYDAY=;COUNT=5", "BYDAY lists days"),
    ("FREQ=WEEKLY;BYDAY=MO,;COUNT=5", "BYDAY lists days"),
    ("FREQ=MONTHLY;BYDAY=0MO;COUNT=5", "BYDAY lists days"),
    ("FREQ=WEEKLY;BYDAY=1MO;COUNT=5", "1MO or -1FR go with FREQ=MONTHLY or YEARLY"),
    ("FREQ=DAILY;BYDAY=-1MO;COUNT=5", "go with FREQ=MONTHLY or YEARLY"),
    ("FREQ=MONTHLY;BYDAY=6MO;COUNT=5", "in a month 5 at most"),
    ("FREQ=YEARLY;BYMONTH=12;BYDAY=53MO;COUNT=2", "in a month 5 at most"),
    ("FREQ=YEARLY;BYDAY=54MO;COUNT=2", "each with its number"),
    ("FREQ=MONTHLY;BYDAY=MO,1TU;COUNT=5", "each with its number"),
    ("FREQ=MONTHLY;BYMONTHDAY=32;COUNT=5", "from 1 to 31, or from -1"),
    ("FREQ=MONTHLY;BYMONTHDAY=0;COUNT=5", "from 1 to 31, or from -1"),
    ("FREQ=WEEKLY;BYMONTHDAY=1;COUNT=5", "does not go with FREQ=WEEKLY"),
    ("FREQ=YEARLY;BYMONTH=13;COUNT=2", "months from 1 to 12"),
    ("FREQ=YEARLY;BYMONTH=-1;COUNT=2", "months from 1 to 12"),
    ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0;COUNT=5", "positions such as 1 or -1"),
    ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367;COUNT=5", "positions such as 1 or -1"),
    ("FREQ=MONTHLY;BYSETPOS=1;COUNT=5", "add BYDAY, BYMONTHDAY or BYMONTH"),
    ("FREQ=WEEKLY;WKST=XX;COUNT=5", "WKST is the day"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;COUNT=2", "No month of this repeat has such a day"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-30;COUNT=2", "No month of this repeat has such a day"),
    ("FREQ=MONTHLY;BYMONTH=4,6;BYMONTHDAY=31;COUNT=2", "No month of this repeat has such a day"),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_a_rule_may_not_say_is_refused_with_what_would_do(text: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as refused:
        read_rule(text)
    assert sentence in refused.value.message
    assert refused.value.status == 400


def test_the_day_of_february_that_leap_years_have_is_a_day() -> None:
    assert read_rule("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1").by_month_day == (29,)


@given(st.text() | st.text("FREQ=WKLYDAISUMONT;:,0123456789-+BPRZ\r\n", max_size=80))
@example("FREQ=;COUNT=1")
@example("RRULE:")
@example("RRULE:RRULE:FREQ=DAILY;COUNT=1")
def test_any_text_is_read_or_refused_at_once_and_what_is_read_is_one_line(text: str) -> None:
    try:
        with at_most_calls(5_000):
            rule = read_rule(text)
    except BadRequest as refused:
        assert "\n" not in refused.message
        assert "\r" not in refused.message
    else:
        assert rule.text.isascii()
        assert rule.text.isprintable()
        assert read_rule(rule.text) == rule


def test_an_end_in_any_form_is_an_instant_for_a_calendar() -> None:
    """RFC 5545, 3.3.10: beside a DTSTART with TZID, UNTIL is in UTC."""
    ends = {
        "20260626": "20260627T055959Z",  # the whole campus day
        "20260626T090000": "20260626T150000Z",
        "20260626T150000Z": "20260626T150000Z",
    }
    for end, until in ends.items():
        text = read_rule(f"FREQ=DAILY;UNTIL={end}").for_calendar(JUAREZ)
        assert text == f"FREQ=DAILY;UNTIL={until}"
    assert read_rule("FREQ=DAILY;COUNT=3").for_calendar(JUAREZ) == "FREQ=DAILY;COUNT=3"


def test_the_last_day_is_a_campus_day() -> None:
    assert read_rule("FREQ=DAILY;UNTIL=20260627T050000Z").last_day(JUAREZ) == date(2026, 6, 26)
    assert read_rule("FREQ=DAILY;UNTIL=20260626").last_day(JUAREZ) == date(2026, 6, 26)
    assert read_rule("FREQ=DAILY;COUNT=3").last_day(JUAREZ) is None
    assert read_rule("FREQ=DAILY;UNTIL=20260627T050000Z").until == datetime(2026, 6, 27, 5, tzinfo=UTC)


def test_the_most_times_are_possible() -> None:
    assert read_rule(f"FREQ=DAILY;COUNT={MOST_TIMES}").count == MOST_TIMES
