"""A small campus with something of every kind, all of it the member's and numbered 1; and who may come by.

What a request leaves behind is undone by `restore`: the walk through all routes begins anew each time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from apiflask import APIFlask
from flask import request
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from campus import clock
from campus.bookings.models import Booking, Door, Feed, Occurrence
from campus.notes import write_note
from campus.people import sessions
from campus.people.access import COOKIE_KEY
from campus.people.keychain import Identity, Passkey, Ticket
from campus.people.members import add_member
from campus.people.models import Company, Invitation, MailDomain, Member
from campus.people.permissions import ROUTES, SCOPES
from campus.people.tokens import add_token
from campus.spaces.models import Closure, Resource, ResourcePhoto, Training, TrainingRecord, Upload
from devices.intake.models import HeardDevice, QuarantinedMessage
from devices.models import Device

SLUG, DOMAIN = "lamp", "nopal.example"
THERE: dict[str, Any] = {
    "filename": "css/tokens.css",
    "name": "plotly.js",
    "domain": DOMAIN,
    "digest": "1" * 64,
}
"""Path parameters of things that are there, where neither 1 nor SLUG is one."""
GONE_ID, GONE_SLUG = 987_654, "nobody-s"
CSRF_FIELD = "0" * 40
PEOPLE: dict[str, tuple[str, bool]] = {
    "member": ("member", False),
    "company administrator": ("member", True),
    "staff": ("staff", False),
    "analyst": ("analyst", False),
    "admin": ("admin", False),
}
"""Role in the whole campus, and whether they run their company."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a visitor (no role), a browser's session, or a token with `scopes`."""

    name: str
    role: str | None = None
    runs_company: bool = False
    on_demo: bool = False
    scopes: tuple[str, ...] | None = None

    def __str__(self) -> str:
        return self.name


VISITORS = (Caller("visitor"), Caller("visitor of a demo hub", on_demo=True))
BROWSERS = tuple(Caller(name, role, runs) for name, (role, runs) in PEOPLE.items())
TOKENS = tuple(
    Caller(f"{name} with a token to {' '.join(scopes)}", role, runs, scopes=scopes)
    for name, (role, runs) in PEOPLE.items()
    for scopes in (SCOPES, *((scope,) for scope in SCOPES))
)
FULL_TOKENS = tuple(caller for caller in TOKENS if caller.scopes == SCOPES)


@dataclass
class Town:
    """An application with all of that in it. `reached`: the endpoint whose view the last request came to."""

    app: APIFlask
    file: Path
    secrets: dict[str, str] = field(default_factory=dict)
    reached: str | None = None
    walked: set[tuple[str, str, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.app.before_request(self._note_reached)
        self._client: FlaskClient = self.app.test_client(use_cookies=False)
        with self.app.extensions["campus"].database.write() as store:
            self.secrets = settle(store)
        self._kept = sqlite3.connect(":memory:")
        live = sqlite3.connect(self.file)
        live.backup(self._kept)
        live.close()

    def restore(self) -> None:
        """The store as it was in the beginning."""
        live = sqlite3.connect(self.file)
        self._kept.backup(live)
        live.close()

    def close(self) -> None:
        self._kept.close()
        self.app.extensions["campus"].database.close()

    def call(self, caller: Caller, method: str, path: str, **sent: Any) -> TestResponse:
        """One request as this caller makes it, with the CSRF token of their own page."""
        self.reached = None
        if caller.on_demo:
            with self.app.extensions["campus"].database.write() as store:
                write_note(store, "demo", "1")
        answer = self._client.open(path, method=method, headers=self._headers(caller), **sent)
        answer.close()
        return answer

    def requests(self, rules: Iterable[Rule]) -> Iterator[tuple[Rule, str, str]]:
        """Each rule with each of its methods and addresses."""
        for rule in rules:
            for path in self._paths(rule):
                for method in sorted(rule.methods or ()):
                    yield rule, method, path

    def endpoint_of(self, method: str, path: str) -> str:
        """Which of the routes with one address answers: OPTIONS is every route's."""
        endpoint, _values = self.app.url_map.bind("127.0.0.1").match(path, method)
        return str(endpoint)

    def _paths(self, rule: Rule) -> Iterator[str]:
        """The rule's addresses: of what is there and the member's, and of what is not there."""
        is_there: dict[str, Any] = {}
        is_gone: dict[str, Any] = {}
        for name in sorted(rule.arguments):
            counts = hasattr(rule._converters[name], "num_convert")
            is_there[name] = 1 if counts else THERE.get(name, SLUG)
            is_gone[name] = GONE_ID if counts else GONE_SLUG
        for values in [is_there, is_gone] if rule.arguments else [is_there]:
            yield self.app.url_map.bind("127.0.0.1").build(rule.endpoint, values)

    def _headers(self, caller: Caller) -> dict[str, str]:
        kept = {"csrf_token": CSRF_FIELD}
        key = self.app.config["SECRET_KEY"]
        headers = {"X-CSRFToken": URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(CSRF_FIELD)}
        if caller.scopes is not None:
            headers["Authorization"] = f"Bearer {self.secrets[caller.name]}"
        elif caller.role:
            kept[COOKIE_KEY] = self.secrets[caller.name]
        signing = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        headers["Cookie"] = f"{self.app.config['SESSION_COOKIE_NAME']}={signing.dumps(kept)}"
        return headers

    def _note_reached(self) -> None:
        """Comes after the gate."""
        self.reached = request.endpoint


def settle(store: Session) -> dict[str, str]:
    """Fill an empty store. What each caller's session or token is, by name."""
    now = clock.now()
    company = Company(slug=SLUG, name="Nopal", created_at=now)
    store.add(company)
    store.flush()
    secrets: dict[str, str] = {}
    for name, (role, runs) in PEOPLE.items():
        email = f"{name.replace(' ', '.')}@{DOMAIN}"
        somebody = add_member(store, email=email, name=name.title(), role=role, password=None, now=now)
        somebody.company_id = company.id if role == "member" else None
        somebody.runs_company = runs
        secrets[name] = sessions.open_session(
            store, somebody, method="password", address="127.0.0.1", agent="tests", now=now
        )
        for caller in TOKENS:
            if caller.name.startswith(f"{name} with"):
                secrets[caller.name] = add_token(
                    store, somebody, name="tests", now=now, scopes=caller.scopes or ()
                )
        store.flush()
    _furnish(store)
    return secrets


def _furnish(store: Session) -> None:
    """One of everything, the member's where it can be somebody's."""
    now = clock.now()
    owner = store.get_one(Member, 1)
    room = Resource(slug=SLUG, name="Lamp", kind="room", policy={}, created_at=now)
    device = Device(
        slug=SLUG, name="Lamp", kind="other", format="tasmota", topic="lamp", options={}, created_at=now
    )
    store.add_all([room, device])
    store.flush()
    soon, later, tomorrow = (now + timedelta(hours=hours) for hours in (1, 2, 24))
    hour = Occurrence(
        resource_id=room.id, start=soon, end=later, blocked_start=soon, blocked_end=later, status="confirmed"
    )
    mine: dict[str, Any] = {"member_id": owner.id, "created_at": now}
    training = Training(slug=SLUG, name="Lamps")
    photo = Upload(
        digest="1" * 64,
        media_type="image/jpeg",
        width=1,
        height=1,
        size=1,
        created_at=now,
        by_id=owner.id,
    )
    store.add_all([training, photo])
    store.flush()
    store.add_all(
        [
            Booking(resource_id=room.id, made_by_id=owner.id, title="Mine", occurrences=[hour], **mine),
            Passkey(credential_id=b"1", public_key=b"1", sign_count=0, name="Key", **mine),
            Feed(digest="1" * 64, **mine),
            Identity(issuer="https://id.example", subject="1", **mine),
            TrainingRecord(member_id=owner.id, training_id=training.id, granted_at=now, by_id=owner.id),
            ResourcePhoto(resource_id=room.id, upload_id=photo.id, position=1),
            Closure(start=later, end=tomorrow, reason="Paint", made_by_id=owner.id, created_at=now),
            Ticket(digest="1" * 64, purpose="tests", member_id=owner.id, expires_at=later),
            MailDomain(domain=DOMAIN, company_id=owner.company_id),
            Door(resource_id=room.id, name="Door", digest="1" * 64, made_by_id=owner.id, created_at=now),
            Invitation(
                email=f"new@{DOMAIN}",
                role="member",
                company_id=owner.company_id,
                digest="1" * 64,
                created_at=now,
                expires_at=later,
            ),
            HeardDevice(
                topic="tele/new",
                format="tasmota",
                kind="meter",
                name="New",
                sureness=1,
                first_heard=now,
                last_heard=now,
            ),
            QuarantinedMessage(
                topic="t",
                payload=b"x",
                size=1,
                retained=False,
                reason="no-device",
                detail="",
                received_at=now,
            ),
        ]
    )


def needs_row(endpoint: str) -> str:
    """The action of a route. A route without a row fails whoever asks for it."""
    assert endpoint in ROUTES, f"{endpoint} has no row in ROUTES: say who may"
    return ROUTES[endpoint]
