"""The command line of the things: `flask --app app simulate`, `replay`."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from campus import clock
from campus.errors import CampusError
from campus.hub import hub
from campus.people.access import origin

history = AppGroup("history", help="What devices have said.")


def register(app: Flask) -> None:
    for command in (history, worker, broker, broker_config, simulate, capture, replay):
        app.cli.add_command(command)


@click.command()
def worker() -> None:
    """Listen to the broker and do what is due on time."""
    from devices.worker import work  # noqa: PLC0415 - the web process needs no listener

    _log_lines()
    work(hub().settings, hub().database)


@click.command()
def broker() -> None:
    """Run the embedded broker, on CAMPUS_BROKER_HOST and CAMPUS_BROKER_PORT."""
    from devices.intake.broker import serve  # noqa: PLC0415 - only this command carries a broker

    _log_lines()
    try:
        serve(hub().settings)
    except OSError as error:
        raise click.ClickException(f"the broker cannot listen: {error.strerror or error}") from None
    except CampusError as error:
        raise click.ClickException(error.message) from None


@click.command("broker-config")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--host", "hosts", multiple=True, help="Where clients find the broker.  [default: CAMPUS_PUBLIC_URL's]"
)
@click.option("--port", type=click.IntRange(1, 65535), help="[default: 8883]")
@click.option(
    "--gateway", "gateways", multiple=True, metavar="NAME=TOPIC", help="Speaks below TOPIC for devices there."
)
@click.option(
    "--newcomers/--no-newcomers", default=None, help="A user for what is not registered yet.  [default: none]"
)
@click.option(
    "--require-certificate/--no-require-certificate",
    default=None,
    help="Besides the password.  [default: no]",
)
@click.option("--owner", help="The system user whom the broker runs as.  [default: yourself]")
@with_appcontext
def broker_config(folder: Path, **said: Any) -> None:
    """Write a Mosquitto configuration into DIR: TLS, a user for each device, rights by topic.

    Run again, it keeps secrets and certificates, takes in new devices and shuts out those that are gone;
    options that are not given stay as they were. docs/operations.md leads through it.
    """
    from devices.intake import broker_setup  # noqa: PLC0415 - certificates are nothing for the web process

    try:
        for line in broker_setup.run(hub(), folder, broker_setup.Wishes(**said), origin(), clock.now()):
            click.echo(line)
    except CampusError as error:
        raise click.ClickException(error.message) from None


@click.command()
@click.option("--speed", type=click.FloatRange(0, 3600, min_open=True), default=1.0, show_default=True)
@click.option("--seed", type=int, default=42, show_default=True, help="Another number is another hub.")
@with_appcontext
def simulate(speed: float, seed: int) -> None:
    """Run a believable hub that speaks over MQTT; load it first if the first page asked for it.

    SPEED is how much faster than the clock its day goes by: sun, cars, plants. Times and energy
    registers keep to the clock, so what is recorded is consistent at any speed.
    """
    from devices.simulator.demo import load_if_wanted  # noqa: PLC0415 - the web process needs no simulator
    from devices.simulator.live import run  # noqa: PLC0415

    load_if_wanted(hub().database, hub().settings, clock.now())
    run(hub().settings, seed=seed, speed=speed)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--topic", "topics", multiple=True, default=("#",), help="What to listen to.  [default: #]")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="[default: until Ctrl-C]")
@click.option("--count", type=click.IntRange(1), help="End after so many messages.")
@with_appcontext
def capture(file: Path, topics: tuple[str, ...], seconds: float | None, count: int | None) -> None:
    """Write what the broker says into FILE, as `replay` reads it; packed if its name ends with .gz.

    It begins with what the broker has retained. FILE must not be there yet, and is for your eyes only.
    """
    from devices.simulator import recording  # noqa: PLC0415 - only this command listens so

    try:
        recording.run(file, hub().settings, topics=topics, seconds=seconds, count=count)
    except CampusError as error:
        raise click.ClickException(error.message) from None


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--speed", type=click.FloatRange(0), default=0.0, show_default=True, help="0: as fast as it goes."
)
@with_appcontext
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


@history.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=DEVICE:METRIC",
    help="What a column is; with @CHANNEL, and *0.001 for Wh that are to be kWh.",
)
@click.option("--at", "at_column", default="at", show_default=True, help="The column that has the time.")
@click.option(
    "--meta",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Home Assistant's table statistics_meta as CSV, beside its table statistics.",
)
def import_history(file: Path, maps: tuple[str, ...], at_column: str, meta: Path | None) -> None:
    """Import values from FILE: all of it, or nothing and every line that is wrong.

    CSV with columns device, metric, at, value and perhaps channel; or any columns with a --map of them; or
    what Home Assistant saves from its history page, or its long-term statistics as CSV or JSON (a --map of
    its entities). Times are RFC 3339 with an offset. docs/operations.md shows each.
    """
    from devices.intake import importing  # noqa: PLC0415 - only this command reads spreadsheets

    try:
        done = importing.run(
            hub(), file, importing.read_maps(maps), origin(), clock.now(), at_column=at_column, meta=meta
        )
    except CampusError as error:
        raise click.ClickException(error.message) from None
    if sys.stderr.isatty():
        passed = f", {done.passed_over:,} cells without a value" if done.passed_over else ""
        click.echo(f"{done.values:,} values of {len(done.devices)} devices{passed}", err=True)


def _log_lines() -> None:
    """One line an event, the time left to whoever collects the lines."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    for noisy in ("amqtt", "transitions"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns each second that a job of each second takes longer; the heartbeat shows what is late.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
