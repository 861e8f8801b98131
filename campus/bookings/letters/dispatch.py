"""The worker writes out what was noted: each notice becomes letters, in the order of what happened."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext
from sqlalchemy import delete, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campus.bookings import notices
from campus.bookings.letters import told
from campus.bookings.models import Booking, Notice
from campus.database import Database
from campus.moments import from_micros
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.spans import Span

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Notices in one transaction."""
MOST_TRIES = 5
"""A notice that cannot be written stays in the store after so many, and holds up no other."""
REASONS = {
    "nobody-came": lazy_gettext("Nobody checked in."),
    "finished-early": lazy_gettext("It was finished early, and the rest is free for others."),
}
"""Why it is so where nobody typed a reason, by its code."""


def write_out(database: Database, zone: ZoneInfo, *, batches: int | None = None) -> int:
    """Write the letters of what was noted so far, or of so many `batches` of it; how many notices that were.

    One that cannot be written keeps back what else there is to tell of its booking, and nothing more. Of
    two workers who write the same, the one who takes the notice away sends the letters. An application has
    to be there for the templates.
    """
    done, stuck = 0, set[int]()
    for _number in range(batches) if batches else count():
        batch = _waiting(database, stuck)
        if not batch:
            break
        written, failed = _letters(database, batch, zone, stuck)
        gone = delete(Notice).where(Notice.id.in_(written)).returning(Notice.id)
        with database.write() as session:
            if failed:
                tried = update(Notice).where(Notice.id.in_(failed))
                session.execute(tried.values(tries=Notice.tries + 1))
            for number in sorted(session.scalars(gone)):
                session.add_all(written[number])
                done += 1
    return done


def try_again(session: Session) -> int:
    """Those that were given up are tried from now on as if they were new: how many."""
    given_up = update(Notice).where(Notice.tries >= MOST_TRIES).values(tries=0)
    return len(session.scalars(given_up.returning(Notice.id)).all())


def _letters(
    database: Database, batch: Sequence[int], zone: ZoneInfo, stuck: set[int]
) -> tuple[dict[int, list[object]], list[int]]:
    """Mails and the tickets of their links by notice, in order, and the notices that cannot be written.

    Written while only reading: nobody waits for words. A booking of which something cannot be written is
    `stuck` from then on.
    """
    written: dict[int, list[object]] = {}
    failed: list[int] = []
    with database.read() as session, session.no_autoflush:
        for notice in session.scalars(select(Notice).where(Notice.id.in_(batch)).order_by(Notice.id)).all():
            if notice.booking_id in stuck:
                continue
            try:
                _write(session, notice, zone)
            except SQLAlchemyError:  # the store's fault, and not this notice's
                raise
            except Exception:
                log.exception("notice %s (%s) cannot be written", notice.id, notice.kind)
                stuck.add(notice.booking_id)
                failed.append(notice.id)
            fresh = list(session.new)
            for row in fresh:
                session.expunge(row)
            if notice.booking_id not in stuck:
                written[notice.id] = fresh
    return written, failed


def _waiting(database: Database, stuck: Collection[int]) -> Sequence[int]:
    """The ids of those to write next."""
    query = select(Notice.id).where(Notice.tries < MOST_TRIES, Notice.booking_id.not_in(stuck))
    with database.read() as session:
        return session.scalars(query.order_by(Notice.id).limit(AT_ONCE)).all()


def _write(session: Session, notice: Notice, zone: ZoneInfo) -> None:
    member = session.get_one(Member, notice.member_id)
    by = session.get(Member, notice.by_id) if notice.by_id else None
    about: dict[str, Any] = notice.about
    booking = _restored(session, about["booking"], member)
    times = [time for time in booking.occurrences if time.id in about["times"]]
    here: dict[str, Any] = {"now": notice.created_at, "zone": zone}
    before = told.as_it_was(_restored(session, about["before"], member)) if "before" in about else None
    if notice.kind == "booked":
        told.told_booked(session, booking, by, **here)
        told.told_asked(session, booking, **here)
    elif notice.kind == "changed" and before is not None:
        reason = REASONS.get(about.get("why", ""), about.get("reason"))
        told.told_changed(session, booking, before, by, **here, reason=reason)
        told.told_asked(session, booking, **here, before=before)
    elif notice.kind == "cancelled":
        reason = REASONS.get(about.get("reason", ""))
        told.told_cancelled(session, booking, times, by, **here, before=before, reason=reason)
    elif notice.kind == "decided":
        knew = about["guests_knew"]
        told.told_decided(session, booking, by, **here, decided=times, guests_knew=knew)
    elif notice.kind == "displaced":
        moves = [told.Proposal(name, _span(*span)) for name, *span in about["proposals"]]
        told.told_displaced(
            session, booking, times, by, **here, reason=about["reason"], proposals=moves, before=before
        )
    else:
        tell = {"offered": told.told_offered, "reminder": told.told_reminder}[notice.kind]
        for time in times:
            tell(session, time, **here)
        if notice.kind == "offered":  # where the line moves up by itself, staff may be asked for the rest
            told.told_asked(session, booking, **here)


def _restored(session: Session, kept: dict[str, Any], member: Member) -> Booking:
    booking = notices.restored(kept, member)
    booking.resource = session.get_one(Resource, kept["resource_id"])
    return booking


def _span(start: int, end: int) -> Span:
    return Span(from_micros(start), from_micros(end))
