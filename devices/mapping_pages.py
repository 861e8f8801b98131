"""The mapping of any JSON, made in the browser: a message that was heard, its values, what they mean.

Works without JavaScript: each value is a button of the form, and the server shows the form again with a row
for it and with the readings that would result. Nothing is kept before it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest, NotFound
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.moments import from_micros
from campus.people.access import origin, require
from campus.spaces.models import Resource
from devices import registry, wording
from devices.description import Faults
from devices.discovery import mapped
from devices.discovery.mapped import Row
from devices.discovery.tree import Line, lines, read
from devices.form import Typed, slug_of
from devices.intake import inbox
from devices.intake.api import LARGEST_ID
from devices.intake.models import HeardDevice, QuarantinedMessage
from devices.intake.retry import retry_of
from devices.intake.samples import unpack
from devices.metrics import METRICS, label, unit_of
from devices.models import Device
from devices.readings import BadPayload, Source

FORMAT = "mapping"
blueprint = Blueprint("mapping", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Subject:
    """The message that is mapped, where it came from, and the device if it is mapped already."""

    topic: str
    payload: bytes
    at: datetime
    is_whole: bool
    message: int | None = None
    heard: HeardDevice | None = None
    device: Device | None = None
    others: tuple[str, ...] = ()
    """Topics of the other samples, by their place."""


@dataclass(frozen=True, slots=True)
class Result:
    """A reading as it would be kept."""

    label: str
    value: float | str
    unit: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of the mapping as it is typed."""

    typed: Typed
    rows: list[Row]
    faults: Faults = field(default_factory=dict)
    row_faults: Mapping[int, str] = field(default_factory=dict)
    was_late: bool = False


@blueprint.get("/devices/mapping")
def page() -> str:
    """A message of the inbox or of the quarantine, with nothing mapped yet, or as its device has it."""
    with hub().database.read() as session:
        subject = _subject(session, request.args)
        typed = _proposed(session, subject)
    fields = subject.device.options.get("fields") if subject.device else None
    return _show(subject, Shown(typed, mapped.rows_as_saved(fields, typed.topic)))


@blueprint.post("/devices/mapping")
def change() -> str | Response | tuple[str, int]:
    """A value was picked or removed, the result is wanted, or it is saved."""
    with hub().database.read() as session:
        subject = _subject(session, request.form)
    shown = _typed(subject)
    pick, gone = request.form.get("pick"), request.form.get("remove", "")
    if pick is not None:
        shown = replace(shown, rows=_with(shown.rows, pick, subject))
    elif gone.isascii() and gone.isdigit() and len(gone) < 4:
        shown = replace(shown, rows=[row for place, row in enumerate(shown.rows) if place != int(gone)])
    elif request.form.get("do") == "save":
        return _save(subject, shown)
    return _show(subject, shown)


@shows_again("mapping.change")
def form_again() -> tuple[str, int]:
    require("devices.manage")
    with hub().database.read() as session:
        subject = _subject(session, request.form)
    return _show(subject, replace(_typed(subject), was_late=True)), 400


def _typed(subject: Subject) -> Shown:
    form = request.form
    typed = replace(Typed.of(form), format=FORMAT)
    if subject.device:
        typed = replace(typed, slug=subject.device.slug)
    return Shown(typed.with_slug(), mapped.rows_of({name: form.getlist(name) for name in mapped.COLUMNS}))


def _with(rows: list[Row], path: str, subject: Subject) -> list[Row]:
    """The rows and one for the value at `path`; as they are if nothing stands there, or it is mapped."""
    document = read(subject.payload)
    known = {line.path for line in lines(document)[0] if line.path}
    there = any(row.path == path and row.where in ("", subject.topic) for row in rows)
    if path not in known or there or len(rows) >= mapped.MOST_ROWS:
        return rows
    return [*rows, mapped.picked(path, document, subject.topic, rows)]


def _save(subject: Subject, shown: Shown) -> Response | tuple[str, int]:
    root = shown.typed.topic.strip()
    fields, row_faults = mapped.fields_of(shown.rows, root)
    said, faults = shown.typed.description()
    before = dict(subject.device.options) if subject.device else {}
    said = replace(said, options={**before, "fields": fields})
    if subject.device:
        kept = ("expected_interval_s", "rated_power_w", "role")
        said = replace(said, **{name: getattr(subject.device, name) for name in kept})
    if not fields and not row_faults:
        faults["options"] = _("click at least one value")
    if row_faults or faults:
        return _show(subject, replace(shown, faults=faults, row_faults=row_faults)), 422
    zone, now, slug = hub().settings.zone, clock.now(), shown.typed.slug
    try:
        if subject.heard:
            done = inbox.accept(hub().database, subject.heard.id, slug, said, zone=zone, now=now, by=origin())
            read_now = done.read
        else:
            read_now = _put(subject, slug, said, now, zone)
    except BadRequest as error:
        return _show(subject, replace(shown, faults=error.extra["faults"] | shown.typed.unchosen())), 422
    told = _("%(name)s is mapped. Its messages are kept from now on.", name=said.name.strip())
    if read_now:
        waited = ngettext(
            "%(num)s message that had waited was read.",
            "%(num)s messages that had waited were read.",
            read_now,
        )
        told = f"{told} {waited}"
    flash(told)
    return redirect(url_for("devices.device_page", slug=slug), 303)


def _put(subject: Subject, slug: str, said: Any, now: datetime, zone: ZoneInfo) -> int:
    with hub().database.write() as session:
        there = session.scalar(select(Device).where(Device.slug == slug))
        if there is not None and (subject.device is None or there.id != subject.device.id):
            raise BadRequest("", extra={"faults": {"slug": _("this name is taken; choose another")}})
        device, _is_new = registry.put_noted(session, slug, said, origin(), now)
    return retry_of(hub().database, device.id, zone, now, by=origin())[0]


def _subject(session: Session, asked: Mapping[str, str]) -> Subject:
    """The message that is asked for. Raises NotFound."""
    heard, message = _number(asked.get("heard")), _number(asked.get("message"))
    if heard is not None:
        row = inbox.find(session, heard)
        samples = unpack(row.samples)
        place = _number(asked.get("sample"))
        place = len(samples) - 1 if place is None or place >= len(samples) else place
        if not samples:
            raise NotFound(_("This is no longer in the inbox."))
        sample = samples[place]
        at = from_micros(sample.at)
        others = tuple(one.topic for one in samples)
        return Subject(sample.topic, sample.payload, at, sample.is_whole, heard=row, others=others)
    kept = session.get(QuarantinedMessage, message) if message is not None else None
    if kept is None:
        raise NotFound(_("There is no such message in the quarantine."))
    device = session.get(Device, kept.device_id) if kept.device_id else None
    device = device if device and device.format == FORMAT else None
    is_whole = kept.size == len(kept.payload)
    return Subject(kept.topic, kept.payload, kept.received_at, is_whole, message=kept.id, device=device)


def _proposed(session: Session, subject: Subject) -> Typed:
    """The device as it would be saved."""
    if subject.device:
        return Typed.as_is(subject.device, registry.space_slugs(session).get(subject.device.space_id or 0))
    row = subject.heard
    root = row.topic if row and row.format == FORMAT else subject.topic[:512]
    name = row.name if row else root.rstrip("/").rpartition("/")[2][:120]
    slug = inbox.free_slug(session, slug_of(name))
    return Typed(slug=slug, name=name, kind=row.kind if row else "other", format=FORMAT, topic=root)


def _show(subject: Subject, shown: Shown) -> str:
    every, whole = lines(read(subject.payload)) if subject.is_whole else ([], False)
    fields, row_faults = mapped.fields_of(shown.rows, shown.typed.topic.strip())
    results, reason = _results(subject, shown, fields) if fields else ([], "")
    with hub().database.read() as session:
        spaces = session.execute(select(Resource.slug, Resource.name).order_by(Resource.name)).all()
    return render_template(
        "devices/mapping.html",
        wording=wording,
        now=clock.now(),
        when=when,
        subject=subject,
        shown=shown,
        typed=shown.typed,
        faults=shown.faults,
        row_faults=shown.row_faults or row_faults,
        lines=every,
        whole=whole,
        chosen=_chosen(every, shown.rows, subject.topic),
        results=results,
        reason=reason,
        spaces=spaces,
        metrics=METRICS.values(),
    )


def _chosen(every: list[Line], rows: list[Row], topic: str) -> set[str]:
    mapped_here = {row.path for row in rows if row.where in ("", topic)}
    return {line.path for line in every if line.path in mapped_here}


def _results(subject: Subject, shown: Shown, fields: Mapping[str, Any]) -> tuple[list[Result], str]:
    """(what would be kept of the message, why nothing would)."""
    source = Source(hub().settings.zone, shown.typed.kind or "other")
    try:
        decoded = mapped.outcome(fields, shown.typed.topic.strip(), subject.topic, subject.payload, source)
    except BadPayload as reason:
        return [], str(reason)
    results = []
    for said in decoded:
        at = subject.at + said.at if isinstance(said.at, timedelta) else said.at
        results.append(Result(label(said.metric, said.channel), said.value, unit_of(said.metric), at))
    return results, "" if results else _("none of the values says anything now")


def _number(text: str | None) -> int | None:
    fits = text is not None and text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID))
    return int(text) if fits and text else None


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
