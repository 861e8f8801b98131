"""What devices announce of themselves becomes a proposal; what cannot be read says why."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import orjson
import pytest

from devices.discovery.announcements import announced, is_announcement
from devices.discovery.proposal import ANNOUNCED, BRIDGED, Proposal
from devices.readings import BadPayload

ZONE = ZoneInfo("America/Ciudad_Juarez")


def of(topic: str, said: object) -> list[Proposal]:
    """What is announced by a JSON document."""
    found = announced(topic, orjson.dumps(said), ZONE)
    assert found is not None
    return found


def only(topic: str, said: object) -> Proposal:
    (one,) = of(topic, said)
    return one


def test_tasmota_tells_its_topic_whatever_its_full_topic_is() -> None:
    config = {"dn": "Pump", "fn": ["Pump 1"], "hn": "tasmota-1", "t": "pump", "ft": "home/%prefix%/%topic%/"}
    made = only("tasmota/discovery/AABBCC112233/config", config)
    assert (made.format, made.topic, made.name, made.sureness) == ("tasmota", "home/pump", "Pump", ANNOUNCED)
    config["ft"] = "%topic%/%prefix%/"
    assert only("tasmota/discovery/AABBCC112233/config", config).topic == "pump"


def test_tasmota_s_sensors_say_what_it_measures() -> None:
    said = {"sn": {"Time": "2026-03-03T12:00:00", "ENERGY": {"Total": 3.1, "Power": 5}}, "ver": 1}
    made = only("tasmota/discovery/AABBCC112233/sensors", said)
    assert made.of == "tasmota/discovery/AABBCC112233/config"
    assert {"power", "energy_import"} <= set(made.metrics)


def test_every_device_of_a_zigbee_network_is_proposed_but_not_the_coordinator() -> None:
    plug = {"exposes": [{"type": "switch", "features": [{"property": "state"}]}, {"property": "power"}]}
    network = [
        {"type": "Coordinator", "friendly_name": "Coordinator"},
        {"type": "Router", "friendly_name": "Pump room/plug", "definition": plug},
        {"type": "EndDevice", "friendly_name": "gone", "disabled": True},
        {"type": "EndDevice", "friendly_name": "door", "definition": {"exposes": [{"property": "contact"}]}},
        "nonsense",
    ]
    plug_found, door = of("zigbee2mqtt/bridge/devices", network)
    assert (plug_found.format, plug_found.topic) == ("zigbee2mqtt", "zigbee2mqtt/Pump room/plug")
    assert (plug_found.kind, plug_found.metrics) == ("meter", ("switch", "power"))
    assert (door.kind, door.metrics) == ("room", ("door",))


def test_what_home_assistant_is_told_is_proposed_in_the_dialect_that_is_spoken() -> None:
    config = {
        "name": "Temperature",
        "stat_t": "zigbee2mqtt/weather",
        "dev_cla": "temperature",
        "unit_of_meas": "°C",
        "val_tpl": "{{ value_json.temperature }}",
        "dev": {"ids": ["0x1"], "name": "Weather"},
    }
    made = only("homeassistant/sensor/0x1/temperature/config", config)
    assert (made.format, made.topic, made.name) == ("zigbee2mqtt", "zigbee2mqtt/weather", "Weather")
    config["stat_t"] = "strange/weather/t"
    made = only("homeassistant/sensor/0x1/temperature/config", config)
    assert (made.format, made.topic, made.sureness) == ("homeassistant", "homeassistant/+/0x1", BRIDGED)
    assert made.options == {"configs": {"homeassistant/sensor/0x1/temperature/config": config}}
    assert (made.metrics, made.speaks) == (("temperature",), ("strange/weather/t",))


def test_the_device_form_proposes_one_device_with_all_of_its_components() -> None:
    config = {
        "dev": {"ids": "0AFFD2", "name": "Tank"},
        "o": {"name": "fw"},
        "cmps": {
            "level": {"p": "sensor", "stat_t": "tank/level", "unit_of_meas": "°C", "dev_cla": "temperature"},
            "valve": {"p": "valve", "stat_t": "tank/valve"},
        },
    }
    made = only("homeassistant/device/0AFFD2/config", config)
    assert (made.topic, made.name, made.kind) == ("homeassistant/device/0AFFD2", "Tank", "garden")
    assert made.speaks == ("tank/level", "tank/valve")


def test_shelly_openevse_and_homie_tell_where_they_speak() -> None:
    shelly = only("shellies/announce", {"id": "shellyem-AABBCC", "model": "SHEM"})
    assert (shelly.format, shelly.topic) == ("shelly", "shellies/shellyem-AABBCC")
    charger = only(
        "openevse/announce/55ad", {"state": "connected", "name": "North", "mqtt": "emon/openevse-55ad"}
    )
    assert (charger.format, charger.topic, charger.kind) == ("openevse", "emon/openevse-55ad", "charger")
    car = only("homie/5/super-car/$description", {"homie": "5.0", "name": "Supercar", "version": 7})
    assert (car.format, car.topic, car.name) == ("homie", "homie/5/super-car", "Supercar")


def test_a_lorawan_device_is_named_as_its_network_server_has_it() -> None:
    up = {"deviceInfo": {"deviceName": "Panel C4", "devEui": "0102030405060708"}, "object": {"moisture": 31}}
    made = only("application/17c8/device/0102030405060708/event/up", up)
    assert (made.format, made.topic) == ("chirpstack", "application/17c8/device/0102030405060708")
    assert (made.name, made.kind) == ("Panel C4", "garden")


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("tasmota/discovery/AA/config", b"not json"),
        ("tasmota/discovery/AA/config", b'{"t": 5}'),
        ("shellies/announce", b"[]"),
        ("openevse/announce/55ad", b'{"mqtt": null}'),
        ("zigbee2mqtt/bridge/devices", b"{}"),
        ("homeassistant/sensor/x/config", b'{"name": "no topic"}'),
    ],
)
def test_an_announcement_that_cannot_be_read_says_why(topic: str, payload: bytes) -> None:
    assert is_announcement(topic)
    with pytest.raises(BadPayload):
        announced(topic, payload, ZONE)


def test_what_cannot_be_registered_is_not_proposed() -> None:
    assert of("openevse/announce/55ad", {"mqtt": "a/#"}) == []
    assert of("openevse/announce/55ad", {"mqtt": "x" * 600}) == []
    assert of("shellies/announce", {"id": "a\x00b"}) == []


def test_a_name_that_cannot_be_shown_is_replaced() -> None:
    made = only("openevse/announce/55ad", {"mqtt": "emon/north", "name": "\x1b[31mred"})
    assert made.name == "north"


def test_a_reading_is_no_announcement() -> None:
    assert not is_announcement("tele/pump/SENSOR")
    assert announced("tele/pump/SENSOR", b"{}", ZONE) is None
