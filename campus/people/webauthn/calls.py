"""What passkeys.js asks: what to ask the browser, and what to make of its answer. JSON both ways."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Flask, Response, flash, jsonify, request, session, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from pydantic import Field, ValidationError
from werkzeug.exceptions import HTTPException

from campus import clock
from campus.api import Body, problem
from campus.audit import record
from campus.errors import BadRequest, CampusError, NotAllowed, ProofNeeded, TooManyTries
from campus.hub import hub
from campus.people.access import current_session, origin, own_page, require_member
from campus.people.door import lockout, proof
from campus.people.door.admission import admit, from_here
from campus.people.models import Member
from campus.people.secrets import new_secret
from campus.people.webauthn import challenges, passkeys
from campus.people.webauthn.relying_party import Party, party_of

BROWSER_KEY = "passkey_browser"
"""Where Flask's signed cookie holds the secret that binds a challenge to the browser that was asked."""
LARGEST_BODY = 32 * 1024

blueprint = Blueprint("passkey_calls", __name__, url_prefix="/passkeys")


class Answer(Body):
    """What the browser's authenticator answered, and what goes with it."""

    credential: dict[str, Any]
    name: str = Field("", max_length=200)
    next: str = Field("", max_length=2000)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.post("/sign-in/begin")
def begin_sign_in() -> Response:
    with hub().database.write() as store:
        return jsonify(passkeys.begin_sign_in(store, _party(), _browser(), clock.now()))


@blueprint.post("/sign-in/finish")
def finish_sign_in() -> Response:
    answer = _read()
    gone = admit(_who_is_it(answer), "passkey", answer.next)
    told = jsonify(next=gone.headers["Location"])
    for cookie in gone.headers.getlist("Set-Cookie"):
        told.headers.add("Set-Cookie", cookie)
    return told


@blueprint.post("/prove/begin")
def begin_proof() -> Response:
    member = require_member()
    with hub().database.write() as store:
        return jsonify(passkeys.begin_proof(store, _party(), member.id, _browser(), clock.now()))


@blueprint.post("/prove/finish")
def finish_proof() -> Response:
    answer, member, here = _read(), require_member(), current_session()
    _shown(answer, challenges.PROVE, member)
    if here is None:
        raise NotAllowed(_("No token can do this: sign in with a browser."))
    with hub().database.write() as store:
        proof.confirmed(store, here, "passkey", clock.now())
    return jsonify(next=own_page(answer.next))


@blueprint.post("/add/begin")
def begin_registration() -> Response:
    member = proof.require_proof(_account_page()).member
    with hub().database.write() as store:
        return jsonify(passkeys.begin_registration(store, _party(), member.id, _browser(), clock.now()))


@blueprint.post("/add/finish")
def finish_registration() -> Response:
    answer, member, now = _read(), proof.require_proof(_account_page()).member, clock.now()
    _use_challenge(answer, challenges.ADD, member)
    with hub().database.write() as store:
        made = passkeys.finish_registration(
            store, _party(), member.id, answer.credential, name=answer.name, by=origin(), now=now
        )
    flash(_("The passkey “%(name)s” opens your account from now on.", name=made.name))
    return jsonify(next=_account_page())


def _who_is_it(answer: Answer) -> Member:
    """The member who signs in. A refusal is counted at the address that it came from."""
    attempt = lockout.begin_here("passkey")
    try:
        member = _shown(answer, challenges.SIGN_IN)
    except CampusError as refused:
        told = {"method": "passkey", "code": refused.code}
        with hub().database.write() as store:
            attempt.wrong(store)
            record(store, from_here(), "sign-in.refused", "nobody", clock.now(), after=told)
        raise
    with hub().database.write() as store:
        attempt.right(store)
    return member


def _shown(answer: Answer, purpose: str, member: Member | None = None) -> Member:
    """The member whose passkey answered; with `member` it has to be theirs."""
    now, wanted = clock.now(), member.id if member else None
    _use_challenge(answer, purpose, member)
    try:
        with hub().database.write() as store:
            return passkeys.show(store, _party(), answer.credential, now, wanted)
    except passkeys.ClonedPasskey as cloned:
        with hub().database.write() as store:
            passkeys.note_clone(store, cloned.passkey, origin(), now)
        raise


def _use_challenge(answer: Answer, purpose: str, member: Member | None) -> None:
    """In a transaction of its own: whatever is wrong with the answer, its challenge is gone."""
    with hub().database.write() as store:
        asked = challenges.use_up(store, purpose, answer.credential, _browser(), clock.now())
    if asked != (member.id if member else None):
        raise NotAllowed(_("That was asked for somebody else. Load the page again."))


def _read() -> Answer:
    """The body. Raises BadRequest for anything but one small JSON object of the right shape."""
    request.max_content_length = LARGEST_BODY
    try:
        return Answer.model_validate(orjson.loads(request.get_data()))
    except (orjson.JSONDecodeError, ValidationError):
        raise BadRequest(_("The browser's answer cannot be read. Please try once more.")) from None


def _party() -> Party:
    found = party_of(hub().settings, request.host)
    if found is None:
        raise BadRequest(_("Browsers keep passkeys for names, not for IP addresses."))
    return found


def _browser() -> str:
    if not isinstance(session.get(BROWSER_KEY), str):
        session[BROWSER_KEY] = new_secret()
    secret: str = session[BROWSER_KEY]
    return secret


def _account_page() -> str:
    return url_for("account.security_page", _anchor="passkeys")


@blueprint.errorhandler(CampusError)
def _refuse(error: CampusError) -> Response:
    extra = dict(error.extra)
    if isinstance(error, ProofNeeded):
        extra["next"] = url_for("proof.confirm_page", next=error.extra["next"])
    answer = problem(error.status, error.code, error.message, extra)
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.extra["retry_after"])
    return answer


@blueprint.errorhandler(HTTPException)
def _refuse_http(error: HTTPException) -> Response:
    status = error.code or 500
    if isinstance(error, CSRFError):
        return problem(status, "stale", _("This page was open too long. Load it again."))
    return problem(status, "error", _("That did not work. Nothing was saved; load the page again."))
