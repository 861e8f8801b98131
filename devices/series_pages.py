"""The page of one series: any range, what was corrected, what staff set right, and the same as a file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest, NotFound
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.moments import rfc3339
from campus.people.access import allowed, origin, require
from devices import repair_form, series_view, wording
from devices.history import mending, repairs_api
from devices.history.growth import growth
from devices.history.read import Answer, Bucket, SeriesRef, ask, energy, find_series
from devices.metrics import is_counter, is_private
from devices.registry import find_device
from devices.repair_form import Typed
from devices.series_view import Asked
from devices.trace import trace

COLUMNS = ("at", "mean", "min", "max", "last", "delta", "count", "coverage")
blueprint = Blueprint("series", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Shown:
    """One series over the days that were asked for."""

    ref: SeriesRef
    start: datetime
    end: datetime
    answer: Answer

    @property
    def counts(self) -> bool:
        return is_counter(self.ref.metric) and not self.ref.is_text


@blueprint.get("/devices/<slug>/series")
def page(slug: str) -> str:
    """`series`: its label; `from` and `to`: days of the campus calendar, both included."""
    return _page(slug, Typed.of(request.args), "")


@blueprint.get("/devices/<slug>/series/file")
def file(slug: str) -> Response:
    """The steps of the page, as they are drawn there; `kind`: csv or parquet."""
    asked, kind = _asked(), request.args.get("kind", "csv")
    if kind not in FILES:
        raise NotFound(_("There is no such file."))
    with hub().database.read() as session:
        shown = _shown(session, slug, asked)
    name = f"{slug}-{shown.ref.label}-{asked.first}-{asked.last}.{kind}"
    body, mimetype = FILES[kind](shown)
    made = Response(body, mimetype=mimetype)
    made.headers.set("Content-Disposition", "attachment", filename=name)
    return made


@blueprint.post("/devices/<slug>/series/repairs")
def repair(slug: str) -> Response | tuple[str, int]:
    """Set right what the form says; refused, it is shown again with what was typed."""
    typed = Typed.of(request.form)
    try:
        wanted = repair_form.read(typed, hub().settings.zone)
        with hub().database.write() as session:
            ref = _series(session, slug, typed.series)
            mending.repair(session, ref, wanted, typed.reason, origin(), now=clock.now())
    except BadRequest as refused:
        return _page(slug, typed, refused.message), 422
    flash(_("It is set right. Sums and means follow; what the device said stays as it came."))
    return _back(slug, typed.series)


@blueprint.post(f"/devices/<slug>/series/repairs/<int(max={repairs_api.LARGEST_ID}):repair_id>/undo")
def undo(slug: str, repair_id: int) -> Response:
    with hub().database.write() as session:
        find_device(session, slug)
        row, ref = repairs_api.found_in(session, slug, repair_id)
        mending.undo(session, row.id, ref, origin(), now=clock.now())
    flash(_("The repair is taken back."))
    return _back(slug, ref.label)


@shows_again("series.repair")
def form_again() -> tuple[str, int]:
    require("devices.manage")
    slug = str((request.view_args or {})["slug"])
    return _page(slug, Typed.of(request.form), "", was_late=True), 400


def _page(slug: str, typed: Typed, fault: str, *, was_late: bool = False) -> str:
    now, zone, asked = clock.now(), hub().settings.zone, _asked()
    with hub().database.read() as session:
        device = find_device(session, slug)
        shown = _shown(session, slug, asked)
        ref = shown.ref
        register = energy(session, ref, shown.start, shown.end) if shown.counts else None
        rows = mending.repairs_of(session, [ref.id])
        repairs = [repairs_api.told(session, row, ref) for row in rows]
        size = growth(session, ref, now)
        others = find_series(session, slugs=[slug])
    in_force = [(row.first_at, row.last_at) for row in rows if row.undone_at is None]
    corrected = register.corrections if register else []
    drawn = series_view.drawn(shown.answer.buckets, counts=shown.counts)
    return render_template(
        "devices/series.html",
        wording=wording,
        now=now,
        when=when,
        device=device,
        shown=shown,
        asked=asked,
        ranges=series_view.ranges(now.astimezone(zone).date()),
        line=None if ref.is_text else trace(drawn),
        drawn=drawn,
        marks=series_view.marks(shown.start, shown.end, [one.at for one in corrected], in_force),
        register=register,
        repairs=repairs,
        size=size,
        others=[one for one in others if _may_see(one)],
        typed=typed,
        fault=fault,
        was_late=was_late,
        kinds=repair_form.kinds(ref),
        kind_names={kind: name for kind, name, _help in repair_form.every_kind()},
    )


def _asked() -> Asked:
    said = {**request.args, **request.form}
    return Asked.of(said, clock.now().astimezone(hub().settings.zone).date())


def _shown(session: Session, slug: str, asked: Asked) -> Shown:
    find_device(session, slug)
    ref = _series(session, slug, request.values.get("series", ""))
    zone = hub().settings.zone
    start, end = asked.bounds(zone, clock.now())
    return Shown(ref, start, end, ask(session, [ref], start, end, asked.step, zone=zone)[0])


def _series(session: Session, slug: str, label: str) -> SeriesRef:
    """Raises NotFound, also for what the caller may not see."""
    found = [ref for ref in find_series(session, slugs=[slug]) if ref.label == label and _may_see(ref)]
    if not found:
        raise NotFound(_("This device has no such series."))
    return min(found, key=lambda ref: not ref.is_usual)


def _may_see(ref: SeriesRef) -> bool:
    return not is_private(ref.metric) or allowed("live.see-private")


def _back(slug: str, label: str) -> Response:
    asked: dict[str, Any] = _asked().link()
    return redirect(url_for(".page", slug=slug, series=label, _anchor="repairs", **asked), 303)


def _rows(buckets: Iterable[Bucket]) -> Iterable[Mapping[str, Any]]:
    for bucket in buckets:
        yield {**{name: getattr(bucket, name) for name in COLUMNS}, "at": rfc3339(bucket.at)}


def _csv(shown: Shown) -> tuple[str, str]:
    """Times in UTC and on the campus; the unit stands in the names."""
    zone, unit = hub().settings.zone, shown.ref.unit
    units = {name: f"{name} ({unit})" for name in ("mean", "min", "max", "last", "delta") if unit}
    made = StringIO()
    writer = csv.writer(made, lineterminator="\r\n")
    writer.writerow(["at (UTC)", "at (campus)", *(units.get(name, name) for name in COLUMNS[1:])])
    for bucket, row in zip(shown.answer.buckets, _rows(shown.answer.buckets), strict=True):
        here = bucket.at.astimezone(zone).isoformat()
        writer.writerow([row["at"], here, *(repair_form.cell(row[name]) for name in COLUMNS[1:])])
    return made.getvalue(), "text/csv"


def _parquet(shown: Shown) -> tuple[bytes, str]:
    import pyarrow as pa  # noqa: PLC0415 - heavy, and wanted here only
    from pyarrow import parquet  # noqa: PLC0415 - the same

    buckets = shown.answer.buckets
    columns: dict[str, Any] = {name: [getattr(one, name) for one in buckets] for name in COLUMNS}
    kinds = dict.fromkeys(COLUMNS, pa.float64())
    kinds |= {"at": pa.timestamp("us", tz="UTC"), "count": pa.int64()}
    if shown.ref.is_text:
        kinds["last"] = pa.string()
    about = {"device": shown.ref.device, "series": shown.ref.label, "unit": shown.ref.unit}
    schema = pa.schema(list(kinds.items()), metadata=about)
    made = BytesIO()
    parquet.write_table(pa.table(columns, schema=schema), made)
    return made.getvalue(), "application/vnd.apache.parquet"


FILES: Mapping[str, Callable[[Shown], tuple[str | bytes, str]]] = {"csv": _csv, "parquet": _parquet}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
