"""`history import`: all of a file or nothing, as often as one likes, in little memory."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tracemalloc
from contextlib import suppress
from pathlib import Path

import pytest
from apiflask import APIFlask
from click.testing import Result
from sqlalchemy import func, select

from campus.audit import AuditEntry
from campus.database import Database
from devices.history.models import HotReading
from devices.models import Presence, Series
from tests.devices.intake.things import numbers, register, words

HEAD = "device,metric,channel,at,value\n"


@pytest.fixture(autouse=True)
def meter(database: Database) -> int:
    return register(database, "meter", "hub/meter")


def run(app: APIFlask, file: Path, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["history", "import", str(file), *options])


def written(path: Path, *lines: str) -> Path:
    path.write_text(HEAD + "".join(f"{line}\n" for line in lines))
    return path


def count(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(HotReading)) or 0


def test_values_are_in_the_store_and_a_second_import_changes_nothing(
    app: APIFlask, database: Database, tmp_path: Path
) -> None:
    file = written(
        tmp_path / "a.csv",
        "meter,power,,2024-03-01T09:00:00-07:00,100",
        "meter,power,,2024-03-01T10:00:00-07:00,200",
        "meter,charger_status,2,2024-03-01T16:00:00Z,charging",
    )
    for _ in range(2):
        done = run(app, file)
        assert (done.exit_code, done.output) == (0, "")
        with database.read() as session:
            assert [value for _at, value in numbers(session, "power")] == [100.0, 200.0]
            assert words(session, "charger_status") == ["charging"]
            made = session.execute(select(Series.metric, Series.channel, Series.unit, Series.is_text))
            assert sorted(tuple(row) for row in made) == [
                ("charger_status", "2", "", True),
                ("power", "", "W", False),
            ]
            assert session.scalars(select(Presence)).all() == []  # nobody heard it speak


def test_the_files_value_stands(app: APIFlask, database: Database, tmp_path: Path) -> None:
    for value in (1, 2):
        run(app, written(tmp_path / "a.csv", f"meter,power,,2024-03-01T16:00:00Z,{value}"))
    with database.read() as session:
        assert [value for _at, value in numbers(session, "power")] == [2.0]


def test_one_bad_line_keeps_all_of_them_out(app: APIFlask, database: Database, tmp_path: Path) -> None:
    good = [f"meter,power,,2024-03-01T16:{minute:02}:00Z,1" for minute in range(60)]
    file = written(
        tmp_path / "a.csv", *good, "meter,power,,noon,1", "kettle,power,,2024-03-01T16:00:00Z,1",
        "meter,powr,,2024-03-01T16:00:00Z,1",
    )  # fmt: skip
    done = run(app, file)
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "Error: nothing was imported.",
        "line 62: 'noon': a time as in RFC 3339 is wanted, such as 2026-03-03T14:30:00-07:00",
        "line 63: there is no device 'kettle'",
        "line 64: 'powr' is no metric of the vocabulary, nor x_ and a name",
    ]
    assert count(database) == 0
    with database.read() as session:
        assert session.scalars(select(Series)).all() == []
        assert session.scalars(select(AuditEntry)).all() == []


def test_of_many_bad_lines_the_first_are_told(app: APIFlask, tmp_path: Path) -> None:
    done = run(app, written(tmp_path / "a.csv", *("meter,power,,never,1" for _ in range(100))))
    assert len(done.output.splitlines()) == 22
    assert done.output.endswith("… and 80 more\n")


def test_a_wide_sheet_comes_in_by_its_map(app: APIFlask, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("time;Grid Wh;Roof\n2024-03-01T16:00:00Z;1500;\n2024-03-01T17:00:00Z;2500;-3\n")
    options = ("--at", "time", "--map", "Grid Wh=meter:energy_import*0.001", "--map", "Roof=meter:power@l1")
    assert run(app, file, *options).output == ""
    with database.read() as session:
        assert [value for _at, value in numbers(session, "energy_import")] == [1.5, 2.5]
        assert [value for _at, value in numbers(session, "power")] == [-3.0]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--map", "Grid"), "COLUMN=DEVICE:METRIC is wanted"),
        (("--map", "Grid=meter:nonsense"), "'nonsense' is no metric"),
        (("--map", "Grid=meter:power*0"), "a scale is a number that is not 0"),
        (("--map", "Grid=kettle:power"), "line 2: there is no device 'kettle'"),
    ],
)
def test_a_map_that_cannot_be_is_refused(
    app: APIFlask, tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    (tmp_path / "a.csv").write_text("at,Grid\n2024-03-01T16:00:00Z,1\n")
    done = run(app, tmp_path / "a.csv", *options)
    assert done.exit_code == 1
    assert why in done.output


def test_a_device_does_not_get_more_series_than_it_may(
    app: APIFlask, database: Database, tmp_path: Path
) -> None:
    lines = [f"meter,x_n{number},,2024-03-01T16:00:00Z,1" for number in range(1_001)]
    assert "line 1002: meter has 1,000 series already" in run(app, written(tmp_path / "a.csv", *lines)).output
    assert count(database) == 0


def test_a_file_without_values_is_no_import(app: APIFlask, tmp_path: Path) -> None:
    done = run(app, written(tmp_path / "a.csv", "meter,power,,2024-03-01T16:00:00Z,unknown"))
    assert done.output == "Error: there are no values in this file.\n"


def test_a_hundred_thousand_lines_need_little_memory(
    app: APIFlask, sqlite_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "a.csv"
    with file.open("w") as lines:
        lines.write(HEAD)
        for number in range(100_000):
            day, second = divmod(number * 20, 86_400)
            at = f"2024-03-{day + 1:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
            lines.write(f"meter,power,,{at},{number}\n")
    tracemalloc.start()
    try:
        done = run(app, file)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (done.exit_code, done.output) == (0, "")
    assert count(sqlite_database) == 100_000
    assert peak < 16_000_000, f"{peak:,} bytes"


def test_the_audit_tells_of_it(app: APIFlask, sqlite_database: Database, tmp_path: Path) -> None:
    run(app, written(tmp_path / "a.csv", "meter,power,,2024-03-01T16:00:00Z,1"))
    with sqlite_database.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.after) == ("history.import", {"values": 1, "devices": ["meter"]})


def test_the_recorders_tables_come_in_together(
    app: APIFlask, sqlite_database: Database, tmp_path: Path
) -> None:
    saved = Path(__file__).parent / "statistics"
    maps = [
        *("--map", "sensor.main_energy=meter:energy_import", "--map", "sensor.main_power=meter:power"),
        *("--map", "sensor.cold_store=meter:temperature", "--map", "sensor.irrigation=meter:water_total"),
    ]
    table, meta = saved / "statistics.csv", saved / "statistics_meta.csv"
    assert run(app, table, *maps, "--meta", str(meta)).output == ""
    with sqlite_database.read() as session:
        assert [value for _at, value in numbers(session, "energy_import")] == [4711.5, 4713.0]
        assert [value for _at, value in numbers(session, "power")] == [2500.0]
    refused = run(app, table, *maps, "--meta", str(table))
    assert refused.exit_code == 1
    assert "as the table statistics_meta has them" in refused.output


def test_json_of_any_width_comes_in(app: APIFlask, sqlite_database: Database, tmp_path: Path) -> None:
    """All of it may stand in one line, longer than a line of CSV may be."""
    hours = [f'{{"start": {(1_772_380_800 + 3600 * hour) * 1000}, "mean": {hour}}}' for hour in range(2_000)]
    (tmp_path / "a.json").write_text(f'{{"sensor.grid": [{", ".join(hours)}]}}')
    assert run(app, tmp_path / "a.json", "--map", "sensor.grid=meter:power").output == ""
    assert count(sqlite_database) == 2_000


def test_on_a_terminal_it_says_how_far_it_is(sqlite_database: Database, tmp_path: Path) -> None:
    file = written(tmp_path / "a.csv", *(f"meter,power,,2024-03-01T16:{m:02}:00Z,1" for m in range(60)))
    command = [sys.executable, "-m", "flask", "--app", "app", "history", "import", str(file)]
    environment = {**os.environ, "CAMPUS_DATA_DIR": str(tmp_path)}
    reader, terminal = pty.openpty()
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    told = b""
    with suppress(OSError):  # that is how a terminal ends
        while piece := os.read(reader, 4096):
            told += piece
    os.close(reader)
    assert done.stdout == b""
    for piece in (b"looking at", b"writing", b"100%", b"60 values of 1 devices"):
        assert piece in told
