"""The perimeter: whose requests come in, and headers that keep a browser from running anything that is not
ours, and from keeping what is personal."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from flask import Flask, Response, has_request_context, request, session
from flask_talisman import Talisman
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from campus.host_names import is_ours
from campus.hub import hub
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
    "object-src": "'none'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""Content-Security-Policy: no inline script, no eval, nothing from elsewhere. Inline rules need the nonce."""
DEVICES_OF_THE_READER = {
    "publickey-credentials-get": "(self)",
    "publickey-credentials-create": "(self)",
    **dict.fromkeys(
        ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
         "microphone", "midi", "payment", "usb"),
        "()",
    ),
}  # fmt: skip
"""Permissions-Policy: passkeys are ours to ask for; nothing else of the reader's machine is."""
ALONE = {"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"}
"""No window that opened ours may reach into it, no page elsewhere may load what is ours."""
SAME_FOR_ALL = ("static", "assets.vendor")
"""Endpoints whose answers know nobody: a cache may keep them."""
ASKED_AGAIN = ("feeds.read", "uploads.picture")
"""Endpoints whose answers their asker may keep, if they ask each time whether it is still so."""
ANY_NAME = "health"
"""The blueprint that probes ask by whatever name or address they have."""
LONGEST_FORM = 128 * 1024
"""Bytes of a form without a file. What has one, or is JSON, may have MAX_CONTENT_LENGTH."""
_with_pictures: dict[str, int] = {}


def cookie_name(name: str, settings: Settings) -> str:
    """A cookie of ours. Off this machine its name binds it to our host, by TLS, whatever a neighbour sets."""
    return f"campus_{name}" if settings.on_loopback else f"__Host-campus_{name}"


def takes_pictures(endpoint: str, most: int) -> None:
    """A form of this endpoint may bring so many bytes of files."""
    _with_pictures[endpoint] = most + LONGEST_FORM


def register(app: Flask, settings: Settings) -> None:
    """Security headers on every answer, and cookies that leave the machine only encrypted.

    Comes before all else that looks at a request.
    """
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    secure = not settings.on_loopback
    app.config["SESSION_COOKIE_NAME"] = cookie_name("session", settings)
    app.config["SESSION_COOKIE_PATH"] = "/"
    if settings.proxies:
        seen = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=seen, x_proto=seen, x_host=seen)  # type: ignore[method-assign]
    app.before_request(_refuse_other_names)
    app.before_request(_limit_forms)
    Talisman(
        app,
        force_https=False,  # TLS ends at the proxy in front
        session_cookie_secure=secure,
        strict_transport_security=secure,
        content_security_policy=policy(settings),
        content_security_policy_nonce_in=["style-src"],
        permissions_policy=DEVICES_OF_THE_READER,
        referrer_policy="same-origin",
        frame_options="DENY",
    )
    app.after_request(_say_who_may_keep_it)
    app.logger.addFilter(_without_paths)


def policy(settings: Settings) -> dict[str, str]:
    """The policy of this campus. Chromium asks form-action about every redirect after a form, and the form of
    the sign-in page leads to the OpenID provider: whose session ended signs in on the way to link an account
    there, and goes on at once."""
    if settings.oidc_issuer is None:
        return POLICY
    issuer = urlsplit(settings.oidc_issuer)
    return {**POLICY, "form-action": f"'self' {issuer.scheme}://{issuer.netloc}"}


def _refuse_other_names() -> Response | None:
    """A page elsewhere whose name was made to mean this machine (DNS rebinding) gets nothing to read."""
    if request.blueprint == ANY_NAME or is_ours(request.headers.get("Host", ""), hub().settings):
        return None
    said = (
        "This campus does not answer to that host name. Its operator says which one in CAMPUS_PUBLIC_URL.\n"
    )
    return Response(said, 400, content_type="text/plain; charset=utf-8")


def _limit_forms() -> None:
    if request.mimetype == "application/x-www-form-urlencoded":
        request.max_content_length = LONGEST_FORM
    elif request.mimetype == "multipart/form-data" and request.endpoint in _with_pictures:
        request.max_content_length = _with_pictures[request.endpoint]


def _say_who_may_keep_it(answer: AnyResponse) -> AnyResponse:
    """Files are the same with and without a cookie; all else is kept by nobody, so that after
    signing out the Back button shows nothing."""
    if request.endpoint in SAME_FOR_ALL and answer.status_code < 400:
        session.accessed = False  # Flask-Login only looked whether somebody left: no Vary: Cookie
    elif request.endpoint in ASKED_AGAIN and answer.status_code < 400:
        answer.headers["Cache-Control"] = "private, no-cache"
    else:
        answer.headers["Cache-Control"] = "no-store"
    answer.headers.update(ALONE)
    return answer


def _without_paths(entry: logging.LogRecord) -> bool:
    """A mailed link has its secret in its path: the log names the route instead."""
    if has_request_context() and isinstance(entry.msg, str) and len(request.path) > 1:
        rule = request.url_rule.rule if request.url_rule else "…"
        entry.msg = entry.msg.replace(request.path, rule)
    return True
