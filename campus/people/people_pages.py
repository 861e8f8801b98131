"""The pages of members: the list, and one member with what may be done for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import format_date, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.audit import record
from campus.bookings.departure import let_go
from campus.errors import BadRequest, CampusError, NotAllowed, TooManyTries
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people import membership, roster, sessions
from campus.people.access import origin, require, require_member
from campus.people.door import reset
from campus.people.door.proof import require_proof
from campus.people.keychain import Passkey, Totp
from campus.people.membership import Membership
from campus.people.models import ROLES, Member
from campus.people.permissions import may
from campus.people.roster import LARGEST_ID, Sought, find_person, find_to_let_go, list_people, may_let_go
from campus.people.tenants.companies import list_companies
from campus.people.trail import entries as audit_list
from campus.people.wording import person_name

RECENT = 12
"""Deeds that a member's page shows."""
ONE = f"/people/<int(max={LARGEST_ID}):member_id>"
blueprint = Blueprint("members", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Keys:
    """How somebody signs in, without anything that would open a door."""

    sessions: int
    has_totp: bool
    passkeys: int


@blueprint.get("/people")
def list_page() -> str:
    """Whom one may see, by name, filtered as the address says."""
    member, sought = require_member(), Sought.of(request.args)
    with hub().database.read() as session:
        found = list_people(session, member, sought)
        companies = list_companies(session) if may(member, "people.manage") else []
    return _render("list", found=found, sought=sought, companies=companies, roles=ROLES)


@blueprint.get(ONE)
def member_page(member_id: int) -> str:
    return _page(member_id)


@blueprint.post(f"{ONE}/change")
def change(member_id: int) -> Response | tuple[str, int]:
    wanted, now = _typed(), clock.now()
    require_proof(url_for(".member_page", member_id=member_id))
    try:
        with hub().database.write() as session:
            changed = membership.change(session, require_member(), origin(), member_id, wanted, now=now)
    except (BadRequest, NotAllowed) as error:
        return _page(member_id, wanted, error), 422
    flash(_("Saved.") if changed else _("Nothing was different: nothing was changed."))
    return _back(member_id)


@shows_again("members.change")
def change_again() -> tuple[str, int]:
    require("people.manage")
    again = BadRequest(
        _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    )
    return _page((request.view_args or {})["member_id"], _typed(), again), 400


@blueprint.post(f"{ONE}/deactivate")
def deactivate(member_id: int) -> Response:
    with hub().database.write() as session:
        by = roster.acting(session, require_member(), "people.let-go")
        member = find_to_let_go(session, by, member_id)
        freed = let_go(session, member, origin(), clock.now(), hub().settings.zone)
    given_back = ngettext("%(num)d booking was given back.", "%(num)d bookings were given back.", freed)
    flash(_("%(name)s is deactivated. %(freed)s", name=member.name, freed=given_back))
    return _back(member_id)


@blueprint.post(f"{ONE}/bring-back")
def bring_back(member_id: int) -> Response:
    with hub().database.write() as session:
        membership.bring_back(session, require_member(), origin(), member_id, clock.now())
    flash(_("They can sign in again."))
    return _back(member_id)


@blueprint.post(f"{ONE}/sign-out")
def sign_out_everywhere(member_id: int) -> Response:
    with hub().database.write() as session:
        ended = membership.sign_out_everywhere(session, require_member(), origin(), member_id, clock.now())
    flash(ngettext("%(num)d session was ended.", "%(num)d sessions were ended.", ended))
    return _back(member_id)


@blueprint.post(f"{ONE}/reset")
def send_reset(member_id: int) -> Response:
    with hub().database.read() as session:
        person = membership.find_to_send_link(session, require_member(), member_id)
    try:
        reset.ask(person.email)
    except TooManyTries as error:
        flash(error.message)
        return _back(member_id)
    with hub().database.write() as session:
        record(session, origin(), "password.send-link", f"member {member_id}", clock.now())
    flash(_("A link is on its way to them. It is good for an hour."))
    return _back(member_id)


@blueprint.post(f"{ONE}/second-factor")
def remove_second_factor(member_id: int) -> Response:
    require_proof(url_for(".member_page", member_id=member_id))
    with hub().database.write() as session:
        gone = membership.remove_second_factor(session, require_member(), origin(), member_id, clock.now())
    flash(_("The second step is removed; they were told by mail.") if gone else _("There was none."))
    return _back(member_id)


def _typed() -> Membership:
    """The three fields that there are; whatever else was sent is nobody's business."""
    said = request.form
    return Membership(said.get("role", "")[:16], said.get("company", "")[:64], bool(said.get("runs_company")))


def _page(member_id: int, typed: Membership | None = None, refused: CampusError | None = None) -> str:
    by, now = require_member(), clock.now()
    with hub().database.read() as session:
        person = find_person(session, by, member_id)
        manages = may(by, "people.manage")
        shown = {
            "person": person,
            "keys": _keys(session, person),
            "last_seen": roster.last_seen(session, [person.id]).get(person.id),
            "companies": list_companies(session) if manages else [],
            "deeds": audit_list.about(session, person.id, RECENT) if may(by, "audit.read") else None,
        }
    return _render(
        "member",
        typed=typed or Membership.as_is(person),
        refused=refused,
        roles=ROLES,
        manages=manages,
        lets_go=may_let_go(by, person),
        is_oneself=by.id == person.id,
        now=now,
        **shown,
    )


def _keys(session: Session, person: Member) -> Keys:
    limits = hub().settings.session_limits
    return Keys(
        sessions=len(sessions.list_sessions(session, person.id, limits, clock.now())),
        has_totp=session.get(Totp, person.id) is not None,
        passkeys=session.scalar(select(func.count(Passkey.id)).where(Passkey.member_id == person.id)) or 0,
    )


def _back(member_id: int) -> Response:
    return redirect(url_for(".member_page", member_id=member_id), 303)


def _render(page: str, **shown: Any) -> str:
    told = {"now": clock.now(), "when": when, "day": format_date, "person_name": person_name}
    return render_template(f"people/{page}.html", **{**told, **shown})


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
