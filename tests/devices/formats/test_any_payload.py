"""Whatever arrives, a dialect either says what it means or refuses it: BadPayload and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.formats import formats
from devices.readings import BadPayload, Source
from tests.devices.formats.decoding import CAMPUS, assert_storable

SUFFIXES = {
    "tasmota": (
        "tele/SENSOR",
        "tele/STATE",
        "stat/RESULT",
        "stat/STATUS8",
        "stat/POWER1",
        "tele/LWT",
        "cmnd/POWER",
    ),
    "shelly": (
        "events/rpc",
        "status/switch:0",
        "status/em:0",
        "status/new:9",
        "online",
        "",
        "events/aa:bb",
        "rpc",
        "relay/0/power",
        "emeter/1/total",
        "phase/2/voltage",
        "sensor/temperature",
        "info",
        "status",
        "ext_temperatures",
    ),
    "evcc": (
        "loadpoint/chargePower",
        "loadpoints/2/charging",
        "site/battery/1/soc",
        "site/x",
        "status",
        "vehicle/y",
    ),
    "chirpstack": ("event/up", "event/status", "event/location", "event/join"),
    "octoprint": (
        "event/PrintStarted",
        "progress/printing",
        "temperature/tool0",
        "temperature/x",
        "mqtt",
        "metadata/a",
    ),
    "mapping": ("", "sub", "other"),
    "openwb": (
        "lp/=/W",
        "lp/=/boolPlugStat",
        "chargepoint/=/get/currents",
        "chargepoint/7/get/connected_vehicle/soc",
        "copy/chargepoint/=/get/imported",
        "chargepoint/=/set/log",
        "pv/3/get/power",
        "bat/get/soc",
        "evu/WhImported",
        "global/x",
        "system/version",
        "lp/=",
    ),
    "goe": ("nrg", "car", "eto", "cdi", "tma", "status", "mcc", "newKey", "amp/set"),
    "openevse": ("announce", "amp", "temp1", "state", "vehicle", "rfid_auth", "wh", "other", "a/b"),
    "smartevse": (
        "connected",
        "State",
        "EVCurrentL1",
        "EVComputedSoC",
        "Error",
        "EVCCID",
        "Other",
        "Set/Mode",
    ),
    "easee": ("power", "charging", "chargerOpMode", "cable_lock", "other", "cmnd/x"),
    "everest": (
        "session_info",
        "powermeter",
        "bay/limits",
        "telemetry",
        "ev_info",
        "ocpp",
        "ocpp/connection_status",
        "other",
        "commands",
    ),
    "tesla": ("vitals", "lifetime", "other", "ABCD/power", "ABCD/state", "config/x", "a/b/c"),
    "warp": (
        "evse/state",
        "meters/0/value_ids",
        "meters/0/values",
        "meters/1/values",
        "meter/values",
        "meter/all_values",
        "charge_tracker/current_charge",
        "info",
    ),
    "ocpp": (
        "",
        "frame",
        "MeterValues",
        "StatusNotification",
        "StartTransaction",
        "StopTransaction",
        "TransactionEvent",
        "state/soc",
        "state/other",
        "notification_status",
        "cmd/x",
    ),
    "bridges": ("fronius|PAC", "inverter|", "domoticz all|", "ec3000|", "|status", "|x"),
    "dsmr": (
        "json",
        "raw",
        "reading/electricity_delivered_1",
        "consumption/gas/delivered",
        "day-consumption/x",
    ),
    "emon": ("", "power1", "node/vrms", "9/values", "values"),
    "homeassistant": (
        "config homeassistant/sensor/x/config",
        "config* homeassistant/device/x/config",
        "config? homeassistant/light/x/config\x00z,y",
        "state z/weather",
    ),
    "homie": ("$state", "$description", "node/power", "/node/power", "node/power/$unit", "node/power/set"),
    "senml": ("", "sub"),
    "sparkplug": ("NBIRTH/n//", "NDATA/n//", "DBIRTH/n/d/d", "DDATA/n/d/", "NDEATH/n/^/", "STATE///"),
    "ttn": ("up", "join", "location/solved"),
    "victron": ("N/grid/30/Ac/Power", "N/evcharger/-/Status", "N/system/0/Ac/Grid/L1/Power", "N/x/1/y/z"),
    "zigbee2mqtt": ("*/plug", "*/plug/power", "", "availability", "bridge/state", "power", "state/set"),
    "openmqttgateway": (
        "sensor",
        "sensor/moi",
        "sensors c47c8d0a0b0c",
        "LWT",
        "SYStoMQTT",
        "commands/MQTTtoBT",
    ),
    "miflora": ("|", "basil|", "|moisture", "basil|light", "|connected", "|$state", "|moisture/config"),
    "ecowitt": (
        "",
        "temp/state",
        "wh57batt/state",
        "leak_ch1/state",
        "temp/config",
        "temp/availability",
        "new/state",
        "temp/attributes",
    ),
    "opensprinkler": (
        "station/3",
        "station/3/alert/flow",
        "station/3/alert/curr",
        "sensor/flow",
        "sensor1",
        "raindelay",
        "program/1",
        "weather",
        "system",
        "overcurrent",
        "analogsensor/Soil bed",
        "availability",
        "new",
    ),
    "esphome": (
        "status",
        "sensor/temperature/state",
        "sensor/tank_temperature_f/state",
        "sensor/probe/state",
        "binary_sensor/door/state",
        "binary_sensor/leak/state",
        "switch/valve_1/state",
        "fan/x/speed_level/state",
        "light/desk/state",
        "cover/x/state",
        "valve/x/position/state",
        "lock/x/state",
        "climate/x/current_temperature/state",
        "climate/x/mode/state",
        "text_sensor/x/state",
        "number/x/state",
        "sensor//state",
        "a/b/c/d/state",
        "debug",
    ),
    "moonraker": (
        "klipper/status",
        "klipper/state/extruder/temperature",
        "klipper/state/print_stats/state",
        "klipper/state/temperature_sensor mcu/temperature",
        "klipper/state/print_stats/info",
        "moonraker/status",
        "moonraker/api/response",
    ),
    "bambu": ("report", "request"),
    "prusalink": ("", "status", "job", "printer", "online", "files"),
    "airthings": ("", "co2", "radon_1day_avg", "new", "co2/set"),
    "nuki": (
        "lock/state",
        "lock/json",
        "lock/rssi",
        "lock/doorSensorState",
        "battery/basicJson",
        "state",
        "maintenance/mqttConnectionState",
        "lock/authorizationName",
    ),
}
OPTIONS = {
    "calibration": {"probe": {"metric": "soil_moisture", "raw": [-1e9, 1e9], "is": [0, 1e9]}},
    "volume_unit": "gal",
    "total_unit": "kWh",
    "power_unit": "kW",
    "fields": {
        "power": {"path": "Power", "scale": 1e300},
        "switch": {"path": ""},
        "co2": {"path": "object.co2", "at": "time"},
        "x_any": {"path": "[0]", "topic": "sub"},
        "charger_status": {"path": "id", "map": {"1": "charging"}},
    },
}
DEVICES = [
    Source(CAMPUS, kind, role, OPTIONS)
    for kind, role in (("charger", None), ("solar", None), ("meter", "grid"))
]

MEMORY: dict[str, dict[Any, Any]] = {
    "warp": {("meter", "0"): {"ids": [74, 209, 5]}, "began": 1.0},
}
"""What a device has said before, without which some of its messages say nothing."""

KNOWN_KEYS = [
    "Time",
    "TempUnit",
    "ENERGY",
    "Power",
    "Total",
    "Temperature",
    "Switch1",
    "POWER",
    "Wifi",
    "StatusSNS",
    "ZbReceived",
    "method",
    "params",
    "ts",
    "events",
    "component",
    "data",
    "switch:0",
    "em:0",
    "aenergy",
    "total",
    "apower",
    "output",
    "id",
    "time",
    "object",
    "deviceInfo",
    "rxInfo",
    "rssi",
    "history",
    "timestamp",
    "messages",
    "measurementId",
    "measurementValue",
    "co2",
    "temperature",
    "valve_1",
    "batteryLevel",
    "location",
    "_timestamp",
    "progress",
    "path",
    "printer_data",
    "state",
    "flags",
    "job",
    "filament",
    "actual",
    "target",
    "name",
    "connectorId",
    "evse",
    "evseId",
    "transactionId",
    "transactionInfo",
    "chargingState",
    "eventType",
    "meterStart",
    "meterStop",
    "meterValue",
    "sampledValue",
    "value",
    "measurand",
    "unit",
    "unitOfMeasure",
    "multiplier",
    "phase",
    "location",
    "context",
    "idTag",
    "charger_state",
    "iec61851_state",
    "user_id",
    "meter_start",
    "authorization_info",
    "charged_energy_wh",
    "energy_Wh_import",
    "L1",
    "datetime",
    "vehicle_connected",
    "energy_wh",
    "car",
    "nrg",
    "type",
    "soc",
    "imported_since_plugged",
    "metrics",
    "alias",
    "seq",
    "timestamp_ms",
    "bn",
    "bt",
    "n",
    "u",
    "v",
    "e",
    "nodes",
    "properties",
    "stat_t",
    "dev",
    "cmps",
    "val_tpl",
    "uplink_message",
    "decoded_payload",
    "normalized_payload",
    "rx_metadata",
    "idx",
    "svalue",
    "emeters",
    "is_valid",
    "voltage",
    "battery",
    "contact",
    "electricity_delivered_1",
    "electricity_currently_returned",
    "tempc",
    "tempf",
    "pres",
    "moisture",
    "val",
    "baromrel",
    "tempinf",
    "yrain_piezo",
    "wh57batt",
    "dateutc",
    "duration",
    "flow",
    "data_ok",
    "status",
    "extruder",
    "print_stats",
    "webhooks",
    "virtual_sdcard",
    "filename",
    "print",
    "command",
    "gcode_state",
    "subtask_name",
    "gcode_file",
    "wifi_signal",
    "device",
    "bed",
    "info",
    "temp",
    "ams",
    "tray",
    "remain",
    "printer",
    "job",
    "file",
    "telemetry",
    "sensors",
    "sensorType",
    "lock_state",
    "server",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12),
    st.sampled_from(
        ["nan", "1e999", "-Infinity", "ON", "F", "NotifyStatus", "NotifyEvent", "9999-12-31T23:59:59-23:59"]
    ),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.one_of(st.sampled_from(KNOWN_KEYS), st.text(max_size=6)), inner, max_size=6),
    ),
    max_leaves=24,
)


def decoded_or_refused(dialect: str, payload: bytes) -> None:
    """Every topic of a dialect takes a payload; what comes out can be stored."""
    for suffix in SUFFIXES[dialect]:
        for device in DEVICES:
            source = replace(device, memory=dict(MEMORY.get(dialect, {})))
            try:
                found = formats()[dialect].decode(suffix, payload, source)
            except BadPayload as reason:
                assert 0 < len(str(reason)) < 300
                continue
            assert_storable(found)


@pytest.mark.parametrize("dialect", SUFFIXES)
@given(payload=st.binary(max_size=60))
@example(payload=b"[" * 10_000)
@example(payload=b'{"a":' * 10_000)
@example(payload=b"\xff\xfe")
@example(payload=b'{"ENERGY":{"Power":NaN}}')
@example(payload=b'"' + b"x" * 1_048_576 + b'"')
@settings(max_examples=60, deadline=None)
def test_random_bytes_are_decoded_or_refused(dialect: str, payload: bytes) -> None:
    decoded_or_refused(dialect, payload)


@pytest.mark.parametrize("dialect", SUFFIXES)
@given(value=VALUES)
@example(
    value=[2, "id", "MeterValues", {"meterValue": [{"sampledValue": [{"value": 1.7e308, "unit": "kW"}]}]}]
)
@example(value=[2, "id", "MeterValues", {"sampledValue": [{"value": 1.7e308}], "connectorId": 1e308}])
@example(value=[2, "id", "TransactionEvent", {"eventType": [], "transactionInfo": {"transactionId": {}}}])
@example(value=1.7e306)
@example(
    value=[
        2,
        "id",
        "MeterValues",
        {
            "sampledValue": [
                *({"value": 1.7e308, "phase": f"L{n}", "measurand": "Power.Active.Import"} for n in (1, 2)),
                {"value": 1.7e308, "unit": "kWh"},
                {"value": -1.7e308, "unit": "kWh", "context": "Transaction.Begin"},
            ]
        },
    ]
)
@example(value={"charger_state": {}, "iec61851_state": [1], "charged_energy_wh": 1e308})
@example(value={"k" * 5000: {"k" * 5000: {"k" * 5000: 1}}})
@example(value={"object": {"history": [{"timestamp": 1e308, "co2": 1}]}})
@example(
    value={"TempUnit": "F", "PressureUnit": "inHg", "BME280": {"Temperature": 1.7e308, "Pressure": -1.7e308}}
)
@example(
    value={"method": "NotifyStatus", "params": {"ts": 1e308, "em1data:0": {"total_act_energy": 1.7e308}}}
)
@settings(max_examples=150, deadline=None)
def test_random_json_is_decoded_or_refused(dialect: str, value: Any) -> None:
    decoded_or_refused(dialect, orjson.dumps(value))


@pytest.mark.parametrize("dialect", SUFFIXES)
@given(root=st.text("ab/+#%", max_size=8), topic=st.text("ab/", max_size=10))
@settings(max_examples=50, deadline=None)
def test_any_root_and_topic_give_a_suffix_or_none(dialect: str, root: str, topic: str) -> None:
    suffix = formats()[dialect].suffix(root, topic)
    assert suffix is None or isinstance(suffix, str)


def test_every_dialect_is_tried_here() -> None:
    assert set(SUFFIXES) <= set(formats())
