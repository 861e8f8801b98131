"""The audit: a page with a filter, and the same as CSV."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, render_template, request, stream_with_context
from flask_babel import force_locale, get_locale

from campus import clock
from campus.database import Database
from campus.figures import when
from campus.hub import hub
from campus.moments import rfc3339
from campus.people.trail.deeds import actions, via_name
from campus.people.trail.entries import Asked, Deed, list_deeds

PAGE = 50
CHUNK = 500
"""Entries of a CSV that are read at a time: a long audit is never in memory as a whole."""
COLUMNS = (
    "id",
    "time",
    "time_utc",
    "who",
    "who_id",
    "action",
    "target",
    "on",
    "before",
    "after",
    "address",
    "via",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""
blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit")
def list_page() -> str:
    """What was done, the newest first, filtered as the address says."""
    asked = Asked.of(request.args)
    with hub().database.read() as session:
        found = list_deeds(session, asked, hub().settings.zone, PAGE + 1)
    return render_template(
        "people/audit.html",
        asked=asked,
        deeds=found[:PAGE],
        more=len(found) > PAGE,
        actions=sorted(actions().items(), key=lambda pair: pair[1].casefold()),
        via_name=via_name,
        now=clock.now(),
        when=when,
    )


@blueprint.get("/audit.csv")
def table() -> Response:
    """All entries of the filter, in the campus zone and in UTC, as they are read."""
    asked, zone = replace(Asked.of(request.args), before=None), hub().settings.zone
    rows = stream_with_context(_lines(hub().database, asked, zone, str(get_locale())))
    name = f"audit-{clock.now().astimezone(zone):%Y-%m-%d}.csv"
    return Response(
        rows,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def plain_cell(value: object) -> str:
    """A cell that no spreadsheet runs as a formula: an apostrophe stands before what looks like one.

    Where people write Chinese or Japanese, a wide ＝ begins one too.
    """
    text = "" if value is None else str(value)
    read = unicodedata.normalize("NFKC", text)
    return f"'{text}" if read.startswith(FORMULA) or read.lstrip().startswith(FORMULA) else text


def _lines(database: Database, asked: Asked, zone: ZoneInfo, locale: str) -> Iterator[str]:
    yield _line(COLUMNS)
    while True:
        with database.read() as session, force_locale(locale):
            deeds = list_deeds(session, asked, zone, CHUNK)
        for deed in deeds:
            yield _line(_cells(deed, zone))
        if len(deeds) < CHUNK:
            return
        asked = replace(asked, before=deeds[-1].id)


def _cells(deed: Deed, zone: ZoneInfo) -> tuple[object, ...]:
    return (
        deed.id,
        deed.at.astimezone(zone).isoformat(timespec="seconds"),
        rfc3339(deed.at),
        deed.who,
        deed.member_id,
        deed.action,
        deed.target,
        deed.on,
        "; ".join(f"{name}: {before}" for name, before, _after in deed.changes if before),
        "; ".join(f"{name}: {after}" for name, _before, after in deed.changes if after),
        deed.address,
        deed.via,
    )


def _line(cells: tuple[object, ...]) -> str:
    made = StringIO()
    csv.writer(made, lineterminator="\r\n").writerow([plain_cell(cell) for cell in cells])
    return made.getvalue()


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
