"""The first page, open once: to whoever sits at the machine, or has the code that the start printed."""

from __future__ import annotations

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock
from campus.calling import call_caretaker
from campus.errors import NotAllowed, NotFound
from campus.hub import hub
from campus.late_forms import shows_again
from campus.notes import read_note
from campus.people.door import lockout, throttle
from campus.people.door.admission import enter
from campus.spaces.models import Resource
from campus.welcome.doorway import is_at_the_machine
from campus.welcome.first_run import awaits_demo, found, is_code, is_unfounded
from campus.welcome.form import Faults, Typed, read

CODE_KEY = "first_run"
"""Where the visitor's signed cookie holds the code that they typed."""
blueprint = Blueprint("welcome", __name__, template_folder="templates")


def register(app: Flask) -> None:
    """Before the gate: who asks for the start page of a campus without members is sent here first."""
    app.before_request(_send_first_visitor)
    app.register_blueprint(blueprint)


@blueprint.get("/welcome")
def page() -> Response | str:
    with hub().database.read() as store:
        if not is_unfounded(store):
            return redirect("/")
        may = _may_begin(store)
    return _form(Typed(), {}) if may else render_template("welcome/locked.html")


@blueprint.post("/welcome/code")
def enter_code() -> Response | tuple[str, int]:
    """Keep a right code for this visit. It is in no address, and of no use once there is a member."""
    typed, now = request.form.get("code", "")[:100], clock.now()
    with hub().database.write() as store:
        _be_unfounded(store)
        taken = throttle.count_try(store, _tries(), now)
    with hub().database.write() as store:
        right = is_code(store, typed, now)
        if right:
            throttle.give_back(store, taken)
    if not right:
        return render_template("welcome/locked.html", is_wrong=True), 422
    session[CODE_KEY] = typed
    return redirect(url_for(".page"), 303)


@blueprint.post("/welcome")
def begin() -> Response | tuple[str, int]:
    """Name the campus and make its administrator, who is signed in from here on."""
    with hub().database.read() as store:
        _be_unfounded(store)
        _be_let_in(store)
    typed = Typed.of(request)
    said, faults = read(typed, request.form.get("password", ""), may_load_demo=_may_load_demo())
    if said is None:
        return _form(typed, faults), 422
    with hub().database.write() as store:
        member = found(store, said, request.remote_addr or "", clock.now())
    if member is None:
        flash(_("Somebody else has set up this campus a moment ago."))
        return redirect(url_for("people.sign_in_page"), 303)
    next_page = ".demo_page" if said.start == "demo" else ".next_page"
    answer = enter(member, "password", url_for(next_page))
    if said.start == "demo":
        _call_for_demo()
    return answer


@shows_again("welcome.begin", "welcome.enter_code")
def again() -> tuple[str, int]:
    with hub().database.read() as store:
        _be_unfounded(store)
        may = _may_begin(store)
    if not may or request.endpoint == "welcome.enter_code":
        return render_template("welcome/locked.html", was_late=True), 400
    return _form(Typed.of(request), {}, was_late=True), 400


@blueprint.get("/welcome/demo")
def demo_page() -> Response | str:
    """Says that the demo hub is being set up, until it is."""
    with hub().database.read() as store:
        if not awaits_demo(store):
            return redirect(url_for(".next_page"))
    return render_template("welcome/demo.html")


@blueprint.post("/welcome/demo")
def load_demo() -> Response:
    """Ask for the demo hub once more, where it did not come."""
    with hub().database.read() as store:
        wanted = awaits_demo(store)
    if wanted:
        _call_for_demo()
    return redirect(url_for(".demo_page"), 303)


@blueprint.get("/welcome/next")
def next_page() -> str:
    """What there is to do on a new campus."""
    with hub().database.read() as store:
        rooms = store.scalar(select(func.count()).select_from(Resource)) or 0
        has_demo = read_note(store, "demo") is not None
    return render_template(
        "welcome/next.html", rooms=rooms, has_demo=has_demo, mails=hub().settings.smtp_url is not None
    )


def _send_first_visitor() -> Response | None:
    if request.path != "/" or request.method not in ("GET", "HEAD"):
        return None
    with hub().database.read() as store:
        return redirect(url_for("welcome.page")) if is_unfounded(store) else None


def _tries() -> throttle.Bucket:
    """Of one address: who guesses elsewhere keeps nobody out."""
    return throttle.Bucket(f"first-run {lockout.network(request.remote_addr or '')}", lockout.FREE_AT_ADDRESS)


def _call_for_demo() -> None:
    """The simulator loads it: a process of its own, so that nobody waits for a page meanwhile."""
    if not call_caretaker():
        flash(_("Nobody looks after the processes here. Start one more: flask --app app simulate"))


def _may_begin(store: Session) -> bool:
    headers = [name for name, _value in request.headers]
    if hub().settings.on_loopback and is_at_the_machine(request.remote_addr, request.host, headers):
        return True
    return is_code(store, str(session.get(CODE_KEY, "")), clock.now())


def _be_unfounded(store: Session) -> None:
    if not is_unfounded(store):
        raise NotFound(_("This campus is set up."))


def _be_let_in(store: Session) -> None:
    if not _may_begin(store):
        raise NotAllowed(_("Type the code that the start of the campus printed, then begin."))


def _may_load_demo() -> bool:
    """Only where nobody else comes, for everybody knows its passwords; and where its simulator may run."""
    settings = hub().settings
    return settings.on_loopback and settings.simulator is not False


def _form(typed: Typed, faults: Faults, *, was_late: bool = False) -> str:
    return render_template(
        "welcome/begin.html", typed=typed, faults=faults, was_late=was_late, may_load_demo=_may_load_demo()
    )
