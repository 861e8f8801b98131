"""What the simulator says is what the real decoders read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from devices.formats import formats
from devices.metrics import METRICS
from devices.readings import Reading, Source, StateChange
from devices.simulator.hub import things
from devices.simulator.message import Message
from devices.simulator.programme import Programme
from devices.simulator.thing import Link, Thing
from devices.simulator.world import World

ZONE = ZoneInfo("America/Ciudad_Juarez")
NOON = datetime(2026, 11, 17, 19, tzinfo=UTC)
SILENT = {"evcc/updated"}
"""Topics that say nothing of the hub."""
NO_CAR = {"vehicleTitle", "vehicleSoc"}
"""Keys with which evcc says that no car is there by an empty text or 0."""


@pytest.fixture(scope="module")
def said() -> list[tuple[datetime, Message]]:
    """Twenty minutes of the hub at noon, and its births and wills."""
    world = World.settled(42, ZONE, NOON)
    devices = things()
    found = [(NOON, word) for device in devices for word in (device.link.birth, device.link.will) if word]
    programme = Programme(devices)
    for second in range(0, 1200, 5):
        now = NOON + timedelta(seconds=second)
        found += [(now, message) for _link, message in programme.due(world, now)]
        world.step(5, 5)
    return found


def read(thing: Thing, message: Message) -> list[Reading | StateChange] | None:
    """What the device's dialect reads in a message, None if it is another's."""
    dialect = formats()[thing.format]
    suffix = dialect.suffix(thing.topic, message.topic)
    if suffix is None:
        return None
    source = Source(ZONE, thing.kind, thing.role, thing.options)
    return dialect.decode(suffix, message.payload, source)


def readings(
    said: list[tuple[datetime, Message]], slug: str
) -> Iterator[tuple[datetime, Reading | StateChange]]:
    (thing,) = [thing for thing in things() if thing.slug == slug]
    for now, message in said:
        for reading in read(thing, message) or []:
            yield now, reading


def test_every_message_belongs_to_a_device_that_reads_something_in_it(
    said: list[tuple[datetime, Message]],
) -> None:
    devices = things()
    for _now, message in said:
        if message.topic in SILENT:
            continue
        decoded = [found for thing in devices if (found := read(thing, message)) is not None]
        assert decoded, f"{message.topic} is nobody's"
        empty = message.topic.rpartition("/")[2] in NO_CAR and message.payload in (b"", b"0")
        assert empty or any(decoded), f"{message.topic} {message.payload!r} says nothing"


def test_a_message_tells_its_own_time_to_the_second(said: list[tuple[datetime, Message]]) -> None:
    for thing in things():
        for now, message in said:
            for reading in read(thing, message) or []:
                if reading.at is not None:
                    assert isinstance(reading.at, datetime)
                    assert abs(reading.at - now) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    ("slug", "metrics"),
    [
        ("grid-meter", {"power", "energy_import", "energy_export", "voltage", "online"}),
        ("solar-roof", {"power", "energy_export", "online"}),
        ("battery", {"power", "battery_soc", "energy_import", "energy_export"}),
        (
            "charger-1",
            {"power", "energy_import", "session_energy", "charger_status", "charge_limit", "online"},
        ),
        ("panel-c4", {"soil_moisture", "soil_conductivity", "soil_temperature", "battery", "signal"}),
        ("garden-valve", {"valve", "battery"}),
        ("garden-water", {"water_total", "water_flow"}),
        (
            "printer-a",
            {"nozzle_temperature", "bed_temperature", "printer_status", "print_job", "print_progress"},
        ),
        ("printer-b-plug", {"power", "energy_import", "switch"}),
        ("sala-vidrio-1-air", {"co2", "temperature", "humidity", "occupancy"}),
        ("game-room-people", {"people_count"}),
        ("putting-green", {"occupancy", "people_count", "switch"}),
        ("weather-station", {"irradiance", "temperature", "humidity", "wind_speed"}),
    ],
)
def test_each_device_tells_what_its_page_needs(
    said: list[tuple[datetime, Message]], slug: str, metrics: set[str]
) -> None:
    told = {reading.metric for _now, reading in readings(said, slug)}
    assert metrics <= told
    assert metrics <= METRICS.keys()


def test_the_decoded_power_is_the_worlds(said: list[tuple[datetime, Message]]) -> None:
    world = World.settled(42, ZONE, NOON)
    first = next(reading for _now, reading in readings(said, "grid-meter") if reading.metric == "power")
    whole = [
        reading.value
        for now, reading in readings(said, "grid-meter")
        if reading.metric == "power" and reading.channel == "" and now == NOON
    ]
    assert first.channel in ("", "l1")
    assert whole == [pytest.approx(world.grid_w, abs=0.001)]


def test_words_are_those_of_the_vocabulary(said: list[tuple[datetime, Message]]) -> None:
    allowed = {
        "charger_status": {"available", "connected", "charging", "suspended"},
        "printer_status": {"idle", "printing", "finished"},
        "valve": {"open", "closed"},
        "occupancy": {"occupied", "clear"},
        "online": {"online", "offline"},
        "switch": {"on", "off"},
    }
    for thing in things():
        for _now, reading in readings(said, thing.slug):
            if reading.metric in allowed:
                assert reading.value in allowed[reading.metric], thing.slug


def test_what_did_not_change_is_not_said_again() -> None:
    world, programme = World.settled(42, ZONE, NOON), Programme(things())
    first = [message.topic for _link, message in programme.due(world, NOON)]
    later = [message.topic for _link, message in programme.due(world, NOON + timedelta(seconds=4))]
    assert "evcc/loadpoints/1/mode" in first
    assert "evcc/loadpoints/1/mode" not in later
    programme.forget()
    again = [message.topic for _link, message in programme.due(world, NOON + timedelta(seconds=8))]
    assert "evcc/loadpoints/1/mode" in again


def test_power_is_said_every_few_seconds_and_nothing_floods() -> None:
    world, programme = World.settled(42, ZONE, NOON), Programme(things())
    counts: dict[str, int] = {}
    for second in range(60):
        for _link, message in programme.due(world, NOON + timedelta(seconds=second)):
            counts[message.topic] = counts.get(message.topic, 0) + 1
        world.step(1, 1)
    assert counts["hub/main-meter/status/em:0"] >= 29
    assert counts["tele/solar-roof/SENSOR"] >= 19
    assert sum(counts.values()) < 60 * 15


def test_devices_have_slugs_topics_and_links_of_their_own() -> None:
    devices = things()
    assert len({device.slug for device in devices}) == len(devices)
    assert len({device.topic for device in devices}) == len(devices)
    links: dict[str, Link] = {}
    for device in devices:
        assert links.setdefault(device.link.name, device.link) == device.link
