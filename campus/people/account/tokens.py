"""API tokens: one is made here and shown once; those that there are can be revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import record
from campus.errors import NotFound
from campus.hub import hub
from campus.late_forms import shows_again
from campus.moments import rfc3339
from campus.people import tickets, tokens
from campus.people.access import origin, require_member
from campus.people.account.frame import LARGEST_ID, blueprint, render
from campus.people.account.token_form import DAYS, LONGEST, Typed
from campus.people.door.proof import require_proof
from campus.people.models import Member
from campus.people.secrets import new_secret

MOST = 100
"""Tokens that a member may have at once."""
SENT_ONCE = timedelta(days=31)
"""How long a form is remembered as sent: longer than any session lasts by default."""


@blueprint.get("/account/tokens")
def tokens_page() -> str:
    return _page(Typed.of(request.args))


@blueprint.post("/account/tokens")
def make_token() -> tuple[str, int]:
    """The answer is the only place where the token is ever shown: no cookie and no address holds it."""
    typed = Typed.of(request.form)
    require_proof(url_for(".tokens_page", **typed.link()))
    member, now, zone = require_member(), clock.now(), hub().settings.zone
    faults = typed.faults(now, zone)
    if faults:
        return _page(typed, faults=faults), 422
    with hub().database.write() as store:
        if not tickets.first_use(store, "token-form", _nonce(member), SENT_ONCE, now):
            sent = _("This form was sent already, and its token was shown once. Look at the list above.")
            return _page(Typed(), faults={"form": sent}), 409
        if len(tokens.list_tokens(store, member.id)) >= MOST:
            return _page(typed, faults={"form": _("That is enough: revoke one that you do not use.")}), 422
        made = _make(store, member, typed, now)
    return _page(Typed(), made=made, made_name=typed.name.strip()), 201


@blueprint.post(f"/account/tokens/<int(max={LARGEST_ID}):token_id>/revoke")
def revoke_token(token_id: int) -> Response:
    require_proof(url_for(".tokens_page"))
    member, now = require_member(), clock.now()
    with hub().database.write() as store:
        if not tokens.revoke_token(store, member.id, token_id, now):
            raise NotFound(_("There is no such token, or it is not yours."))
        record(store, origin(), "token.revoke", f"member {member.id}", now, before={"token": token_id})
    flash(_("The token is good for nothing any more."))
    return redirect(url_for(".tokens_page"), 303)


@shows_again("account.make_token", "account.revoke_token")
def tokens_again() -> tuple[str, int]:
    require_member()
    late = _("This page was open too long. Nothing was saved yet: look it over and send it again.")
    return _page(Typed.of(request.form), faults={"form": late}), 400


def _nonce(member: Member) -> str:
    return f"{member.id} {request.form.get('nonce', '')}"


def _make(store: Session, member: Member, typed: Typed, now: datetime) -> str:
    """The new token, noted and told by mail."""
    end = typed.end(now, hub().settings.zone)
    made = tokens.add_token(store, member, name=typed.name, now=now, scopes=typed.scopes, expires_at=end)
    store.flush()
    kept = tokens.list_tokens(store, member.id)[0]
    told = {"token": kept.id, "scopes": kept.scopes, "expires_at": rfc3339(end) if end else None}
    record(store, origin(), "token.add", f"member {member.id}", now, after=told)
    letters.write_to(
        store,
        member,
        "token_made",
        now,
        token=kept,
        may=lambda: [words for scope, words in scope_words() if scope in typed.scopes],
        page=letters.link("account.tokens_page"),
    )
    return made


def scope_words() -> list[tuple[str, str]]:
    """What each scope lets a token do."""
    return [
        ("read", _("Read what you may see: the hub live, resources, bookings, devices")),
        ("book", _("Book in your name, and cancel your bookings")),
        ("devices", _("Register and change devices, where your role may")),
        ("reports", _("Make and read reports, where your role may")),
    ]


def _page(typed: Typed, *, faults: dict[str, str] | None = None, made: str = "", made_name: str = "") -> str:
    now, zone = clock.now(), hub().settings.zone
    with hub().database.read() as store:
        kept = tokens.list_tokens(store, require_member().id)
    today = now.astimezone(zone).date()
    return render(
        "tokens",
        typed=typed,
        faults=faults or {},
        made=made,
        made_name=made_name,
        tokens=kept,
        scopes=scope_words(),
        days=DAYS,
        first_day=today,
        last_day=today + LONGEST - timedelta(days=1),
        nonce=new_secret(),
    )
