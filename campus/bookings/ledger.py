"""The ledger: a new booking is entered with its times, by one statement for each of the two tables.

The session's own way of writing rows (its unit of work) takes three times as long, and on SQLite everybody
else who books waits meanwhile.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert, inspect
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from campus.bookings.models import Booking, Occurrence
from campus.database import Base, ask


def enter(session: Session, booking: Booking) -> None:
    """Write a booking that nobody has seen yet, with its times; from then on `session` knows it.

    What is not said of it is None: the models' defaults are not asked.
    """
    booking.id = ask(session, _BOOKING, _row(booking)).scalar_one()
    for time in booking.occurrences:
        time.booking_id = booking.id
    rows = [_row(time) for time in booking.occurrences]
    ids = ask(session, _TIME, rows[0] if len(rows) == 1 else rows).scalars()  # one alone is quicker so
    for time, number in zip(booking.occurrences, ids, strict=True):
        time.id = number
        make_transient_to_detached(time)
    make_transient_to_detached(booking)
    session.add(booking)


def _names(model: type[Base]) -> dict[str, str]:
    """Columns by attribute, but for the number, which the store gives."""
    return {one.key: one.columns[0].key for one in inspect(model).column_attrs if one.key != "id"}


def _row(entry: Booking | Occurrence) -> dict[str, Any]:
    said, names = entry.__dict__, _NAMES[type(entry)]
    for name in names.keys() - said.keys():
        set_committed_value(entry, name, None)  # known from here on, and not asked for again
    return {column: said[name] for name, column in names.items()}


_NAMES: dict[type[Base], dict[str, str]] = {model: _names(model) for model in (Booking, Occurrence)}
_BOOKING = insert(Booking.__table__).returning(Booking.__table__.c.id)  # type: ignore[arg-type]
_TIME = insert(Occurrence.__table__).returning(  # type: ignore[arg-type]
    Occurrence.__table__.c.id, sort_by_parameter_order=True
)
