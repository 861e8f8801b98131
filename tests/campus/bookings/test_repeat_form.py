"""The form's fields for a repeat: to a rule, what is refused by field, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campus.bookings.repeats.recurrence import days, read_rule
from campus.bookings.repeats.repeat_form import DAY_CODES, REPEATS, RepeatChoice
from campus.errors import BadRequest
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
TUESDAY = date(2026, 3, 3)


def first_on(day: date) -> Span:
    start = datetime.combine(day, datetime.min.time(), tzinfo=JUAREZ).replace(hour=9).astimezone(UTC)
    return Span(start, start + timedelta(hours=1))


def test_nothing_chosen_is_no_repeat_whatever_else_was_typed() -> None:
    assert RepeatChoice().rule(TUESDAY) is None
    assert RepeatChoice("", "x", ("zz",), "x", "x").rule(TUESDAY) is None


@pytest.mark.parametrize(
    ("choice", "day", "text"),
    [
        (RepeatChoice("daily", repeat_times="5"), TUESDAY, "FREQ=DAILY;COUNT=5"),
        (RepeatChoice("daily", "", repeat_times=" 5 "), TUESDAY, "FREQ=DAILY;COUNT=5"),
        (
            RepeatChoice("daily", "3", ("mo",), repeat_until="2026-06-26"),
            TUESDAY,
            "FREQ=DAILY;INTERVAL=3;UNTIL=20260626",
        ),
        (RepeatChoice("weekly", repeat_times="5"), TUESDAY, "FREQ=WEEKLY;BYDAY=TU;COUNT=5"),
        (
            RepeatChoice("weekly", "2", ("th", "tu"), repeat_times="5"),
            TUESDAY,
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;COUNT=5",
        ),
        (RepeatChoice("monthly-day", repeat_times="5"), TUESDAY, "FREQ=MONTHLY;BYMONTHDAY=3;COUNT=5"),
        (RepeatChoice("monthly-weekday", repeat_times="5"), TUESDAY, "FREQ=MONTHLY;BYDAY=1TU;COUNT=5"),
        (
            RepeatChoice("monthly-weekday", repeat_times="5"),
            date(2026, 3, 24),
            "FREQ=MONTHLY;BYDAY=4TU;COUNT=5",
        ),
        (
            RepeatChoice("monthly-weekday", repeat_times="5"),
            date(2026, 3, 31),  # the fifth Tuesday: the last
            "FREQ=MONTHLY;BYDAY=-1TU;COUNT=5",
        ),
    ],
)
def test_the_fields_make_a_rule(choice: RepeatChoice, day: date, text: str) -> None:
    assert choice.rule(day) == text


@pytest.mark.parametrize(
    ("choice", "field", "sentence"),
    [
        (RepeatChoice("hourly", repeat_times="5"), "repeat", "by day, week or month"),
        (RepeatChoice("daily", "0", repeat_times="5"), "repeat_every", "from 1 to 99"),
        (RepeatChoice("daily", "100", repeat_times="5"), "repeat_every", "from 1 to 99"),
        (RepeatChoice("daily", "1.5", repeat_times="5"), "repeat_every", "from 1 to 99"),
        (RepeatChoice("daily", "٣", repeat_times="5"), "repeat_every", "from 1 to 99"),
        (RepeatChoice("weekly", "1", ("tu", "xx"), repeat_times="5"), "repeat_days", "days of the week"),
        (RepeatChoice("weekly", "1", ("mo", "we"), repeat_times="5"), "repeat_days", "tick its day"),
        (
            RepeatChoice("weekly", "1", ("tu,mo;count=9",), repeat_times="5"),
            "repeat_days",
            "days of the week",
        ),
        (RepeatChoice("daily"), "repeat_until", "until which day it repeats, or how many times"),
        (RepeatChoice("daily", repeat_until="2026-06-26", repeat_times="5"), "repeat_times", "not both"),
        (RepeatChoice("daily", repeat_times="0"), "repeat_times", "from 1 to 400"),
        (RepeatChoice("daily", repeat_times="401"), "repeat_times", "from 1 to 400"),
        (RepeatChoice("daily", repeat_times="9" * 5000), "repeat_times", "from 1 to 400"),
        (RepeatChoice("daily", repeat_times="five"), "repeat_times", "from 1 to 400"),
        (RepeatChoice("daily", repeat_until="26 June"), "repeat_until", "not a date"),
        (RepeatChoice("daily", repeat_until="2026-02-30"), "repeat_until", "not a date"),
        (RepeatChoice("daily", repeat_until="2026-03-02"), "repeat_until", "ends before the first booking"),
        (RepeatChoice("daily", repeat_until="9999-12-31"), "repeat_until", "3 years at most"),
    ],
)
def test_a_refusal_names_the_field_to_mend(choice: RepeatChoice, field: str, sentence: str) -> None:
    with pytest.raises(BadRequest) as refused:
        choice.rule(TUESDAY)
    assert refused.value.extra == {"field": field}
    assert sentence in refused.value.message


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("FREQ=DAILY;INTERVAL=2;COUNT=5", RepeatChoice("daily", "2", repeat_times="5")),
        ("FREQ=WEEKLY;COUNT=5", RepeatChoice("weekly", repeat_times="5")),
        ("FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5", RepeatChoice("weekly", "1", ("tu", "th"), repeat_times="5")),
        ("FREQ=MONTHLY;UNTIL=20260626", RepeatChoice("monthly-day", repeat_until="2026-06-26")),
        ("FREQ=WEEKLY;UNTIL=20260512T150000Z", RepeatChoice("weekly", repeat_until="2026-05-12")),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=5", RepeatChoice("monthly-weekday", repeat_times="5")),
    ],
)
def test_a_rule_fills_the_fields(text: str, choice: RepeatChoice) -> None:
    assert RepeatChoice.of(read_rule(text), first_on(TUESDAY), JUAREZ) == choice


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;COUNT=3",
        "FREQ=DAILY;BYDAY=TU,TH;COUNT=5",
        "FREQ=DAILY;INTERVAL=100;COUNT=3",
        "FREQ=MONTHLY;BYMONTHDAY=3,15;COUNT=5",
        "FREQ=MONTHLY;BYDAY=TU;COUNT=5",
        "FREQ=MONTHLY;BYDAY=1TU,3TU;COUNT=5",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=5",
        "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260512T120000Z",  # that day's turn is no longer part of it
        "FREQ=WEEKLY;BYDAY=TH;COUNT=5",  # no first day of it
    ],
)
def test_a_rule_that_the_fields_cannot_say_fills_none(text: str) -> None:
    assert RepeatChoice.of(read_rule(text), first_on(TUESDAY), JUAREZ) is None


def test_the_fifth_weekday_is_not_shown_as_the_last() -> None:
    first = first_on(date(2026, 3, 31))
    assert RepeatChoice.of(read_rule("FREQ=MONTHLY;BYDAY=5TU;COUNT=3"), first, JUAREZ) is None
    assert RepeatChoice.of(read_rule("FREQ=MONTHLY;BYDAY=-1TU;COUNT=3"), first, JUAREZ) is not None


@given(
    st.sampled_from(REPEATS[1:]),
    st.integers(1, 4),
    st.sets(st.sampled_from(DAY_CODES)),
    st.integers(1, 9),
    st.dates(date(2022, 1, 1), date(2030, 1, 1)),
)
@settings(deadline=None)
def test_what_was_chosen_comes_back_with_the_same_days(
    repeat: str, every: int, ticked: set[str], times: int, day: date
) -> None:
    ticked = ticked | {DAY_CODES[day.weekday()]}
    choice = RepeatChoice(repeat, str(every), tuple(sorted(ticked)), repeat_times=str(times))
    rule, first = read_rule(choice.rule(day) or ""), first_on(day)
    try:
        wanted = days(rule, first, JUAREZ)
    except BadRequest:  # day 31 may not come often enough in three years
        assert day.day > 28
        return
    again = RepeatChoice.of(rule, first, JUAREZ)
    assert again is not None
    assert days(read_rule(again.rule(day) or ""), first, JUAREZ) == wanted
