"""Who is asking, by a browser's session or a bearer token; and the gate that every request passes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask, Request, g, has_request_context, request, session
from flask_babel import gettext as _
from flask_login import LoginManager, current_user

from campus import clock
from campus.audit import Origin
from campus.errors import NotAllowed, NotSignedIn, Unavailable
from campus.hub import hub
from campus.notes import read_note
from campus.people import permissions, sessions, tokens
from campus.people.keychain import BrowserSession
from campus.people.models import Member

COOKIE_KEY = "sign_in"
"""Where Flask's signed cookie holds the secret of the session on the server."""
STREAM_SEEN_EVERY = timedelta(minutes=5)
"""How exactly an open stream is noted as a use: a thousand of them are three writes a second."""


def register(app: Flask) -> None:
    """Flask-Login, asking us; and the gate. After the CSRF check, so that a late form is shown again."""
    login = LoginManager(app)
    login.request_loader(_member_of_request)
    app.before_request(gate)


def current_member() -> Member | None:
    """The member who is asking, None if nobody signed in."""
    member: Member | None = current_user if current_user.is_authenticated else None
    return member


def require_member() -> Member:
    """The member who is asking. Raises NotSignedIn."""
    member = current_member()
    if member is None:
        raise NotSignedIn(_("Sign in first."))
    return member


def allowed(action: str) -> bool:
    """True if whoever is asking may (see permissions)."""
    member = current_member()
    return permissions.may(member, action, on_demo=member is None and is_demo())


def require(action: str) -> None:
    """Raises NotSignedIn or NotAllowed if whoever is asking may not (see permissions)."""
    member = current_member()
    permissions.require(member, action, on_demo=member is None and is_demo())


def origin() -> Origin:
    """Who is asking and from where, for the audit."""
    if not has_request_context():
        return Origin(via="command")
    member = current_member()
    via = "token" if bearer_token(request) is not None else "browser"
    return Origin(member.id if member else None, request.remote_addr or "", via)  # type: ignore[arg-type]


def is_demo() -> bool:
    """True where the demo hub is loaded: its live pages are open to look at, its sign-ins are shown."""
    with hub().database.read() as store:
        return read_note(store, "demo") is not None


def bearer_token(incoming: Request) -> str | None:
    """The token of `Authorization: Bearer …`; None if the request brings none."""
    scheme, _space, token = incoming.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def current_session() -> BrowserSession | None:
    """The browser's session that is asking; None for a token or a visitor."""
    found: BrowserSession | None = g.get("browser_session") if current_member() else None
    return found


def still_allowed() -> Callable[[str], bool]:
    """For a stream: a question that needs no request, whether whoever asked for it still may.

    An open stream is a use of its session or token, noted every STREAM_SEEN_EVERY.
    """
    place, member, on_demo = hub(), current_member(), is_demo()
    token, secret = bearer_token(request), session.get(COOKIE_KEY, "")

    def may(action: str) -> bool:
        if member is None:
            return permissions.may(None, action, on_demo=on_demo)
        now = clock.now()
        with place.database.read() as store:
            held = (
                sessions.find_session(store, secret, place.settings.session_limits, now)
                if token is None
                else tokens.find_token(store, token, now)
            )
        if held is None or not permissions.may(held.member, action):
            return False
        if held.last_used_at is None or now - held.last_used_at >= STREAM_SEEN_EVERY:
            with suppress(Unavailable), place.database.write() as store:
                (sessions.seen if token is None else tokens.used)(store, held.id, now)
        return True

    return may


def own_page(target: str | None) -> str:
    """`target` if it is a path of this site, else the start page: no open redirect."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc and target.isprintable() else "/"


def _member_of_request(incoming: Request) -> Member | None:
    """A token alone says who it is: no cookie acts where the CSRF check is left out.

    Nobody while it is being found out, and if that fails: the answer that says so asks for a language, and so
    for the member.
    """
    if g.get("finding_member"):
        return None
    g.finding_member = True
    token = bearer_token(incoming)
    found = _member_of_session() if token is None else _member_of_token(token)
    g.finding_member = False
    return found


def _member_of_token(token: str) -> Member | None:
    now = clock.now()
    with hub().database.look() as store:
        found = tokens.find_token(store, token, now)
    if found is None:
        return None
    g.scopes = frozenset(found.scopes.split())
    if tokens.is_news(found, now):
        with suppress(Unavailable), hub().database.write() as store:  # a courtesy: who reads need not wait
            tokens.used(store, found.id, now)
    return found.member


def _member_of_session() -> Member | None:
    secret, now = session.get(COOKIE_KEY), clock.now()
    if not isinstance(secret, str):
        return None
    with hub().database.look() as store:
        found = sessions.find_session(store, secret, hub().settings.session_limits, now)
    if found is None:
        return None
    g.browser_session = found
    if now - found.last_used_at >= sessions.SEEN_EVERY:
        with suppress(Unavailable), hub().database.write() as store:
            sessions.seen(store, found.id, now)
    return found.member


def gate() -> None:
    """Refuse what the table of permissions does not allow. An unknown address is answered as one.

    Raises NotSignedIn, NotAllowed.
    """
    if request.endpoint is None:
        return
    action = permissions.ROUTES.get(request.endpoint)
    if action is None:
        raise NotAllowed(_("This page is not in the table of permissions, so it is open to nobody."))
    if permissions.VISITOR in permissions.ACTIONS[action].roles:
        return
    require(action)
    if bearer_token(request) is not None:
        permissions.require_scope(g.get("scopes", frozenset()), action)
