"""The page of mail domains whose people may join by themselves."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.people.door.proof import require_proof
from campus.people.tenants import domains
from campus.people.tenants.companies import list_companies
from campus.people.tenants.domains import AnybodyCouldJoin, list_domains

LONGEST = 254
blueprint = Blueprint("domains", __name__)


@blueprint.get("/people/domains")
def list_page() -> str:
    return _page()


@blueprint.post("/people/domains")
def add() -> Response | tuple[str, int]:
    said, now = request.form, clock.now()
    require_proof(url_for(".list_page"))
    try:
        with hub().database.write() as session:
            made = domains.add_domain(
                session,
                require_member(),
                origin(),
                domain=said.get("domain", "")[:LONGEST],
                company=said.get("company", "")[:64],
                sure=bool(said.get("sure")),
                now=now,
            )
    except BadRequest as error:
        return _page(error), 422
    flash(_("Whoever reads mail at %(domain)s may join from now on.", domain=made.domain))
    return redirect(url_for(".list_page"), 303)


@blueprint.post("/people/domains/<domain>/remove")
def remove(domain: str) -> Response:
    with hub().database.write() as session:
        domains.remove_domain(session, require_member(), origin(), domain, clock.now())
    flash(_("Nobody joins by %(domain)s any more. Who has joined stays.", domain=domain))
    return redirect(url_for(".list_page"), 303)


@shows_again("domains.add")
def add_again() -> tuple[str, int]:
    require("people.manage")
    return _page(
        BadRequest(_("This page was open too long. Nothing was saved yet: look it over and send it again."))
    ), 400


def _page(refused: BadRequest | None = None) -> str:
    with hub().database.read() as session:
        found, companies = list_domains(session), list_companies(session)
    return render_template(
        "people/domains.html",
        found=found,
        companies=companies,
        typed=request.form,
        refused=refused,
        asks=isinstance(refused, AnybodyCouldJoin),
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
