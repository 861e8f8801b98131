"""Messages that wait to be decoded in order (see relay.py): written down by whoever heard them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from campus.errors import Changed
from devices.intake.batch import Arrival
from devices.intake.models import RelayedMessage


def hand_over(session: Session, arrivals: Sequence[Arrival]) -> None:
    """Write messages down as they came."""
    if arrivals:
        session.execute(
            insert(RelayedMessage),
            [
                {"at": one.at, "topic": one.topic, "payload": one.payload, "retained": one.retained}
                for one in arrivals
            ],
        )


def take_out(session: Session, numbers: Sequence[int]) -> None:
    """These are decoded. Raises Changed if another one, that leads too, was quicker."""
    if numbers:
        taken = session.execute(delete(RelayedMessage).where(RelayedMessage.id.in_(numbers)))
        if taken.rowcount != len(numbers):  # type: ignore[attr-defined]
            raise Changed("Another worker has decoded this.")
