"""What a retained message says is the last known, and stays true when it changes and changes back."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from campus.database import Database
from devices.history.read import find_series, newest
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage
from devices.intake.retry import retry
from tests.devices.intake.things import NOON, register, said

ZONE = ZoneInfo("America/Ciudad_Juarez")
MINUTE = timedelta(minutes=1)


def door(database: Database) -> float | str:
    with database.read() as session:
        (known,) = newest(session, find_series(session, metrics=["door"])).values()
    return known.value


def test_a_word_that_changed_back_while_nobody_listened_is_not_the_one_between(database: Database) -> None:
    register(database, "wall", "hub/wall")
    ingest = Ingest(database, ZONE)
    ingest.store([said("hub/wall", '{"d": "open"}', NOON)])
    ingest.store([said("hub/wall", '{"d": "closed"}', NOON + MINUTE, retained=True)])
    assert door(database) == "closed"
    ingest.store([said("hub/wall", '{"d": "open"}', NOON + 2 * MINUTE, retained=True)])
    assert door(database) == "open"


def test_an_old_message_tried_again_does_not_replace_what_was_heard_since(database: Database) -> None:
    ingest = Ingest(database, ZONE)
    ingest.store([said("hub/wall", '{"d": "closed"}', NOON, retained=True)])
    register(database, "wall", "hub/wall")
    Ingest(database, ZONE).store([said("hub/wall", '{"d": "open"}', NOON + MINUTE, retained=True)])
    with database.read() as session:
        message_id = session.scalars(select(QuarantinedMessage.id)).one()
    assert retry(database, message_id, ZONE, NOON + 2 * MINUTE) is None
    assert door(database) == "open"
