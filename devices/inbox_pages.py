"""The page of the inbox: accept what was heard, one or many, change it first, or ignore it."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import Any

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
from campus.people.access import origin, require
from campus.spaces.models import Resource
from devices import wording
from devices.description import Description, Faults, check
from devices.flow_options import placed
from devices.form import Typed, slug_of
from devices.intake import inbox
from devices.intake.api import LARGEST_ID
from devices.intake.inbox import IGNORED, NEW
from devices.intake.models import HeardDevice
from devices.intake.samples import unpack

MOST_AT_ONCE = 500
ID = f"<int(max={LARGEST_ID}):heard_id>"
blueprint = Blueprint("inbox", __name__, template_folder="templates")


@blueprint.app_context_processor
def _counting() -> dict[str, Any]:
    """What the tabs of the devices' pages ask for."""
    return {"inbox_count": _count}


def _count() -> int:
    with hub().database.read() as session:
        return inbox.count(session)


@blueprint.get("/devices/inbox")
def list_page() -> str:
    """What was heard and is not registered, by dialect; or what is ignored."""
    state = IGNORED if request.args.get("state") == IGNORED else NEW
    with hub().database.read() as session:
        rows = sorted(inbox.waiting(session, state), key=_place)
        samples = {row.id: unpack(row.samples) for row in rows}
        counts = {one: inbox.count(session, one) for one in (NEW, IGNORED)}
        spaces = _spaces(session)
    groups = [(name, list(found)) for name, found in groupby(rows, lambda row: row.format)]
    return _render("inbox", groups=groups, samples=samples, counts=counts, state=state, spaces=spaces)


@blueprint.get(f"/devices/inbox/{ID}")
def accept_page(heard_id: int) -> str:
    """One of them, to be changed before it is accepted."""
    with hub().database.read() as session:
        row = inbox.find(session, heard_id)
        slug = inbox.free_slug(session, slug_of(row.name))
    return _form(row, Typed.said(slug, inbox.described(row)), {})


@blueprint.post(f"/devices/inbox/{ID}")
def accept_changed(heard_id: int) -> Response | tuple[str, int]:
    with hub().database.read() as session:
        row = inbox.find(session, heard_id)
    typed = Typed.of(request.form).with_slug()
    said, unreadable = typed.description()
    try:
        if unreadable:
            raise BadRequest("", extra={"faults": check(typed.slug, said) | unreadable})
        return _accept(heard_id, typed.slug, said)
    except BadRequest as error:
        return _form(row, typed, error.extra["faults"] | typed.unchosen()), 422


@blueprint.post(f"/devices/inbox/{ID}/accept")
def accept_as_is(heard_id: int) -> Response:
    """As it is proposed. What that leaves open is asked on its page."""
    try:
        with hub().database.read() as session:
            row = inbox.find(session, heard_id)
            slug = inbox.free_slug(session, slug_of(row.name))
        return _accept(heard_id, slug, inbox.described(row))
    except NotFound as gone:  # a second click, or somebody else's
        flash(gone.message)
        return redirect(url_for(".list_page"), 303)
    except BadRequest as error:
        flash(_("Look it over first: %(faults)s.", faults=error.message))
        return redirect(url_for(".accept_page", heard_id=heard_id), 303)


@blueprint.post(f"/devices/inbox/{ID}/ignore")
def ignore(heard_id: int) -> Response:
    with hub().database.write() as session:
        row = inbox.ignore(session, heard_id, origin(), clock.now())
    flash(_("%(name)s is ignored from now on.", name=row.name))
    return redirect(url_for(".list_page"), 303)


@blueprint.post(f"/devices/inbox/{ID}/restore")
def restore(heard_id: int) -> Response:
    with hub().database.write() as session:
        row = inbox.ignore(session, heard_id, origin(), clock.now(), restore=True)
    flash(_("%(name)s is back in the inbox.", name=row.name))
    return redirect(url_for(".list_page", state=IGNORED), 303)


@blueprint.post("/devices/inbox/many")
def many() -> Response:
    """Accept all that were chosen as they are proposed, into one space if that was named; or ignore them."""
    space = request.form.get("space") or None
    chosen = [int(one) for one in request.form.getlist("heard")[:MOST_AT_ONCE] if _is_id(one)]
    done, left = 0, 0
    for heard_id in chosen:
        try:
            if request.form.get("do") == "ignore":
                with hub().database.write() as session:
                    inbox.ignore(session, heard_id, origin(), clock.now())
            else:
                with hub().database.read() as session:
                    row = inbox.find(session, heard_id)
                    slug = inbox.free_slug(session, slug_of(row.name))
                _register(heard_id, slug, replace(inbox.described(row), space=space))
            done += 1
        except (BadRequest, NotFound):
            left += 1
    flash(_told(request.form.get("do") == "ignore", done, left))
    return redirect(url_for(".list_page"), 303)


@shows_again("inbox.accept_changed")
def form_again() -> tuple[str, int]:
    require("devices.manage")
    with hub().database.read() as session:
        row = inbox.find(session, (request.view_args or {})["heard_id"])
    return _form(row, Typed.of(request.form), {}, was_late=True), 400


def _told(ignored: bool, done: int, left: int) -> str:
    if not done and not left:
        return str(_("Nothing was chosen."))
    if ignored:
        told = ngettext("%(num)s device is ignored.", "%(num)s devices are ignored.", done)
    else:
        told = ngettext("%(num)s device is registered.", "%(num)s devices are registered.", done)
    more = ngettext("%(num)s needs a closer look.", "%(num)s need a closer look.", left) if left else ""
    return f"{told} {more}".strip()


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < len(str(LARGEST_ID))


def _place(row: HeardDevice) -> tuple[bool, str, str]:
    """Dialects by name, what needs a mapping last."""
    return row.format == "mapping", wording.dialect_name(row.format).casefold(), row.name.casefold()


def _register(heard_id: int, slug: str, said: Description) -> inbox.Accepted:
    zone, now = hub().settings.zone, clock.now()
    return inbox.accept(hub().database, heard_id, slug, said, zone=zone, now=now, by=origin())


def _accept(heard_id: int, slug: str, said: Description) -> Response:
    done = _register(heard_id, slug, said)
    told = _("%(name)s is registered. Its messages are kept from now on.", name=done.device.name)
    if done.read:
        waited = ngettext(
            "%(num)s message that had waited was read.",
            "%(num)s messages that had waited were read.",
            done.read,
        )
        told = f"{told} {waited}"
    flash(told)
    return redirect(url_for("devices.device_page", slug=slug), 303)


def _form(row: HeardDevice, typed: Typed, faults: Faults, *, was_late: bool = False) -> str:
    with hub().database.read() as session:
        spaces = _spaces(session)
    return _render(
        "form",
        typed=typed,
        faults=placed(faults),
        is_new=True,
        was_late=was_late,
        spaces=spaces,
        heard=row,
        samples=unpack(row.samples),
    )


def _spaces(session: Session) -> list[tuple[str, str]]:
    """(slug, name) of where devices may hang."""
    rows = session.execute(select(Resource.slug, Resource.name).order_by(Resource.name))
    return [(slug, name) for slug, name in rows]


def _render(page: str, **shown: Any) -> str:
    return render_template(f"devices/{page}.html", wording=wording, now=clock.now(), when=when, **shown)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
