"""The API's description of itself: it is OpenAPI 3.1, and it says what holds."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from apiflask import APIFlask
from schemathesis.specs.openapi.definitions import OPENAPI_31

from campus.database import Database
from campus.people.permissions import ACTIONS, ROUTES

Call = dict[str, Any]
WRITES = ("put", "post", "patch", "delete")


@pytest.fixture
def spec(sqlite_database: Database, app: APIFlask) -> dict[str, Any]:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


@pytest.fixture
def calls(spec: dict[str, Any]) -> dict[str, tuple[str, str, Call]]:
    """By operation id: path, method and description."""
    return {
        call["operationId"]: (path, method, call)
        for path, methods in spec["paths"].items()
        for method, call in methods.items()
    }


def test_it_is_openapi_3_1(spec: dict[str, Any]) -> None:
    assert spec["openapi"].startswith("3.1")
    faults = [
        f"{'/'.join(map(str, fault.instance_path))}: {fault.message[:200]}"
        for fault in jsonschema_rs.validator_for(OPENAPI_31).iter_errors(spec)
    ]
    assert faults == []


def test_every_call_of_the_api_is_in_it_once(spec: dict[str, Any], calls: Any, app: APIFlask) -> None:
    routes = {
        (rule.endpoint.rpartition(".")[2], method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.endpoint != "openapi.spec"
    }
    assert {(name, method) for name, (_path, method, _call) in calls.items()} == routes
    assert len(calls) == sum(len(methods) for methods in spec["paths"].values())


def test_every_call_names_the_scope_that_the_table_asks_for(calls: Any, app: APIFlask) -> None:
    endpoints = {endpoint.rpartition(".")[2]: endpoint for endpoint in app.view_functions}
    for name, (_path, method, call) in calls.items():
        token, session = call["security"]
        assert token == {"token": [ACTIONS[ROUTES[endpoints[name]]].scope]}, name
        assert ("csrf" in session) == (method in WRITES), name


def test_every_refusal_is_a_problem_and_those_that_can_come_are_named(calls: Any) -> None:
    for name, (path, _method, call) in calls.items():
        answers = call["responses"]
        assert {"400", "401", "403", "503"} <= answers.keys(), name
        assert ("{" not in path) or "404" in answers, name
        assert ("requestBody" in call) == ("415" in answers), name
        for status, answer in answers.items():
            if status >= "400" and status != "414":  # the web server's own
                assert list(answer["content"]) == ["application/problem+json"], name
                assert answer["description"], name


def test_it_does_not_repeat_what_a_stranger_says_about_our_name(app: APIFlask, spec: dict[str, Any]) -> None:
    assert spec["servers"] == [{"url": "/"}]


def test_the_stream_is_said_to_be_one(calls: Any) -> None:
    _path, _method, live = calls["live"]
    assert list(live["responses"]["200"]["content"]) == ["text/event-stream"]
    (device,) = (one for one in live["parameters"] if one["name"] == "device")
    assert device["schema"]["type"] == "array"


def test_who_is_not_signed_in_is_told_how(sqlite_database: Database, app: APIFlask) -> None:
    """RFC 9110, 11.6.1."""
    refused = app.test_client().get("/api/v1/devices")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "Bearer")
