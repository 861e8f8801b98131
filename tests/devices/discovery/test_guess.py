"""Who speaks is guessed from the topic and from what can be read: against all samples too."""

from __future__ import annotations

import base64
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.discovery.announcements import announced
from devices.discovery.guess import guess
from devices.discovery.proposal import kind_of
from devices.formats._ha_config import levels_of
from devices.readings import BadPayload
from tests.devices.formats.test_recorded_payloads import COLLECTION, lines, registered

ZONE = ZoneInfo("America/Ciudad_Juarez")


@pytest.mark.parametrize(
    ("topic", "payload", "dialect", "root", "kind"),
    [
        ("tele/pump/SENSOR", b'{"ENERGY": {"Power": 5}}', "tasmota", "pump", "meter"),
        ("garden/tele/pump/STATE", b'{"POWER": "ON"}', "tasmota", "garden/pump", "garden"),
        ("hall/plug/status/switch:0", b'{"id": 0, "apower": 5}', "shelly", "hall/plug", "meter"),
        ("shellies/shellyem-1/emeter/0/power", b"12.5", "shelly", "shellies/shellyem-1", "meter"),
        ("zigbee2mqtt/Pump room", b'{"power": 5}', "zigbee2mqtt", "zigbee2mqtt/Pump room", "meter"),
        ("evcc/loadpoints/1/chargePower", b"7000", "evcc", "evcc/loadpoints/1", "charger"),
        ("/go-eCharger/012345/car", b"1", "goe", "/go-eCharger/012345", "charger"),
        ("N/c0619ab12345/grid/30/Ac/Power", b'{"value": 5}', "victron", "N/c0619ab12345/grid/30", "meter"),
        ("greenhouse/rack3", b'{"vwc": 31.5}', "mapping", "greenhouse/rack3", "garden"),
        ("greenhouse/rack3/state", b'{"vwc": 31.5}', "mapping", "greenhouse/rack3", "garden"),
        ("office/temperature", b"21.5", "mapping", "office", "other"),
    ],
)
def test_a_guess(topic: str, payload: bytes, dialect: str, root: str, kind: str) -> None:
    made = guess(topic, payload, ZONE)
    assert made is not None
    assert (made.format, made.topic, made.kind) == (dialect, root, kind)


@pytest.mark.parametrize(
    "topic",
    ["cmnd/pump/POWER", "zigbee2mqtt/bridge/info", "homeassistant/status", "R/c06/keepalive", "a/b/set"],
)
def test_what_no_device_says_proposes_nothing(topic: str) -> None:
    assert guess(topic, b"1", ZONE) is None


def test_a_panel_is_of_the_garden_though_it_has_a_thermometer() -> None:
    assert kind_of("chirpstack", "application/1/device/2", ["temperature", "soil_moisture@1"]) == "garden"
    assert kind_of("tasmota", "roof pv", ["power"]) == "solar"
    assert kind_of("mapping", "a/b", ["x_thing"]) == "other"


@given(st.text(min_size=1, max_size=80), st.binary(max_size=200))
def test_whatever_comes_is_guessed_or_not_but_never_fails(topic: str, payload: bytes) -> None:
    made = guess(topic, payload, ZONE)
    assert made is None or (0 < len(made.topic) <= 512 and "#" not in made.topic and made.name)


@pytest.mark.skipif(COLLECTION is None, reason="left out: the recorded payloads in ../shared/data/payloads")
def test_nine_of_ten_recorded_lines_find_their_dialect() -> None:
    right = every = 0
    for case in lines():
        line = case.values[0]
        topic = line["topic"]
        if line.get("kind") == "command" or levels_of(topic):
            continue  # Home Assistant is told of devices of many dialects
        wire = line["payload"].encode()
        if line.get("kind") == "binary-base64":
            wire = base64.b64decode(wire)
        try:
            found = announced(topic, wire, ZONE)
        except BadPayload:
            continue
        made = guess(topic, wire, ZONE) if found is None else next(iter(found), None)
        if made is None or not wire:
            continue
        every += 1
        right += made.format == registered(topic)[0]
    assert every > 300
    assert right / every > 0.93
