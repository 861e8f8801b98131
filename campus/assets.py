"""Front-end libraries from the lock file, served by this application: nothing comes from a CDN.

`npm ci` puts them into node_modules at set-up; only the files named here are served.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, abort, request, send_from_directory, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

NODE_MODULES = Path(__file__).resolve().parent.parent / "node_modules"
FILES = {
    "plotly.js": "plotly.js-cartesian-dist-min/plotly-cartesian.min.js",
    "inter.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
}
A_YEAR_S = 31_536_000

blueprint = Blueprint("assets", __name__)


@blueprint.get("/vendor/<name>")
def vendor(name: str) -> Response:
    """One library file; scripts go out compressed, a third of their size."""
    if name not in FILES:
        abort(404)
    if not name.endswith(".js") or not request.accept_encodings.quality("gzip"):
        return send_from_directory(NODE_MODULES, FILES[name], max_age=A_YEAR_S)
    answer = Response(_compressed(name), mimetype="text/javascript")
    answer.cache_control.public, answer.cache_control.max_age = True, A_YEAR_S
    answer.headers.update({"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})
    return answer


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress((NODE_MODULES / FILES[name]).read_bytes(), 6)


@cache
def _version(name: str) -> str:
    """The version that the lock file put there, so that a browser keeps a file for a year and no longer."""
    package = NODE_MODULES / FILES[name]
    while not (package / "package.json").is_file():
        package = package.parent
    return str(json.loads((package / "package.json").read_bytes())["version"])


def vendor_url(name: str) -> str:
    """Where a page finds one of FILES."""
    return url_for("assets.vendor", name=name, v=_version(name))


@cache
def icon(name: str) -> Markup:
    """An outline icon as inline SVG, hidden from screen readers: the label beside it speaks."""
    if not re.fullmatch(r"[a-z0-9-]+", name):
        raise ValueError(f"no icon can be named {name!r}")
    svg = (NODE_MODULES / "@tabler/icons/icons/outline" / f"{name}.svg").read_text(encoding="utf-8")
    body = svg[svg.index("<svg") :]
    body = re.sub(r'\sclass="[^"]*"|\swidth="24"|\sheight="24"', "", body)
    return Markup(body.replace("<svg", '<svg class="icon" aria-hidden="true" focusable="false"', 1))  # noqa: S704 - our own lock file


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(icon=icon, vendor_url=vendor_url)
