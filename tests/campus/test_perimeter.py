"""What comes in and what goes out at the edge: host names, proxies, cookies, headers, sizes, logs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app import create_app
from campus.database import Database
from campus.host_names import is_ours
from campus.people.models import Member
from campus.security import LONGEST_FORM, policy
from campus.settings import Settings
from tests.doors import csrf_token, walk_in

PUBLIC = {"public_url": "https://campus.example", "proxies": 1}
BY_PROXY = {
    "X-Forwarded-For": "192.0.2.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "campus.example",
    "Referer": "https://campus.example/",
}
EVERYWHERE = "0.0.0.0"  # noqa: S104 - nothing listens in these tests
MakeApp = Callable[..., APIFlask]


@pytest.fixture
def make_app(sqlite_database: Database, tmp_path: Path) -> Iterator[MakeApp]:
    made: list[APIFlask] = []

    def make(**settings: Any) -> APIFlask:
        secret = "only for the tests of Campus"
        url = sqlite_database.url
        made.append(create_app(Settings(data_dir=tmp_path, database_url=url, secret_key=secret, **settings)))
        return made[-1]

    yield make
    for app in made:
        app.extensions["campus"].database.close()


@pytest.mark.parametrize(
    ("settings", "names", "others"),
    [
        (
            {},
            ["127.0.0.1:8000", "localhost", "LOCALHOST:1", "[::1]:8000"],
            ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", "campus", "", "a@localhost", "[::1"],
        ),
        (
            PUBLIC | {"host": EVERYWHERE},
            ["campus.example", "campus.example:443", "localhost:8000"],
            ["evil.example", "sub.campus.example", "campus.example.evil.example", "10.0.0.5", "campus"],
        ),
        ({"host": "10.0.0.5"}, ["10.0.0.5:8000", "localhost"], ["10.0.0.6", "evil.example"]),
        (
            {"host": EVERYWHERE},
            ["10.0.0.5:8000", "[fe80::1]:8000", "campus", "campus:8000", "localhost"],
            ["evil.example", "campus.evil.example:8000"],
        ),
    ],
)  # fmt: skip
def test_a_campus_answers_to_its_own_names(
    settings: dict[str, Any], names: list[str], others: list[str]
) -> None:
    ours = Settings(**settings)
    assert [name for name in names if not is_ours(name, ours)] == []
    assert [name for name in others if is_ours(name, ours)] == []


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/devices", "/static/css/tokens.css", "/nothing"])
def test_a_name_that_is_not_ours_is_shown_nothing(
    sqlite_database: Database, client: FlaskClient, path: str
) -> None:
    """So a page elsewhere whose name is made to mean this machine reads no CSRF token and no data."""
    answer = client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert "CAMPUS_PUBLIC_URL" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_probes_may_use_any_name(sqlite_database: Database, client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200
    assert client.get("/readyz", headers={"Host": "10.1.2.3:8000"}).status_code == 503


def test_who_stands_behind_a_proxy_is_who_the_proxy_says(make_app: MakeApp) -> None:
    for settings, expected in ((PUBLIC, "192.0.2.7"), ({}, "127.0.0.1")):
        with make_app(**settings).test_client() as client:
            client.get("/healthz", headers=BY_PROXY)
            from flask import request

            assert request.remote_addr == expected


def test_a_proxy_s_word_about_the_host_has_to_be_a_name_of_ours(make_app: MakeApp) -> None:
    client = make_app(**PUBLIC).test_client()
    assert client.get("/sign-in", headers=BY_PROXY).status_code == 200
    assert client.get("/sign-in", headers={**BY_PROXY, "X-Forwarded-Host": "evil.example"}).status_code == 400
    alone = make_app().test_client()
    assert alone.get("/sign-in", headers={"X-Forwarded-Host": "evil.example"}).status_code == 200


def test_off_this_machine_every_cookie_is_bound_to_our_host(make_app: MakeApp) -> None:
    client = make_app(**PUBLIC).test_client()
    base = {"base_url": "https://campus.example", "headers": BY_PROXY}
    token = client.get("/sign-in", **base).text.partition('name="csrf-token" content="')[2].partition('"')[0]
    form = {"csrf_token": token, "language": "es_MX", "theme": "dark"}
    answer = client.post("/look", data=form, **base)
    session = client.get("/sign-in", **base)
    cookies = [*answer.headers.getlist("Set-Cookie"), *session.headers.getlist("Set-Cookie")]
    assert {cookie.partition("=")[0] for cookie in cookies} >= {
        "__Host-campus_language",
        "__Host-campus_theme",
    }
    for cookie in cookies:
        parts = {part.strip() for part in cookie.split(";")[1:]}
        assert cookie.startswith("__Host-")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain") for part in parts)
    assert 'lang="es-MX"' in session.text
    assert 'data-theme="dark"' in session.text


def test_browsers_are_told_to_come_by_tls_where_others_can_reach_us(make_app: MakeApp) -> None:
    answer = make_app(**PUBLIC).test_client().get("/sign-in", headers=BY_PROXY)
    assert answer.headers["Strict-Transport-Security"] == "max-age=31556926; includeSubDomains"
    alone = make_app().test_client().get("/sign-in", headers=BY_PROXY)
    assert "Strict-Transport-Security" not in alone.headers


@pytest.mark.parametrize("path", ["/", "/sign-in", "/api/v1/devices", "/nothing", "/static/css/tokens.css"])
def test_no_other_site_gets_at_ours(sqlite_database: Database, client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"
    allowed = answer.headers["Permissions-Policy"]
    assert "publickey-credentials-get=(self)" in allowed
    assert "camera=()" in allowed
    said = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in said
    assert "unsafe" not in said
    assert "http" not in said
    answer.close()


def test_a_form_leads_to_ourselves_and_to_our_openid_provider_only() -> None:
    assert policy(Settings())["form-action"] == "'self'"
    provider = Settings(oidc_issuer="https://id.example/realm", oidc_client_id="x", oidc_client_secret="x")
    assert policy(provider)["form-action"] == "'self' https://id.example"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "BREW"])
def test_a_method_that_there_is_not_is_refused_with_those_that_there_are(
    sqlite_database: Database, client: FlaskClient, method: str
) -> None:
    answer = client.open("/sign-in", method=method)
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    problem = client.open("/api/v1/devices", method=method)
    assert (problem.status_code, problem.mimetype) == (405, "application/problem+json")
    assert problem.json
    assert problem.json["code"] == "method-not-allowed"
    assert "GET" in problem.headers["Allow"]


def test_a_form_is_not_as_long_as_a_file(
    sqlite_database: Database, client: FlaskClient, member: Member
) -> None:
    walk_in(client, member)
    form = {"csrf_token": csrf_token(client, "/book"), "title": "x" * LONGEST_FORM}
    answer = client.post("/book", data=form)
    assert answer.status_code == 413
    assert "Nothing was saved" in answer.text


@pytest.mark.parametrize("name", ["access_token", "token", "bearer", "api_key"])
def test_no_token_comes_in_an_address(
    sqlite_database: Database, client: FlaskClient, member_token: str, name: str
) -> None:
    assert client.get("/api/v1/devices", query_string={name: member_token}).status_code == 401


def test_a_fault_is_logged_by_its_route_and_not_by_an_address_with_a_secret(
    app: APIFlask, sqlite_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.ERROR),
        app.test_request_context("/account/address/secret-of-a-mailed-link"),
    ):
        try:
            raise ValueError("broken")
        except ValueError:
            app.log_exception(sys.exc_info())
    assert "/account/address/<secret>" in caplog.text
    assert "secret-of-a-mailed-link" not in caplog.text
