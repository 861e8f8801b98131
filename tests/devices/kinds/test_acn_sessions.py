"""3,527 real charging sessions, told as a go-eCharger would tell them, come back session by session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campus.moments import to_micros
from devices.formats import formats
from devices.history.counters import follow
from devices.kinds.sessions import Session, Told, sessions
from devices.readings import Source, StateChange
from tests.devices import acn

RESOLUTION_KWH = 0.001
"""The register `eto` counts whole watt-hours."""


def said(charged: Iterable[acn.Session]) -> Iterable[tuple[int, str, str]]:
    """(instant, key, payload) of one station: charging, complete, idle, and the register on the way."""
    total = Decimal(0)
    for session in charged:
        yield to_micros(session.arrival), "car", "2"
        for at, gained, power_w in acn.curve(session):
            yield to_micros(at), "eto", str(round(total + gained))
            if not power_w:
                yield to_micros(at), "car", "4"
        yield to_micros(session.departure), "car", "1"
        total += session.energy_wh


def heard(messages: Iterable[tuple[int, str, str]]) -> Told:
    """What the decoder and the counter make of them."""
    goe, source = formats()["goe"], Source(ZoneInfo(acn.ZONE), "charger")
    status: list[tuple[int, str]] = []
    register: list[tuple[int, float]] = []
    for at, key, payload in messages:
        for reading in goe.decode(key, payload.encode(), source):
            if isinstance(reading, StateChange):
                assert reading.metric == "charger_status"
                status.append((at, reading.value))
            else:
                assert reading.metric == "energy_import"
                register.append((at, float(reading.value)))
    steps = dict(follow(register).steps)
    gains = [(before, at, steps.get(at, 0.0)) for (before, _was), (at, _is) in pairwise(register)]
    return Told(status, gains)


@pytest.fixture(scope="module")
def stations() -> dict[str, list[acn.Session]]:
    found: dict[str, list[acn.Session]] = defaultdict(list)
    for session in acn.sessions():
        found[session.station].append(session)
    return found


def test_every_real_session_comes_back_with_its_times_and_its_energy(
    stations: dict[str, list[acn.Session]],
) -> None:
    equal = 0
    for charged in stations.values():
        found = sessions(heard(said(charged)))
        assert [(one.started, one.ended) for one in found] == [
            (to_micros(one.arrival), to_micros(one.departure)) for one in charged
        ]
        for made, real in zip(found, charged, strict=True):
            assert made.kwh == pytest.approx(float(real.energy_wh) / 1000, abs=RESOLUTION_KWH)
            equal += 1
    assert equal == 3_527


def test_their_sum_is_what_the_registers_counted(stations: dict[str, list[acn.Session]]) -> None:
    """Two ways to one figure: session by session, and the registers from end to end."""
    by_sessions = by_registers = 0.0
    for charged in stations.values():
        told = heard(said(charged))
        by_sessions += sum(one.kwh for one in sessions(told))
        by_registers += sum(kwh for _before, _at, kwh in told.gains)
    assert by_sessions == pytest.approx(by_registers, abs=1e-6)
    assert by_registers == pytest.approx(29_532.771671, abs=52 * RESOLUTION_KWH)


def test_without_a_word_on_the_status_no_energy_is_lost(stations: dict[str, list[acn.Session]]) -> None:
    """Cars that follow each other closely become one: a register alone cannot tell them apart."""
    found: list[Session] = []
    for charged in stations.values():
        found += sessions(Told(gains=heard(said(charged)).gains))
    assert sum(one.kwh for one in found) == pytest.approx(29_532.771671, abs=52 * RESOLUTION_KWH)
    assert all(one.is_inferred for one in found)
    assert 3_000 < len(found) <= 3_527
