"""The live stream: server-sent events with ids, resumed without a gap."""

from __future__ import annotations

import random
from collections.abc import Iterator

from flask import Flask, Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field

from campus.api import api_blueprint
from campus.people.access import allowed
from dashboards.tail import LiveEvents, Subscriber, Tail
from devices.metrics import is_private

blueprint = api_blueprint("live", __name__)

COMMENT_EVERY_S = 15.0
"""A comment so often: a client that went away shows only on a write."""


class LiveQuery(BaseModel):
    model_config = ConfigDict(extra="ignore")

    device: str | None = Field(None, description="a slug; may be repeated; none means all")
    after: int | None = Field(None, ge=0, lt=2**63, description="resume after this id, as Last-Event-ID does")


def register(app: Flask) -> None:
    app.extensions["tail"] = Tail(app.extensions["campus"].database)
    app.register_blueprint(blueprint)


@blueprint.get("/live")
@blueprint.input(LiveQuery, location="query")
@blueprint.doc(summary="New values as they come (text/event-stream)")
def live(query_data: LiveQuery) -> Response:
    """`event: readings` with increasing ids; `event: resync` tells the client to load its data anew."""
    see_private = allowed("live.see-private")
    tail: Tail = current_app.extensions["tail"]
    events = _stream(tail, _resume_after(query_data), frozenset(request.args.getlist("device")), see_private)
    return Response(
        events,
        mimetype="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _resume_after(query: LiveQuery) -> int | None:
    header = request.headers.get("Last-Event-ID", "")
    return int(header) if header.isdecimal() and len(header) < 19 else query.after


def _stream(tail: Tail, after: int | None, devices: frozenset[str], see_private: bool) -> Iterator[bytes]:
    """Join what was missed to what comes: the queue begins first, and what both hold is sent once."""
    subscriber = tail.subscribe()
    try:
        last_id = tail.newest_id() if after is None else after
        yield b"retry: %d\n\n" % random.randint(1_000, 4_000)  # noqa: S311 - spreads reconnects, guards nothing
        missed = tail.since(last_id)
        if missed is None:
            last_id = tail.newest_id()
            yield b"id: %d\nevent: resync\ndata: {}\n\n" % last_id
        for batch in missed or ():
            last_id = batch.id
            yield _readings(batch, devices, see_private)
        yield from _follow(subscriber, tail, last_id, devices, see_private)
    finally:
        tail.unsubscribe(subscriber)


def _follow(
    subscriber: Subscriber, tail: Tail, last_id: int, devices: frozenset[str], see_private: bool
) -> Iterator[bytes]:
    while True:
        batch = subscriber.take(COMMENT_EVERY_S)
        if subscriber.missed:
            subscriber.queue.queue.clear()
            subscriber.missed = False
            last_id = tail.newest_id()
            yield b"id: %d\nevent: resync\ndata: {}\n\n" % last_id
        elif batch is None:
            yield b": still here\n\n"
        elif batch.id > last_id:
            last_id = batch.id
            yield _readings(batch, devices, see_private)


def _readings(batch: LiveEvents, devices: frozenset[str], see_private: bool) -> bytes:
    """One event; a comment where nothing of the batch concerns this client (the write shows if it left)."""
    wanted = [
        event.body
        for event in batch.events
        if (not devices or event.device in devices) and (see_private or not is_private(event.metric))
    ]
    if not wanted:
        return b": %d\n\n" % batch.id
    return b"id: %d\nevent: readings\ndata: [%s]\n\n" % (batch.id, b",".join(wanted))
