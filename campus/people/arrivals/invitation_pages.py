"""The pages of invitations: who was asked in and has not come yet, and the form that asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest, CampusError, NotAllowed
from campus.figures import when
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.people.arrivals import invitations
from campus.people.arrivals.invitations import LIFETIME, Sent, Terms, Unfit, list_invitations
from campus.people.door.proof import require_proof
from campus.people.models import ROLES, Member
from campus.people.permissions import may
from campus.people.roster import LARGEST_ID
from campus.people.tenants.companies import list_companies

PAGE = 50
LONGEST = 20_000
"""Characters of addresses that are read and kept."""
ONE = f"/people/invitations/<int(max={LARGEST_ID}):invitation_id>"
blueprint = Blueprint("invitations", __name__)


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it was filled in."""

    emails: str = ""
    terms: Terms = field(default_factory=Terms)

    @classmethod
    def of(cls, sent: Mapping[str, str], by: Member) -> Typed:
        """From a request. Whoever only runs a company chooses nothing: `invite` refuses what they forge."""
        own = "" if may(by, "people.manage") or by.company is None else by.company.slug
        terms = Terms(
            sent.get("role", "member")[:16], sent.get("company", own)[:64], bool(sent.get("runs_company"))
        )
        return cls(sent.get("emails", "")[:LONGEST].replace("\x00", ""), terms)


@blueprint.get("/people/invitations")
def list_page() -> str:
    cursor = request.args.get("before", "")
    before = int(cursor) if cursor.isascii() and cursor.isdecimal() and len(cursor) < 19 else None
    with hub().database.read() as session:
        found = list_invitations(session, require_member(), before=before, limit=PAGE + 1)
    return render_template(
        "people/invitations.html", found=found[:PAGE], more=len(found) > PAGE, now=clock.now(), when=when
    )


@blueprint.get("/people/invitations/new")
def new_page() -> str:
    member = require_member()
    return _form(member, replace(Typed.of(request.args, member), emails=""))


@blueprint.post("/people/invitations/new")
def invite() -> Response | tuple[str, int]:
    member, now = require_member(), clock.now()
    typed = Typed.of(request.form, member)
    if typed.terms.role != "member" or typed.terms.runs_company:
        require_proof(url_for(".new_page", role=typed.terms.role, company=typed.terms.company))
    try:
        with hub().database.write() as session:
            sent = invitations.invite(
                session, member, origin(), typed.emails.splitlines(), typed.terms, now=now
            )
    except (BadRequest, NotAllowed) as error:
        return _form(member, typed, error), 422 if isinstance(error, BadRequest) else error.status
    flash(_told(sent))
    return redirect(url_for(".list_page"), 303)


@shows_again("invitations.invite")
def invite_again() -> tuple[str, int]:
    require("people.invite")
    member = require_member()
    again = BadRequest(
        _("This page was open too long. Nobody was invited yet: look it over and send it again.")
    )
    return _form(member, Typed.of(request.form, member), again), 400


@blueprint.post(f"{ONE}/resend")
def resend(invitation_id: int) -> Response:
    with hub().database.write() as session:
        sent = invitations.resend(session, require_member(), origin(), invitation_id, clock.now())
    flash(_("Sent again to %(email)s. The link before it opens nothing any more.", email=sent.email))
    return redirect(url_for(".list_page"), 303)


@blueprint.post(f"{ONE}/withdraw")
def withdraw(invitation_id: int) -> Response:
    with hub().database.write() as session:
        gone = invitations.withdraw(session, require_member(), origin(), invitation_id, clock.now())
    flash(_("Withdrawn: the link to %(email)s opens nothing any more.", email=gone.email))
    return redirect(url_for(".list_page"), 303)


def _told(sent: Sent) -> str:
    said = []
    if sent.new:
        said.append(
            ngettext(
                "%(num)d invitation is on its way.", "%(num)d invitations are on their way.", len(sent.new)
            )
        )
    if sent.waiting:
        said.append(_("Invited already: %(emails)s.", emails=", ".join(sent.waiting)))
    return " ".join(said)


def _form(member: Member, typed: Typed, refused: CampusError | None = None) -> str:
    manages = may(member, "people.manage")
    with hub().database.read() as session:
        companies = list_companies(session) if manages else []
    return render_template(
        "people/invite.html",
        typed=typed,
        refused=refused,
        faults=refused.faults if isinstance(refused, Unfit) else [],
        companies=companies,
        roles=ROLES,
        manages=manages,
        days=LIFETIME.days,
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
