"""The API of the history, from the outside: readings, steps, energy."""

from __future__ import annotations

import pytest

from campus.database import Database
from tests.devices.callers import Caller, described, hear, window


def test_raw_readings_page(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "power", {minute: float(minute) for minute in range(5)})
    first = ana.get("/devices/main/readings", metric="power", step="raw", limit=3, **window()).json
    assert first["points"][0] == {"at": "2026-03-03T19:00:00Z", "value": 0}
    assert {name: first[name] for name in ("device", "metric", "channel", "unit", "step", "tier")} == {
        "device": "main",
        "metric": "power",
        "channel": "",
        "unit": "W",
        "step": "raw",
        "tier": "hot",
    }
    again = ana.get(
        "/devices/main/readings", metric="power", limit=3, cursor=first["next_cursor"], **window()
    ).json
    assert [point["value"] for point in first["points"] + again["points"]] == [0, 1, 2, 3, 4]
    assert again["next_cursor"] is None


def test_a_step_of_nothing_is_refused_even_where_nothing_was_heard(luis: Caller, ana: Caller) -> None:
    luis.put("/devices/main", described())
    assert ana.get("/devices/main/readings", metric="power", step="0.0", **window()).status_code == 400


def test_readings_by_step(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {0: 10.0, 10: 11.0, 40: 12.5})
    answer = ana.get("/devices/main/readings", metric="energy_import", step=1800, **window()).json
    assert answer["step"] == 1800
    assert answer["points"] == [
        {
            "at": "2026-03-03T19:00:00Z",
            "mean": pytest.approx(10 + 2 / 3),
            "min": 10,
            "max": 11,
            "last": 11,
            "delta": 1,
            "count": 2,
            "coverage": 1,
        },
        {
            "at": "2026-03-03T19:30:00Z",
            "mean": pytest.approx(12),
            "min": 11,
            "max": 12.5,
            "last": 12.5,
            "delta": 1.5,
            "count": 1,
            "coverage": 1,
        },
    ]


def test_words_are_read_too(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "door", {0: "open", 5: "closed"})
    hear(database, "vehicle", {0: "Ana's"})
    raw = ana.get("/devices/main/readings", metric="door", **window()).json
    assert [point["value"] for point in raw["points"]] == ["open", "closed"]
    assert ana.get("/devices/main/readings", metric="vehicle", **window()).status_code == 403
    assert luis.get("/devices/main/readings", metric="vehicle", **window()).status_code == 200


def test_a_question_that_cannot_be_answered_is_a_bad_request(luis: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "power", {0: 1.0})
    for query in (
        {"start": "2026-03-03T19:00:00", "end": "2026-03-03T20:00:00Z"},
        {"start": "2026-03-03T20:00:00Z", "end": "2026-03-03T20:00:00Z"},
        {"start": "2026-03-03T21:00:00Z", "end": "2026-03-03T20:00:00Z"},
        {"start": "yesterday", "end": "2026-03-03T20:00:00Z"},
        {"step": "0"},
        {"step": "-5"},
        {"step": "fast"},
        {"step": "days"},
        {"points": "7"},
        {"points": "50001"},
        {"points": "100", "step": "60"},
        {"points": "100", "cursor": "1"},
        {"start": "2025-03-03T19:00:00Z", "end": "2026-03-03T20:00:00Z", "step": "1"},
        {"limit": "50001"},
        {"cursor": "999999999999999999"},
        {"cursor": "x"},
        {"metric": ""},
        {"metric": "power\0"},
    ):
        answer = luis.get("/devices/main/readings", **({"metric": "power"} | window() | query))
        assert (answer.status_code, answer.json["code"]) == (400, "bad-request"), query


def test_what_is_not_known_is_not_found(luis: Caller) -> None:
    luis.put("/devices/main", described())
    assert luis.get("/devices/nobody/readings", metric="power", **window()).status_code == 404
    assert luis.get("/devices/main/readings", metric="x_nothing", **window()).status_code == 404
    assert luis.get("/devices/main/readings", metric="power", **window()).json["points"] == []
    assert luis.get("/devices/nobody/energy", **window()).status_code == 404


def test_energy_comes_with_its_corrections_and_is_not_rounded(
    luis: Caller, ana: Caller, database: Database
) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {0: 3.737, 7: 0.0, 8: 3.746, 30: 3.7461234})
    answer = ana.get("/devices/main/energy", **window()).json
    assert answer == {
        "kwh": pytest.approx(0.0091234, abs=1e-12),
        "coverage": 1,
        "corrections": [{"at": "2026-03-03T19:07:00Z", "kind": "glitch", "before": 3.737, "after": 0}],
    }


def test_energy_of_a_device_that_only_has_channels_is_their_sum(luis: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {0: 1.0, 9: 2.0}, channel="1")
    hear(database, "energy_import", {0: 5.0, 9: 7.0}, channel="2")
    assert luis.get("/devices/main/energy", **window()).json["kwh"] == 3
    assert luis.get("/devices/main/energy", channel="2", **window()).json["kwh"] == 2
    hear(database, "energy_import", {0: 0.0, 9: 3.5})
    assert luis.get("/devices/main/energy", **window()).json["kwh"] == 3.5


def test_energy_of_a_device_that_has_not_spoken_is_not_covered(luis: Caller) -> None:
    luis.put("/devices/main", described())
    assert luis.get("/devices/main/energy", **window()).json == {
        "kwh": 0,
        "coverage": 0,
        "corrections": [],
    }


def test_energy_is_asked_of_a_register_of_kwh(luis: Caller) -> None:
    luis.put("/devices/main", described())
    for metric in ("power", "water_total", "door", "x_energy"):
        assert luis.get("/devices/main/energy", metric=metric, **window()).status_code == 400


def test_steps_of_the_campus_calendar(luis: Caller, ana: Caller, database: Database) -> None:
    luis.put("/devices/main", described())
    hear(database, "energy_import", {60.0 * hour: 100.0 + hour for hour in range(24 * 9)})
    span = {"start": "2026-03-07T00:00:00-07:00", "end": "2026-03-10T00:00:00-06:00"}
    answer = ana.get("/devices/main/readings", metric="energy_import", step="day", **span).json
    assert answer["step"] == "day"
    assert [point["at"] for point in answer["points"]] == [
        "2026-03-07T07:00:00Z",
        "2026-03-08T07:00:00Z",
        "2026-03-09T06:00:00Z",
    ]
    assert [(point["delta"], point["coverage"]) for point in answer["points"]] == [(24, 1), (23, 1), (24, 1)]
    whole = ana.get("/devices/main/energy", **span).json
    assert whole["kwh"] == 71
    (month,) = ana.get("/devices/main/readings", metric="energy_import", step="month", **span).json["points"]
    assert month["delta"] == 71


def test_a_line_of_few_points_keeps_its_extremes_and_tells_its_gaps(
    luis: Caller, ana: Caller, database: Database
) -> None:
    luis.put("/devices/main", described(expected_interval_s=10))
    values: dict[float, float | str] = {place / 6: float(place % 17) for place in range(3000)}
    values[100.05], values[400.0] = 500.0, -500.0
    for minute in [minute for minute in values if 200 <= minute < 260]:
        del values[minute]
    hear(database, "power", values)
    hear(database, "door", {0: "open"})
    line = ana.get("/devices/main/readings", metric="power", points=100, **window(600)).json
    shown = [point["value"] for point in line["points"]]
    assert (len(shown) <= 100, max(shown), min(shown)) == (True, 500, -500)
    assert line["gaps"] == [{"start": "2026-03-03T22:20:20Z", "end": "2026-03-03T23:20:00Z"}]
    assert (line["step"], line["next_cursor"], line["tier"]) == ("raw", None, "hot")
    edges = {point["at"] for point in line["points"]}
    assert {"2026-03-03T22:19:50Z", "2026-03-03T23:20:00Z"} <= edges
    whole = ana.get("/devices/main/readings", metric="power", points=5000, **window(600)).json
    assert len(whole["points"]) == len(values)
    assert ana.get("/devices/main/readings", metric="voltage", points=50, **window()).json["points"] == []
    assert ana.get("/devices/main/readings", metric="door", points=50, **window()).status_code == 400
