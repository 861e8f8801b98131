"""Where a device hangs: the space that it belongs to, and its point on the floor plan."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require
from campus.spaces.floor_pages import SCALE
from campus.spaces.hung import give
from campus.spaces.models import Resource
from campus.spaces.places import HEIGHT, LONGEST_FLOOR, WIDTH, Place, Point, floors_of
from campus.spaces.resources import all_resources
from devices import registry
from devices.description import Faults
from devices.models import Device
from devices.plan import things

blueprint = Blueprint("device_place", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class TypedPlace:
    """The form's fields as text."""

    space: str = ""
    floor: str = ""
    x: str = ""
    y: str = ""

    @classmethod
    def sent(cls) -> TypedPlace:
        return cls(*(request.form.get(name, "")[: LONGEST_FLOOR + 9].strip() for name in cls.__slots__))

    @classmethod
    def as_is(cls, device: Device, space: str | None) -> TypedPlace:
        if not device.place:
            return cls(space or "")
        told = Point.of(device.place).stored()
        return cls(space or "", *(str(told[name]) for name in ("floor", "x", "y")))

    def point(self) -> tuple[Point | None, Faults]:
        """What it asks for. Without a floor it hangs nowhere."""
        if not self.floor:
            return None, {}
        numbers = {name: _number(getattr(self, name)) for name in ("x", "y")}
        faults = {
            name: _("a number, or choose a point of the plan") for name, at in numbers.items() if at is None
        }
        return (None if faults else Point(self.floor, numbers["x"] or 0.0, numbers["y"] or 0.0)), faults


@blueprint.get("/devices/<slug>/place")
def page(slug: str) -> str:
    with hub().database.read() as session:
        device = registry.find_device(session, slug)
        space = registry.space_slugs(session).get(device.space_id or 0)
        return _form(session, device, TypedPlace.as_is(device, space), {})


@blueprint.post("/devices/<slug>/place")
def save(slug: str) -> Response | tuple[str, int]:
    typed = TypedPlace.sent()
    point, faults = typed.point()
    try:
        if faults:
            raise BadRequest("", extra={"faults": faults})
        with hub().database.write() as session:
            device = registry.put_place(
                session, slug, point, space=typed.space or None, by=origin(), now=clock.now()
            )
            space = session.get(Resource, device.space_id) if device.space_id else None
    except BadRequest as error:
        with hub().database.read() as session:
            device = registry.find_device(session, slug)
            return _form(session, device, typed, error.extra["faults"]), 422
    told = _("%(name)s hangs in %(space)s.", name=device.name, space=space.name) if space else _("Saved.")
    flash(told)
    return redirect(url_for("devices.device_page", slug=slug), 303)


@shows_again("device_place.save")
def form_again() -> tuple[str, int]:
    require("devices.manage")
    with hub().database.read() as session:
        device = registry.find_device(session, (request.view_args or {})["slug"])
        return _form(session, device, TypedPlace.sent(), {}, was_late=True), 400


def _form(
    session: Session, device: Device, typed: TypedPlace, faults: Faults, *, was_late: bool = False
) -> str:
    resources = all_resources(session)
    places = [(one, Place.of(one.place)) for one in resources if one.place]
    places.sort(key=lambda pair: -pair[1].width * pair[1].height)
    point, _wrong = typed.point()
    floors = floors_of((place for _one, place in places), [point])
    shown: dict[str, Any] = {"typed": typed, "faults": faults, "was_late": was_late, "point": point}
    drawing = {"scale": SCALE, "across": WIDTH, "down": HEIGHT}
    return render_template(
        "devices/place.html",
        device=device,
        spaces=resources,
        places=places,
        floors=floors,
        **shown,
        **drawing,
    )


def _number(text: str) -> float | None:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return None
    return round(number, 1) if isfinite(number) else None


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    give(app, things)
