"""Messages that no device or no decoder would have: kept with the reason, retried after a fix."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campus.database import wait_for_turn
from devices.intake.batch import KEPT_OF_TOO_LARGE, Fault
from devices.intake.models import QuarantinedMessage

QUARANTINE_TURN = 4
"""The name of the turn in which several workers write here, and into the inbox."""
LONGEST_DETAIL = 300
KEPT_OF_ONE_TOPIC = 50
"""Rows of a topic whose messages cannot be read; the oldest go."""
KEPT_IN_ALL = 10_000
KEPT_OF_A_NAME = 600
"""Characters of a topic. An index entry of PostgreSQL holds 2,704 bytes, a topic may have 65,535."""


def hold(session: Session, faults: Sequence[Fault]) -> None:
    """Keep faulty messages. Of a topic that nobody owns only the newest, with how many there were."""
    if not faults:
        return
    wait_for_turn(session, QUARANTINE_TURN)
    strangers = _by_topic([fault for fault in faults if fault.reason == "unknown-topic"])
    there = _strangers_held(session, strangers)
    for topic, group in strangers.items():
        newest = group[-1].arrival
        row = there.get(topic)
        if row is None:
            row = _row(group[-1], topic)
            row.count = 0
            session.add(row)
        row.payload, row.size = newest.payload, len(newest.payload)
        row.retained, row.received_at = newest.retained, newest.at
        row.count += len(group)
    known = _by_topic([fault for fault in faults if fault.reason != "unknown-topic"])
    for topic, group in known.items():
        session.add_all(_row(fault, topic) for fault in group[-KEPT_OF_ONE_TOPIC:])
    session.flush()
    for topic in known:
        _forget_oldest(session, topic)


def list_messages(
    session: Session, limit: int = 100, before_id: int | None = None
) -> list[QuarantinedMessage]:
    """The newest first, of ids below `before_id` where that is given."""
    query = select(QuarantinedMessage).order_by(QuarantinedMessage.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(QuarantinedMessage.id < before_id)
    return list(session.scalars(query))


def prune(session: Session) -> None:
    """Keep the quarantine to KEPT_IN_ALL rows; the oldest go. A job calls it."""
    newest = session.scalar(select(func.max(QuarantinedMessage.id)))
    if newest:
        session.execute(delete(QuarantinedMessage).where(QuarantinedMessage.id <= newest - KEPT_IN_ALL))


def _strangers_held(session: Session, topics: Collection[str]) -> dict[str, QuarantinedMessage]:
    """The rows of topics that nobody owns, as far as there are some."""
    if not topics:
        return {}
    query = select(QuarantinedMessage).where(
        QuarantinedMessage.topic.in_(topics), QuarantinedMessage.reason == "unknown-topic"
    )
    return {row.topic: row for row in session.scalars(query)}


def _by_topic(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    groups: dict[str, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(kept_name(fault.arrival.topic), []).append(fault)
    return groups


def kept_name(topic: str) -> str:
    """A topic as a row has it."""
    name = storable(topic)
    return name if len(name) <= KEPT_OF_A_NAME else name[:KEPT_OF_A_NAME] + "…"


def _row(fault: Fault, topic: str) -> QuarantinedMessage:
    payload = fault.arrival.payload
    return QuarantinedMessage(
        topic=topic,
        payload=payload[:KEPT_OF_TOO_LARGE] if fault.reason == "too-large" else payload,
        size=len(payload),
        retained=fault.arrival.retained,
        reason=fault.reason,
        detail=storable(fault.detail)[:LONGEST_DETAIL],
        device_id=fault.device_id,
        received_at=fault.arrival.at,
        count=1,
    )


def storable(text: str) -> str:
    """`text` without what a store refuses: NUL and lone surrogates."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _forget_oldest(session: Session, topic: str) -> None:
    kept = (
        select(QuarantinedMessage.id)
        .where(QuarantinedMessage.topic == topic, QuarantinedMessage.reason != "unknown-topic")
        .order_by(QuarantinedMessage.id.desc())
        .limit(1)
        .offset(KEPT_OF_ONE_TOPIC - 1)
    )
    oldest_kept = session.scalar(kept)
    if oldest_kept is not None:
        session.execute(
            delete(QuarantinedMessage).where(
                QuarantinedMessage.topic == topic,
                QuarantinedMessage.reason != "unknown-topic",
                QuarantinedMessage.id < oldest_kept,
            )
        )
