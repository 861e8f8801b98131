"""Payloads that others have recorded: every line of our dialects says what its collector expects.

The collection stands beside the project, not in it; where it is missing the test says so and is skipped.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from devices.formats import formats
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
    *(f"energy/{name}" for name in ("shelly-gen1", "zigbee2mqtt-plug", "victron", "openenergymonitor")),
    *(f"energy/{name}" for name in ("dsmr-reader", "misc-bridges")),
    *(f"rooms/{name}" for name in ("tasmota-room", "shelly-motion", "zigbee2mqtt-room")),
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
    *(
        f"garden/{name}"
        for name in ("openmqttgateway-ble", "miflora-mqtt-daemon", "ecowitt2mqtt", "opensprinkler")
    ),
    *(f"rooms/{name}" for name in ("airthings", "nuki-hub")),
    *(f"printers/{name}" for name in ("octoprint", "moonraker", "bambu", "prusalink")),
    *(f"formats/{name}" for name in ("chirpstack-v4", "ttn-v3", "senml", "sparkplug-b", "homie")),
    "formats/ha-discovery",
)

REFUSED = {
    ("tele/tasmota/SENSOR", "MCP230XX"): "invalid JSON as printed in the manual: an opening brace is missing",
    ("tele/tasmota/SENSOR", "PN532"): "invalid JSON as printed in the manual: a closing brace is missing",
    ("shellies/x/events/rpc", "not json"): "malformed on purpose",
    ("shellies/x/events/rpc", "nope"): "wrong types on purpose",
    ("ocpp/CP4/MeterValues", "418025"): "invalid JSON: the brackets of its lists are lost",
    ("application/17c82e96-be03-4f38-aef3-f83d48582d97/device/0101010101010101/event/up", "qg=="): "no codec",
    ("v3/app1@tenant1/devices/dev1/up", "VGVtcGVyYXR1cmUgPSAwLjA="): "no payload formatter",
    ("channels/lab/messages", "_urn:dev"): "a name that RFC 8428 does not allow, on purpose",
    (
        "homeassistant/sensor/shellyem3-AABBCC-2/energy/config",
        "|round(2)",
    ): "a template that would have to run",
    ("homeassistant/device/bla/config", '{ "o": {"name": "foobar"}, "cmps"'): "without a device, on purpose",
    ("homeassistant/device/bla/config", '"command_topic": "home/alarm/set" }'): "without a platform",
    ("homeassistant/device/bla/config", '"cmps": ""'): "components that are none, on purpose",
    ("homeassistant/alarm_control_panel/bla/config", "some_invalid_value"): "invalid on purpose",
    ("homeassistant/binary_sensor/bla/config", "not json"): "malformed on purpose",
    ("my_printer/klipper/status", "'eventtime'"): "a Python object and no JSON",
    ("homeassistant/binary_sensor/rörkrökare/config", "{}"): "an id that is not allowed, on purpose",
}
"""Lines that are refused, by topic and a piece of the payload, with the reason."""

NOT_KEPT = {
    ("evcc/updated", "last_seen"): "the heartbeat is known from every message's arrival",
    ("octoPrint/event/ClientOpened", "event"): "holds a client's address and says nothing of the printer",
}
"""Expected by the collector and left out on purpose, with the reason."""

WORDS: dict[str, tuple[str, ...]] = {
    "power": ("power", "power@meter1"),
    "power_1": ("power@1",),
    "power_2": ("power@2", "power@1"),
    "power_3": ("power@3",),
    "power_4": ("power@4",),
    "power_avg15m": ("x_power_quarter_hour",),
    "energy_total_t1": ("energy_import@t1",),
    "energy_total_l1": ("energy_import@l1",),
    "gas_total": ("x_gas_total",),
    "voltage_dc": ("voltage@dc",),
    "current_dc": ("current@dc",),
    "voltage_supply": ("voltage@supply",),
    "pulses_total": ("x_pulses",),
    "brightness": ("x_brightness@light",),
    "action": ("x_action",),
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
    "session_duration": ("x_charge_duration", "x_session_time"),
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
    "switch": ("switch", "switch@light"),
    "switch_1": ("switch@1",),
    "switch_2": ("switch@2",),
    "input_1": ("x_input",),
    "available": ("online",),
    "rssi": ("signal",),
    "battery": ("battery",),
    "battery_voltage": ("x_battery_voltage", "x_battery_voltage@soil1"),
    "valve": ("valve@2",),
    "flow_rate": ("water_flow@2",),
    "volume_run": ("x_run_volume",),
    "rain": ("x_sensor@1",),
    "radon": ("x_radon",),
    "voc": ("tvoc",),
    "lock": ("lock",),
    "door": ("door",),
    "layer": ("x_layer",),
    "temperature_1": (
        "temperature",
        "temperature@1",
        "temperature@engine",
        "temperature@flora-6ab577",
        "temperature@lywsd03-52680f",
    ),
    "temperature_2": ("temperature@2", "temperature@probe", "temperature@external"),
    "temperature_3": ("temperature@3",),
    "temperature_indoor": ("temperature@indoor",),
    "temperature_soil": ("soil_temperature",),
    "humidity": ("humidity",),
    "humidity_1": ("humidity@lywsd03-52680f",),
    "pressure": ("pressure",),
    "light_lux": ("illuminance",),
    "soil_moisture": ("soil_moisture", "soil_moisture@1", "soil_moisture@2"),
    "soil_moisture_1": ("soil_moisture@1",),
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
    "printer_status": {
        **dict.fromkeys(("Printing", "PrintStarted", "PRINTING"), "printing"),
        **dict.fromkeys(("Connected", "IDLE", "ready"), "idle"),
        "FINISH": "finished",
        "FAILED": "error",
    },
    "valve": {True: "open", False: "closed"},
    "lock": {"unlocking": "unlocked"},
    "x_sensor": {True: "on"},
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

PER = {
    "Wh": 1000.0,
    "mA": 1000.0,
    "ms": 1000.0,
    "mV": 1000.0,
    "kW": 0.001,
    "min": 1 / 60,
    "inHg": 1 / 33.8638867,
}


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
    if any(topic == where and piece in payload for where, piece in REFUSED):
        with pytest.raises(BadPayload):
            heard(line)
        return
    said = heard(line)
    if line.get("kind") == "command":
        assert said == {}
    for expected in line.get("expect", ()):
        if (topic, expected["metric"]) in NOT_KEPT:
            continue
        here = [name for name in WORDS[expected["metric"]] if name in said]
        assert here, f"{expected['metric']} is missing in {said}"
        assert translated(here[0], expected) in said[here[0]]


@pytest.mark.skipif(COLLECTION is None, reason="left out: the recorded payloads in ../shared/data/payloads")
def test_every_exception_is_still_needed() -> None:
    recorded = [(case.values[0]["topic"], case.values[0]["payload"]) for case in lines()]
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
    if expected["unit"] == "°F":
        return pytest.approx((value - 32) / 1.8, rel=1e-12)
    per = PER.get(expected["unit"])
    return value if per is None else pytest.approx(value / per, rel=1e-12)


def heard(line: dict[str, Any]) -> dict[str, list[float | str]]:
    """{metric[@channel]: values in their order} of a line."""
    topic, payload = line["topic"], line["payload"]
    wire = base64.b64decode(payload) if line.get("kind") == "binary-base64" else payload.encode()
    dialect, root = registered(topic)
    suffix = formats()[dialect].suffix(root, topic)
    assert suffix is not None
    source = Source(CAMPUS, "charger")
    for before, said in HEARD_BEFORE.get(topic, ()):
        earlier = formats()[dialect].suffix(root, before)
        assert earlier is not None
        formats()[dialect].decode(earlier, said.encode(), source)
    values: dict[str, list[float | str]] = {}
    for one in formats()[dialect].decode(suffix, wire, source):
        values.setdefault(label(one.metric, one.channel), []).append(one.value)
    return values


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
    "v3/": ("ttn", 4),
    "zigbee2mqtt/": ("zigbee2mqtt", 2),
    "N/": ("victron", 4),
    "shellies/": ("shelly", 2),
    "emonhub/": ("emon", 3),
    "emonesp/": ("emon", 1),
    "emon/": ("emon", 2),
    "dsmr/": ("dsmr", 1),
    "EC3000/debug": ("bridges", 1),
    "EC3000/": ("bridges", 2),
    "fronius/": ("bridges", 3),
    "domoticz/": ("bridges", 2),
    "channels/": ("senml", 3),
    "homie/5/": ("homie", 3),
    "homie/petunia": ("miflora", 2),
    "homeassistant/sensor/petunia/": ("miflora", 3),
    "homeassistant/sensor/xxxxxxxx": ("ecowitt", 3),
    "homeassistant/": ("homeassistant", 1),
    "miflora/": ("miflora", 2),
    "/devices/": ("miflora", 3),
    "ecowitt2mqtt/": ("ecowitt", 2),
    "home/TheengsGateway/BTtoMQTT/": ("openmqttgateway", 4),
    "home/OpenMQTTGateway/BTtoMQTT/": ("openmqttgateway", 4),
    "home/OpenMQTTGateway/": ("openmqttgateway", 2),
    "home/home_presence/": ("openmqttgateway", 1),
    "opensprinkler/": ("opensprinkler", 1),
    "bedroom_environment/": ("esphome", 1),
    "yambms/": ("esphome", 1),
    "esp/": ("esphome", 1),
    "livingroom/": ("esphome", 1),
    "airthings/cloud/": ("airthings", 3),
    "airthings/": ("airthings", 2),
    "nuki/": ("nuki", 1),
    "moonraker/": ("moonraker", 1),
    "my_printer/": ("moonraker", 1),
    "device/": ("bambu", 2),
    "prusa/": ("prusalink", 2),
    "ocpp/cmd": ("ocpp", 1),
    "ocpp/": ("ocpp", 2),
}
"""How a topic begins -> the dialect, and how many levels its device's root has."""
ELSEWHERE = {
    "miflora/connected": ("miflora", "miflora/petunia"),
    "openevse/announce/55ad": ("openevse", "emon/openevse-55ad"),
    "openevse/announce/7b2c": ("openevse", "openevse-7b2c"),
    "homie/5/$broadcast/alert": ("homie", "homie/5/super-car"),
    "spBv1.0/STATE/my_primary_host": ("sparkplug", "spBv1.0/Sparkplug B Devices/Raspberry Pi"),
    "R/c0619ab12345/keepalive": ("victron", "N/c0619ab12345"),
    "N/c0619ab12345/full_publish_completed": ("victron", "N/c0619ab12345"),
    "W/c0619ab12345/vebus/257/Hub4/L1/AcPowerSetpoint": ("victron", "N/c0619ab12345/vebus/257"),
}
"""The dialect and root of what speaks outside of its device's own topics."""


def registered(topic: str) -> tuple[str, str]:
    """The dialect and root under which somebody would register a line's device."""
    levels = topic.split("/")
    if topic in ELSEWHERE:
        return ELSEWHERE[topic]
    if levels[0] == "spBv1.0":
        return "sparkplug", "/".join([*levels[:2], *levels[3:]])
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
