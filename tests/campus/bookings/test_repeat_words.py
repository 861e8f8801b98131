"""A repeat in words, in English and Spanish."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask_babel import force_locale

from campus.bookings.repeats.recurrence import expand, read_rule
from campus.bookings.repeats.repeat_words import in_words
from campus.errors import BadRequest
from campus.moments import day_bounds
from campus.spaces.spans import Span

JUAREZ = ZoneInfo("America/Ciudad_Juarez")

pytestmark = pytest.mark.usefixtures("in_a_request")


@pytest.fixture
def in_a_request(sqlite_database: object, app: APIFlask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


SAID = [
    ("FREQ=DAILY;COUNT=3", "Every day, 3 times", "Cada día, 3 veces"),
    ("FREQ=DAILY;INTERVAL=3;COUNT=1", "Every 3 days, 1 time", "Cada 3 días, 1 vez"),
    ("FREQ=WEEKLY;COUNT=5", "Every week, 5 times", "Cada semana, 5 veces"),
    (
        "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5",
        "Every week on Tue and Thu, 5 times",
        "Cada semana los mar y jue, 5 veces",
    ),
    (
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT=5",
        "Every week on Mon–Fri, 5 times",
        "Cada semana los lun–vie, 5 veces",
    ),
    (
        "FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=5",
        "Every week on Mon, Wed, and Fri, 5 times",
        "Cada semana los lun, mié y vie, 5 veces",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;UNTIL=20260626",
        "Every 2 weeks on Mon until Fri 26 Jun",
        "Cada 2 semanas los lun hasta el vie 26 de jun",
    ),
    (
        "FREQ=MONTHLY;BYDAY=-1FR;COUNT=6",
        "Every month on the last Fri, 6 times",
        "Cada mes el último vie, 6 veces",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU;COUNT=6",
        "Every 2 months on the first Sun and last Sun, 6 times",
        "Cada 2 meses el primer dom y último dom, 6 veces",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=15;UNTIL=20260627T050000Z",
        "Every month on day 15 until Fri 26 Jun",
        "Cada mes el día 15 hasta el vie 26 de jun",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-1,1,15;COUNT=6",
        "Every month on days 1, 15, and the last, 6 times",
        "Cada mes los días 1, 15 y el último, 6 veces",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=6",
        "Every month on the last day, 6 times",
        "Cada mes el último día, 6 veces",
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1;COUNT=6",
        "Every month on the first and the last of Mon–Fri, 6 times",
        "Cada mes el primero y el último de lun–vie, 6 veces",
    ),
    (
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=2",
        "Every month on day 13 if it is Fri, 2 times",
        "Cada mes el día 13 si es vie, 2 veces",
    ),
    (
        "FREQ=YEARLY;BYMONTH=3,4;BYDAY=TH;COUNT=9",
        "Every year on every Thu in March and April, 9 times",
        "Cada año cada jue en marzo y abril, 9 veces",
    ),
    (
        "FREQ=YEARLY;BYDAY=20MO;COUNT=2",
        "Every year on the Mon no. 20, 2 times",
        "Cada año el lun n.º 20, 2 veces",
    ),
]


@pytest.mark.parametrize(("text", "english", "spanish"), SAID)
def test_a_repeat_is_said_in_both_languages(text: str, english: str, spanish: str) -> None:
    rule = read_rule(text)
    assert in_words(rule, JUAREZ) == english
    with force_locale("es_MX"):
        assert in_words(rule, JUAREZ) == spanish


def test_an_end_in_another_year_has_its_year() -> None:
    rule = read_rule("FREQ=WEEKLY;BYDAY=MO;UNTIL=20270104")
    assert in_words(rule, JUAREZ, date(2026, 12, 1)) == "Every week on Mon until Mon 4 Jan 2027"
    assert in_words(rule, JUAREZ, date(2027, 1, 1)) == "Every week on Mon until Mon 4 Jan"


def test_refusals_are_spanish_too() -> None:
    day = Span(*day_bounds(date(2026, 3, 3), JUAREZ))
    with force_locale("es_MX"):
        with pytest.raises(BadRequest, match="Indica COUNT o UNTIL, no los dos"):
            read_rule("FREQ=DAILY;COUNT=3;UNTIL=20260626")
        with pytest.raises(BadRequest, match="empieza el jue 5 de mar 2026"):
            expand(read_rule("FREQ=WEEKLY;BYDAY=TH;COUNT=3"), day, JUAREZ)
