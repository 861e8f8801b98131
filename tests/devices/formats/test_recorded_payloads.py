"""Payloads that others have recorded: every line of our dialects says what its collector expects.

The collection stands beside the project, not in it; where it is missing the test says so and is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from devices.formats import formats
from devices.formats._lorawan import read_object
from devices.metrics import label
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS

COLLECTION = next(
    (
        folder
        for above in Path(__file__).resolve().parents
        if (folder := above / "../shared/data/payloads").is_dir()
    ),
    None,
)
FILES = (
    *(f"energy/{name}" for name in ("tasmota", "shelly-gen2", "milesight-ct101", "milesight-ws523-plug")),
    *(f"rooms/{name}" for name in ("tasmota-room", "shelly-motion")),
    *(f"rooms/milesight-{name}" for name in ("am", "door", "people")),
    *(
        f"garden/{name}"
        for name in ("tasmota-esphome", "milesight-em500", "milesight-uc511-valve", "dragino", "sensecap")
    ),
    *(f"ev-chargers/{name}" for name in ("evcc", "openwb1", "openwb2", "goe-v1", "goe-v2", "openevse")),
    *(
        f"ev-chargers/{name}"
        for name in ("smartevse", "easee2mqtt", "tesla-wallconnector", "everest", "warp")
    ),
    *(f"ev-chargers/{name}" for name in ("ocpp16", "ocpp201", "ocpp2mqtt")),
    "formats/chirpstack-v4",
    "printers/octoprint",
)

OTHER_DIALECTS = {
    "homeassistant/": "Home Assistant discovery",
    "bedroom_environment/": "ESPHome",
    "yambms/": "ESPHome",
    "esp/": "ESPHome",
    "livingroom/": "ESPHome",
    "shellies/shellymot": "Shelly Gen1 (Motion)",
}
"""What else is in these files, by the beginning of its topic."""

REFUSED = {
    ("tele/tasmota/SENSOR", "MCP230XX"): "invalid JSON as printed in the manual: an opening brace is missing",
    ("tele/tasmota/SENSOR", "PN532"): "invalid JSON as printed in the manual: a closing brace is missing",
    ("shellies/x/events/rpc", "not json"): "malformed on purpose",
    ("shellies/x/events/rpc", "nope"): "wrong types on purpose",
    ("ocpp/CP4/MeterValues", "418025"): "invalid JSON: the brackets of its lists are lost",
    ("application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/up", "qg=="): "no codec",
}
"""Lines that are refused, by topic and a piece of the payload, with the reason."""

NOT_KEPT = {
    ("evcc/updated", "last_seen"): "the heartbeat is known from every message's arrival",
    ("octoPrint/event/ClientOpened", "event"): "holds a client's address and says nothing of the printer",
}
"""Expected by the collector and left out on purpose, with the reason."""

WORDS: dict[str, tuple[str, ...]] = {
    "power": ("power", "power@meter1"),
    "power_l1": ("power@l1",),
    "pv_power": ("power@pv",),
    "grid_power": ("power@grid",),
    "voltage_l1": ("voltage@l1", "voltage"),
    "current_l1": ("current@l1", "current"),
    "current_l2": ("current@l2",),
    "energy_total": ("energy_import", "energy_import@meter1", "energy_import@counter7"),
    "energy_export_total": ("energy_export",),
    "energy_today": ("x_energy_today",),
    "session_energy": ("session_energy",),
    "session_energy_plugged": ("x_session_energy_plugged",),
    "session_duration": ("x_charge_duration",),
    "car_state": ("charger_status",),
    "status": ("charger_status",),
    "state_text": ("x_state",),
    "current_requested": ("charge_limit", "x_current_requested"),
    "current_allowed": ("charge_limit",),
    "current_limit": ("charge_limit", "x_max_current"),
    "current_total": ("current@all",),
    "mains_limit": ("x_max_sum_mains",),
    "power_avg30s": ("x_power_average",),
    "frequency": ("frequency",),
    "uptime": ("x_uptime",),
    "error": ("x_error", "x_error_code"),
    "firmware": ("x_firmware",),
    "phases": ("x_phases_active",),
    "charge_total": ("x_total_current",),
    "soc": ("vehicle_soc",),
    "mode": ("x_mode",),
    "connected": ("x_connected", "charger_status"),
    "charging": ("x_charging", "charger_status"),
    "enabled": ("x_enabled",),
    "switch": ("switch",),
    "switch_1": ("switch@1",),
    "switch_2": ("switch@2",),
    "input_1": ("x_input",),
    "available": ("online",),
    "rssi": ("signal",),
    "battery": ("battery",),
    "battery_voltage": ("x_battery_voltage",),
    "temperature_1": (
        "temperature",
        "temperature@1",
        "temperature@flora-6ab577",
        "temperature@lywsd03-52680f",
    ),
    "temperature_2": ("temperature@2", "temperature@probe"),
    "temperature_3": ("temperature@3",),
    "temperature_soil": ("soil_temperature",),
    "humidity": ("humidity",),
    "humidity_1": ("humidity@lywsd03-52680f",),
    "pressure": ("pressure",),
    "light_lux": ("illuminance",),
    "soil_moisture": ("soil_moisture",),
    "soil_conductivity": ("soil_conductivity",),
    "soil_ph": ("soil_ph",),
    "co2": ("co2",),
    "pm25": ("pm25",),
    "pm10": ("x_pm10",),
    "hcho": ("x_hcho",),
    "tvoc": ("tvoc", "x_tvoc"),
    "depth": ("x_depth",),
    "distance": ("x_vl53l0x_distance",),
    "adc_raw": ("x_analog_a0",),
    "pulses_total_1": ("x_valve_1_pulse",),
    "occupancy": ("occupancy",),
    "people_count": ("people_count",),
    "people_in_total": ("x_total_in", "x_line_1_total_in"),
    "people_out_total": ("x_total_out", "x_line_1_total_out"),
    "rfid": ("x_rfid",),
    "progress": ("print_progress",),
    "time_remaining": ("print_time_left",),
    "temperature_tool0": ("nozzle_temperature",),
    "target_tool0": ("nozzle_target",),
    "temperature_bed": ("bed_temperature",),
    "target_bed": ("bed_target",),
    "state": ("printer_status", "charger_status"),
    "event": ("printer_status",),
}
"""The collector's word -> where it stands here, the first that a line has."""

HEARD_BEFORE = {
    "warp2/AbCd/meters/0/values": [
        (
            "warp2/AbCd/meters/0/value_ids",
            "[1,2,3,13,17,21,39,48,57,122,130,138,83,91,99,353,354,355,7,29,33,74,154,115,356,364,209,211"
            ",4,5,6,8,25,213,277,214,210,212,14,18,22]",
        )
    ],
    "warp2/AbCd/meters/1/values": [("warp2/AbCd/meters/1/value_ids", "[74,209,211]")],
}
"""What a device has said before a line, on another topic, without which the line has no meaning."""

SAYS: dict[str, dict[Any, str]] = {
    "switch": {True: "on", False: "off"},
    "x_input": {True: "on", False: "off"},
    "online": {True: "online", False: "offline"},
    "occupancy": {True: "occupied", False: "clear"},
    "x_connected": {True: "true", False: "false"},
    "x_charging": {True: "true", False: "false"},
    "x_enabled": {True: "true", False: "false"},
    "x_error": {None: "none"},
    "x_error_code": {None: "NoError"},
    "printer_status": {"Printing": "printing", "PrintStarted": "printing", "Connected": "idle"},
}
"""The collector's value of a state -> the vocabulary's word."""

STATUSES = {
    ("charging", True): "charging",
    ("connected", False): "available",
    ("car_state", 1): "available",
    ("status", "Preparing"): "connected",
    ("state", "Unplugged"): "available",
    ("state", "sleeping"): "suspended",
}
"""The collector's word and value -> a charger's status."""

PER = {"Wh": 1000.0, "mA": 1000.0, "ms": 1000.0}


def lines() -> Iterator[Any]:
    """Every line as a test case, named by its file and number."""
    for name in FILES if COLLECTION is not None else ():
        wire = (COLLECTION / f"{name}.jsonl").read_bytes() if COLLECTION is not None else b""
        for count, line in enumerate(wire.splitlines(), 1):
            yield pytest.param(orjson.loads(line), id=f"{name}:{count}")


@pytest.mark.skipif(COLLECTION is None, reason="left out: the recorded payloads in ../shared/data/payloads")
@pytest.mark.parametrize("line", list(lines()))
def test_a_recorded_line_says_what_its_collector_expects(line: dict[str, Any]) -> None:
    topic, payload = line["topic"], line["payload"]
    if any(topic.startswith(beginning) for beginning in OTHER_DIALECTS):
        return
    if any(topic == where and piece in payload for where, piece in REFUSED):
        with pytest.raises(BadPayload):
            heard(topic, payload)
        return
    said = heard(topic, payload)
    if line.get("kind") == "command":
        assert said == {}
    for expected in line.get("expect", ()):
        if (topic, expected["metric"]) in NOT_KEPT:
            continue
        here = [name for name in WORDS[expected["metric"]] if name in said]
        assert here, f"{expected['metric']} is missing in {said}"
        assert said[here[0]] == translated(here[0], expected)


@pytest.mark.skipif(COLLECTION is None, reason="left out: the recorded payloads in ../shared/data/payloads")
def test_every_exception_is_still_needed() -> None:
    recorded = [(case.values[0]["topic"], case.values[0]["payload"]) for case in lines()]
    for beginning in OTHER_DIALECTS:
        assert any(topic.startswith(beginning) for topic, _ in recorded)
    for where, piece in REFUSED:
        assert any(topic == where and piece in payload for topic, payload in recorded)
    for where, _metric in NOT_KEPT:
        assert any(topic == where for topic, _ in recorded)


def translated(name: str, expected: dict[str, Any]) -> Any:
    """The collector's value in the vocabulary's unit and words."""
    value = expected["value"]
    if name == "charger_status":
        return STATUSES[expected["metric"], value]
    words = SAYS.get(name.partition("@")[0], {})
    if value in words:
        return words[value]
    per = PER.get(expected["unit"])
    return value if per is None else pytest.approx(value / per, rel=1e-12)


def heard(topic: str, payload: str) -> dict[str, float | str]:
    """{metric[@channel]: value} of a line."""
    if topic.startswith("v3/"):  # the envelope of The Things Stack round a codec's object
        found = read_object(orjson.loads(payload)["uplink_message"]["decoded_payload"], None)
    else:
        dialect, root = registered(topic)
        suffix = formats()[dialect].suffix(root, topic)
        assert suffix is not None
        source = Source(CAMPUS, "charger")
        for before, said in HEARD_BEFORE.get(topic, ()):
            earlier = formats()[dialect].suffix(root, before)
            assert earlier is not None
            formats()[dialect].decode(earlier, said.encode(), source)
        found = formats()[dialect].decode(suffix, payload.encode(), source)
    return {label(one.metric, one.channel): one.value for one in found}


ROOTS = {
    "openWB/lp/": ("openwb", 3),
    "openWB/chargepoint/get/": ("openwb", 1),
    "openWB/chargepoint/template/": ("openwb", 1),
    "openWB/chargepoint/": ("openwb", 3),
    "openWB/set/chargepoint/": ("openwb", 4),
    "openWB/": ("openwb", 1),
    "/go-eCharger/": ("goe", 3),
    "go-eCharger/": ("goe", 2),
    "SmartEVSE/": ("smartevse", 2),
    "easee2MQTT/": ("easee", 2),
    "twc/": ("tesla", 2),
    "TWC/ABCD/": ("tesla", 2),
    "TWC/": ("tesla", 1),
    "everest_api/connectors": ("everest", 1),
    "everest_api/": ("everest", 2),
    "warp2/": ("warp", 2),
    "openevse-": ("openevse", 1),
    "application/": ("chirpstack", 4),
    "octoPrint/": ("octoprint", 1),
    "octoprint/": ("octoprint", 1),
    "shelly-blu/events/": ("shelly", 9),
    "ocpp/cmd": ("ocpp", 1),
    "ocpp/": ("ocpp", 2),
}
"""How a topic begins -> the dialect, and how many levels its device's root has."""
ANNOUNCED = {"openevse/announce/55ad": "emon/openevse-55ad", "openevse/announce/7b2c": "openevse-7b2c"}
"""The root of what announces itself elsewhere."""


def registered(topic: str) -> tuple[str, str]:
    """The dialect and root under which somebody would register a line's device."""
    levels = topic.split("/")
    if topic in ANNOUNCED:
        return "openevse", ANNOUNCED[topic]
    for beginning, (dialect, depth) in ROOTS.items():
        if topic.startswith(beginning):
            return dialect, "/".join(levels[:depth])
    if {"tele", "stat", "cmnd"} & set(levels):
        return "tasmota", "/".join(level for level in levels[:-1] if level not in ("tele", "stat", "cmnd"))
    if "evcc" in levels:
        return "evcc", evcc_root(levels)
    for place, level in enumerate(levels):
        if level in ("events", "status", "online", "rpc"):
            return "shelly", "/".join(levels[:place])
    raise AssertionError(f"whose is {topic}?")


def evcc_root(levels: list[str]) -> str:
    """The load point or the part of the site, as far as a topic names one."""
    root = levels[: levels.index("evcc") + 1]
    own = levels[len(root) : len(root) + 2] if len(levels) > len(root) + 2 else []
    return "/".join([*root, *own])
