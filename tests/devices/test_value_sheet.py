"""Sheets of values are read line by line: each value with its line, each fault with its words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.moments import to_micros
from devices.history.value_sheet import Fault, Sheet, Target, Value, read_target

NOW = datetime(2026, 6, 15, 18, 0, tzinfo=UTC)
NINE = to_micros(datetime(2026, 3, 1, 16, 0, tzinfo=UTC))
HOUR = 3_600_000_000


def read(text: str | bytes, maps: dict[str, Target] | None = None, at: str = "at") -> list[Value | Fault]:
    data = text.encode() if isinstance(text, str) else text
    return list(Sheet(maps or {}, at, NOW).read(data.splitlines(keepends=True)))


def values(text: str, maps: dict[str, Target] | None = None, at: str = "at") -> list[tuple[Any, ...]]:
    found = read(text, maps, at)
    assert not [one for one in found if isinstance(one, Fault)], found
    return [
        (one.device, one.metric, one.channel, one.at, one.value) for one in found if isinstance(one, Value)
    ]


def fault(text: str | bytes, maps: dict[str, Target] | None = None) -> str:
    (only,) = [one for one in read(text, maps) if isinstance(one, Fault)]
    return str(only)


LONG = "device,metric,channel,at,value\n"


def test_a_value_a_line() -> None:
    assert values(
        LONG
        + "wall,power,l1,2026-03-01T09:00:00-07:00,21.5\n"
        + "wall,charger_status,,2026-03-01T16:00:00Z,charging\n"
    ) == [("wall", "power", "l1", NINE, 21.5), ("wall", "charger_status", "", NINE, "charging")]


def test_columns_may_stand_in_any_order_with_any_delimiter_and_others_between() -> None:
    assert values("note;value;at;metric;device\nx;1;2026-03-01T16:00:00Z;power;wall\n") == [
        ("wall", "power", "", NINE, 1.0)
    ]
    assert values("\ufeffdevice\tmetric\tat\tvalue\r\nwall\tpower\t2026-03-01T16:00:00Z\t1\r\n\r\n") == [
        ("wall", "power", "", NINE, 1.0)
    ]


def test_a_moment_a_line_by_a_map() -> None:
    maps = {"Grid Wh": Target("meter", "energy_import", "", 0.001), "PV": Target("roof", "power", "l1")}
    assert values('time,"Grid Wh",PV,else\n2026-03-01T16:00:00Z,1500,,x\n', maps, "time") == [
        ("meter", "energy_import", "", NINE, 1.5)
    ]


def test_home_assistants_history_by_a_map_of_entities() -> None:
    maps = {"sensor.grid": Target("meter", "power"), "sensor.car": Target("car", "charger_status")}
    assert values(
        "entity_id,state,last_changed\n"
        "sensor.grid,1200.5,2026-03-01T16:00:00.000Z\n"
        "sensor.grid,unavailable,2026-03-01T16:10:00.000Z\n"
        "sensor.grid,unknown,2026-03-01T16:20:00.000Z\n"
        "sensor.car,charging,2026-03-01T16:00:00.000Z\n",
        maps,
    ) == [("meter", "power", "", NINE, 1200.5), ("car", "charger_status", "", NINE, "charging")]


def test_home_assistants_statistics_are_means_from_the_hour_and_registers_at_its_end() -> None:
    maps = {"sensor.grid": Target("meter", "power"), "sensor.kwh": Target("meter", "energy_import")}
    seconds = NINE // 1_000_000
    assert values(
        "statistic_id,start_ts,mean,min,max,state,sum\n"
        f"sensor.grid,{seconds},800,1,900,,\n"
        f"sensor.kwh,{seconds},,,,4711.5,12\n",
        maps,
    ) == [("meter", "power", "", NINE, 800.0), ("meter", "energy_import", "", NINE + HOUR, 4711.5)]


def test_what_is_no_value_is_passed_over_and_counted() -> None:
    sheet = Sheet({}, "at", NOW)
    words = ("", "null", "NaN", "unknown", "Unavailable", "None", "inf")
    lines = [LONG.encode(), *(f"wall,power,,2026-03-01T16:00:00Z,{word}\n".encode() for word in words)]
    assert list(sheet.read(lines)) == []
    assert sheet.passed_over == len(words)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("wall,power,,2026-03-01T16:00:00Z,many", "line 3: 'many' is no number, as power is"),
        ("wall,power,,2026-03-01T16:00:00Z,1_000", "is no number"),
        ("wall,power,,2026-03-01T16:00:00,1", "a time needs its offset"),
        ("wall,power,,yesterday,1", "'yesterday': a time as in RFC 3339 is wanted"),
        ("wall,power,,2000-06-01T00:00:00Z,1", "is not between 2001 and now"),
        ("wall,power,,2026-06-15T18:05:01Z,1", "is not between 2001 and now"),
        ("wall,powr,,2026-03-01T16:00:00Z,1", "'powr' is no metric of the vocabulary"),
        ("wall,x_Odd Name,,2026-03-01T16:00:00Z,1", "is no metric of the vocabulary"),
        ("The wall,power,,2026-03-01T16:00:00Z,1", "'The wall' is no name of a device"),
        ("wall,power," + "c" * 65 + ",2026-03-01T16:00:00Z,1", "is no name of a channel"),
        ("wall,power,\x1b[31m,2026-03-01T16:00:00Z,1", "is no name of a channel"),
        ("wall,power,2026-03-01T16:00:00Z,1", "5 cells are wanted"),
        ("wall,charger_status,,2026-03-01T16:00:00Z," + "x" * 501, "is no word of 500 characters"),
        ('wall,power,,2026-03-01T16:00:00Z,"1', "unexpected end of data"),
    ],
)
def test_a_bad_line_is_named_by_its_number(line: str, why: str) -> None:
    good = "wall,power,,2026-03-01T16:00:00Z,1\n"
    told = fault(LONG + good + line + "\n")
    assert told.startswith("line 3: ")
    assert why in told
    assert told.isprintable()


def test_lines_after_a_bad_one_are_looked_at_too() -> None:
    found = read(LONG + "a,power,,x,1\n\nb,power,,2026-03-01T16:00:00Z,1\nc,power,,x,1\n")
    assert [(type(one).__name__, one.line) for one in found] == [("Fault", 2), ("Value", 4), ("Fault", 5)]


def test_a_cell_may_hold_the_end_of_a_line_and_lines_still_count() -> None:
    text = 'note,device,metric,at,value\n"two\nlines",wall,power,2026-03-01T16:00:00Z,1\nx,wall,power,bad,1\n'
    assert [one.line for one in read(text)] == [2, 4]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"a,b\n1,2\n", "columns device, metric, at and value are wanted"),
        (b"device,metric,at,value,value\n", "two columns are called 'value'"),
        (b"\xff\xfe\x00", "no UTF-8 text"),
        (b"PK\x03\x04\x00\x00\n", "this is no text"),
        (b"x" * 70_000, "longer than 65,536 bytes"),
    ],
)
def test_a_file_that_is_none_of_the_forms_is_refused_at_once(text: bytes, why: str) -> None:
    assert why in fault(text)


def test_a_map_that_does_not_fit_is_refused() -> None:
    maps = {"Grid": Target("meter", "power")}
    assert "there is no column 'Grid'" in fault("at,PV\n2026-03-01T16:00:00Z,1\n", maps)
    assert "there is no column 'at'" in fault("time,Grid\n2026-03-01T16:00:00Z,1\n", maps)
    told = fault("entity_id,state,last_changed\nsensor.x,1,2026-03-01T16:00:00Z\n", maps)
    assert "the map does not say what 'sensor.x' is" in told


def test_a_target_is_a_device_a_metric_and_perhaps_more() -> None:
    assert read_target("meter:power") == Target("meter", "power")
    assert read_target("meter:energy_import@t1*0.001") == Target("meter", "energy_import", "t1", 0.001)


@pytest.mark.parametrize(
    "bad", ["", "meter", "meter:", "meter:nonsense", "M:power", "meter:power*", "meter:power*0",
            "meter:power*x", "meter:power*nan", "meter:power@\n"],
)  # fmt: skip
def test_a_target_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        read_target(bad)


@given(st.binary(max_size=300))
def test_any_bytes_are_values_or_faults(data: bytes) -> None:
    for one in read(LONG.encode() + data):
        assert isinstance(one, Value | Fault)
