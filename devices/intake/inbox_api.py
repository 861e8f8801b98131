"""The API of the inbox: devices that were heard and are not registered; accept one, ignore one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Flask
from pydantic import BaseModel, Field

from campus import clock
from campus.api import Body, api_blueprint
from campus.fields import InstantOut
from campus.hub import hub
from campus.people.access import origin
from devices.api import DeviceOut, answers
from devices.form import slug_of
from devices.intake import inbox
from devices.intake.api import LARGEST_ID
from devices.intake.models import HeardDevice

SURENESS = ("guessed", "recognised", "announced", "announced")
State = Literal["new", "ignored", "accepted"]
blueprint: APIBlueprint = api_blueprint("inbox_api", __name__)


class InboxQuery(Body):
    state: State = "new"
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None


class HeardOut(BaseModel):
    """A device that was heard, as it would be registered. `sureness`: how its dialect is known."""

    id: int
    name: str
    kind: str
    format: str
    topic: str
    options: dict[str, Any]
    metrics: list[str]
    sureness: str
    state: State
    first_heard: InstantOut
    last_heard: InstantOut


class InboxOut(BaseModel):
    """A page of the inbox, by id; `next_cursor` is null on the last."""

    items: list[HeardOut]
    next_cursor: int | None


class AcceptBody(Body):
    """What is to be otherwise than proposed. Without a slug, one is made of the name."""

    slug: str | None = None
    name: str | None = None
    kind: str | None = None
    format: str | None = None
    topic: str | None = None
    space: str | None = None
    expected_interval_s: float | None = None
    rated_power_w: float | None = None
    role: str | None = None
    options: dict[str, Any] | None = None


class AcceptedOut(BaseModel):
    """The device; how many messages that had waited could be read now, and how many stay."""

    device: DeviceOut
    read: int
    left: int


@blueprint.get("/inbox")
@blueprint.input(InboxQuery, location="query", arg_name="query")
@blueprint.output(InboxOut)
def list_inbox(query: InboxQuery) -> InboxOut:
    """Devices that were heard and are not registered (staff)."""
    with hub().database.read() as session:
        found = inbox.waiting(session, query.state, limit=query.limit + 1, after=query.cursor or 0)
        items = [_answer(row) for row in found[: query.limit]]
    return InboxOut(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@blueprint.post(f"/inbox/<int(max={LARGEST_ID}):heard_id>/accept")
@blueprint.input(AcceptBody, arg_name="wanted")
@blueprint.output(AcceptedOut, status_code=201)
def accept(heard_id: int, wanted: AcceptBody) -> AcceptedOut:
    """Register it, as proposed or otherwise; what had waited of it is read (staff)."""
    now = clock.now()
    changes = {name: value for name, value in wanted if name != "slug" and value is not None}
    with hub().database.read() as session:
        said = inbox.with_changes(inbox.described(inbox.find(session, heard_id)), changes)
        slug = wanted.slug or inbox.free_slug(session, slug_of(said.name))
    done = inbox.accept(hub().database, heard_id, slug, said, zone=hub().settings.zone, now=now, by=origin())
    with hub().database.read() as session:
        device = answers(session, [done.device], now)[0]
    return AcceptedOut(device=device, read=done.read, left=done.left)


@blueprint.post(f"/inbox/<int(max={LARGEST_ID}):heard_id>/ignore")
@blueprint.output(HeardOut)
def ignore(heard_id: int) -> HeardOut:
    """Put it aside: it is not proposed again (staff)."""
    with hub().database.write() as session:
        return _answer(inbox.ignore(session, heard_id, origin(), clock.now()))


@blueprint.post(f"/inbox/<int(max={LARGEST_ID}):heard_id>/restore")
@blueprint.output(HeardOut)
def restore(heard_id: int) -> HeardOut:
    """Take it back from what is ignored (staff)."""
    with hub().database.write() as session:
        return _answer(inbox.ignore(session, heard_id, origin(), clock.now(), restore=True))


def _answer(row: HeardDevice) -> HeardOut:
    names = HeardOut.model_fields.keys() - {"sureness"}
    return HeardOut.model_validate(
        {name: getattr(row, name) for name in names} | {"sureness": SURENESS[row.sureness]}
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
