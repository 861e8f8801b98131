"""Browsers that an account signed in from before: each carries a long-lived, signed cookie that says so.

It opens nothing. It tells the owner's browser from a stranger's where tries are slowed down, and where a
sign-in from a new browser is told by mail.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from campus.hub import hub
from campus.people.models import Member
from campus.security import cookie_name

COOKIE = "known"
KEPT = timedelta(days=400)
"""As long as browsers keep any cookie."""
MOST = 8
"""So many accounts are remembered in one browser, the last ones."""


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser by its random name, and for each account by id the mark that it signed in here."""

    name: str
    marks: dict[str, str] = field(default_factory=dict)


def browser_of(member: Member) -> str | None:
    """The name of the browser that is asking, if `member` signed in from it since their last password."""
    here = _read()
    if here is None or not hmac.compare_digest(here.marks.get(str(member.id), ""), _mark(here.name, member)):
        return None
    return here.name


def remember(answer: Response, member: Member) -> None:
    """From `answer` on this browser is known for `member`."""
    here = _read() or Browser(secrets.token_urlsafe(12))
    others = [(key, mark) for key, mark in here.marks.items() if key != str(member.id)]
    marks = dict([*others, (str(member.id), _mark(here.name, member))][-MOST:])
    answer.set_cookie(
        cookie_name(COOKIE, hub().settings),
        _signer().dumps([here.name, marks]),
        max_age=KEPT,
        path="/",
        secure=not hub().settings.on_loopback,
        httponly=True,
        samesite="Lax",
    )


def _read() -> Browser | None:
    try:
        name, marks = _signer().loads(request.cookies.get(cookie_name(COOKIE, hub().settings), ""))
    except BadSignature:
        return None
    return Browser(name, marks)


def _mark(browser: str, member: Member) -> str:
    """Another one after every change of the password: whoever knew the old one is a stranger again."""
    said = f"{browser} {member.id} {member.password_hash}".encode()
    return hmac.new(str(current_app.secret_key).encode(), said, hashlib.sha256).hexdigest()[:24]


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="known browser")
