"""The pages of devices: the list with the quarantine, one device, the form."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require
from campus.spaces.models import Resource
from devices import panel, registry, wording
from devices.description import Faults, check
from devices.floods import floods, sparing
from devices.flow_options import placed
from devices.form import Typed
from devices.intake import quarantine, recent
from devices.intake.api import LARGEST_ID
from devices.intake.quarantine import list_messages
from devices.intake.retry import retry, retry_of
from devices.models import Device
from devices.sought import Sought
from devices.standing import standings

SHOWN_MESSAGES = 20
SHOWN_OF_ONE = 3
blueprint = Blueprint("devices", __name__, template_folder="templates")


@blueprint.get("/devices")
def list_page() -> str:
    """Every device with its newest values, and below what nobody could read."""
    now = clock.now()
    sought = Sought.of(request.args)
    with hub().database.read() as session:
        after = panel.newest_batch(session)
        rows = panel.rows(session, now, retired=sought.state == "retired")
        messages, counts = list_messages(session, SHOWN_MESSAGES), quarantine.counts(session)
    found = [row for row in rows if sought.fits(row)]
    online = sum(row.standing.online for row in rows)
    flooded = [row for row in rows if row.flood and row.flood.goes_on]
    flooded += [row for row in rows if row.flood and not row.flood.goes_on]
    waits = {"messages": messages, "counts": counts, "after": after}
    shown = {"rows": found, "every": len(rows), "online": online, "flooded": flooded}
    return _render("list", **shown, sought=sought, **waits)


@blueprint.get("/devices/<slug>")
def device_page(slug: str) -> str:
    """One device: how it stands, a day of one of its series, and everything it said last."""
    now = clock.now()
    with hub().database.read() as session:
        after = panel.newest_batch(session)
        device = registry.find_device(session, slug)
        standing = standings(session, [device], now)[device.id]
        flood = floods(session, [device], now).get(device.id)
        values = panel.state(session, device, standing, now)
        chart = panel.chart(session, values, request.args.get("series", ""), device, now)
        space = session.get(Resource, device.space_id) if device.space_id else None
        unread = list_messages(session, SHOWN_OF_ONE, device_id=device.id)
        unread_counts = quarantine.counts(session, device.id) if unread else []
    shown = {"standing": standing, "values": values, "chart": chart, "space": space, "after": after}
    waits = {"unread": unread, "unread_counts": unread_counts}
    return _render("device", device=device, flood=flood, sparing=sparing(device), **shown, **waits)


@blueprint.get("/devices/<slug>/messages")
def messages_page(slug: str) -> str:
    """The last messages of one device, as they come: to ask for them is to have them written down."""
    with hub().database.write() as session:
        device = registry.find_device(session, slug)
        recent.look(session, device, clock.now())
        said = recent.messages(session, device)
    return _render("messages", device=device, said=said, second=_second)


def _second(moment: datetime) -> str:
    """An instant to the second, as the campus's clocks show it: messages come faster than the minutes."""
    return moment.astimezone(hub().settings.zone).strftime("%H:%M:%S")


@blueprint.get("/devices/<slug>/retire")
def retire_page(slug: str) -> str:
    """What that means, before it is done."""
    with hub().database.read() as session:
        device = registry.find_device(session, slug)
    return _render("retire", device=device)


@blueprint.post("/devices/<slug>/retire")
def retire(slug: str) -> Response:
    with hub().database.write() as session:
        device = registry.retire(session, slug, origin(), clock.now())
    flash(_("%(name)s is retired. Its history stays.", name=device.name))
    return redirect(url_for(".list_page"), 303)


@blueprint.get("/devices/-/new")
def new_page() -> str:
    """The empty form; a topic of the quarantine may come along."""
    return _form(Typed.of(request.args), {}, is_new=True)


@blueprint.post("/devices/-/new")
def register_device() -> Response | tuple[str, int]:
    typed = Typed.of(request.form).with_slug()
    with hub().database.read() as session:
        taken = session.scalar(select(Device.id).where(Device.slug == typed.slug))
    if taken:
        return _form(typed, {"slug": _("this name is taken; choose another")}, is_new=True), 422
    return _save(typed, is_new=True)


@blueprint.get("/devices/<slug>/edit")
def edit_page(slug: str) -> str:
    with hub().database.read() as session:
        device = registry.find_device(session, slug)
        typed = Typed.as_is(device, registry.space_slugs(session).get(device.space_id or 0))
    return _form(typed, {}, is_new=False)


@blueprint.post("/devices/<slug>/edit")
def change_device(slug: str) -> Response | tuple[str, int]:
    with hub().database.read() as session:
        registry.find_device(session, slug)
    return _save(Typed.of({**request.form, "slug": slug}), is_new=False)


@blueprint.post(f"/devices/-/quarantine/<int(max={LARGEST_ID}):message_id>/retry")
def retry_message(message_id: int) -> Response:
    reason = retry(hub().database, message_id, hub().settings.zone, clock.now(), by=origin())
    flash(_("Read and stored.") if reason is None else _("It stays: %(reason)s.", reason=reason))
    return redirect(url_for(".list_page", _anchor="quarantine"), 303)


@blueprint.post("/devices/<slug>/retry")
def retry_device(slug: str) -> Response:
    """Once more all that waits of one device, after its options or its dialect were mended."""
    with hub().database.read() as session:
        device = registry.find_device(session, slug)
    read, left = retry_of(hub().database, device.id, hub().settings.zone, clock.now(), by=origin())
    told = ngettext("%(num)s message was read.", "%(num)s messages were read.", read)
    stays = ngettext("%(num)s stays.", "%(num)s stay.", left) if left else ""
    flash(f"{told} {stays}".strip())
    return redirect(url_for(".device_page", slug=slug), 303)


@shows_again("devices.register_device", "devices.change_device")
def form_again() -> tuple[str, int]:
    require("devices.manage")
    typed = Typed.of({**request.form, **(request.view_args or {})})
    return _form(typed, {}, is_new=request.endpoint == "devices.register_device", was_late=True), 400


def _save(typed: Typed, *, is_new: bool) -> Response | tuple[str, int]:
    """Put the device, or show the form again with what was typed and what is wrong."""
    said, unreadable = typed.description()
    try:
        if unreadable:
            raise BadRequest("", extra={"faults": check(typed.slug, said) | unreadable})
        with hub().database.write() as session:
            registry.put_noted(session, typed.slug, said, origin(), clock.now())
    except BadRequest as error:
        return _form(typed, error.extra["faults"] | typed.unchosen(), is_new=is_new), 422
    name = said.name.strip()
    flash(
        _("%(name)s is registered. Its messages are kept from now on.", name=name)
        if is_new
        else _("%(name)s is changed.", name=name)
    )
    return redirect(url_for(".device_page", slug=typed.slug), 303)


def _form(typed: Typed, faults: Faults, *, is_new: bool, was_late: bool = False) -> str:
    with hub().database.read() as session:
        spaces = session.execute(select(Resource.slug, Resource.name).order_by(Resource.name)).all()
    return _render(
        "form", typed=typed, faults=placed(faults), is_new=is_new, was_late=was_late, spaces=spaces
    )


def _render(page: str, **shown: Any) -> str:
    common = {"wording": wording, "now": clock.now(), "when": when, "zone": hub().settings.timezone}
    return render_template(f"devices/{page}.html", **common, **shown)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
