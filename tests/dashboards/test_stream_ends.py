"""Whose access ends gets nothing more from a stream that is open, and nobody else notices."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campus import clock
from campus.audit import Origin
from campus.database import Database
from campus.following import COMMENT_EVERY_S
from campus.people import membership, sessions, tokens
from campus.people.access import STREAM_SEEN_EVERY, still_allowed
from campus.people.keychain import ApiToken, BrowserSession
from campus.people.membership import Membership
from campus.people.models import Member
from dashboards.stream import Watcher, _follow
from dashboards.tail import Tail
from devices.intake.ingest import Ingest
from tests.dashboards.watching import EventStream, values
from tests.devices.intake.things import register, said
from tests.doors import walk_in
from tests.servers import PATIENCE_S

ZONE = ZoneInfo("America/Ciudad_Juarez")
FIRST = (5.0, 6.0)
End = Callable[[Session, int], object]


@pytest.fixture(autouse=True)
def _no_tail_left(app: APIFlask) -> Iterator[None]:
    yield
    app.extensions["tail"].close()


def watch(app: APIFlask, client: FlaskClient, headers: dict[str, str] | None = None) -> EventStream:
    """An open stream that waits. The first reading it may have found as it began, before it asked for
    its access; the second came after that."""
    stream = EventStream(client, "/api/v1/live", headers or {})
    stream.begin()
    database: Database = app.extensions["campus"].database
    for number in FIRST:
        Ingest(database, ZONE).store([said("hub/wall", f'{{"t": {number}}}', clock.now())])
        assert values(stream.events(1)[0]) == [number]
    return stream


def signed_in(app: APIFlask, member: Member) -> FlaskClient:
    client = app.test_client()
    walk_in(client, member)
    return client


def ends_at_once(stream: EventStream) -> bool:
    """True if it is over, and sooner than it would have looked by itself."""
    asked_at = time.monotonic()
    is_over = stream.events(1)[0]["event"] == "signed-out" and stream.is_over()
    return is_over and time.monotonic() - asked_at < COMMENT_EVERY_S


def revoke_session(store: Session, member_id: int) -> None:
    found = store.scalars(select(BrowserSession.id).where(BrowserSession.member_id == member_id)).one()
    assert sessions.end_session(store, member_id, found, clock.now())


def deactivate(store: Session, member_id: int) -> None:
    store.execute(update(Member).where(Member.id == member_id).values(active=False))
    sessions.end_all(store, member_id, clock.now())


@pytest.mark.parametrize("end", [revoke_session, deactivate])
def test_a_session_takes_its_stream_along_and_no_other(
    app: APIFlask, database: Database, member: Member, staff: Member, end: End
) -> None:
    register(database, "wall", "hub/wall")
    his, hers = watch(app, signed_in(app, staff)), watch(app, signed_in(app, member))
    assert [values(event) for event in his.events(2)] == [[number] for number in FIRST]  # those of hers
    with database.write() as store:
        end(store, member.id)
    assert ends_at_once(hers)
    Ingest(database, ZONE).store([said("hub/wall", '{"t": 7}', clock.now())])
    assert values(his.events(1)[0]) == [7.0]
    his.response.close()


def test_a_revoked_token_takes_its_stream_along(
    app: APIFlask, client: FlaskClient, sqlite_database: Database, member: Member, member_token: str
) -> None:
    register(sqlite_database, "wall", "hub/wall")
    stream = watch(app, client, {"Authorization": f"Bearer {member_token}"})
    with sqlite_database.write() as store:
        (token,) = tokens.list_tokens(store, member.id)
        assert tokens.revoke_token(store, member.id, token.id, clock.now())
    assert ends_at_once(stream)


def test_whoever_s_membership_changes_every_stream_asks_anew(
    app: APIFlask, sqlite_database: Database, admin: Member, staff: Member
) -> None:
    tail: Tail = app.extensions["tail"]
    subscriber = tail.subscribe()
    with sqlite_database.write() as store:
        assert membership.change(store, admin, Origin(), staff.id, Membership("member"), now=clock.now())
    assert subscriber.take(PATIENCE_S) is None
    tail.unsubscribe(subscriber)
    assert subscriber.doubted


def test_a_session_that_ended_while_the_stream_began_is_noticed(
    app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    """After the gate and before the first byte: nobody tells a stream that is not there yet."""
    stream = EventStream(signed_in(app, member), "/api/v1/live", {})
    with sqlite_database.write() as store:
        revoke_session(store, member.id)
    assert stream.events(1)[0]["event"] == "signed-out"


def test_a_session_past_its_limits_ends_its_stream_though_nobody_ended_it(
    app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    tail: Tail = app.extensions["tail"]
    subscriber, allowed = tail.subscribe(), [True, False]
    watcher = Watcher(frozenset(), False, lambda action: allowed.pop(0))
    told = list(_follow(subscriber, tail, 0, watcher, every_s=0.01))
    tail.unsubscribe(subscriber)
    assert told[-1] == b"event: signed-out\ndata: {}\n\n"
    assert set(told[:-1]) == {b": still here\n\n"}
    assert allowed == []


def test_who_is_no_longer_staff_goes_on_and_sees_less() -> None:
    may = {"live.look": True, "live.see-private": True}
    watcher = Watcher(frozenset(), True, may.__getitem__)
    assert watcher.goes_on()
    assert watcher.sees_private
    may["live.see-private"] = False
    assert watcher.goes_on()
    assert not watcher.sees_private


def question(app: APIFlask, cookie: str, token: str | None = None) -> Callable[[str], bool]:
    """What a stream asks, as it is taken from the request that opens it."""
    headers = {"Cookie": cookie} | ({"Authorization": f"Bearer {token}"} if token else {})
    with app.test_request_context("/api/v1/live", headers=headers):
        return still_allowed()


def cookie_of(app: APIFlask, member: Member) -> str:
    client = signed_in(app, member)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie
    return f"{cookie.key}={cookie.value}"


@pytest.mark.parametrize("row", [BrowserSession, ApiToken])
def test_an_open_stream_is_a_use_noted_now_and_then(
    app: APIFlask, database: Database, member: Member, member_token: str, row: Any
) -> None:
    may = question(app, cookie_of(app, member), member_token if row is ApiToken else None)
    for age, is_noted in ((STREAM_SEEN_EVERY / 2, False), (STREAM_SEEN_EVERY * 2, True)):
        used_at = clock.now() - age
        with database.write() as store:
            store.execute(update(row).values(last_used_at=used_at))
        assert may("live.look")
        with database.read() as store:
            assert (store.scalars(select(row.last_used_at)).one() > used_at) == is_noted


def test_the_limits_of_a_session_hold_for_its_stream(
    app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    limits, may = app.extensions["campus"].settings.session_limits, question(app, cookie_of(app, member))
    assert may("live.look")
    with sqlite_database.write() as store:
        began = clock.now() - limits.absolute - timedelta(seconds=1)
        store.execute(update(BrowserSession).values(created_at=began))
    assert not may("live.look")


def test_who_is_staff_no_longer_is_asked_as_what_they_are(
    app: APIFlask, sqlite_database: Database, staff: Member
) -> None:
    may = question(app, cookie_of(app, staff))
    assert may("live.see-private")
    with sqlite_database.write() as store:
        store.execute(update(Member).values(role="member"))
    assert not may("live.see-private")
    assert may("live.look")
