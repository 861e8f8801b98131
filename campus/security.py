"""Headers that keep a browser from running anything that is not ours, and from keeping what is personal."""

from __future__ import annotations

from flask import Flask, request, session
from flask_talisman import Talisman
from werkzeug.wrappers import Response

from campus.settings import Settings

EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""The hash of an empty style element, and of nothing else: Plotly makes one and adds its rules by script."""
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": f"'self' {EMPTY_STYLE}",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""Content-Security-Policy: no inline script, no eval, nothing from elsewhere. Inline rules need the nonce."""
SAME_FOR_ALL = ("static", "assets.vendor")
"""Endpoints whose answers know nobody: a cache may keep them."""


def cookie_name(name: str, settings: Settings) -> str:
    """A cookie of ours. Off this machine its name binds it to our host, by TLS, whatever a neighbour sets."""
    return f"campus_{name}" if settings.on_loopback else f"__Host-campus_{name}"


def register(app: Flask, settings: Settings) -> None:
    """Security headers on every answer, and cookies that leave the machine only encrypted."""
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    secure = not settings.on_loopback
    app.config["SESSION_COOKIE_NAME"] = cookie_name("session", settings)
    app.config["SESSION_COOKIE_PATH"] = "/"
    Talisman(
        app,
        force_https=False,  # TLS ends at the proxy in front
        session_cookie_secure=secure,
        strict_transport_security=secure,
        content_security_policy=POLICY,
        content_security_policy_nonce_in=["style-src"],
        referrer_policy="same-origin",
        frame_options="DENY",
    )
    app.after_request(_say_who_may_keep_it)


def _say_who_may_keep_it(answer: Response) -> Response:
    """Files are the same with and without a cookie; all else is kept by nobody, so that after
    signing out the Back button shows nothing."""
    if request.endpoint in SAME_FOR_ALL and answer.status_code < 400:
        session.accessed = False  # Flask-Login only looked whether somebody left: no Vary: Cookie
    elif "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer
