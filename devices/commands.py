"""The command line of the things: `flask --app app simulate`, `replay`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask

from campus.errors import CampusError
from campus.hub import hub


def register(app: Flask) -> None:
    for command in (simulate, replay):
        app.cli.add_command(command)


@click.command()
@click.option("--speed", type=click.FloatRange(0, 3600, min_open=True), default=1.0, show_default=True)
@click.option("--seed", type=int, default=42, show_default=True, help="Another number is another hub.")
def simulate(speed: float, seed: int) -> None:
    """Run a believable hub that speaks over MQTT.

    SPEED is how much faster than the clock its day goes by: sun, cars, plants. Times and energy
    registers keep to the clock, so what is recorded is consistent at any speed.
    """
    from devices.simulator.live import run  # noqa: PLC0415 - the web process needs no simulator

    run(hub().settings, seed=seed, speed=speed)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--speed", type=click.FloatRange(0), default=0.0, show_default=True, help="0: as fast as it goes."
)
def replay(file: Path, speed: float) -> None:
    """Publish a capture: one JSON object a line with topic, payload, and at, retained if known.

    FILE may be compressed with gzip. With a SPEED the messages keep the rhythm of their `at`, that
    many times faster. A line that is no message stops the replay and is named by its number.
    """
    from devices.simulator.replay import run  # noqa: PLC0415 - only this command publishes captures

    try:
        run(file, hub().settings, speed=speed)
    except CampusError as error:
        raise click.ClickException(error.message) from None
