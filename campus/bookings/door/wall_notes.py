"""Notes from the wall: words and photos of the glass, kept with the hour in which they were written there.

For whom the booking is: its member, its guests who are members here, and facilities staff. Who else may
read its title does not see its wall.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campus import uploads
from campus.audit import Origin, record
from campus.bookings.desk import LARGEST_ID, meant
from campus.bookings.models import Booking, Occurrence, WallNote
from campus.bookings.privacy import may_act
from campus.errors import BadRequest, NotFound
from campus.people.models import Member
from campus.people.wording import person_name
from campus.pictures import Picture
from campus.spaces.models import Upload

LONGEST, MOST = 4_000, 60
"""Letters of a note; notes and photos of an hour."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A note as a page shows it. `digest`: its picture's, None for words alone."""

    id: int
    text: str
    digest: str | None
    width: int | None
    height: int | None
    by: str
    created_at: datetime
    may_remove: bool


def find(session: Session, booking_id: int, reader: Member) -> Booking:
    """The booking, for whom its wall is. Raises NotFound; for others it does not exist."""
    booking = session.get(Booking, booking_id) if booking_id <= LARGEST_ID else None
    if booking is None or not _is_for(booking, reader):
        raise NotFound(_("There is no such booking, or it is not yours."))
    return booking


def hour_of(booking: Booking, occurrence_id: int | None, now: datetime) -> Occurrence:
    """The one that is named; else the one that runs or ran last, or else the first. Raises NotFound."""
    if occurrence_id is not None:
        return meant(booking, occurrence_id, now)
    begun = [one for one in booking.occurrences if one.start <= now and one.status == "confirmed"]
    return begun[-1] if begun else booking.occurrences[0]


def notes_of(session: Session, booking: Booking, hour: Occurrence, reader: Member) -> Sequence[Kept]:
    """What was kept with this hour, in the order in which it came."""
    rows = session.execute(
        select(WallNote, Upload, Member)
        .outerjoin(Upload, WallNote.upload_id == Upload.id)
        .join(Member, WallNote.by_id == Member.id)
        .where(WallNote.occurrence_id == hour.id)
        .order_by(WallNote.id)
    )
    return [
        Kept(
            note.id,
            note.text,
            upload.digest if upload else None,
            upload.width if upload else None,
            upload.height if upload else None,
            person_name(writer),
            note.created_at,
            _may_remove(note, booking, reader),
        )
        for note, upload, writer in rows
    ]


def add(
    session: Session,
    booking: Booking,
    hour: Occurrence,
    text: str,
    pictures: Sequence[Picture],
    *,
    by: Member,
    origin: Origin,
    now: datetime,
) -> None:
    """Keep words, photos or both; the words stand with the first photo. `session` is a writing one.

    Raises BadRequest if there is nothing to keep, too much, or if the hour was given up.
    """
    words = read_text(text)
    if not words and not pictures:
        raise BadRequest(_("Write something, or choose a photo."))
    if hour.status != "confirmed":
        raise BadRequest(_("This time is not booked any more, or not confirmed yet."))
    there = session.scalar(
        select(func.count()).select_from(WallNote).where(WallNote.occurrence_id == hour.id)
    )
    if (there or 0) + max(len(pictures), 1) > MOST:
        raise BadRequest(_("An hour keeps %(most)s notes and photos at most.", most=MOST))
    kept = [uploads.keep(session, picture, by.id, now).id for picture in pictures]
    for number, upload_id in enumerate(kept or [None]):
        session.add(
            WallNote(
                occurrence_id=hour.id,
                text=words if number == 0 else "",
                upload_id=upload_id,
                by_id=by.id,
                created_at=now,
            )
        )
    session.flush()
    if by.id != booking.member_id:
        told = {"member": f"member {booking.member_id}", "photos": len(pictures)}
        record(session, origin, "wall-note.add", f"booking {booking.id}", now, after=told)


def remove(
    session: Session, booking: Booking, note_id: int, *, by: Member, origin: Origin, now: datetime
) -> int:
    """Remove a note for good, its picture's file too unless it is kept elsewhere: its hour's id.

    By whoever wrote it, the booking's member and staff. Raises NotFound.
    """
    hours = {one.id for one in booking.occurrences}
    note = session.get(WallNote, note_id) if note_id <= LARGEST_ID else None
    if note is None or note.occurrence_id not in hours or not _may_remove(note, booking, by):
        raise NotFound(_("There is no such note, or it is not yours."))
    session.delete(note)
    session.flush()
    if note.upload_id is not None:
        uploads.forget(session, note.upload_id)
    if by.id != note.by_id:
        told = {"member": f"member {note.by_id}", "photos": int(note.upload_id is not None)}
        record(session, origin, "wall-note.remove", f"booking {booking.id}", now, before=told)
    return note.occurrence_id


def forget_walls_of(session: Session, member_id: int) -> None:
    """Remove all that is kept with the bookings of a member, files too, whoever kept it."""
    theirs = (
        select(Occurrence.id)
        .join(Booking, Occurrence.booking_id == Booking.id)
        .where(Booking.member_id == member_id)
    )
    gone = delete(WallNote).where(WallNote.occurrence_id.in_(theirs)).returning(WallNote.upload_id)
    for upload_id in sorted({found for found in session.scalars(gone) if found is not None}):
        uploads.forget(session, upload_id)


def read_text(text: str) -> str:
    """Words of several lines, which may be none. Raises BadRequest."""
    words = text.replace("\r\n", "\n").strip()
    if len(words) > LONGEST:
        raise BadRequest(_("A note has %(most)s letters at most.", most=LONGEST))
    if any(unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\n\t" for letter in words):
        raise BadRequest(_("A note is plain text."))
    return words


def may_see_picture(session: Session, upload_id: int, member: Member) -> bool:
    """True if this picture is kept with a booking whose wall is for `member`."""
    bookings = session.scalars(
        select(Booking)
        .join(Occurrence, Occurrence.booking_id == Booking.id)
        .join(WallNote, WallNote.occurrence_id == Occurrence.id)
        .where(WallNote.upload_id == upload_id)
    ).unique()
    return any(_is_for(booking, member) for booking in bookings)


def is_kept(session: Session, upload_id: int) -> bool:
    """True if this picture is kept with some booking."""
    return session.scalar(select(WallNote.id).where(WallNote.upload_id == upload_id).limit(1)) is not None


def _is_for(booking: Booking, member: Member) -> bool:
    guests = {guest.strip().lower() for guest in booking.guests}
    return may_act(booking.member_id, member) or member.email in guests


def _may_remove(note: WallNote, booking: Booking, member: Member) -> bool:
    return member.id == note.by_id or may_act(booking.member_id, member)
