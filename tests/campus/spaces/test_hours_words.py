"""Opening hours and lengths of time: what is written into a form is read again as the same."""

from __future__ import annotations

import pytest
from babel.dates import get_day_names
from hypothesis import given
from hypothesis import strategies as st

from campus.spaces.hours import DAYS
from campus.spaces.hours_text import Sign, read_week
from campus.spaces.hours_words import Words, lines_of, write_week
from campus.spaces.lengths import read_length, write_length


def words(locale: str) -> Words:
    names = get_day_names("abbreviated", locale=locale)
    always, closed = ("always", "closed") if locale == "en" else ("siempre", "cerrado")
    return Words([str(names[day]) for day in range(7)], always, closed)


times = st.integers(0, 23 * 60 + 59).map(lambda minutes: f"{minutes // 60:02d}:{minutes % 60:02d}")
spans = (
    st.lists(times, max_size=4, unique=True)
    .map(sorted)
    .map(lambda ends: [list(pair) for pair in zip(ends[::2], ends[1::2], strict=False)])
)
weeks = st.none() | st.fixed_dictionaries({}, optional=dict.fromkeys(DAYS, spans)).map(
    lambda sign: {day: hours for day, hours in sign.items() if hours}
)


@pytest.mark.parametrize("locale", ["en", "es_MX"])
@given(week=weeks)
def test_a_week_that_is_written_is_read_as_the_same(locale: str, week: Sign | None) -> None:
    assert read_week(write_week(week, words(locale))) == week


def test_days_with_the_same_hours_stand_together() -> None:
    week = {day: [["08:00", "20:00"]] for day in DAYS[:5]}
    week["sat"] = [["09:00", "12:00"], ["13:00", "02:00"]]
    assert write_week(week, words("en")) == "Mon-Fri 08:00-20:00; Sat 09:00-12:00, 13:00-02:00"
    assert write_week(week, words("es_MX")) == "lun-vie 08:00-20:00; sáb 09:00-12:00, 13:00-02:00"
    assert [(line.first, line.last, len(line.spans)) for line in lines_of(week, words("en").days)] == [
        ("Mon", "Fri", 1),
        ("Sat", "Sat", 2),
        ("Sun", "Sun", 0),
    ]


def test_always_and_never_have_words_of_their_own() -> None:
    assert (write_week(None, words("en")), write_week({}, words("es_MX"))) == ("always", "cerrado")
    assert write_week({day: [["00:00", "24:00"]] for day in DAYS}, words("en")) == "Mon-Sun 00:00-24:00"


@given(st.integers(0, 10**6))
def test_a_length_that_is_written_is_read_as_the_same(minutes: int) -> None:
    assert read_length(write_length(minutes)) == minutes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("90", 90), ("45 min", 45), (" 4H ", 240), ("1 h 30", 90), ("1h30min", 90), ("1:30", 90),
     ("2 días", 2880), ("1 d 2 h 3 m", 1563), ("0", 0), ("2 horas", 120)],
)  # fmt: skip
def test_lengths_are_read_as_people_write_them(text: str, minutes: int) -> None:
    assert read_length(text) == minutes


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "-5", "1.5 h", "4 h 4 h", "30 min 4 h", "٣", "1:75", "9" * 9]
)
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_length(text)
