"""Tells a message that is delivered again from a new one.

A message of QoS 1 is acknowledged after the commit. If the worker dies between the two, the broker
sends it again, with the same packet identifier and the DUP flag. Values with a time of their own are
idempotent anyway; those that take the time of their arrival would be kept twice. So every batch
records its packet identifiers with fingerprints, in the transaction that stores the values.
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
_MARK = struct.Struct("!HI")
_TABLE: Table = DeliveredBatch.__table__  # type: ignore[assignment]
_KEEP = insert(_TABLE).returning(_TABLE.c.id)


def record(connection: Connection, client_id: str, marks: Sequence[tuple[int, int]]) -> None:
    """Keep (packet identifier, fingerprint) pairs of the messages in this transaction."""
    if not marks:
        return
    packed = struct.pack(f"!{'HI' * len(marks)}", *chain.from_iterable(marks))
    made = connection.scalar(_KEEP, {"client_id": client_id, "marks": packed})
    if made and made % (KEPT_BATCHES // 10) == 0:
        connection.execute(
            delete(_TABLE).where(_TABLE.c.client_id == client_id, _TABLE.c.id <= made - KEPT_BATCHES)
        )


def recall(session: Session, client_id: str) -> dict[int, int]:
    """The newest fingerprint of each packet identifier that was committed."""
    rows = session.scalars(
        select(DeliveredBatch.marks).where(DeliveredBatch.client_id == client_id).order_by(DeliveredBatch.id)
    )
    return {identifier: mark for packed in rows for identifier, mark in _MARK.iter_unpack(packed)}


def forget(session: Session, client_id: str) -> None:
    """The broker began a new session: packet identifiers start anew."""
    session.execute(delete(DeliveredBatch).where(DeliveredBatch.client_id == client_id))
