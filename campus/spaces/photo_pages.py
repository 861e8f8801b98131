"""Forms of a resource's photos, on its page: add some, describe, put in order, remove."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.pictures import LARGEST_BYTES, Picture
from campus.security import takes_pictures
from campus.spaces import photos
from campus.spaces.resource_pages import page_with
from campus.spaces.resources import find_resource
from campus.uploads import read_sent

AT_ONCE = 5
STEPS = {"earlier": -1, "later": 1}
blueprint = Blueprint("photos", __name__)
takes_pictures("photos.add", AT_ONCE * LARGEST_BYTES)


@blueprint.post("/resources/<slug>/photos")
def add(slug: str) -> Response | tuple[str, int]:
    """Hang up what was sent, all of it or none."""
    caption = request.form.get("caption", "")[:1_000]
    try:
        with hub().database.read() as session:
            find_resource(session, slug)
        photos.read_caption(caption)
        pictures = [_read(sent.filename or "", sent.stream.read()) for sent in _sent()]
        with hub().database.write() as session:
            resource = find_resource(session, slug)
            new = photos.add_photos(
                session, resource, pictures, caption, by=require_member(), origin=origin(), now=clock.now()
            )
    except BadRequest as refused:
        return page_with(slug, refused, caption=caption), 422
    added = ngettext("%(num)d photo is added.", "%(num)d photos are added.", new)
    flash(added if new else _("It is there already."))
    return _back(slug)


@blueprint.post("/resources/<slug>/photos/<int:photo_id>")
def change(slug: str, photo_id: int) -> Response | tuple[str, int]:
    """`do`: save its caption, put it earlier or later, or remove it."""
    what, now = request.form.get("do", "save"), clock.now()
    try:
        with hub().database.write() as session:
            resource = find_resource(session, slug, lock=True)
            if what == "remove":
                photos.remove(session, resource, photo_id, origin=origin(), now=now)
            elif what in STEPS:
                photos.move(session, resource, photo_id, STEPS[what], origin=origin(), now=now)
            else:
                caption = request.form.get("caption", "")[:1_000]
                photos.describe(session, resource, photo_id, caption, origin=origin(), now=now)
    except BadRequest as refused:
        return page_with(slug, refused), 422
    flash(_("The photo is removed.") if what == "remove" else _("Saved."))
    return _back(slug)


@shows_again("photos.add", "photos.change")
def page_again() -> tuple[str, int]:
    require("resources.describe")
    again = BadRequest(_("This page was open too long. Nothing was saved: choose the files once more."))
    slug = (request.view_args or {})["slug"]
    return page_with(slug, again, caption=request.form.get("caption", "")[:1_000]), 400


def _sent() -> list[FileStorage]:
    files = [file for file in request.files.getlist("photos") if file.filename]
    if not files:
        raise BadRequest(_("Choose a photo first."))
    if len(files) > AT_ONCE:
        raise BadRequest(_("%(most)s photos at once, please.", most=AT_ONCE))
    return files


def _read(name: str, data: bytes) -> Picture:
    try:
        return read_sent(data)
    except BadRequest as refused:
        raise BadRequest(f"{name[-60:]}: {refused.message}") from None


def _back(slug: str) -> Response:
    return redirect(url_for("resources.resource_page", slug=slug, _anchor="photos"), 303)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
