"""Admission: what follows once it is sure who somebody is. A session, a mail if the browser is new, the page
that was wanted."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect, request, session
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from campus import clock, letters
from campus.audit import Origin, record
from campus.hub import hub
from campus.people import known_browsers, sessions
from campus.people.access import COOKIE_KEY, own_page
from campus.people.browsers import browser_and_system
from campus.people.models import Member

JUST_JOINED = timedelta(hours=1)
"""Who is a member only since then knows that they signed in."""


def admit(member: Member, method: str, next_page: str | None) -> Response:
    """What follows once it is sure who this is: a session, and the page that was wanted."""
    let_in(member, method)
    answer = redirect(own_page(next_page))
    known_browsers.remember(answer, member)
    return answer


def let_in(member: Member, method: str) -> None:
    """Open a session for `member` in this browser; what was there before ends with its CSRF token.

    They are told by mail if they never signed in here, unless they want no such mails.
    """
    now, is_new = clock.now(), known_browsers.browser_of(member) is None
    with hub().database.write() as store:
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
