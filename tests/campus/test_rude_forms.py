"""Forms as nobody fills them in: every route that takes one answers in words, and never breaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.routing import Rule

from campus.api import PREFIX
from campus.database import Database
from campus.people.keychain import Failures
from campus.people.models import Member
from tests.doors import walk_in

HOUSE = Path(__file__).parents[2]
FIELDS = sorted(
    {
        name
        for room in ("campus", "dashboards", "devices")
        for template in (HOUSE / room).rglob("templates/**/*.html")
        for name in re.findall(r'name="([a-z_]+)"', template.read_text("utf-8"))
    }
    - {"csrf_token", "viewport"}
)
"""Every name that a field of ours has, so that whatever a route reads is there."""
IN_ADDRESSES = sorted({*FIELDS, "after", "before", "cursor", "date", "device", "page", "until", "with"})
MANY_DIGITS = b"9" * 5000
"""More than Python turns into a number."""
RUDE = (
    b"a\0b",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    MANY_DIGITS,
    b"-1",
    b"x" * 1000,
    b"ana@hub.example\r\nBcc: all@hub.example",
    "🌵\u202e\u2028 ａｎａ@hub.example".encode(),
    b"member",
    b'{"a": [1]}',
)
PLACES = ("1", "%00", "%ff", "member", MANY_DIGITS.decode())
"""What stands in an address where something is named."""
MAY_SAY_NO = ("health.ready",)
"""Not ready: nothing runs beside this process."""


def routes(app: APIFlask, method: str) -> Iterator[tuple[str, tuple[bytes, ...]]]:
    """The addresses of all pages with this method, and what to send to each."""
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and not _is_elsewhere(rule):
            for place in PLACES if rule.arguments else PLACES[:1]:
                yield re.sub(r"<[^>]+>", place, rule.rule), RUDE if place == PLACES[0] else RUDE[:1]


def _is_elsewhere(rule: Rule) -> bool:
    return rule.rule.startswith(PREFIX) or rule.endpoint in ("static", *MAY_SAY_NO)


def form(value: bytes, names: list[str] = FIELDS) -> str:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name in names)


@pytest.fixture
def trusting(app: APIFlask) -> APIFlask:
    """The application without its CSRF check, which would keep every rude form out."""
    app.config["WTF_CSRF_ENABLED"] = False
    app.testing = False
    return app


def enter(database: Database, client: FlaskClient, who: Member | None) -> None:
    """In good standing again, whatever the form before has done."""
    with database.write() as store:
        store.execute(delete(Failures))
    if who is not None:
        walk_in(client, who)


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_form_breaks_whatever_is_in_its_fields(
    database: Database, trusting: APIFlask, admin: Member, *, signed_in: bool
) -> None:
    assert {"email", "password", "role", "next", "code"} <= set(FIELDS)
    broken = []
    for path, values in routes(trusting, "POST"):
        for value in values:
            client = trusting.test_client()
            enter(database, client, admin if signed_in else None)
            for kind, body in (("x-www-form-urlencoded", form(value)), ("json", value)):
                with client.post(path, data=body, content_type=f"application/{kind}") as answer:
                    if answer.status_code >= 500:
                        broken.append((path[:60], kind, value[:30], answer.status_code))
    assert broken == []


def test_no_page_breaks_whatever_is_in_its_address(
    database: Database, trusting: APIFlask, admin: Member
) -> None:
    broken, client = [], trusting.test_client()
    walk_in(client, admin)
    for path, values in routes(trusting, "GET"):
        for value in values:
            with client.get(f"{path}?{form(value, IN_ADDRESSES)}") as answer:
                if answer.status_code >= 500:
                    broken.append((path[:60], value[:30], answer.status_code))
    assert broken == []
