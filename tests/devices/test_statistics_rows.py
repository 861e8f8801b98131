"""Home Assistant's long-term statistics, in each of the forms in which they are saved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.moments import to_micros
from devices.formats._units import unit_called
from devices.history.statistics_rows import Statistic, hour_of, read_meta
from devices.history.value_sheet import Fault, Sheet, Target, Value
from devices.metrics import METRICS

SAVED = Path(__file__).parent / "statistics"
NOW = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
NINE = datetime(2026, 3, 1, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)
MAPS = {
    "sensor.cold_store": Target("store", "temperature"),
    "sensor.main_power": Target("main", "power"),
    "sensor.main_energy": Target("main", "energy_import"),
    "sensor.irrigation": Target("garden", "water_total"),
}
EXPECTED = [
    ("garden", "water_total", NINE + HOUR, 12_500.0),
    ("main", "energy_import", NINE + HOUR, 4711.5),
    ("main", "energy_import", NINE + 2 * HOUR, 4713.0),
    ("main", "power", NINE, 2500.0),
    ("store", "temperature", NINE, pytest.approx(5.0)),
]
"""Means of the hour from its beginning on, in the vocabulary's units; registers as they stood at its end."""


def read(
    data: bytes, maps: dict[str, Target] | None = None, metas: dict[str, Statistic] | None = None
) -> list[Value | Fault]:
    sheet = Sheet(MAPS if maps is None else maps, "at", NOW, metas)
    return list(sheet.read(data.splitlines(keepends=True)))


def values(found: Sequence[Value | Fault]) -> list[tuple[str, str, int, float | str]]:
    assert not [one for one in found if isinstance(one, Fault)], found
    return sorted((one.device, one.metric, one.at, one.value) for one in found if isinstance(one, Value))


def as_expected(found: Sequence[Value | Fault]) -> bool:
    return values(found) == [(device, metric, to_micros(at), value) for device, metric, at, value in EXPECTED]


def fault(data: bytes, maps: dict[str, Target] | None = None) -> str:
    return str(next(one for one in read(data, maps) if isinstance(one, Fault)))


@pytest.mark.parametrize("name", ["joined.csv", "import_statistics.json"])
def test_a_saved_file_is_read_by_its_own_names_and_units(name: str) -> None:
    assert as_expected(read((SAVED / name).read_bytes()))


def test_the_recorders_two_tables_are_read_together() -> None:
    table = (SAVED / "statistics.csv").read_bytes()
    names = (SAVED / "statistics_meta.csv").read_bytes().splitlines(keepends=True)
    assert as_expected(read(table, metas=read_meta(names)))


def test_without_the_table_of_names_the_map_goes_by_its_numbers() -> None:
    maps = {
        "7": Target("store", "temperature"),
        "8": Target("main", "power", scale=1000.0),
        "9": Target("main", "energy_import", scale=0.001),
        "12": Target("garden", "water_total", scale=1000.0),
    }
    told = {
        metric: value
        for _device, metric, _at, value in values(read((SAVED / "statistics.csv").read_bytes(), maps))
    }
    assert told == {"temperature": 41.0, "power": 2500.0, "energy_import": 4713.0, "water_total": 12_500.0}


@pytest.mark.parametrize("start", [NINE.timestamp() * 1000, NINE.isoformat()])
@pytest.mark.parametrize("is_answer", [False, True])
def test_the_answer_of_statistics_during_period_is_read(start: float | str, is_answer: bool) -> None:
    points = {"sensor.main_power": [{"start": start, "end": start, "mean": 2500.0, "min": 1, "max": 2}]}
    said = {"id": 4, "type": "result", "success": True, "result": points} if is_answer else points
    assert values(read(orjson.dumps(said))) == [("main", "power", to_micros(NINE), 2500.0)]


@pytest.mark.parametrize(
    "start",
    [
        *("1772380800", "1772380800.0", "1772380800000", "2026-03-01 16:00:00", "2026-03-01 16:00:00.000000"),
        *("2026-03-01T16:00:00Z", "2026-03-01T09:00:00-07:00"),
    ],
)
def test_an_hour_is_told_in_many_ways(start: str) -> None:
    assert hour_of(start) == NINE
    sheet = f"statistic_id,start,mean,min,max,sum,state,unit\nsensor.main_power,{start},800,1,900,,,W\n"
    assert values(read(sheet.encode())) == [("main", "power", to_micros(NINE), 800.0)]


def test_the_sum_of_a_register_is_never_taken_for_it() -> None:
    sheet = Sheet(MAPS, "at", NOW)
    lines = [b"statistic_id,start,sum,state\n", b"sensor.main_energy,1772380800,55,\n"]
    assert list(sheet.read(lines)) == []
    assert sheet.passed_over == 1
    assert "a column mean or state is wanted" in fault(b"statistic_id,start,sum\nsensor.main_energy,1,5\n")


def test_a_name_of_ones_own_keeps_its_unit_and_takes_the_state_before_the_mean() -> None:
    maps = {"a:b": Target("main", "x_price"), "c:d": Target("main", "x_index")}
    sheet = b"statistic_id;start;unit;mean;state\na:b;1772380800;MXN/kWh;2.5;\nc:d;1772380800;;1;7\n"
    assert values(read(sheet, maps)) == [
        ("main", "x_index", to_micros(NINE + HOUR), 7.0),
        ("main", "x_price", to_micros(NINE), 2.5),
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("sensor.main_power,1772380800,°C,800,", "'°C' is no unit of power, which is in W"),
        ("sensor.main_power,1772380800,furlong,800,", "'furlong' is no unit of power"),
        ("sensor.main_power,1772381100,W,800,", "within an hour: long-term statistics begin on the hour"),
        ("sensor.main_power,01.03.2026 09:00,W,800,", "a time as in RFC 3339 is wanted"),
        ("sensor.main_power,nan,W,800,", "'': a time as in RFC 3339 is wanted"),
        ("sensor.main_power,1e30,W,800,", "'1e30':"),
        ("sensor.main_power,1803916800,W,800,", "is not between 2001 and now"),
        ("sensor.main_power,1772380800,W,many,", "'many' is no number, as power is"),
        ("sensor.other,1772380800,W,800,", "the map does not say what 'sensor.other' is"),
        ("sensor.door,1772380800,,1,", "statistics are numbers, and door is none"),
    ],
)
def test_a_row_that_cannot_be_is_named(row: str, why: str) -> None:
    maps = MAPS | {"sensor.door": Target("main", "door")}
    told = fault(f"statistic_id,start,unit,mean,state\n{row}\n".encode(), maps)
    assert told.startswith("line 2: ")
    assert why in told


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{", "this is no JSON"),
        (b"[1]", "objects with metadata and stats are wanted"),
        (b'{"sensor.main_power": 5}', "objects with metadata and stats are wanted"),
        (b'[{"metadata": {}, "stats": []}]', "objects with metadata and stats are wanted"),
        (b'{"sensor.main_power": [{"start": 1772380800000, "mean": 1}, {"mean": 1}]}', "point 2: "),
        (b'{"sensor.main_power": [7]}', "point 1: "),
    ],
)
def test_json_that_is_none_of_the_forms_is_refused(data: bytes, why: str) -> None:
    assert why in fault(data)


def test_columns_that_stand_twice_matter_only_where_they_are_asked_for() -> None:
    row = b"1,7,1772380800,800,7,sensor.main_power,W\n"
    joined = b"id,metadata_id,start_ts,mean,id,statistic_id,unit_of_measurement\n" + row
    assert values(read(joined)) == [("main", "power", to_micros(NINE), 800.0)]
    twice = b"statistic_id,start_ts,mean,mean\nsensor.main_power,1772380800,800,9\n"
    assert "two columns are called 'mean'" in fault(twice)


@pytest.mark.parametrize("text", [b"", b"id,name\n1,x\n", b"id,statistic_id\n1\n", b"\xff\n"])
def test_a_table_of_names_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        read_meta(text.splitlines(keepends=True))


def test_every_unit_of_the_vocabulary_is_itself() -> None:
    """A conversion to a metric's unit is a conversion to the kind's own."""
    for metric in METRICS.values():
        unit = unit_called(metric.unit)
        assert unit is None or (unit.times, unit.per, unit.minus) == (1, 1, 0), metric


@given(st.binary(max_size=200))
def test_any_bytes_behind_a_brace_are_values_or_faults(data: bytes) -> None:
    for opening in (b"{", b"[", b'{"sensor.main_power": ['):
        assert all(isinstance(one, Value | Fault) for one in read(opening + data))
