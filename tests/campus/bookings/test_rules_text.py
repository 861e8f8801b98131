"""What members read about rules: before they book, and when one is broken; in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apiflask import APIFlask
from flask_babel import force_locale

from campus.bookings.rules.policy import Policy
from campus.bookings.rules.quotas import Quota
from campus.bookings.rules.rules_text import rules_of
from campus.bookings.rules.sentences import sentence
from campus.spaces.spans import Span
from tests.campus.bookings.wishes import JUAREZ, NOW, broken, from_to

pytestmark = pytest.mark.usefixtures("reader")


@pytest.fixture
def reader(sqlite_database: object, app: APIFlask) -> Iterator[None]:
    with app.test_request_context("/"):
        yield


WORKSHOP = Policy(
    min_minutes=30,
    max_minutes=240,
    min_notice_minutes=120,
    max_advance_days=14,
    buffer_after_minutes=15,
    quota_hours_per_week=8,
    quotas=(Quota("company", "month", hours=40, count=10), Quota("member", "day", count=1)),
    quotas_free_within_minutes=60,
    max_open_bookings=3,
    approval=True,
    training="laser",
    roles=("member", "staff"),
    holidays="closed",
    check_in_minutes=15,
    waitlist="off",
    walk_up=False,
)


def test_what_was_not_limited_is_not_talked_about() -> None:
    assert rules_of(Policy()) == ["Up to 24 h"]


def test_all_rules_in_english() -> None:
    with force_locale("en"):
        assert rules_of(WORKSHOP, 6, "Laser") == [
            "For up to 6 people",
            "From 30 min to 4 h",
            "At least 2 h ahead",
            "At most 14 days ahead",
            "8 h a week for each member",
            "40 h a month for each company",
            "10 bookings a month for each company",
            "1 booking a day for each member",
            "No limit for what starts within 1 h",
            "3 open bookings for each member",
            "Only for members and facilities staff",
            "Needs the training “Laser”",
            "Approved by facilities staff",
            "Closed on public holidays",
            "15 min after stay free",
            "Check in within 15 min or it is given back",
            "No waiting list",
            "Not bookable at the door",
        ]


def test_all_rules_in_spanish() -> None:
    with force_locale("es_MX"):
        assert rules_of(WORKSHOP, 6, "Láser") == [
            "Para hasta 6 personas",
            "De 30 min a 4 h",
            "Con al menos 2 h de anticipación",
            "Con 14 días de anticipación como máximo",
            "8 h a la semana para cada miembro",
            "40 h al mes para cada empresa",
            "10 reservas al mes para cada empresa",
            "1 reserva al día para cada miembro",
            "Sin límite para lo que empieza en menos de 1 h",
            "3 reservas pendientes para cada miembro",
            "Solo para miembros y personal de instalaciones",
            "Pide la capacitación “Láser”",
            "La aprueba el personal de instalaciones",
            "Cerrado en días feriados",
            "Quedan libres 15 min después",
            "Confirma tu llegada en los primeros 15 min o se libera",
            "Sin lista de espera",
            "No se reserva desde la puerta",
        ]


@pytest.mark.parametrize(
    ("policy", "line"),
    [
        (Policy(min_minutes=60, max_minutes=60), "Always 1 h"),
        (Policy(max_minutes=7 * 1440), "Up to 7 days"),
        (Policy(max_advance_days=1), "At most 1 day ahead"),
        (Policy(buffer_before_minutes=10), "10 min before stay free"),
        (
            Policy(buffer_before_minutes=10, buffer_after_minutes=20),
            "10 min before and 20 min after stay free",
        ),
        (Policy(waitlist="confirm"), "Who waits first gets the time as soon as it is free"),
        (Policy(quota_hours_per_week=48), "48 h a week for each member"),
        (Policy(training="laser"), "Needs the training “laser”"),
    ],
)
def test_each_rule_is_a_line_of_its_own(policy: Policy, line: str) -> None:
    assert line in rules_of(policy)


WANTED = from_to("2026-03-31 22:00", "2026-04-01 06:00")
SAID = [
    (
        Policy(quota_hours_per_week=7),
        "Each member has 7 h a week here: in the week of Mon 30 Mar, 0 h are booked and this needs 8 h.",
        "Aquí cada miembro tiene 7 h a la semana: en la semana del lun 30 de mar ya hay 0 h reservadas "
        "y esto necesita 8 h.",
    ),
    (
        Policy(quotas=(Quota("company", "month", hours=1.5),)),
        "Each company has 1 h 30 min a month here: in March, 0 h are booked and this needs 2 h.",
        "Aquí cada empresa tiene 1 h 30 min al mes: en marzo ya hay 0 h reservadas y esto necesita 2 h.",
    ),
    (
        Policy(quotas=(Quota("member", "day", count=0),)),
        "Each member has 0 bookings a day here, and 0 are made on Tue 31 Mar.",
        "Aquí cada miembro tiene 0 reservas al día, y el mar 31 de mar ya hay 0 hechas.",
    ),
    (
        Policy(quotas=(Quota("company", "week", count=0),)),
        "Each company has 0 bookings a week here, and 0 are made in the week of Mon 30 Mar.",
        "Aquí cada empresa tiene 0 reservas a la semana, y en la semana del lun 30 de mar ya hay 0 hechas.",
    ),
    (
        Policy(training="laser"),
        "This needs the training “laser”.",
        "Para esto hace falta la capacitación “laser”.",
    ),
    (
        Policy(roles=("staff", "admin")),
        "Only bookings of facilities staff and administrators are taken here.",
        "Aquí solo se aceptan reservas de personal de instalaciones y administración.",
    ),
]


@pytest.mark.parametrize(("policy", "english", "spanish"), SAID)
def test_a_broken_rule_says_what_would_do(policy: Policy, english: str, spanish: str) -> None:
    (rule,) = broken(WANTED, policy)
    for language, text in (("en", english), ("es_MX", spanish)):
        with force_locale(language):
            assert sentence(rule, JUAREZ) == text


def test_a_count_of_one_is_said_as_one() -> None:
    held = [from_to("2026-03-31 08:00", "2026-03-31 09:00")]
    (rule,) = broken(WANTED, Policy(quotas=(Quota("member", "day", count=1),)), held=held)
    assert sentence(rule, JUAREZ) == "Each member has 1 booking a day here, and 1 is made on Tue 31 Mar."


def test_a_training_that_runs_out_says_when() -> None:
    until = WANTED.end - timedelta(hours=1)
    (rule,) = broken(WANTED, Policy(training="laser"), trained={"laser": until}, training_name="Laser")
    assert sentence(rule, JUAREZ) == (
        "The training “Laser” is valid until Wed 1 Apr 05:00; it has to be until the booking ends."
    )


def test_a_closed_holiday_has_its_name() -> None:
    (rule,) = broken(
        from_to("2026-05-01 10:00", "2026-05-01 11:00"), Policy(holidays="closed"), open_spans=[]
    )
    assert sentence(rule, JUAREZ) == "It is closed on Fri 1 May, a public holiday: Labor Day."
    with force_locale("es_MX"):
        assert sentence(rule, JUAREZ) == "Está cerrado el vie 1 de may, día feriado: Día del Trabajo."


def test_every_code_has_a_sentence_with_an_end() -> None:
    wanted = Span(NOW - timedelta(hours=3), NOW + timedelta(hours=2))
    found = broken(wanted, WORKSHOP, 9, capacity=4, open_spans=[], open_bookings=3, role="analyst")
    assert {rule.code for rule in found} == {
        "closed", "too-long", "in-the-past", "too-soon", "too-many-open",
        "training-required", "over-capacity", "role",
    }  # fmt: skip
    assert all(sentence(rule, JUAREZ).endswith(".") for rule in found)
