"""miflora-mqtt-daemon: one plant in seven modes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.formats import miflora
from devices.readings import BadPayload, Reading
from tests.devices.formats.decoding import decode, said

PLANT = {"light": 812, "moisture": 44, "temperature": 19.3, "conductivity": 655, "battery": 91}
READ = {
    "illuminance": 812,
    "soil_moisture": 44,
    "temperature": 19.3,
    "soil_conductivity": 655,
    "battery": 91,
}


@pytest.mark.parametrize(
    ("root", "topic"),
    [
        ("miflora/basil", "miflora/basil"),
        ("homeassistant/sensor/basil", "homeassistant/sensor/basil/state"),
        ("v1/devices/me/telemetry", "v1/devices/me/telemetry"),
    ],
)
def test_a_plant_in_one_object(root: str, topic: str) -> None:
    assert said("miflora", root, topic, PLANT) == READ


@pytest.mark.parametrize(
    ("root", "topic", "payload", "expected"),
    [
        ("miflora/basil", "miflora/status/basil/moisture", {"val": 44, "ts": 0}, {"soil_moisture": 44}),
        ("homie/basil", "homie/basil/sensor/moisture", "44", {"soil_moisture": 44}),
        ("homie/daemon/basil", "homie/daemon/basil/light", "812", {"illuminance": 812}),
        ("/devices/basil", "/devices/basil/controls/conductivity", "655", {"soil_conductivity": 655}),
        ("/devices/basil", "/devices/basil/controls/timestamp", "2026-03-03 12:00:00", {}),
        ("/devices/basil", "/devices/basil/controls/moisture/meta/type", "rel_humidity", {}),
        ("homie/basil", "homie/basil/sensor/moisture/$unit", "%", {}),
        ("homie/basil", "homie/basil/$stats/timestamp", "2026-03-03T12:00:00+0100", {}),
        ("homeassistant/sensor/basil", "homeassistant/sensor/basil/moisture/config", '{"unit": "%"}', {}),
        ("miflora/basil", "miflora/basil", {"salt": 4, "mac": "c4:7c"}, {"x_salt": 4}),
        ("miflora/basil", "miflora/basil", {**PLANT, "moisture": None, "light": "nan"}, None),
    ],
)
def test_a_topic_says(root: str, topic: str, payload: Any, expected: Any) -> None:
    if expected is None:
        expected = {key: value for key, value in READ.items() if key not in ("soil_moisture", "illuminance")}
    assert said("miflora", root, topic, payload) == expected


@pytest.mark.parametrize(
    ("root", "topic", "payload", "word"),
    [
        ("miflora/basil", "miflora/connected", "0", "offline"),
        ("miflora/basil", "miflora/connected", "1", "online"),
        ("miflora/basil", "miflora/connected", "2", "online"),
        ("homie/daemon/basil", "homie/daemon/$online", "false", "offline"),
        ("homie/basil", "homie/basil/$state", "ready", "online"),
        ("homie/basil", "homie/basil/$state", "disconnected", "offline"),
    ],
)
def test_the_daemons_last_will_goes_with_each_plant(root: str, topic: str, payload: str, word: str) -> None:
    assert said("miflora", root, topic, payload) == {"online": word}


def test_of_a_daemon_each_plant_is_a_channel() -> None:
    named = {f"{metric}@basil": value for metric, value in READ.items()}
    assert said("miflora", "miflora", "miflora/basil", PLANT) == named
    one = said("miflora", "homie/daemon", "homie/daemon/basil/moisture", "44")
    assert one == {"soil_moisture@basil": 44}
    assert said("miflora", "miflora", "miflora/$announce", "{}") == {}


def test_a_time_of_its_own_counts() -> None:
    topic = "miflora/status/basil/light"
    assert decode("miflora", "miflora/basil", topic, {"val": 5, "ts": 1_767_225_600_000}) == [
        Reading("illuminance", 5, at=datetime(2026, 1, 1, tzinfo=UTC))
    ]
    (reading, *_) = decode("miflora", "x/b", "x/b", {"moisture": 5, "timestamp": "2026-01-01 12:00:00"})
    assert reading.at == datetime(2026, 1, 1, 19, tzinfo=UTC)


def test_another_plant_is_not_this_one() -> None:
    assert miflora.suffix("miflora/basil", "miflora/basil2") is None
    assert miflora.suffix("miflora/basil", "miflora/status/mint/light") is None
    assert miflora.suffix("basil", "status/basil/light") is None


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        ("miflora/basil", "{", "not JSON"),
        ("miflora/basil", "[1]", "a JSON object was expected"),
        ("miflora/basil/light", "bright", "light: 'bright' is not what is sent there"),
        ("miflora/connected", "perhaps", "0 or 1"),
        ("miflora/basil/moisture", b"\xff", "not UTF-8"),
    ],
)
def test_a_message_is_refused_with_its_reason(topic: str, payload: Any, reason: str) -> None:
    with pytest.raises(BadPayload, match=reason):
        decode("miflora", "miflora/basil", topic, payload)


@given(values=st.dictionaries(st.sampled_from([*PLANT]), st.integers(-50, 100_000), min_size=1))
def test_numbers_are_kept_as_they_are_sent_in_every_mode(values: dict[str, int]) -> None:
    whole = decode("miflora", "m/b", "m/b", orjson.dumps(values))
    each = [
        one for key, value in values.items() for one in decode("miflora", "m/b", f"m/b/{key}", str(value))
    ]
    assert whole == each
    assert [one.value for one in whole] == list(values.values())
