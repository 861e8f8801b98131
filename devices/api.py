"""The API of devices: register them, see what there is and how each one stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Flask
from pydantic import BaseModel, Field, RootModel
from sqlalchemy.orm import Session

from campus import clock
from campus.api import Body, api_blueprint
from campus.fields import InstantOut
from campus.hub import hub
from campus.people.access import allowed, origin
from campus.spaces.places import Point
from devices import registry
from devices.availability import Reason, State
from devices.description import LARGEST_POWER_W, LONGEST_INTERVAL_S, Description
from devices.floods import Flooding, floods
from devices.history.read import find_series, newest
from devices.metrics import is_private
from devices.models import Device
from devices.options_schema import OPTIONS
from devices.standing import holds, standings

Kind = Literal["charger", "garden", "meter", "solar", "battery", "printer", "room", "other"]
Role = Literal["grid", "solar", "battery", "load"]
Number = Annotated[float, Field(strict=True, gt=0, allow_inf_nan=False)]
blueprint: APIBlueprint = api_blueprint("devices_api", __name__)


class DeviceBody(Body):
    """A device. `topic` is its root topic as its format defines it; `options` are the format's own, and
    what is kept of it: `min_interval_s`, `dead_band`, `flood_limit`, `history`, `timezone`."""

    name: str
    kind: Kind
    format: str
    topic: str
    space: str | None = None
    expected_interval_s: Annotated[Number, Field(le=LONGEST_INTERVAL_S)] | None = None
    rated_power_w: Annotated[Number, Field(le=LARGEST_POWER_W)] | None = None
    role: Role | None = None
    options: Annotated[dict[str, Any], Field(json_schema_extra=OPTIONS)] | None = None

    def description(self) -> Description:
        fields = {name: getattr(self, name) for name in type(self).model_fields}  # as deep as they came
        return Description(**{**fields, "options": self.options or {}})


class FloodOut(BaseModel):
    """A device floods: more values a second than its limit, for long. `dropped`: values that were left out.

    Of each of its series one value a second is kept. `until` is null while it goes on, and `rate` is values
    a second now; for a day after its end it is still told, with the highest rate.
    """

    since: InstantOut
    until: InstantOut | None
    rate: float
    dropped: int


class AvailabilityOut(BaseModel):
    """How it stands, since when where that is known (of what is late or silent: its last word), and why.

    `stale`: late, or it speaks and nobody can read it. `offline`: it said farewell, or was silent for three
    times as long as expected. `never`: it was not heard yet.
    """

    state: State
    since: InstantOut | None
    reason: Reason


class PlaceBody(Body):
    """On the floor plan: the floor, and units from its upper left corner (100 across, 60 down).

    Without a `space` the device belongs to the smallest one that its point is in.
    """

    floor: str
    x: float
    y: float
    space: str | None = None


class PlaceOut(BaseModel):
    floor: str
    x: float
    y: float


class DeviceOut(BaseModel):
    """A device and how it stands. `online`: heard lately, and it has not said farewell.

    `flooding` is null unless it floods now; `last_flood` tells of one that has ended within a day.
    """

    slug: str
    name: str
    kind: Kind
    format: str
    topic: str
    space: str | None
    place: PlaceOut | None
    expected_interval_s: float | None
    rated_power_w: float | None
    role: Role | None
    options: dict[str, Any]
    retired: bool = False
    online: bool
    last_seen: InstantOut | None
    flooding: FloodOut | None = None
    last_flood: FloodOut | None = None
    availability: AvailabilityOut


class DevicesQuery(Body):
    retired: bool = False
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,64}$")] = ""


class DevicesOut(BaseModel):
    """A page of devices; `next_cursor` is null on the last."""

    items: list[DeviceOut]
    next_cursor: str | None


class ValueOut(BaseModel):
    """The newest value. `at` is null where it is known (a retained message), but not since when.

    `stale` is there, and true, where the value is old: its device is not online, or this value has stopped.
    """

    value: float | str
    unit: str
    at: InstantOut | None
    stale: bool = Field(False, exclude_if=lambda stale: not stale)


class StateOut(RootModel[dict[str, ValueOut]]):
    """The newest value of each `metric` or `metric@channel`."""


@blueprint.put("/devices/<slug>")
@blueprint.input(DeviceBody, arg_name="said")
@blueprint.output(DeviceOut)
@blueprint.doc(responses={201: "The device is new."})
def put_device(slug: str, said: DeviceBody) -> tuple[DeviceOut, int]:
    """Register a device or change it (staff): 201 if it is new, 200 if it was there. Its history stays."""
    now = clock.now()
    with hub().database.write() as session:
        device, is_new = registry.put_noted(session, slug, said.description(), origin(), now)
        return answers(session, [device], now)[0], 201 if is_new else 200


@blueprint.get("/devices")
@blueprint.input(DevicesQuery, location="query", arg_name="query")
@blueprint.output(DevicesOut)
def list_devices(query: DevicesQuery) -> DevicesOut:
    """All devices in use, by slug; or those that are retired."""
    with hub().database.read() as session:
        found = registry.devices(session, after=query.cursor, limit=query.limit + 1, retired=query.retired)
        items = answers(session, found[: query.limit], clock.now())
    return DevicesOut(items=items, next_cursor=items[-1].slug if len(found) > query.limit else None)


@blueprint.get("/devices/<slug>")
@blueprint.output(DeviceOut)
def get_device(slug: str) -> DeviceOut:
    """One device."""
    with hub().database.read() as session:
        return answers(session, [registry.find_device(session, slug)], clock.now())[0]


@blueprint.post("/devices/<slug>/retire")
@blueprint.output(DeviceOut)
def retire_device(slug: str) -> DeviceOut:
    """Its topic is free from now on and its history stays (staff). Putting it again brings it back."""
    now = clock.now()
    with hub().database.write() as session:
        return answers(session, [registry.retire(session, slug, origin(), now)], now)[0]


@blueprint.put("/devices/<slug>/place")
@blueprint.input(PlaceBody, arg_name="said")
@blueprint.output(DeviceOut)
def put_place(slug: str, said: PlaceBody) -> DeviceOut:
    """Put it on the floor plan (staff)."""
    return _placed(slug, Point(said.floor, said.x, said.y), said.space)


@blueprint.delete("/devices/<slug>/place")
@blueprint.output(DeviceOut)
def remove_place(slug: str) -> DeviceOut:
    """Take it off the floor plan, and out of its space (staff)."""
    return _placed(slug, None, None)


def _placed(slug: str, point: Point | None, space: str | None) -> DeviceOut:
    now = clock.now()
    with hub().database.write() as session:
        device = registry.put_place(session, slug, point, space=space, by=origin(), now=now)
        return answers(session, [device], now)[0]


@blueprint.get("/devices/<slug>/state")
@blueprint.output(StateOut)
def get_state(slug: str) -> StateOut:
    """The newest value of everything that a device says. Which car is there is for staff only."""
    sees_all, now = allowed("live.see-private"), clock.now()
    with hub().database.read() as session:
        device = registry.find_device(session, slug)
        refs = [ref for ref in find_series(session, slugs=[slug]) if sees_all or not is_private(ref.metric)]
        values = newest(session, refs)
        hold = holds(session, refs, values, standings(session, [device], now), now)
    said = {
        ref.label: ValueOut(
            value=values[ref.id].value,
            unit=values[ref.id].unit,
            at=values[ref.id].at,
            stale=hold[ref.id].stale,
        )
        for ref in sorted(refs, key=lambda ref: ref.is_usual)  # where words and numbers share a name
        if ref.id in values
    }
    return StateOut(dict(sorted(said.items())))


def answers(session: Session, found: Sequence[Device], now: datetime) -> list[DeviceOut]:
    spaces = registry.space_slugs(session)
    standing = standings(session, found, now)
    flooded = floods(session, found, now)
    own = DeviceBody.model_fields.keys() - {"space"}
    return [
        DeviceOut.model_validate(
            {name: getattr(device, name) for name in own}
            | {
                "slug": device.slug,
                "space": spaces.get(device.space_id or 0),
                "place": device.place,
                "retired": device.retired_at is not None,
                "online": standing[device.id].online,
                "last_seen": standing[device.id].last_seen,
                **_flood(flooded.get(device.id)),
                "availability": asdict(standing[device.id].availability),
            }
        )
        for device in found
    ]


def _flood(flood: Flooding | None) -> dict[str, Any]:
    if flood is None:
        return {}
    name = "flooding" if flood.goes_on else "last_flood"
    told = FloodOut(since=flood.since, until=flood.until, rate=round(flood.rate, 1), dropped=flood.dropped)
    return {name: told}


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
