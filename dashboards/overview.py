"""The start page: the hub live. Whole without JavaScript; with it, it joins the event stream."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus import clock
from campus.colours import Theme
from campus.figures import day_halves, kilo, tied, whole
from campus.hub import hub
from campus.people.access import allowed
from dashboards.attention import attention
from dashboards.board import Board, read_board
from dashboards.charts import Line, config, line_chart, meanings, template
from dashboards.panels import (
    battery_soc,
    charger_cards,
    garden,
    power_now,
    power_sources,
    printer_cards,
)
from dashboards.power import PowerNow, headline_case, shares
from dashboards.power_history import STEP_S, WINDOW, power_lines
from dashboards.rooms import room_cards
from devices.floods import flooding_now

THEMES: tuple[Theme, ...] = ("light", "dark")
blueprint = Blueprint("overview", __name__, template_folder="templates")


@blueprint.get("/")
def page() -> str:
    """The whole page as of now."""
    with hub().database.read() as session:
        board = _board(session)
        if not board.things:
            return render_template("overview/empty.html")
        lines = _lines(session, board)
        power = power_now(board)
        return render_template(
            "overview/page.html",
            power=power,
            soc=battery_soc(board),
            has_battery=bool(board.of("battery")),
            answer=sentence(power),
            lines=lines,
            rows=half_hours(lines),
            incoming=incoming(power),
            outgoing=outgoing(power),
            live=live_data(board, lines),
            **_words(session, board),
        )


@blueprint.get("/overview/cards")
def cards() -> str:
    """The parts that are made of words, for a page where some of them have changed."""
    with hub().database.read() as session:
        return render_template("overview/words.html", **_words(session, _board(session)))


@blueprint.get("/overview.json")
def data() -> dict[str, Any]:
    """What the page's script starts from, for a page that has lost the thread of the stream."""
    with hub().database.read() as session:
        board = _board(session)
        return live_data(board, _lines(session, board))


def live_data(board: Board, lines: list[Line]) -> dict[str, Any]:
    """Where the stream goes on from, what the balance is made of, the chart, and the words for it."""
    zone, start = hub().zone, board.now - WINDOW
    figure = line_chart(lines, unit="kW", zone=zone, start=start, end=board.now)
    order, halves = meanings(lines), day_halves()
    sources = power_sources(board)
    return {
        "after": board.batch_id,
        "now": board.now.timestamp(),
        "zone": hub().settings.timezone,
        "stream": url_for("live.live", after=0),
        "cards": url_for("overview.cards"),
        "again": url_for("overview.data"),
        "parts": {part: [shown.key for shown in found] for part, found in sources.items()},
        "values": {shown.key: shown.number for found in sources.values() for shown in found},
        "words": {
            shown.key: shown.value
            for thing in board.things
            for shown in thing.values.values()
            if shown.number is None
        },
        "devices": {
            thing.slug: {
                "late": thing.standing.rhythm.late_after.total_seconds(),
                "silence": thing.standing.rhythm.gone_after.total_seconds(),
                "seen": _seconds(thing.standing.last_seen),
                "state": thing.standing.availability.state,
                "silent": thing.silent,
            }
            for thing in board.things
        },
        "case": headline_case(power_now(board)),
        "sentences": {case: pattern(case) for case in SENTENCES},
        "durations": {
            "moment": _("less than a minute"),
            "minutes": _("%(minutes)s min", minutes="{minutes}"),
            "hours": _("%(hours)s h", hours="{hours}"),
            "both": _("%(hours)s h %(minutes)s min", hours="{hours}", minutes="{minutes}"),
        },
        "figure": figure,
        "meanings": order,
        "areas": [trace.get("mode") == "none" for trace in figure["data"]],
        "templates": {theme: template(theme, order, twelve=halves is not None) for theme in THEMES},
        "config": config(halves),
        "window": WINDOW.total_seconds(),
    }


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


SENTENCES = ("silent", "odd", "surplus", "sunny", "sunlit", "battery", "dark")


def pattern(case: str) -> str:
    """The sentence of a case, with {use}, {share} and {export} still to be filled in."""
    sentences: dict[str, str] = {
        "silent": _("The grid meter is silent"),
        "odd": _("The meters disagree: more goes out than comes in"),
        "surplus": _(
            "The sun carries the hub: %(use)s kW, and %(export)s kW to spare", use="{use}", export="{export}"
        ),
        "sunny": _("The hub draws %(use)s kW, all of it sun", use="{use}"),
        "sunlit": _("The hub draws %(use)s kW, %(share)s %% of it sun", use="{use}", share="{share}"),
        "battery": _("The hub draws %(use)s kW, most of it from the battery", use="{use}"),
        "dark": _("The hub draws %(use)s kW from the grid", use="{use}"),
    }
    return tied(sentences[case])


def sentence(power: PowerNow) -> str:
    """The answer to why one came, in one sentence."""
    share = power.sun_share
    figures = {
        "use": kilo(power.use),
        "share": whole(None if share is None else 100 * share),
        "export": kilo(power.export),
    }
    return pattern(headline_case(power)).format(**figures)


def incoming(power: PowerNow) -> list[tuple[str, float, float]]:
    """The bar of where the power comes from."""
    return shares([("sun", power.sun), ("battery", power.battery), ("grid", power.grid)])


def outgoing(power: PowerNow) -> list[tuple[str, float, float]]:
    """The bar of where it goes."""
    battery = None if power.battery is None else -power.battery
    parts = [("building", power.building), ("cars", power.cars), ("battery", battery)]
    return shares([*parts, ("grid", power.export)])


def half_hours(lines: list[Line]) -> list[tuple[datetime, list[float | None]]]:
    """The table behind the chart: the mean of every half hour, newest first."""
    length = round(1800 / STEP_S)
    steps = len(lines[0].points)
    rows = []
    for begin in range(0, steps, length):
        means = []
        for line in lines:
            known = [value for _at, value in line.points[begin : begin + length] if value is not None]
            means.append(sum(known) / len(known) if known else None)
        rows.append((lines[0].points[begin][0], means))
    return rows[::-1]


def _board(session: Session) -> Board:
    """Who is charging is shown to staff only, here as in the stream."""
    return read_board(session, clock.now(), see_private=allowed("live.see-private"))


def _lines(session: Session, board: Board) -> list[Line]:
    return power_lines(session, board, board.now - WINDOW, board.now)


def _words(session: Session, board: Board) -> dict[str, Any]:
    chargers, wall, printers = charger_cards(board), garden(board), printer_cards(board)
    rooms = room_cards(session, board, board.now, hub().settings.zone)
    return {
        "now": board.now,
        "attention": attention(chargers, wall, printers, rooms),
        "floods": flooding_now(session, board.now) if allowed("devices.manage") else [],
        "chargers": chargers,
        "garden": wall,
        "printers": printers,
        "rooms": rooms,
    }


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
