"""The hub's sensors: garden, rooms, roof. Each with registration and voices. Pure."""

from __future__ import annotations

from devices.simulator.dialects import chirpstack, plain
from devices.simulator.garden import PANELS
from devices.simulator.thing import GATEWAY, HOUR, LORA, TEN_MINUTES, Thing, Voice


def panel(number: int) -> Thing:
    """A Milesight EM500-SMTC in a panel of the green wall."""
    name = PANELS[number]
    slug = f"panel-{name.lower()}"
    return Thing(
        slug=slug,
        name=f"Panel {name}",
        kind="garden",
        format="chirpstack",
        topic=chirpstack.topic(slug),
        link=LORA,
        voices=(Voice(30, HOUR, lambda world, now: chirpstack.soil(slug, world.garden.panels[number], now)),),
        expected_interval_s=HOUR,
    )


def valve() -> Thing:
    """A Milesight UC511 at the water pipe of the green wall."""
    slug = "garden-valve"
    return Thing(
        slug=slug,
        name="Garden valve",
        kind="garden",
        format="chirpstack",
        topic=chirpstack.topic(slug),
        link=LORA,
        voices=(
            Voice(
                20,
                3 * TEN_MINUTES,
                lambda world, now: chirpstack.valve(slug, world.garden, world.registers["garden.l"], now),
            ),
        ),
        expected_interval_s=TEN_MINUTES,
    )


def water_meter() -> Thing:
    """The pulse counter behind the valve, one pulse a litre, read by the hub's own gateway."""
    topic = "hub/garden-water"
    return Thing(
        slug="garden-water",
        name="Garden water meter",
        kind="garden",
        format="mapping",
        topic=topic,
        link=GATEWAY,
        voices=(
            Voice(
                10,
                TEN_MINUTES,
                lambda world, now: plain.water_meter(topic, world.garden, world.registers["garden.l"], now),
            ),
        ),
        expected_interval_s=TEN_MINUTES,
        options={"fields": plain.WATER_FIELDS},
    )


def room(number: int, slug: str) -> list[Thing]:
    """The two sensors of the world's room `number`."""
    name = slug.replace("-", " ").title()
    air, heads = f"{slug}-air", f"{slug}-people"
    return [
        Thing(
            slug=air,
            name=f"Air in {name}",
            kind="room",
            format="chirpstack",
            topic=chirpstack.topic(air),
            link=LORA,
            voices=(
                Voice(15, 3 * TEN_MINUTES, lambda world, now: chirpstack.air(air, world.rooms[number], now)),
            ),
            expected_interval_s=TEN_MINUTES,
            space=slug,
        ),
        Thing(
            slug=heads,
            name=f"People in {name}",
            kind="room",
            format="chirpstack",
            topic=chirpstack.topic(heads),
            link=LORA,
            voices=(
                Voice(
                    20, 3 * TEN_MINUTES, lambda world, now: chirpstack.heads(heads, world.rooms[number], now)
                ),
            ),
            expected_interval_s=TEN_MINUTES,
            space=slug,
        ),
    ]


def green() -> Thing:
    """Who plays on the roof."""
    topic = "hub/putting-green"
    return Thing(
        slug="putting-green",
        name="Putting green",
        kind="other",
        format="mapping",
        topic=topic,
        link=GATEWAY,
        voices=(
            Voice(
                15,
                3 * TEN_MINUTES,
                lambda world, now: plain.putting_green(topic, world.green, world.weather.elevation < 0, now),
            ),
        ),
        expected_interval_s=TEN_MINUTES,
        space="putting-green",
        options={"fields": plain.GREEN_FIELDS},
    )


def station() -> Thing:
    """The mast on the roof."""
    topic = "hub/weather"
    return Thing(
        slug="weather-station",
        name="Weather station on the roof",
        kind="other",
        format="mapping",
        topic=topic,
        link=GATEWAY,
        voices=(
            Voice(10, 3 * TEN_MINUTES, lambda world, now: plain.weather_station(topic, world.weather, now)),
        ),
        expected_interval_s=TEN_MINUTES,
        options={"fields": plain.STATION_FIELDS},
    )
