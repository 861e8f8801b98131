"""The API of the quarantine: what nobody could read, why, and a second try."""

from __future__ import annotations

from typing import Annotated

from apiflask import APIBlueprint
from flask import Flask
from pydantic import BaseModel, Field

from campus import clock
from campus.api import Body, api_blueprint
from campus.fields import InstantOut
from campus.hub import hub
from campus.people.access import origin
from devices.intake.models import QuarantinedMessage
from devices.intake.quarantine import list_messages
from devices.intake.retry import retry

LARGEST_ID = 2**63 - 1
SHOWN = 4096
"""Characters of a payload that the API shows."""
blueprint: APIBlueprint = api_blueprint("quarantine_api", __name__)


class QuarantineQuery(Body):
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    cursor: Annotated[int, Field(ge=1, le=LARGEST_ID)] | None = None


class MessageOut(BaseModel):
    """A message in the quarantine; `count` is how many it stands for, `payload` its beginning as text."""

    id: int
    topic: str
    payload: str
    size: int
    retained: bool
    reason: str
    detail: str
    received_at: InstantOut
    count: int


class QuarantineOut(BaseModel):
    """A page of messages, the newest first; `next_cursor` is null on the last."""

    items: list[MessageOut]
    next_cursor: int | None


class RetryOut(BaseModel):
    """`stored`: its values are in the history now; else the reason that it stays for."""

    stored: bool
    detail: str | None


@blueprint.get("/quarantine")
@blueprint.input(QuarantineQuery, location="query", arg_name="query")
@blueprint.output(QuarantineOut)
def list_quarantine(query: QuarantineQuery) -> QuarantineOut:
    """Messages that no device or no decoder would have, with the reason (staff)."""
    with hub().database.read() as session:
        found = list_messages(session, query.limit + 1, query.cursor)
        items = [_answer(row) for row in found[: query.limit]]
    return QuarantineOut(items=items, next_cursor=items[-1].id if len(found) > query.limit else None)


@blueprint.post(f"/quarantine/<int(max={LARGEST_ID}):message_id>/retry")
@blueprint.output(RetryOut)
def retry_message(message_id: int) -> RetryOut:
    """Try a message again, after a device was registered or its options were mended (staff)."""
    reason = retry(hub().database, message_id, hub().settings.zone, clock.now(), by=origin())
    return RetryOut(stored=reason is None, detail=reason)


def _answer(row: QuarantinedMessage) -> MessageOut:
    return MessageOut(
        id=row.id,
        topic=row.topic,
        payload=row.payload[:SHOWN].decode("utf-8", "replace"),
        size=row.size,
        retained=row.retained,
        reason=row.reason,
        detail=row.detail,
        received_at=row.received_at,
        count=row.count,
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
