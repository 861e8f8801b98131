"""The hub's machines: meters, roof, battery, chargers, printers. Each with registration and voices. Pure."""

from __future__ import annotations

from devices.simulator.dialects import evcc, octoprint, plain, shelly, tasmota
from devices.simulator.roof import INVERTER_W
from devices.simulator.storage import POWER_W
from devices.simulator.thing import GATEWAY, MINUTE, TEN_MINUTES, Link, Thing, Voice

EVCC = "evcc"
AT_LEAST_EVERY = 5 * MINUTE
"""What a meter's owner would expect. Live they speak sooner; in the seeded days every ten minutes, which is
within the three intervals that a value may stand for."""


def grid() -> Thing:
    """A Shelly Pro 3EM where the hub meets the grid."""
    topic = "hub/main-meter"
    return Thing(
        slug="grid-meter",
        name="Grid meter",
        kind="meter",
        format="shelly",
        topic=topic,
        link=Link("grid", shelly.online(topic, True), shelly.online(topic, False)),
        voices=(
            Voice(
                2, TEN_MINUTES, lambda world, now: shelly.three_phases(topic, world.grid_w, now, world.seed)
            ),
            Voice(
                10,
                TEN_MINUTES,
                lambda world, now: shelly.three_phase_energy(
                    topic, world.registers["grid.import_wh"], world.registers["grid.export_wh"]
                ),
            ),
        ),
        expected_interval_s=AT_LEAST_EVERY,
        role="grid",
        rated_power_w=120_000,
    )


def solar() -> Thing:
    """A Tasmota meter behind the inverter."""
    topic = "solar-roof"
    return Thing(
        slug="solar-roof",
        name="Solar roof",
        kind="solar",
        format="tasmota",
        topic=topic,
        link=Link("solar", tasmota.online(topic, True), tasmota.online(topic, False)),
        voices=(
            Voice(
                3,
                TEN_MINUTES,
                lambda world, now: tasmota.energy(
                    topic, world.solar_w, world.registers["solar.wh"], now, world.zone
                ),
            ),
        ),
        expected_interval_s=AT_LEAST_EVERY,
        role="solar",
        rated_power_w=INVERTER_W,
    )


def storage() -> Thing:
    """The battery's gateway, with fields of its own."""
    topic = "hub/battery"
    return Thing(
        slug="battery",
        name="Battery",
        kind="battery",
        format="mapping",
        topic=topic,
        link=GATEWAY,
        voices=(
            Voice(
                4,
                TEN_MINUTES,
                lambda world, now: plain.storage(
                    topic,
                    world.storage,
                    world.registers["storage.in_wh"],
                    world.registers["storage.out_wh"],
                    now,
                ),
            ),
        ),
        expected_interval_s=AT_LEAST_EVERY,
        role="battery",
        rated_power_w=POWER_W,
        options={"fields": plain.STORAGE_FIELDS},
    )


def charger(number: int, rated_w: float) -> Thing:
    """One load point of evcc; the first one carries the heartbeat of them all."""
    slug, topic = f"charger-{number + 1}", f"{EVCC}/loadpoints/{number + 1}"
    heart = Voice(15, 144 * TEN_MINUTES, lambda _world, now: [evcc.heartbeat(EVCC, now)])
    return Thing(
        slug=slug,
        name=f"Charger {number + 1}",
        kind="charger",
        format="evcc",
        topic=topic,
        link=Link("evcc", evcc.online(EVCC, True), evcc.online(EVCC, False)),
        voices=(
            Voice(
                3,
                TEN_MINUTES,
                lambda world, _now: evcc.load_point(
                    topic, world.chargers[number], world.registers[f"{slug}.wh"]
                ),
                repeat_s=MINUTE,
            ),
            *([heart] if number == 0 else []),
        ),
        expected_interval_s=AT_LEAST_EVERY,
        space=slug,
        rated_power_w=rated_w,
    )


def printer(number: int) -> Thing:
    """A printer with OctoPrint."""
    letter = "ab"[number]
    slug, topic = f"printer-{letter}", f"octoPrint/{letter}"
    return Thing(
        slug=slug,
        name=f"Printer {letter.upper()}",
        kind="printer",
        format="octoprint",
        topic=topic,
        link=Link(slug, octoprint.online(topic, True), octoprint.online(topic, False)),
        voices=(
            Voice(
                5,
                TEN_MINUTES,
                lambda world, now: octoprint.printer(topic, world.printers[number], world, now),
            ),
        ),
        expected_interval_s=AT_LEAST_EVERY,
        space=slug,
    )


def plug(number: int) -> Thing:
    """The Shelly plug that a printer hangs on."""
    letter = "ab"[number]
    slug, topic = f"printer-{letter}-plug", f"hub/printer-{letter}-plug"
    return Thing(
        slug=slug,
        name=f"Plug of printer {letter.upper()}",
        kind="meter",
        format="shelly",
        topic=topic,
        link=Link(slug, shelly.online(topic, True), shelly.online(topic, False)),
        voices=(
            Voice(
                6,
                TEN_MINUTES,
                lambda world, now: shelly.plug(
                    topic,
                    world.printers[number].power_w,
                    world.registers[f"printer-{letter}.wh"],
                    now,
                    world.seed,
                ),
            ),
        ),
        expected_interval_s=AT_LEAST_EVERY,
        space=f"printer-{letter}",
        role="load",
        rated_power_w=2_000,
    )
