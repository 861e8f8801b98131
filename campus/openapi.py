"""The API's description of itself: what holds for all calls alike is added here, by rule, to each of them.

Who may call and which scope a token needs come from the table of permissions; refusals are
application/problem+json; a call that changes something by a browser's session needs its CSRF token.
"""

from __future__ import annotations

import re
from typing import Any

from apiflask import APIFlask
from flask import current_app

from campus.api import PREFIX, Problem
from campus.people.permissions import ACTIONS, MEMBERS, ROUTES, Action
from campus.security import cookie_name
from campus.settings import Settings

Json = dict[str, Any]
READS = ("get", "head", "options")
PROBLEM = "#/components/schemas/Problem"
REFUSALS = {
    400: "The request cannot be read, or a value is not what it should be.",
    401: "Nobody is signed in, or the token is not good (any more).",
    403: "The member's role, or the token's scope, does not allow it.",
    404: "It does not exist, or not for you.",
    503: "The store is busy; try again in a moment.",
}
TOO_LONG = {"414": {"description": "The address is longer than 4,094 letters."}}
"""What the web server itself answers, before anything of ours is asked."""
WITH_BODY = {413: "The body is too large.", 415: "The body is not JSON."}
ABOUT = """\
Bookings, devices and their history of one hub. Times are RFC 3339 with an offset, answered in UTC. Spans are
half-open: `start` is in, `end` is not. Lists come in pages: ask again with `cursor` until `next_cursor` is
null. Errors are problem+json (RFC 9457) with a `code`.
"""


def register(app: APIFlask, settings: Settings) -> None:
    """Says what is to be said once, and has the rest added when the description is asked for."""
    app.description = ABOUT
    app.servers = [{"url": "/"}]
    app.security_schemes = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of a member, from the account page or `flask token add`. The names beside"
            " it in a call are the scopes that it needs there.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie_name("session", settings),
            "description": "The session of a browser in which a member signed in.",
        },
        "csrf": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRFToken",
            "description": "The token that the session's pages carry, for calls that change something.",
        },
    }
    app.spec_processor(complete)  # type: ignore[arg-type]  # never YAML


def complete(spec: Json) -> Json:
    """`spec` with what holds for every call."""
    spec["components"]["schemas"]["Problem"] = Problem.model_json_schema(mode="serialization")
    endpoints = {
        (re.sub(r"<(?:[^<>:]+:)?([^<>]+)>", r"{\1}", rule.rule), method.lower()): rule.endpoint
        for rule in current_app.url_map.iter_rules()
        for method in rule.methods or ()
    }
    for path, calls in spec["paths"].items():
        for method, call in calls.items():
            _complete_call(call, path, method, endpoints[path, method])
    spec["tags"] = [{"name": tag} for tag in sorted({_tag(path) for path in spec["paths"]})]
    return spec


def _complete_call(call: Json, path: str, method: str, endpoint: str) -> None:
    action = ACTIONS[ROUTES[endpoint]]
    call["operationId"] = endpoint.rpartition(".")[2]
    call["tags"] = [_tag(path)]
    call["description"] = "\n\n".join(filter(None, (call.get("description"), _who(action))))
    call["security"] = [
        {"token": [action.scope]},
        {"session": []} if method in READS else {"session": [], "csrf": []},
    ]
    for parameter in call.get("parameters", ()):
        _never_null(parameter["schema"])
    refusals = REFUSALS | (WITH_BODY if "requestBody" in call else {})
    answers = {int(status): answer for status, answer in call["responses"].items()}
    for status, what in refusals.items():
        answers[status] = {"description": what}
    for status, answer in answers.items():
        if status >= 400:
            answer["content"] = {"application/problem+json": {"schema": {"$ref": PROBLEM}}}
        elif status == 201 and 200 in answers:
            answer["content"] = answers[200]["content"]
    call["responses"] = {str(status): answers[status] for status in sorted(answers)} | TOO_LONG


def _tag(path: str) -> str:
    """What a call is about: the first word after the prefix."""
    return path.removeprefix(f"{PREFIX}/").partition("/")[0]


def _who(action: Action) -> str:
    roles = "every member" if set(MEMBERS) <= set(action.roles) else ", ".join(action.roles)
    return f"Who may: {roles}. A token needs the scope `{action.scope}`."


def _never_null(schema: Json) -> None:
    """A query has no null: what is not wanted is left out."""
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        schema.update(kinds[0])
    elif kinds:
        schema["anyOf"] = kinds
    if schema.get("default", ...) is None:
        del schema["default"]
