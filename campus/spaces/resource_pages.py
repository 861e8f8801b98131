"""The pages of resources: what there is, one of them with its rules in words, and the form for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.bookings.rules.policy import Policy
from campus.bookings.rules.rules_text import rules_of
from campus.bookings.timeline.day import day_of
from campus.bookings.timeline.headline import Standing, standing
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.look import role_name
from campus.people.access import allowed, origin, require, require_member
from campus.people.models import ROLES
from campus.spaces import wording
from campus.spaces.closures import closures_of
from campus.spaces.describing import describe
from campus.spaces.hung import hung_now
from campus.spaces.links import blocked_by, blockers_of
from campus.spaces.models import Resource, Training
from campus.spaces.photos import MOST, Photo, photos_by_resource, photos_of
from campus.spaces.resource_form import QUOTAS, Faults, Typed
from campus.spaces.resources import all_resources, find_resource

LONGEST_SEARCH = 80
blueprint = Blueprint("resources", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Card:
    """A resource in the list."""

    resource: Resource
    standing: Standing
    photo: Photo | None


@blueprint.get("/resources")
def list_page() -> str:
    """What there is, how it stands now; `q` are words that must be there, `kind` one of them."""
    words, kind = request.args.get("q", "")[:LONGEST_SEARCH], request.args.get("kind", "")
    with hub().database.read() as session:
        cards = _cards(session)
    shown = [
        card
        for card in cards
        if (not kind or card.resource.kind == kind) and _has_words(card.resource, words.casefold().split())
    ]
    return render_template(
        "spaces/resources.html", cards=shown, total=len(cards), words=words, kind=kind, wording=wording
    )


@blueprint.get("/resources/<slug>")
def resource_page(slug: str) -> str:
    return _page(slug)


@blueprint.get("/resources/-/new")
def new_page() -> str:
    return _form(Typed.new(), {}, is_new=True)


@blueprint.post("/resources/-/new")
def add() -> Response | tuple[str, int]:
    typed = Typed.of(request.form).with_slug()
    with hub().database.read() as session:
        taken = session.scalar(select(Resource.id).where(Resource.slug == typed.slug))
    if taken:
        return _form(typed, {"slug": _("this name is taken; choose another")}, is_new=True), 422
    return _save(typed, is_new=True)


@blueprint.get("/resources/<slug>/edit")
def edit_page(slug: str) -> str:
    with hub().database.read() as session:
        resource = find_resource(session, slug)
        typed = Typed.as_is(resource, tuple(other.slug for other in blocked_by(session, resource)))
    return _form(typed, {}, is_new=False)


@blueprint.post("/resources/<slug>/edit")
def change(slug: str) -> Response | tuple[str, int]:
    with hub().database.read() as session:
        find_resource(session, slug)
    return _save(Typed.of(request.form, slug=slug), is_new=False)


@shows_again("resources.add", "resources.change")
def form_again() -> tuple[str, int]:
    require("resources.describe")
    typed = Typed.of(request.form, **(request.view_args or {}))
    return _form(typed, {}, is_new=request.endpoint == "resources.add", was_late=True), 400


def page_with(slug: str, refused: BadRequest | None = None, *, caption: str = "") -> str:
    """The page of a resource, with why a photo was refused."""
    return _page(slug, refused, caption)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.filters["equipment"] = wording.equipment_word


def _save(typed: Typed, *, is_new: bool) -> Response | tuple[str, int]:
    """Put the resource, or show the form again with what was typed and what is wrong."""
    said, faults = typed.description()
    if said is None:
        return _form(typed, faults, is_new=is_new), 422
    try:
        with hub().database.write() as session:
            resource, _is_new = describe(
                session, typed.slug, said, typed.blocks, by=origin(), now=clock.now()
            )
    except BadRequest as error:
        return _form(typed, {"blocks": error.message}, is_new=is_new), 422
    if is_new:
        flash(_("%(name)s is there. Now add photos of it.", name=resource.name))
    else:
        flash(_("%(name)s is changed.", name=resource.name))
    return redirect(url_for(".resource_page", slug=resource.slug), 303)


def _cards(session: Session) -> list[Card]:
    now, zone = clock.now(), hub().settings.zone
    day = day_of(session, now.astimezone(zone).date(), require_member(), now=now, zone=zone)
    stand = {row.slug: standing(row, day) for row in day.rows}
    photos = photos_by_resource(session)
    return [
        Card(resource, stand[resource.slug], next(iter(photos.get(resource.id, ())), None))
        for resource in all_resources(session)
    ]


def _has_words(resource: Resource, words: Sequence[str]) -> bool:
    text = " ".join((resource.name, resource.slug, resource.about or "", *resource.equipment)).casefold()
    return all(word in text for word in words)


def _page(slug: str, refused: BadRequest | None = None, caption: str = "") -> str:
    now, zone = clock.now(), hub().settings.zone
    with hub().database.read() as session:
        resource = find_resource(session, slug)
        policy = Policy.of(resource.policy)
        day = day_of(session, now.astimezone(zone).date(), require_member(), now=now, zone=zone)
        row = next(row for row in day.rows if row.slug == slug)
        shown: dict[str, Any] = {
            "photos": photos_of(session, resource.id),
            "blocks": blocked_by(session, resource),
            "blockers": blockers_of(session, resource),
            "closures": closures_of(session, resource, now),
            "things": [one for one in hung_now(session, now) if one.resource_id == resource.id],
            "rules": rules_of(policy, None, _training_name(session, policy.training)),
        }
    return render_template(
        "spaces/resource.html",
        resource=resource,
        how=standing(row, day),
        hours=wording.hours_lines(resource.opening_hours),
        refused=refused,
        caption=caption,
        most_photos=MOST,
        wording=wording,
        **shown,
    )


def _training_name(session: Session, slug: str | None) -> str | None:
    return session.scalar(select(Training.name).where(Training.slug == slug)) if slug else None


def _form(typed: Typed, faults: Faults, *, is_new: bool, was_late: bool = False) -> str:
    with hub().database.read() as session:
        others = [other for other in all_resources(session) if other.slug != typed.slug or is_new]
        trainings = session.execute(select(Training.slug, Training.name).order_by(Training.name)).all()
    return render_template(
        "spaces/resource_form.html",
        typed=typed,
        faults=faults,
        is_new=is_new,
        was_late=was_late,
        others=others,
        trainings=trainings,
        roles=[(role, role_name(role)) for role in ROLES],
        quotas=QUOTAS,
        wording=wording,
        allowed=allowed,
    )
