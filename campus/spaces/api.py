"""The API of resources: what can be booked, and by which rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from apiflask import APIBlueprint
from flask import Flask, url_for
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from campus import clock
from campus.api import Body, api_blueprint
from campus.errors import BadRequest
from campus.fields import SLUG, OneLine, Whole, several_lines
from campus.hub import hub
from campus.people.access import origin
from campus.spaces import resources
from campus.spaces.describing import describe
from campus.spaces.hours import read_hours
from campus.spaces.links import blocks_of
from campus.spaces.models import Resource
from campus.spaces.photos import photos_by_resource
from campus.spaces.places import LONGEST_FLOOR, Place, faults_of
from campus.spaces.policy_body import PolicyBody

Kind = Literal["room", "printer", "charger", "amenity"]
Unit = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Word = Annotated[str, Field(max_length=40), OneLine]
blueprint: APIBlueprint = api_blueprint("spaces_api", __name__)


def _each_once(words: list[str] | None) -> list[str] | None:
    """The words in lower case and in their order, each once."""
    return words if words is None else list(dict.fromkeys(word.lower() for word in words))


def _hours_are_right(hours: dict[str, Any] | None) -> dict[str, Any] | None:
    try:
        read_hours(hours)
    except BadRequest as error:
        raise PydanticCustomError("hours", "{fault}", {"fault": error.message}) from None
    return hours


class PlaceBody(Body):
    """A rectangle on the floor plan: each floor has 100 units across and 60 down, from the upper left."""

    floor: Annotated[str, Field(max_length=LONGEST_FLOOR), OneLine]
    x: Unit
    y: Unit
    width: Unit
    height: Unit

    @model_validator(mode="after")
    def _lies_on_the_floor(self) -> Self:
        faults = faults_of(Place(**self.model_dump()))
        if faults:
            raise PydanticCustomError(
                "place",
                "{names}: this lies outside of 100 by 60 units, or a side is shorter than 2",
                {"names": ", ".join(sorted(faults))},
            )
        return self


class ResourceBody(Body):
    """A resource. `opening_hours` null or absent: always open; days that are not named: closed.

    It is described whole, but for `equipment`, `about`, `place` and `blocks`: these stay as they are
    where they are absent, and are emptied by null. `blocks` are the slugs of what a booking takes too.
    """

    name: Annotated[str, Field(max_length=120), OneLine]
    kind: Kind
    capacity: Annotated[Whole, Field(ge=1, le=100_000)] | None = None
    opening_hours: Annotated[dict[str, Any] | None, AfterValidator(_hours_are_right)] = None
    policy: PolicyBody | None = None
    equipment: Annotated[list[Word] | None, Field(max_length=40), AfterValidator(_each_once)] = None
    about: Annotated[str, Field(max_length=2_000), AfterValidator(several_lines)] | None = None
    place: PlaceBody | None = None
    blocks: Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=50)] | None = None

    def further(self) -> dict[str, Any]:
        """Of equipment, about and place what was said, as a Description has it."""
        said: dict[str, Any] = {
            "equipment": self.equipment or (),
            "about": self.about,
            "place": Place(**self.place.model_dump()).stored() if self.place else None,
        }
        return {name: value for name, value in said.items() if name in self.model_fields_set}


class ResourceOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    slug: str
    name: str
    kind: Kind
    capacity: int | None
    opening_hours: dict[str, list[list[str]] | None] | None
    policy: dict[str, Any]
    equipment: list[str]
    about: str | None
    place: dict[str, Any] | None
    blocks: list[str] = []
    photos: list[str] = []
    """Where each is to be had: paths on this host."""


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
    described = resources.Description(
        said.name,
        said.kind,
        said.capacity,
        said.opening_hours,
        said.policy.model_dump(exclude_none=True) if said.policy else {},
        **said.further(),
    )
    blocks = said.blocks or () if "blocks" in said.model_fields_set else None
    with hub().database.write() as session:
        resource, is_new = describe(session, slug, described, blocks, by=origin(), now=clock.now())
        return _answers(session, [resource])[0], 201 if is_new else 200


@blueprint.get("/resources")
@blueprint.input(ResourcesQuery, location="query", arg_name="query")
@blueprint.output(ResourcesOut)
def list_resources(query: ResourcesQuery) -> ResourcesOut:
    """What can be booked."""
    with hub().database.read() as session:
        found = resources.list_resources(session, kind=query.kind, after=query.cursor, limit=query.limit + 1)
        more = len(found) > query.limit
        items = _answers(session, found[: query.limit])
    return ResourcesOut(items=items, next_cursor=items[-1].slug if more else None)


@blueprint.get("/resources/<slug>")
@blueprint.output(ResourceOut)
def get_resource(slug: str) -> ResourceOut:
    """One resource."""
    with hub().database.read() as session:
        return _answers(session, [resources.find_resource(session, slug)])[0]


def _answers(session: Session, found: Sequence[Resource]) -> list[ResourceOut]:
    blocks, pictures = blocks_of(session), photos_by_resource(session)
    return [
        ResourceOut.model_validate(resource).model_copy(
            update={
                "blocks": blocks.get(resource.id, []),
                "photos": [
                    url_for("uploads.picture", digest=photo.digest) for photo in pictures.get(resource.id, ())
                ],
            }
        )
        for resource in found
    ]


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
