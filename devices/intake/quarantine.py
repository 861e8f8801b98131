"""Messages that no device or no decoder would have: kept with the reason, retried after a fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from campus.database import wait_for_turn
from devices.intake.batch import KEPT_OF_TOO_LARGE, Fault
from devices.intake.models import QuarantinedMessage

QUARANTINE_TURN = 4
"""The name of the turn in which several workers write here, and into the inbox."""
LONGEST_DETAIL = 300
KEPT_OF_ONE_TOPIC = 50
"""Rows of a topic whose messages cannot be read; the oldest go, counted with the newest of their reason."""
KEPT_IN_ALL = 10_000
KEPT_BYTES = 64 * 1024 * 1024
PRUNED_EVERY = 4 * 1024 * 1024
"""Bytes after which the ingest does not wait for the job that prunes."""
A_ROW = 512
"""About so many bytes a row has beside its payload."""
KEPT_OF_A_NAME = 600
"""Characters of a topic. An index entry of PostgreSQL holds 2,704 bytes, a topic may have 65,535."""


def hold(session: Session, faults: Sequence[Fault], flooding: Collection[int] = frozenset()) -> int:
    """Keep faulty messages, and how many there were. Of a topic that nobody owns only the newest; of one of
    a device that floods one of each reason in each transaction.

    Gives the bytes that were written, about: after PRUNED_EVERY of them it is time to `prune`.
    """
    if not faults:
        return 0
    wait_for_turn(session, QUARANTINE_TURN)
    strangers = _by_topic([fault for fault in faults if fault.reason == "unknown-topic"])
    known = _by_topic([fault for fault in faults if fault.reason != "unknown-topic"])
    there = _strangers_held(session, strangers)
    news, again = [], []
    for topic, group in strangers.items():
        row = _row(group[-1], topic, len(group))
        if topic in there:
            held_id, count = there[topic]
            same = {name: row[name] for name in ("payload", "size", "retained", "received_at")}
            again.append({"id": held_id, "count": count + len(group), **same})
        else:
            news.append(row)
    for topic, group in known.items():
        news += _rows(group, topic, 1 if group[-1].device_id in flooding else KEPT_OF_ONE_TOPIC)
    if again:
        session.execute(update(QuarantinedMessage), again)
    if news:
        session.execute(insert(QuarantinedMessage), news)
    if known:
        _forget_oldest(session, known)
    return sum(len(row["payload"]) + A_ROW for row in (*news, *again))


def list_messages(
    session: Session, limit: int = 100, before_id: int | None = None, *, device_id: int | None = None
) -> list[QuarantinedMessage]:
    """The newest first, of ids below `before_id` and of one device where those are given."""
    query = select(QuarantinedMessage).order_by(QuarantinedMessage.id.desc()).limit(limit)
    if device_id is not None:
        query = query.where(QuarantinedMessage.device_id == device_id)
    if before_id is not None:
        query = query.where(QuarantinedMessage.id < before_id)
    return list(session.scalars(query))


def counts(session: Session, device_id: int | None = None) -> list[tuple[str, int]]:
    """(reason, how many messages wait for it), the most first; of one device where that is given."""
    number = func.sum(QuarantinedMessage.count)
    query = select(QuarantinedMessage.reason, number).group_by(QuarantinedMessage.reason)
    if device_id is not None:
        query = query.where(QuarantinedMessage.device_id == device_id)
    return [(reason, int(many)) for reason, many in session.execute(query.order_by(number.desc()))]


def prune(session: Session) -> None:
    """Keep the quarantine to KEPT_IN_ALL rows and KEPT_BYTES of messages; the oldest go.

    A job calls it, and the ingest after PRUNED_EVERY.
    """
    newest = session.scalar(select(func.max(QuarantinedMessage.id)))
    if not newest:
        return
    session.execute(delete(QuarantinedMessage).where(QuarantinedMessage.id <= newest - KEPT_IN_ALL))
    size = func.length(QuarantinedMessage.payload)  # neither engine reads the payload for it
    if (session.scalar(select(func.sum(size))) or 0) <= KEPT_BYTES:
        return
    so_far = func.sum(size).over(order_by=QuarantinedMessage.id.desc()).label("so_far")
    counted = select(QuarantinedMessage.id, so_far).subquery()
    beyond = session.scalar(select(func.max(counted.c.id)).where(counted.c.so_far > KEPT_BYTES))
    session.execute(delete(QuarantinedMessage).where(QuarantinedMessage.id <= beyond))


def _strangers_held(session: Session, topics: Collection[str]) -> dict[str, tuple[int, int]]:
    """(id, count) of the rows of topics that nobody owns, as far as there are some."""
    if not topics:
        return {}
    query = select(QuarantinedMessage.id, QuarantinedMessage.topic, QuarantinedMessage.count).where(
        QuarantinedMessage.topic.in_(topics), QuarantinedMessage.reason == "unknown-topic"
    )
    return {row.topic: (row.id, row[2]) for row in session.execute(query)}


def _by_topic(faults: Sequence[Fault]) -> dict[str, list[Fault]]:
    groups: dict[str, list[Fault]] = {}
    for fault in faults:
        groups.setdefault(kept_name(fault.arrival.topic), []).append(fault)
    return groups


def kept_name(topic: str) -> str:
    """A topic as a row has it."""
    name = storable(topic)
    return name if len(name) <= KEPT_OF_A_NAME else name[:KEPT_OF_A_NAME] + "…"


def _rows(group: Sequence[Fault], topic: str, most: int) -> list[dict[str, Any]]:
    """The newest, and one for each reason that only the others have; the others are counted with it."""
    kept = [_row(fault, topic) for fault in group[-most:]]
    newest = {row["reason"]: row for row in kept}
    older: list[dict[str, Any]] = []
    for fault in reversed(group[:-most]):
        if fault.reason in newest:
            newest[fault.reason]["count"] += 1
        else:
            newest[fault.reason] = _row(fault, topic)
            older.insert(0, newest[fault.reason])
    return older + kept


def _row(fault: Fault, topic: str, count: int = 1) -> dict[str, Any]:
    payload = fault.arrival.payload
    return {
        "topic": topic,
        "payload": payload[:KEPT_OF_TOO_LARGE] if fault.reason == "too-large" else payload,
        "size": len(payload),
        "retained": fault.arrival.retained,
        "reason": fault.reason,
        "detail": storable(fault.detail)[:LONGEST_DETAIL],
        "device_id": fault.device_id,
        "received_at": fault.arrival.at,
        "count": count,
    }


def storable(text: str) -> str:
    """`text` without what a store refuses: NUL and lone surrogates."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _forget_oldest(session: Session, topics: Collection[str]) -> None:
    """Of each topic KEPT_OF_ONE_TOPIC messages that cannot be read, and of each reason the newest: it counts
    those that go."""
    row, names = QuarantinedMessage, (QuarantinedMessage.topic, QuarantinedMessage.reason)
    mine = row.topic.in_(topics), row.reason != "unknown-topic"
    place = func.row_number().over(partition_by=row.topic, order_by=row.id.desc()).label("place")
    placed = select(row.id, *names, row.count, place).where(*mine).subquery()
    beyond = session.execute(select(placed).where(placed.c.place > KEPT_OF_ONE_TOPIC)).all()
    if not beyond:
        return
    newest = select(func.max(row.id)).where(*mine).group_by(*names)
    heirs = {
        one[1:3]: one for one in session.execute(select(row.id, *names, row.count).where(row.id.in_(newest)))
    }
    counts: Counter[int] = Counter()
    for one in beyond:
        heir = heirs[one[1:3]]
        if one[0] != heir[0]:
            counts[heir[0]] += one[3]
    gone = [one[0] for one in beyond if one[0] != heirs[one[1:3]][0]]
    if gone:
        grown = [{"id": one[0], "count": one[3] + counts[one[0]]} for one in heirs.values() if counts[one[0]]]
        session.execute(update(QuarantinedMessage), grown)
        session.execute(delete(QuarantinedMessage).where(row.id.in_(gone)))
