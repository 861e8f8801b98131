"""A second try for a message in the quarantine, after a device was registered or a mapping mended."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.database import Database
from campus.errors import NotFound
from devices.intake.batch import Arrival, Batch
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage
from devices.intake.quarantine import LONGEST_DETAIL, storable

NOBODY = Origin()
MOST_AT_ONCE = 500
"""Messages of one device that are tried again in one go."""


def retry(
    database: Database,
    message_id: int,
    zone: ZoneInfo,
    now: datetime,
    *,
    by: Origin = NOBODY,
    ingest: Ingest | None = None,
) -> str | None:
    """Try a message again. None if it could be read now: its values are stored and it is gone from here.

    Otherwise the reason that it stays for. Raises NotFound.
    """
    if ingest is None:
        ingest = Ingest(database, zone)
        ingest.refresh()
    with database.write() as session:
        row = session.get(QuarantinedMessage, message_id)
        if row is None:
            raise NotFound("There is no such message in the quarantine.")
        topic = row.topic
        if row.size > len(row.payload):
            return row.detail
        batch = Batch()
        batch.take(Arrival(row.topic, row.payload, row.received_at, row.retained), ingest.directory)
        if batch.faults:
            fault = batch.faults[0]
            row.reason, row.detail = fault.reason, storable(fault.detail)[:LONGEST_DETAIL]
            row.device_id = fault.device_id
            _note(session, message_id, topic, by, now, stored=False)
            return row.detail
        batch.seen.clear()
        made = ingest.write(session, batch, now)
        session.delete(row)
        _note(session, message_id, topic, by, now, stored=True)
    for key, series_id in made.items():
        ingest.directory.add_series(key, series_id)
    return None


def retry_of(
    database: Database, device_id: int, zone: ZoneInfo, now: datetime, *, by: Origin = NOBODY
) -> tuple[int, int]:
    """Try again what waits of a device that was just registered: (how many were read, how many stay).

    In the order of their arrival, MOST_AT_ONCE at most.
    """
    ingest = Ingest(database, zone)
    ingest.refresh()
    names = (QuarantinedMessage.id, QuarantinedMessage.topic)
    with database.read() as session:
        rows = session.execute(select(*names).order_by(QuarantinedMessage.id)).all()
    own = [
        row.id
        for row in rows
        if any(owner.device_id == device_id for owner in ingest.directory.owners(row.topic))
    ]
    outcomes = []
    for message_id in own[:MOST_AT_ONCE]:
        try:
            outcomes.append(retry(database, message_id, zone, now, by=by, ingest=ingest))
        except NotFound:
            continue  # somebody else was quicker
    return sum(one is None for one in outcomes), sum(one is not None for one in outcomes)


def _note(session: Session, message_id: int, topic: str, by: Origin, now: datetime, *, stored: bool) -> None:
    told = {"topic": topic[:160], "stored": stored}
    record(session, by, "quarantine.retry", f"message {message_id}", now, after=told)
