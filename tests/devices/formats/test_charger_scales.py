"""Whatever number a charger sends, it arrives in the vocabulary's unit, and what is no number never does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.readings import BadPayload, Reading
from tests.devices.formats.decoding import decode


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dialect has a number, and what it is: `times` over `per` of it in the metric's unit.

    `frame` is the payload, with "#" for the number; without it the number is the whole payload.
    """

    dialect: str
    root: str
    topic: str
    metric: str
    times: float = 1
    per: float = 1
    channel: str = ""
    frame: Any = "#"

    def payload(self, value: object) -> bytes:
        """The message with this value."""
        wire = value if isinstance(value, str) else orjson.dumps(value).decode()
        return orjson.dumps(self.frame).replace(b'"#"', wire.encode())


METER_VALUES = [2, "m", "MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": [{"value": "#"}]}]}]
PLACES = [
    Place("openwb", "openWB/lp/1", "W", "power"),
    Place("openwb", "openWB/lp/1", "kWhActualCharged", "session_energy"),
    Place("openwb", "openWB/evu", "WhExported", "energy_export", per=1000),
    Place("openwb", "openWB/chargepoint/5", "get/imported", "energy_import", per=1000),
    Place("openwb", "openWB/chargepoint/5", "get/currents", "current", channel="l2", frame=[1, "#", 3]),
    Place("openwb", "openWB/bat/5", "get/power", "power", times=-1),
    Place("goe", "go-eCharger/1", "wh", "session_energy", per=1000),
    Place("goe", "go-eCharger/1", "nrg", "power", frame=[0] * 11 + ["#"]),
    Place("goe", "go-eCharger/1", "status", "session_energy", per=360_000, frame={"car": "2", "dws": "#"}),
    Place("goe", "go-eCharger/1", "status", "power", times=10, frame={"nrg": [0] * 11 + ["#"]}),
    Place("openevse", "openevse-1", "amp", "current", per=1000),
    Place("openevse", "openevse-1", "temp2", "temperature", per=10, channel="2"),
    Place("openevse", "openevse-1", "wattsec", "session_energy", per=3_600_000),
    Place("smartevse", "SmartEVSE/1", "EVCurrentL3", "current", per=10, channel="l3"),
    Place("smartevse", "SmartEVSE/1", "MaxSumMains", "x_max_sum_mains"),
    Place("easee", "easee2MQTT/E1", "energy_consumption", "energy_import"),
    Place(
        "everest",
        "everest_api/e",
        "var/session_info",
        "session_energy",
        per=1000,
        frame={"charged_energy_wh": "#"},
    ),
    Place(
        "everest", "everest_api/e", "var/powermeter", "power", channel="l1", frame={"power_W": {"L1": "#"}}
    ),
    Place("tesla", "twc/1", "lifetime", "energy_import", per=1000, frame={"energy_wh": "#"}),
    Place("tesla", "TWC/AB", "lifetimekWh", "energy_import"),
    Place(
        "warp",
        "warp/1",
        "evse/state",
        "charge_limit",
        per=1000,
        frame={"charger_state": 1, "allowed_charging_current": "#"},
    ),
    Place("warp", "warp/1", "meter/values", "power", frame={"power": "#"}),
    Place("ocpp", "ocpp/1", "frame", "energy_import", per=1000, frame=METER_VALUES),
    Place("ocpp", "ocpp/1", "state/energy_active_import_register", "energy_import", per=1000),
]
NUMBERS = st.one_of(
    st.integers(2, 10**7), st.floats(1.5, 1e7, allow_nan=False), st.floats(-5e4, -1.5, allow_nan=False)
)


def readings(place: Place, payload: bytes) -> list[Reading]:
    """The readings of a place's metric and channel in a message."""
    topic = f"{place.root}/{place.topic}"
    found = decode(place.dialect, place.root, topic, payload, kind="charger", options={"total_unit": "Wh"})
    return [
        one
        for one in found
        if isinstance(one, Reading) and (one.metric, one.channel) == (place.metric, place.channel)
    ]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.dialect} {place.topic} {place.metric}")
@settings(max_examples=25)
@given(value=NUMBERS)
def test_any_number_comes_in_the_vocabulary_s_unit(place: Place, value: float) -> None:
    (reading,) = readings(place, place.payload(value))
    assert reading.value == pytest.approx(value * place.times / place.per, rel=1e-12)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.dialect} {place.topic} {place.metric}")
@settings(max_examples=25)
@given(value=NUMBERS)
def test_a_number_may_be_written_as_text(place: Place, value: float) -> None:
    text = f'"{value}"' if place.frame != "#" or place.dialect in ("goe", "openwb") else str(value)
    (reading,) = readings(place, place.payload(text))
    assert reading.value == pytest.approx(value * place.times / place.per, rel=1e-12)


NO_VALUES = ("null", '""', '"NaN"', '"none"', '"unavailable"', '"Unknown"', '"-inf"')


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.dialect} {place.topic} {place.metric}")
@pytest.mark.parametrize("word", NO_VALUES)
def test_what_says_that_there_is_no_value_is_dropped_and_never_0(place: Place, word: str) -> None:
    assert readings(place, place.payload(word)) == []


@pytest.mark.parametrize("place", PLACES, ids=lambda place: f"{place.dialect} {place.topic} {place.metric}")
@settings(max_examples=25)
@given(text=st.text(st.characters(codec="utf-8", categories=["L", "P"]), min_size=1, max_size=8))
def test_what_is_no_number_is_no_reading(place: Place, text: str) -> None:
    try:
        found = readings(place, place.payload(orjson.dumps(text + "!").decode()))
    except BadPayload:
        return
    assert found == []
