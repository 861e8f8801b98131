"""Admission: what follows once it is sure who somebody is.

The second step if they have one; then a session, a mail if the browser is new, and the page they wanted.
"""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, request, session, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import Origin, record
from campus.errors import NotSignedIn
from campus.hub import hub
from campus.people import sessions, tickets
from campus.people.access import COOKIE_KEY, own_page
from campus.people.account.browsers import browser_and_system
from campus.people.door import known_browsers, totp
from campus.people.models import Member

SECOND_STEP, SECOND_STEP_TIME = "second-step", timedelta(minutes=10)
SECOND_STEP_KEY = "second_step"
"""Where Flask's signed cookie holds the ticket of who still owes a code."""
JUST_JOINED = timedelta(hours=1)
"""Who is a member only since then knows that they signed in."""


def admit(member: Member, method: str, next_page: str | None) -> Response:
    """What follows once it is sure who this is: the second step if they have one, else the page they wanted.

    `method` is how they showed it: password, oidc, passkey … A passkey is two steps in one.
    """
    now = clock.now()
    with hub().database.write() as store:
        _be_who_they_were(store, member)
        if method == "passkey" or not totp.standing(store, member.id).on:
            secret = None
        else:
            held = {"next": own_page(next_page)}
            secret = tickets.issue(store, SECOND_STEP, SECOND_STEP_TIME, now, member_id=member.id, data=held)
    if secret is None:
        return enter(member, method, next_page)
    session.clear()
    session[SECOND_STEP_KEY] = secret
    return redirect(url_for("second_step.code_page"))


def enter(member: Member, method: str, next_page: str | None) -> Response:
    """Past the last step: a session, the page that was wanted, and a browser that is known from now on."""
    let_in(member, method)
    answer = redirect(own_page(next_page))
    known_browsers.remember(answer, member)
    return answer


def let_in(member: Member, method: str) -> None:
    """Open a session for `member` in this browser; the one that was there before ends, and its CSRF token.

    They are told by mail if they never signed in here, unless they want no such mails.
    """
    now, is_new = clock.now(), known_browsers.browser_of(member) is None
    with hub().database.write() as store:
        _be_who_they_were(store, member)
        sessions.end_replaced(store, str(session.get(COOKIE_KEY, "")), now)
        secret = sessions.open_session(
            store,
            member,
            method=method,
            address=request.remote_addr or "",
            agent=request.user_agent.string,
            now=now,
        )
        record(store, from_here(member), "sign-in", f"member {member.id}", now, after={"method": method})
        if is_new and member.mails_sign_ins and now - member.created_at > JUST_JOINED:
            _tell(store, member)
    session.clear()
    session[COOKIE_KEY] = secret


def _be_who_they_were(store: Session, member: Member) -> None:
    """Until the commit nobody changes their password or lets them go: either that ended all sessions
    before this one and is seen here, or it ends this one too. Raises NotSignedIn."""
    same = Member.password_hash.is_not_distinct_from(member.password_hash)
    found = select(Member.id).where(Member.id == member.id, Member.active, same)
    if store.scalar(found.with_for_update(key_share=True, of=Member)) is None:
        raise NotSignedIn(_("Sign in first."))


def from_here(member: Member | None = None) -> Origin:
    """Where a sign-in comes from, for the audit: nobody is signed in yet."""
    return Origin(member.id if member else None, request.remote_addr or "", "browser")


def _tell(store: Session, member: Member) -> None:
    now = clock.now()
    browser, system = browser_and_system(request.user_agent.string)
    letters.write(
        store,
        member.email,
        "new_sign_in",
        now,
        locale=member.locale,
        clock=member.clock,
        name=member.name,
        at=now,
        browser=" · ".join(filter(None, (browser, system))),
        address=request.remote_addr or "",
        link=letters.link("reset.forgot_page"),
    )
