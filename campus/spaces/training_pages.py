"""The pages of trainings, for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.spaces import trainings

LONGEST = 40_000
"""Letters of a field that are kept."""
blueprint = Blueprint("trainings", __name__)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields of a training's form as text."""

    name: str = ""
    valid_days: str = ""
    addresses: str = ""

    @classmethod
    def sent(cls) -> Typed:
        names = cls.__dataclass_fields__
        return cls(**{name: request.form[name][:LONGEST] for name in names if name in request.form})

    def days(self) -> int | None:
        """None: for ever. Raises BadRequest."""
        text = self.valid_days.strip()
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            raise BadRequest(_("Days are a whole number, or nothing: then it is valid for ever."))
        return int(text)


@blueprint.get("/trainings")
def list_page() -> str:
    return _list(Typed())


@blueprint.post("/trainings")
def add() -> Response | tuple[str, int]:
    typed = Typed.sent()
    try:
        with hub().database.write() as session:
            made = trainings.add_training(session, typed.name, typed.days(), origin(), clock.now())
    except BadRequest as refused:
        return _list(typed, refused), 422
    flash(_("%(name)s is added. Now say who has it.", name=made.name))
    return redirect(url_for(".training_page", slug=made.slug), 303)


@blueprint.get("/trainings/<slug>")
def training_page(slug: str) -> str:
    return _page(slug)


@blueprint.post("/trainings/<slug>")
def change(slug: str) -> Response | tuple[str, int]:
    typed = Typed.sent()
    try:
        with hub().database.write() as session:
            trainings.change_training(
                session, slug, typed.name, typed.days(), origin=origin(), now=clock.now()
            )
    except BadRequest as refused:
        return _page(slug, typed, refused, at="change"), 422
    flash(_("Saved."))
    return redirect(url_for(".training_page", slug=slug), 303)


@blueprint.post("/trainings/<slug>/grant")
def grant(slug: str) -> Response | tuple[str, int]:
    typed, place = Typed.sent(), hub()
    try:
        with place.database.write() as session:
            count = trainings.grant(
                session,
                slug,
                typed.addresses,
                by=require_member(),
                origin=origin(),
                now=clock.now(),
                zone=place.settings.zone,
            )
    except BadRequest as refused:
        return _page(slug, typed, refused, at="grant"), 422
    flash(ngettext("%(num)d member has it now.", "%(num)d members have it now.", count))
    return redirect(url_for(".training_page", slug=slug), 303)


@blueprint.post("/trainings/<slug>/revoke/<int:member_id>")
def revoke(slug: str, member_id: int) -> Response:
    with hub().database.write() as session:
        trainings.revoke(session, slug, member_id, origin(), clock.now())
    flash(_("It is taken back."))
    return redirect(url_for(".training_page", slug=slug), 303)


@blueprint.post("/trainings/<slug>/remove")
def remove(slug: str) -> Response | tuple[str, int]:
    try:
        with hub().database.write() as session:
            trainings.remove_training(session, slug, origin(), clock.now())
    except BadRequest as refused:
        return _page(slug, None, refused, at="remove"), 422
    flash(_("The training is removed."))
    return redirect(url_for(".list_page"), 303)


@shows_again("trainings.add", "trainings.change", "trainings.grant", "trainings.revoke", "trainings.remove")
def form_again() -> tuple[str, int]:
    require("resources.describe")
    again = BadRequest(
        _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    )
    slug = (request.view_args or {}).get("slug")
    if slug is None:
        return _list(Typed.sent(), again), 400
    at = (request.endpoint or "").partition(".")[2]
    return _page(slug, Typed.sent() if at in ("change", "grant") else None, again, at=at), 400


def _list(typed: Typed, refused: BadRequest | None = None) -> str:
    with hub().database.read() as session:
        found = trainings.list_trainings(session, clock.now())
    return render_template("spaces/trainings.html", found=found, typed=typed, refused=refused)


def _page(slug: str, typed: Typed | None = None, refused: BadRequest | None = None, at: str = "") -> str:
    """`at`: which of the page's forms was refused."""
    with hub().database.read() as session:
        training = trainings.find_training(session, slug)
        people = trainings.trained(session, training)
        asking = trainings.asked_for_by(session, slug)
    as_is = Typed(training.name, "" if training.valid_days is None else str(training.valid_days))
    return render_template(
        "spaces/training.html",
        training=training,
        people=people,
        asking=asking,
        typed=typed if typed and at == "change" else as_is,
        addresses=typed.addresses if typed else "",
        refused=refused,
        at=at,
        now=clock.now(),
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals["last_day"] = lambda expires_at: expires_at - timedelta(seconds=1)
