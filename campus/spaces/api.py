"""The API of resources: what can be booked, and by which rules."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import Flask
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from sqlalchemy import select

from campus import clock
from campus.api import Body, api_blueprint
from campus.audit import record
from campus.errors import BadRequest
from campus.fields import SLUG, OneLine, Whole
from campus.hub import hub
from campus.people.access import origin
from campus.spaces import resources
from campus.spaces.hours import read_hours
from campus.spaces.models import Resource
from campus.spaces.policy_body import PolicyBody

Kind = Literal["room", "printer", "charger", "amenity"]
blueprint: APIBlueprint = api_blueprint("spaces_api", __name__)


def _hours_are_right(hours: dict[str, Any] | None) -> dict[str, Any] | None:
    try:
        read_hours(hours)
    except BadRequest as error:
        raise PydanticCustomError("hours", "{fault}", {"fault": error.message}) from None
    return hours


class ResourceBody(Body):
    """A resource. `opening_hours` null or absent: always open; days that are not named: closed."""

    name: Annotated[str, Field(max_length=120), OneLine]
    kind: Kind
    capacity: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    opening_hours: Annotated[dict[str, Any] | None, AfterValidator(_hours_are_right)] = None
    policy: PolicyBody | None = None


class ResourceOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    slug: str
    name: str
    kind: Kind
    capacity: int | None
    opening_hours: dict[str, list[list[str]] | None] | None
    policy: dict[str, Any]


class ResourcesQuery(Body):
    kind: Kind | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,64}$")] = ""


class ResourcesOut(BaseModel):
    """A page of resources; `next_cursor` is null on the last."""

    items: list[ResourceOut]
    next_cursor: str | None


@blueprint.put("/resources/<slug>")
@blueprint.input(ResourceBody, arg_name="said")
@blueprint.output(ResourceOut)
@blueprint.doc(responses={201: "The resource is new."})
def put_resource(slug: str, said: ResourceBody) -> tuple[ResourceOut, int]:
    """Describe a resource (staff): 201 if it is new, 200 if it was there."""
    if not SLUG.fullmatch(slug):
        raise BadRequest("A resource's slug has 1 to 64 of a-z, 0-9 and -, and does not begin with -.")
    policy = said.policy.model_dump(exclude_none=True) if said.policy else {}
    described = resources.Description(said.name, said.kind, said.capacity, said.opening_hours, policy)
    now = clock.now()
    with hub().database.write() as session:
        there = session.scalar(select(Resource).where(Resource.slug == slug))
        before = resources.told(there) if there else None
        resource, is_new = resources.put_resource(session, slug, described, now)
        after = resources.told(resource)
        if after != before:
            record(session, origin(), "resource.put", f"resource {slug}", now, before=before, after=after)
        return _answer(resource), 201 if is_new else 200


@blueprint.get("/resources")
@blueprint.input(ResourcesQuery, location="query", arg_name="query")
@blueprint.output(ResourcesOut)
def list_resources(query: ResourcesQuery) -> ResourcesOut:
    """What can be booked."""
    with hub().database.read() as session:
        found = resources.list_resources(session, kind=query.kind, after=query.cursor, limit=query.limit + 1)
        more = len(found) > query.limit
        items = [_answer(resource) for resource in found[: query.limit]]
    return ResourcesOut(items=items, next_cursor=items[-1].slug if more else None)


@blueprint.get("/resources/<slug>")
@blueprint.output(ResourceOut)
def get_resource(slug: str) -> ResourceOut:
    """One resource."""
    with hub().database.read() as session:
        return _answer(resources.find_resource(session, slug))


def _answer(resource: Resource) -> ResourceOut:
    return ResourceOut.model_validate(resource)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
