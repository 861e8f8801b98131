"""Whatever staff set right, and take back, whenever: what is derived follows, the stored values stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from campus import clock
from campus.audit import AuditEntry, Origin
from campus.database import Database
from campus.errors import BadRequest, Changed, NotFound
from campus.moments import SECOND, to_micros
from campus.people.models import Member
from devices.history.edges import edges
from devices.history.mending import repair, repairs_of, undo
from devices.history.models import SetRight
from devices.history.read import SeriesRef, energy, raw, read
from devices.history.repairs import FOREVER, Repair, mended
from devices.history.rolling import roll
from devices.history.sealing import seal
from tests.devices.history.keeping import (
    FIRST_DAY,
    ZONE,
    Model,
    after,
    arrive,
    begin_anew,
    instants,
    make_series,
    same_buckets,
)
from tests.devices.history.test_model import FEW, QUIET, deeds, minutes, powers, registers, spans

LATER = FIRST_DAY + timedelta(days=30)
NOBODY = Origin()


@dataclass
class Mended(Model):
    """The model, with what staff set right. Repairs by number; None where one was undone."""

    repairs: dict[int, Repair] = field(default_factory=dict)

    @property
    def points(self) -> list[tuple[int, float]]:
        return mended(sorted(self.values.items()), self.repairs.values())


kinds = st.sampled_from(["bad", "value", "offset", "scale", "swap"])
numbers = st.sampled_from([0.0, -1.5, 2.0, 90.0])
mendings = st.one_of(
    st.tuples(
        st.just("repair"),
        st.tuples(minutes, st.integers(1, 3000), kinds, st.sampled_from([0.0, -1.5, 2.0, 90.0])),
    ),
    st.tuples(st.just("undo"), st.integers(0, 3)),
)


def with_mendings(values: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    mixed = st.tuples(
        deeds(values), st.lists(st.tuples(st.integers(0, 20), mendings), min_size=1, max_size=5)
    )

    def woven(both: tuple[list[tuple[str, Any]], list[tuple[int, tuple[str, Any]]]]) -> list[tuple[str, Any]]:
        told = [deed for deed in both[0] if deed[0] != "interval"]
        for place, mending in both[1]:
            told.insert(place, mending)
        return told

    return mixed.map(woven)


def wanted(first: int, length: int, kind: Any, number: float, *, counts: bool) -> Repair:
    start, end = to_micros(after(first)), to_micros(after(first + length))
    if kind == "bad":
        return Repair("bad", start, end)
    if kind == "swap":
        return Repair("swap" if counts else "offset", start, FOREVER, number)
    return Repair(kind, start, end, number)


def agrees(
    database: Database, metric: str, told: list[tuple[str, Any]], asked: list[tuple[int, int, Any]]
) -> None:
    begin_anew(database)
    ref = make_series(database, metric)
    model = Mended({}, 3600 * SECOND, counts=metric == "energy_import")
    for deed, what in told:
        if deed == "arrive":
            rows = [(to_micros(after(minute)), value) for minute, value in what]
            model.values.update(rows)
            arrive(database, ref, list(dict(rows).items()))
        elif deed == "seal":
            seal(database, what)
        elif deed == "roll":
            roll(database, what)
        elif deed == "repair":
            one = wanted(*what, counts=model.counts)
            with database.write() as session:
                made = repair(session, ref, one, "it was so", NOBODY, now=LATER)
            model.repairs[made.id] = one
        elif model.repairs:
            number = list(model.repairs)[what % len(model.repairs)]
            del model.repairs[number]
            with database.write() as session:
                undo(session, number, ref, NOBODY, now=LATER)
    with database.read() as session:
        for start, length, step in asked:
            begin, end = after(start), after(start + length)
            first, last = to_micros(begin), to_micros(end)
            found = [(to_micros(point.at), point.value) for point in raw(session, ref, begin, end)]
            assert found == [row for row in sorted(model.values.items()) if first <= row[0] < last]
            buckets = read(session, ref, begin, end, step, zone=ZONE)
            expected = model.steps(edges(first, last, step, ZONE))
            assert same_buckets(buckets, expected), (step, buckets, expected)


@QUIET
@given(with_mendings(powers), spans)
def test_means_follow_what_was_set_right(
    sqlite_database: Database, told: list[tuple[str, Any]], asked: list[tuple[int, int, Any]]
) -> None:
    agrees(sqlite_database, "power", told, asked)


@QUIET
@given(with_mendings(registers), spans)
def test_counters_follow_what_was_set_right(
    sqlite_database: Database, told: list[tuple[str, Any]], asked: list[tuple[int, int, Any]]
) -> None:
    agrees(sqlite_database, "energy_import", told, asked)


@pytest.mark.postgres
@FEW
@given(with_mendings(registers), spans)
def test_counters_follow_on_postgresql_too(
    on_postgres: Database, told: list[tuple[str, Any]], asked: list[tuple[int, int, Any]]
) -> None:
    agrees(on_postgres, "energy_import", told, asked)


@pytest.fixture
def ref(sqlite_database: Database) -> SeriesRef:
    """A register with a spike at ten past midnight."""
    made = make_series(sqlite_database, "energy_import", interval_s=600)
    arrive(sqlite_database, made, instants({0: 100.0, 10: 180.0, 20: 101.0, 30: 101.5}))
    return made


def kwh(database: Database, ref: SeriesRef) -> float:
    with database.read() as session:
        return energy(session, ref, after(0), after(60)).kwh


def test_a_span_that_is_bad_is_a_gap_until_it_is_undone_and_all_of_it_is_in_the_audit(
    sqlite_database: Database, ref: SeriesRef, staff: Member
) -> None:
    before, by = kwh(sqlite_database, ref), Origin(staff.id, via="browser")
    spike = Repair("bad", to_micros(after(10)), to_micros(after(11)))
    with sqlite_database.write() as session:
        number = repair(session, ref, spike, " The relay\nchattered. ", by, now=LATER).id
    assert kwh(sqlite_database, ref) == pytest.approx(1.5)
    with sqlite_database.write() as session:
        undo(session, number, ref, by, now=LATER)
    assert kwh(sqlite_database, ref) == before
    with sqlite_database.read() as session:
        (kept,) = repairs_of(session, [ref.id])
        assert (kept.reason, kept.by_id, kept.undone_at) == ("The relay chattered.", staff.id, LATER)
        deeds_done = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert deeds_done[-2:] == ["repair.make", "repair.undo"]


def test_a_swapped_meter_counts_on(sqlite_database: Database) -> None:
    ref = make_series(sqlite_database, "energy_import")
    arrive(sqlite_database, ref, instants({0: 1249.0, 10: 1250.0, 20: 3.7, 30: 4.2}))
    with sqlite_database.write() as session:
        swap = Repair("swap", to_micros(after(15)), number=1250.5 - 3.2)
        repair(session, ref, swap, "New meter", NOBODY, now=LATER)
    with sqlite_database.read() as session:
        found = energy(session, ref, after(0), after(60))
    assert found.kwh == pytest.approx(2.5)
    assert found.corrections == []


@pytest.mark.parametrize(
    ("wrong", "reason", "sentence"),
    [
        (Repair("bad", 5, 5), "so", "begins before it ends"),
        (Repair("bad", 5), "so", "until when"),
        (Repair("value", 5, number=3.0), "so", "until when"),
        (Repair("value", 5, 9), "so", "finite number"),
        (Repair("bad", 5, 9), " \n ", "Say why"),
        (Repair("bad", 5, 9), "x" * 301, "Say why"),
    ],
)
def test_a_repair_that_cannot_be_is_refused_and_nothing_is_kept(
    sqlite_database: Database, ref: SeriesRef, wrong: Repair, reason: str, sentence: str
) -> None:
    with pytest.raises(BadRequest, match=sentence), sqlite_database.write() as session:
        repair(session, ref, wrong, reason, NOBODY, now=LATER)
    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(SetRight)) == 0


def test_of_two_who_undo_the_second_is_told_and_nobody_undoes_another_series(
    sqlite_database: Database, ref: SeriesRef
) -> None:
    other = make_series(sqlite_database, "power", device="other")
    with sqlite_database.write() as session:
        number = repair(session, ref, Repair("bad", 5, 9), "so", NOBODY, now=clock.now()).id
    with pytest.raises(NotFound), sqlite_database.write() as session:
        undo(session, number, other, NOBODY, now=clock.now())
    with sqlite_database.write() as session:
        undo(session, number, ref, NOBODY, now=clock.now())
    with pytest.raises(Changed), sqlite_database.write() as session:
        undo(session, number, ref, NOBODY, now=clock.now())
