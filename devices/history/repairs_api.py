"""The API of repairs: what staff set right in a series, with reasons; and taking it back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Flask
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from campus import clock
from campus.api import Body, api_blueprint
from campus.errors import BadRequest, NotFound
from campus.fields import Instant, InstantOut
from campus.hub import hub
from campus.moments import from_micros, to_micros
from campus.people.access import origin
from campus.people.models import Member
from devices.history import mending
from devices.history.models import SetRight
from devices.history.repairs import FOREVER, Kind, Repair
from devices.history.series import SeriesRef, find_series
from devices.registry import find_device

LARGEST_ID = 2**63 - 1
Number = Annotated[float, Field(allow_inf_nan=False)]
blueprint: APIBlueprint = api_blueprint("repairs_api", __name__)


class RepairBody(Body):
    """`number`: the value, the offset or the factor. A swap: where the `old` meter ended, the `new` began.

    Without `end` an offset, a scale or a swap is for good; what is bad or has another value ends.
    """

    metric: Annotated[str, Field(max_length=96)]
    channel: Annotated[str, Field(max_length=64)] = ""
    kind: Kind
    start: Instant
    end: Instant | None = None
    number: Number | None = None
    old: Number | None = None
    new: Number | None = None
    reason: Annotated[str, Field(max_length=2 * mending.LONGEST_REASON)]


class RepairOut(BaseModel):
    """`number` of a swap: how much higher the old meter stood than the new one began."""

    id: int
    device: str
    metric: str
    channel: str
    kind: Literal["bad", "value", "offset", "scale", "swap"]
    start: InstantOut
    end: InstantOut | None
    number: float | None
    reason: str
    by: str | None
    made_at: InstantOut
    undone_at: InstantOut | None


class RepairsOut(BaseModel):
    """All that was ever set right in the series of a device, the newest first."""

    items: list[RepairOut]


@blueprint.get("/devices/<slug>/repairs")
@blueprint.output(RepairsOut)
def list_repairs(slug: str) -> RepairsOut:
    """What staff set right, what was undone included."""
    with hub().database.read() as session:
        find_device(session, slug)
        refs = {ref.id: ref for ref in find_series(session, slugs=[slug])}
        found = mending.repairs_of(session, list(refs))
        return RepairsOut(items=[told(session, row, refs[row.series_id]) for row in found])


@blueprint.post("/devices/<slug>/repairs")
@blueprint.input(RepairBody, location="json", arg_name="body")
@blueprint.output(RepairOut, status_code=201)
def make_repair(slug: str, body: RepairBody) -> RepairOut:
    """Set a span of a series right. The stored values stay; sums and means follow."""
    with hub().database.write() as session:
        find_device(session, slug)
        named = find_series(session, slugs=[slug], metrics=[body.metric])
        refs = sorted((one for one in named if one.channel == body.channel), key=lambda one: not one.is_usual)
        if not refs:
            raise NotFound(f"{slug} has no readings of {body.metric[:40]!r}.")
        row = mending.repair(session, refs[0], _wanted(body), body.reason, origin(), now=clock.now())
        return told(session, row, refs[0])


@blueprint.post(f"/devices/<slug>/repairs/<int(max={LARGEST_ID}):repair_id>/undo")
@blueprint.output(RepairOut)
def undo_repair(slug: str, repair_id: int) -> RepairOut:
    """Take a repair back. 409 `changed` where somebody has already."""
    with hub().database.write() as session:
        find_device(session, slug)
        row, ref = found_in(session, slug, repair_id)
        return told(session, mending.undo(session, row.id, ref, origin(), now=clock.now()), ref)


def found_in(session: Session, slug: str, repair_id: int) -> tuple[SetRight, SeriesRef]:
    """A repair of one of the device's series. Raises NotFound."""
    row = session.get(SetRight, repair_id)
    refs = {ref.id: ref for ref in find_series(session, slugs=[slug])}
    if row is None or row.series_id not in refs:
        raise NotFound(f"{slug} has no such repair.")
    return row, refs[row.series_id]


def told(session: Session, row: SetRight, ref: SeriesRef) -> RepairOut:
    maker = session.get(Member, row.by_id) if row.by_id else None
    said: dict[str, Any] = {name: getattr(row, name) for name in ("id", "kind", "number", "reason")}
    return RepairOut(
        **said,
        device=ref.device,
        metric=ref.metric,
        channel=ref.channel,
        start=from_micros(row.first_at),
        end=None if row.last_at is None else from_micros(row.last_at),
        by=maker.name if maker else None,
        made_at=row.made_at,
        undone_at=row.undone_at,
    )


def _wanted(body: RepairBody) -> Repair:
    number = body.number
    if body.kind == "swap":
        if body.old is None or body.new is None or number is not None:
            raise BadRequest("A swap says where the old meter ended (old) and the new one began (new).")
        number = body.old - body.new
    elif body.old is not None or body.new is not None:
        raise BadRequest("old and new are for the swap of a meter.")
    last = FOREVER if body.end is None else to_micros(body.end)
    return Repair(body.kind, to_micros(body.start), last, number)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
