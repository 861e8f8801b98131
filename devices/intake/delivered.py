"""Tells a message that is delivered again from a new one.

A message of QoS 1 is acknowledged after the commit. If the worker dies between the two, the broker
sends it again, with the same packet identifier and the DUP flag. Values with a time of their own are
idempotent anyway; those that take the time of their arrival would be kept twice. So every batch
records its packet identifiers with fingerprints, in the transaction that stores the values.

A broker that was killed comes back as it last wrote itself to its disk. What it has handed over since then it
hands over once more, in the same order and with the same identifiers, and without the DUP flag.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import chain

from sqlalchemy import Connection, Table, delete, insert, select
from sqlalchemy.orm import Session

from devices.intake.models import DeliveredBatch

KEPT_BATCHES = 1000
"""Far more than a broker can have in flight: it sends nothing new while that much is unacknowledged."""
LAST_IDENTIFIER = 65_535
SHORT_ROW = 4_096
"""More than any broker has on its way at one time."""
_MARK = struct.Struct("!HI")
Mark = tuple[int, int]
"""The packet identifier of a message, and its fingerprint."""
_TABLE: Table = DeliveredBatch.__table__  # type: ignore[assignment]
_KEEP = insert(_TABLE).returning(_TABLE.c.id)


def record(connection: Connection, client_id: str, marks: Sequence[Mark]) -> None:
    """Keep the marks of the messages in this transaction."""
    if not marks:
        return
    packed = struct.pack(f"!{'HI' * len(marks)}", *chain.from_iterable(marks))
    made = connection.scalar(_KEEP, {"client_id": client_id, "marks": packed})
    if made and made % (KEPT_BATCHES // 10) == 0:
        connection.execute(
            delete(_TABLE).where(_TABLE.c.client_id == client_id, _TABLE.c.id <= made - KEPT_BATCHES)
        )


def recall(session: Session, client_id: str) -> list[Mark]:
    """What was committed, the oldest first."""
    rows = session.scalars(
        select(DeliveredBatch.marks).where(DeliveredBatch.client_id == client_id).order_by(DeliveredBatch.id)
    )
    return [mark for packed in rows for mark in _MARK.iter_unpack(packed)]


def forget(session: Session, client_id: str) -> None:
    """The broker began a new session: packet identifiers start anew."""
    session.execute(delete(DeliveredBatch).where(DeliveredBatch.client_id == client_id))


class Redelivered:
    """Which of the messages that come after a connection was made the store has. `committed`: oldest first.

    One with the DUP flag is, if the last message of its identifier was the same. One without is, if it is
    one of a row that began with the first, every one as it was committed: a broker that goes on where it was
    takes identifiers that were not used for long.
    """

    def __init__(self, committed: Sequence[Mark] = ()) -> None:
        self._committed = dict(committed)
        self._row = _last_row(committed)
        self._goes_back = True

    def has(self, mark: Mark, *, again: bool, retained: bool) -> bool:
        """True if the store has this message. Each is asked about once, in the order of their coming."""
        identifier, fingerprint = mark
        if again:
            return self._committed.pop(identifier, None) == fingerprint
        self._committed.pop(identifier, None)
        if retained or not self._goes_back:
            return False
        self._goes_back = self._row.get(identifier) == fingerprint
        return self._goes_back


def _last_row(committed: Sequence[Mark]) -> dict[int, int]:
    """The newest marks whose identifiers follow each other: half a round of them at most.

    None if it is short though there was more before: that is a broker that takes whichever number is free.
    """
    row: dict[int, int] = {}
    after: int | None = None
    for identifier, fingerprint in reversed(committed[-LAST_IDENTIFIER // 2 :]):
        if after is not None and identifier % LAST_IDENTIFIER + 1 != after:
            return row if len(row) >= SHORT_ROW else {}
        row[identifier] = fingerprint
        after = identifier
    return row
