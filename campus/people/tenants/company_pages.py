"""The pages of companies."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from campus import clock
from campus.errors import BadRequest
from campus.hub import hub
from campus.late_forms import shows_again
from campus.people.access import origin, require, require_member
from campus.people.roster import Sought, list_people
from campus.people.tenants import companies
from campus.people.tenants.companies import administrators, find_company, list_companies

LONGEST = 200
SHOWN = 12
"""Members that a company's page names; the rest is behind a link."""
blueprint = Blueprint("companies", __name__)


@blueprint.get("/companies")
def list_page() -> str:
    return _list()


@blueprint.post("/companies")
def add() -> Response | tuple[str, int]:
    name = _name()
    try:
        with hub().database.write() as session:
            made = companies.add_company(session, require_member(), origin(), name, clock.now())
    except BadRequest as error:
        return _list(name, error), 422
    flash(_("%(name)s is added. Now invite its people.", name=made.name))
    return redirect(url_for(".company_page", slug=made.slug), 303)


@blueprint.get("/companies/<slug>")
def company_page(slug: str) -> str:
    return _company(slug)


@blueprint.post("/companies/<slug>")
def rename(slug: str) -> Response | tuple[str, int]:
    name, now = _name(), clock.now()
    try:
        with hub().database.write() as session:
            companies.rename_company(session, require_member(), origin(), slug, name, now=now)
    except BadRequest as error:
        return _company(slug, name, error), 422
    flash(_("Saved."))
    return redirect(url_for(".company_page", slug=slug), 303)


@shows_again("companies.add", "companies.rename")
def form_again() -> tuple[str, int]:
    require("people.manage")
    again = BadRequest(
        _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    )
    slug = (request.view_args or {}).get("slug")
    return _company(slug, _name(), again) if slug else _list(_name(), again), 400


def _name() -> str:
    return request.form.get("name", "")[:LONGEST]


def _list(typed: str = "", refused: BadRequest | None = None) -> str:
    with hub().database.read() as session:
        found = list_companies(session)
    return render_template("people/companies.html", found=found, typed=typed, refused=refused)


def _company(slug: str, typed: str | None = None, refused: BadRequest | None = None) -> str:
    with hub().database.read() as session:
        company = find_company(session, slug)
        admins = administrators(session, company)
        people = list_people(session, require_member(), Sought(company=slug))
    return render_template(
        "people/company.html",
        company=company,
        admins=admins,
        people=people.people[:SHOWN],
        total=people.total,
        typed=company.name if typed is None else typed,
        refused=refused,
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
