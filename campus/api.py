"""The HTTP API's common ground: who may call, and how it answers when it refuses (RFC 9457)."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint, APIFlask
from apiflask.exceptions import HTTPError
from flask import Request, Response, current_app, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, CSRFProtect
from pydantic import BaseModel, ConfigDict
from werkzeug.exceptions import HTTPException, UnsupportedMediaType
from werkzeug.wrappers import Response as AnyResponse

from campus.errors import BadRequest, CampusError, NotFound, NotSignedIn, ProofNeeded, TooManyTries
from campus.late_forms import form_again
from campus.people.access import bearer_token, current_member, gate

PREFIX = "/api/v1"
REPEATED = ("device",)
"""Names that a query may have more than once."""
csrf = CSRFProtect()
CODES = {
    400: "bad-request",
    401: "not-signed-in",
    403: "not-allowed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "not-json",
}


class Body(BaseModel):
    """Base of request bodies: an unknown field is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Call(Request):
    """A request in which no body at all is an empty object: many calls need nothing to be said."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        return super().get_json(force, silent, cache) if _has_body(self) else {}


class Problem(BaseModel):
    """An answer of application/problem+json (RFC 9457). More members may stand beside these."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str = ""
    status: int = 400
    detail: str = ""
    code: str = "bad-request"


def api_blueprint(name: str, import_name: str) -> APIBlueprint:
    """A part of the API. Who may call it stands in the table of permissions."""
    made = APIBlueprint(name, import_name, url_prefix=PREFIX, enable_openapi=True)
    csrf.exempt(made)
    made.before_request(_check_call)
    return made


def register(app: APIFlask) -> None:
    """Errors of every kind become a page or a problem, in this one place."""
    app.request_class = Call
    csrf.init_app(app)
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as the session: a form left open over lunch still works
    app.config["VALIDATION_ERROR_STATUS_CODE"] = 400
    app.config["VALIDATION_ERROR_SCHEMA"] = Problem
    app.config["HTTP_ERROR_SCHEMA"] = Problem
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.error_processor(_answer_http_error)
    app.register_error_handler(CampusError, _answer_campus_error)
    app.register_error_handler(TooManyTries, _answer_too_many)
    app.register_error_handler(HTTPException, _answer_werkzeug_error)
    app.register_error_handler(RecursionError, _answer_too_deep)


def _check_call() -> None:
    """JSON only; no name twice in the query, where one reader takes the first value and another the last;
    the page's CSRF token with a session that changes something."""
    for name, values in request.args.lists():
        if len(values) > 1 and name not in REPEATED:
            raise BadRequest(f"{name[:40]}: this may be given once only.")
    if _has_body(request) and not request.is_json:
        raise UnsupportedMediaType("The body has to be JSON, and its Content-Type application/json.")
    if bearer_token(request) is None and request.method not in ("GET", "HEAD", "OPTIONS"):
        csrf.protect()


def _has_body(asked: Request) -> bool:
    return bool(asked.content_length) or "Transfer-Encoding" in asked.headers


def _wants_problem() -> bool:
    return request.path.startswith("/api/")


def problem(status: int, code: str, detail: str, extra: dict[str, Any] | None = None) -> Response:
    """A problem+json answer."""
    title = code.replace("-", " ").capitalize()
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **(extra or {}),
    }
    return Response(current_app.json.dumps(body), status, content_type="application/problem+json")


def _answer_campus_error(error: CampusError) -> AnyResponse | tuple[str, int]:
    if _wants_problem():
        answer = problem(error.status, error.code, error.message, error.extra)
        if isinstance(error, NotSignedIn):
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if isinstance(error, NotSignedIn):
        target = request.full_path.rstrip("?") if request.method == "GET" else error.extra.get("next")
        return redirect(url_for("people.sign_in_page", next=target))
    if isinstance(error, ProofNeeded):
        return redirect(url_for("proof.confirm_page", next=error.extra["next"]), 303)
    message = _("The address is old or mistyped.") if isinstance(error, NotFound) else error.message
    return render_template("error.html", status=error.status, message=message), error.status


def _answer_too_many(error: TooManyTries) -> AnyResponse:
    answer = make_response(_answer_campus_error(error))
    answer.headers["Retry-After"] = str(error.extra["retry_after"])
    return answer


def _answer_http_error(error: HTTPError) -> Any:
    """APIFlask's own: a body or query that does not fit its model."""
    faults = [
        ("" if place == "_schema" else f"{place}: ") + "; ".join(map(str, texts))
        for fields in error.detail.values()
        if isinstance(fields, dict)
        for place, texts in fields.items()
    ]
    detail = " · ".join(faults) or str(error.message)
    return problem(error.status_code, CODES.get(error.status_code, "error"), detail)


def _answer_too_deep(_error: RecursionError) -> AnyResponse | tuple[str, int]:
    """Python's JSON reader gives up on lists within lists within lists; no page of ours goes that deep."""
    return _answer_campus_error(BadRequest("The body is nested too deeply."))


def _answer_werkzeug_error(error: HTTPException) -> AnyResponse | tuple[str, int]:
    status = error.code or 500
    if _wants_problem():
        detail = str(error.description or error.name)
        if isinstance(error, CSRFError):
            detail = "A session call needs the page's CSRF token in X-CSRFToken. Nothing was saved."
        return _with_headers(problem(status, CODES.get(status, "error"), detail), error)
    if isinstance(error, CSRFError):
        try:
            if current_member():  # a form shows more than its refusal; what a visitor typed, it keeps
                gate()
            again = form_again(request.endpoint)
        except CampusError as refused:
            return _answer_campus_error(refused)
        if again:
            return again
    page = render_template("error.html", status=status, message=_for_people(error, status))
    return _with_headers(make_response(page, status), error)


def _with_headers(answer: Response, error: HTTPException) -> Response:
    """What the protocol asks for beside a refusal: Allow, Retry-After."""
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            answer.headers[name] = value
    return answer


def _for_people(error: HTTPException, status: int) -> str:
    """What happened, what was kept, what to do."""
    if isinstance(error, CSRFError):
        text: str = _(
            "The page was open too long, or the form is not ours. Nothing was saved; load the page again."
        )
    elif status == 404:
        text = _("The address is old or mistyped.")
    elif status == 413:
        text = _("That is too much at once. Nothing was saved.")
    elif status >= 500:
        text = _("It was noted down. Please try again in a moment.")
    else:
        text = _("The browser asked for something that this page does not do. Nothing was saved.")
    return text
