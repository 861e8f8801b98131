"""The live stream: server-sent events with ids, resumed without a gap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from flask import Flask, Response, current_app, request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from campus import following
from campus.api import api_blueprint
from campus.following import Subscriber
from campus.people.access import allowed, still_allowed
from dashboards.tail import LiveEvents, Tail
from devices.metrics import is_private

blueprint = api_blueprint("live", __name__)

ANSWERS: dict[int | str, dict[str, str | dict[str, dict[str, Any]]]] = {
    200: {
        "description": "Server-sent events, until somebody hangs up.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


class LiveQuery(BaseModel):
    model_config = ConfigDict(extra="ignore")

    device: Annotated[list[str], BeforeValidator(lambda first: [first])] = Field(
        [], description="a slug; may be repeated; none means all"
    )
    after: int | None = Field(None, ge=0, lt=2**63, description="resume after this id, as Last-Event-ID does")


def register(app: Flask) -> None:
    app.extensions["tail"] = Tail(app.extensions["campus"].database)
    app.register_blueprint(blueprint)


@blueprint.get("/live")
@blueprint.input(LiveQuery, location="query")
@blueprint.doc(summary="New values as they come", responses=ANSWERS)
def live(query_data: LiveQuery) -> Response:
    """`event: readings` with increasing ids; `event: resync` tells the client to load its data anew.

    `event: signed-out` says that the session or the token has ended, and is the last one.
    """
    tail: Tail = current_app.extensions["tail"]
    watcher = Watcher(frozenset(request.args.getlist("device")), allowed("live.see-private"), still_allowed())
    return Response(
        _stream(tail, following.resume_after(query_data.after), watcher),
        mimetype="text/event-stream",
        headers=following.STREAM_HEADERS,
    )


@dataclass
class Watcher:
    """Who watches: which devices (none: all), whether what is private too, and what they still may."""

    devices: frozenset[str]
    sees_private: bool
    may: Callable[[str], bool]

    def goes_on(self) -> bool:
        """False once their access ended. Who may see less than before does, from here on."""
        if not self.may("live.look"):
            return False
        self.sees_private = self.sees_private and self.may("live.see-private")
        return True


def _stream(tail: Tail, after: int | None, watcher: Watcher) -> Iterator[bytes]:
    """Join what was missed to what comes: the queue begins first, and what both hold is sent once."""
    subscriber = tail.subscribe()
    subscriber.doubted = True  # an access that ended between the request's beginning and here
    try:
        last_id = tail.newest_id() if after is None else after
        yield following.retry()
        missed = tail.since(last_id)
        if missed is None:
            last_id = tail.newest_id()
            yield following.resync(last_id)
        for batch in missed or ():
            last_id = batch.id
            yield _readings(batch, watcher)
        yield from _follow(subscriber, tail, last_id, watcher)
    finally:
        tail.unsubscribe(subscriber)


def _follow(
    subscriber: Subscriber[LiveEvents],
    tail: Tail,
    last_id: int,
    watcher: Watcher,
    every_s: float = following.COMMENT_EVERY_S,
) -> Iterator[bytes]:
    return following.follow(
        subscriber,
        tail,
        last_id,
        goes_on=watcher.goes_on,
        said=lambda batch: _readings(batch, watcher),
        every_s=every_s,
    )


def _readings(batch: LiveEvents, watcher: Watcher) -> bytes:
    """One event; a comment where nothing of the batch concerns this client (the write shows if it left)."""
    wanted = [
        event.body
        for event in batch.events
        if (not watcher.devices or event.device in watcher.devices)
        and (watcher.sees_private or not is_private(event.metric))
    ]
    if not wanted:
        return b": %d\n\n" % batch.id
    return b"id: %d\nevent: readings\ndata: [%s]\n\n" % (batch.id, b",".join(wanted))
