"""Mapped devices: any JSON by `options.fields`, and the words for whoever writes them wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from devices.formats.mapping import check_options
from devices.readings import BadPayload
from tests.devices.formats.decoding import decode, said

METER = {
    "power": {"path": "meter.w[0]"},
    "power@l2": {"path": "meter.w[1]"},
    "energy_import": {"path": "meter.wh", "scale": 0.001},
    "charger_status": {"path": "state", "map": {"1": "connected", "2": "charging", "off": "available"}},
    "x_fan": {"path": "fan"},
    "switch": {"path": "relay"},
    "vehicle": {"path": "car"},
}

MESSAGES: dict[str, tuple[dict[str, Any], str, Any, dict[str, Any]]] = {
    "nested values": (
        METER,
        "box",
        {"meter": {"w": [100, 25.5], "wh": 26121}},
        {"power": 100, "power@l2": 25.5, "energy_import": 26.121},
    ),
    "numbers as text": (
        METER,
        "box",
        {"meter": {"w": ["7.5"], "wh": " 1500 "}},
        {"power": 7.5, "energy_import": 1.5},
    ),
    "a state by number": (METER, "box", {"state": 2}, {"charger_status": "charging"}),
    "a state by text": (METER, "box", {"state": "OFF"}, {"charger_status": "available"}),
    "a state that is a yes or no": (METER, "box", {"relay": True}, {"switch": "on"}),
    "a name that is a number": (METER, "box", {"car": 2024}, {"vehicle": "2024"}),
    "a name of its own takes numbers": (METER, "box", {"fan": 3}, {"x_fan": 3}),
    "a name of its own takes words": (METER, "box", {"fan": "slow"}, {"x_fan": "slow"}),
    "a name of its own takes yes and no": (METER, "box", {"fan": False}, {"x_fan": "false"}),
    "null is nothing": (METER, "box", {"meter": {"w": [None], "wh": "nan"}, "fan": "unavailable"}, {}),
    "one bad field does not lose the others": (METER, "box", {"meter": {"w": ["much", 5]}}, {"power@l2": 5}),
    "any sub-topic where none is named": (METER, "box/state", {"state": 1}, {"charger_status": "connected"}),
    "others' topics below the root": (METER, "box/log", "plain words", {}),
    "a command overheard": (METER, "box/set", {"state": 2}, {}),
    "a named sub-topic": ({"co2": {"path": "v", "topic": "air"}}, "box/air", {"v": 610}, {"co2": 610}),
    "another sub-topic": ({"co2": {"path": "v", "topic": "air"}}, "box/water", {"v": 610}, {}),
    "a plain number": ({"co2": {"path": "", "topic": "co2"}}, "box/co2", "612.5", {"co2": 612.5}),
    "a plain word": ({"online": {"path": "$", "topic": "lwt"}}, "box/lwt", "ONLINE", {"online": "online"}),
    "a word for a number": (
        {"tank_level": {"path": "level", "map": {"low": 10, "high": 90}}},
        "box",
        {"level": "High"},
        {"tank_level": 90},
    ),
    "a scale that is no simple part": (
        {"power": {"path": "kw", "scale": 1000}},
        "box",
        {"kw": 1.25},
        {"power": 1250},
    ),
    "an array at the top": ({"power": {"path": "[1].w"}}, "box", [{}, {"w": 3}], {"power": 3}),
    "a cleared topic": (METER, "box", "", {}),
}


@pytest.mark.parametrize(("fields", "topic", "payload", "expected"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_says(fields: dict[str, Any], topic: str, payload: Any, expected: dict[str, Any]) -> None:
    check_options({"fields": fields})
    assert said("mapping", "box", topic, payload, options={"fields": fields}) == expected


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ({"hello": "world"}, "none of the mapped paths is in it"),
        ({"meter": {"w": ["much"]}}, "no mapped value could be read, for one 'much'"),
        ("plain words", "not JSON"),
        ("5", "none of the mapped paths is in it"),
    ],
)
def test_a_message_is_refused_with_its_reason(payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        said("mapping", "box", "box", payload, options={"fields": METER})


@pytest.mark.parametrize(
    ("time", "at"),
    [
        (1777900000, datetime(2026, 5, 4, 13, 6, 40, tzinfo=UTC)),
        (1777900000500, datetime(2026, 5, 4, 13, 6, 40, 500_000, tzinfo=UTC)),
        ("2026-05-04T07:06:40", datetime(2026, 5, 4, 13, 6, 40, tzinfo=UTC)),
        ("2026-05-04T13:06:40Z", datetime(2026, 5, 4, 13, 6, 40, tzinfo=UTC)),
        ("soon", None),
        (None, None),
    ],
)
def test_a_field_names_its_time(time: object, at: datetime | None) -> None:
    options = {"fields": {"co2": {"path": "v", "at": "meta.t"}}}
    (reading,) = decode("mapping", "box", "box", {"v": 5, "meta": {"t": time}}, options=options)
    assert reading.at == at


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (None, "options.fields: an object like"),
        ({}, "options.fields: an object like"),
        ({"pwoer": {"path": "w"}}, "pwoer is not in the vocabulary"),
        ({"x_Bad": {"path": "w"}}, "x_Bad is not in the vocabulary"),
        ({"power@a/b": {"path": "w"}}, "a channel has letters"),
        ({"power": "w"}, 'an object with a "path" is needed'),
        ({"power": {}}, "fields.power.path: a path like"),
        ({"power": {"path": "a..b"}}, "is no path like"),
        ({"power": {"path": "a[x]"}}, "is no path like"),
        ({"power": {"path": "w", "unit": "kW"}}, "unit is unknown; known are at, map, path, scale, topic"),
        ({"power": {"path": "w", "scale": 0}}, "power.scale: a number other than 0"),
        ({"power": {"path": "w", "scale": True}}, "power.scale: a number other than 0"),
        ({"power": {"path": "w", "scale": "0.1"}}, "power.scale: a number other than 0"),
        ({"power": {"path": "w", "topic": 5}}, "power.topic: the sub-topic is needed"),
        ({"power": {"path": "w", "at": 5}}, "power.at: a path like"),
        ({"power": {"path": "w", "map": {"1": "high"}}}, "power is a number, so every meaning must be one"),
        ({"switch": {"path": "w", "map": {"1": "yes"}}}, "yes is no switch; the words are on, off"),
        ({"switch": {"path": "w", "map": []}}, "switch.map: an object like"),
        ({"switch": {"path": "w", "map": {"1": 5}}}, "every meaning must be a word"),
        ({"switch": {"path": "w", "scale": 2}}, "switch is a state, which has no scale"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_with_its_reason(fields: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_options({} if fields is None else {"fields": fields})
    with pytest.raises(BadPayload, match=reason):
        said("mapping", "box", "box", {"w": 1}, options={} if fields is None else {"fields": fields})
