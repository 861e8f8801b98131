"""Staff set a series right: a span is bad, or a value, an offset, a scale, another meter. With a reason.

The stored values stay. What was made of them is marked dirty in the same transaction, so that sums and means
follow: at once for whoever asks, for good when the rollups have been made anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from flask_babel import gettext as _
from pydantic_core import PydanticCustomError
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest, Changed, NotFound
from campus.fields import one_line
from campus.moments import from_micros, rfc3339, to_micros
from devices.history.models import Dirty, Rolled, SetRight
from devices.history.repairs import FOREVER, Kind, Repair, fault_of
from devices.history.series import SeriesRef
from devices.metrics import is_counter

MOST_OF_A_SERIES = 500
"""Repairs in force: past that a series is not repaired but should be retired."""
LONGEST_REASON = 300


def repairs_in(session: Session, series_id: int, first: int, last: int) -> list[Repair]:
    """The repairs in force that touch [first, last), in the order in which they were made."""
    query = select(SetRight.kind, SetRight.first_at, SetRight.last_at, SetRight.number).where(
        SetRight.series_id == series_id,
        SetRight.undone_at.is_(None),
        SetRight.first_at < last,
        or_(SetRight.last_at.is_(None), SetRight.last_at > first),
    )
    found = session.execute(query.order_by(SetRight.id))
    return [
        Repair(cast(Kind, kind), begin, FOREVER if end is None else end, number)
        for kind, begin, end, number in found
    ]


def repairs_of(session: Session, series_ids: Sequence[int]) -> Sequence[SetRight]:
    """All that was ever set right in these series, the newest first; also what was undone."""
    query = select(SetRight).where(SetRight.series_id.in_(series_ids))
    return session.scalars(query.order_by(SetRight.id.desc())).all()


def repair(
    session: Session, ref: SeriesRef, wanted: Repair, reason: str, by: Origin, *, now: datetime
) -> SetRight:
    """Set it right from now on, also for what comes later. `session` is a writing one.

    Raises BadRequest, saying what is wrong with the repair or its reason.
    """
    reason = _said(reason)
    fault = fault_of(wanted, is_text=ref.is_text, is_register=is_counter(ref.metric))
    if fault is None and wanted.last == FOREVER and wanted.kind in ("bad", "value"):
        fault = "open"
    if fault:
        raise BadRequest(_sentence(fault))
    kept_from = session.scalar(select(Rolled.kept_from).where(Rolled.series_id == ref.id))
    if kept_from is not None and wanted.first < kept_from:
        day = rfc3339(from_micros(kept_from))
        raise BadRequest(_("The values before %(day)s are given up: what was made of them stands.", day=day))
    in_force = select(SetRight.id).where(SetRight.series_id == ref.id, SetRight.undone_at.is_(None))
    if len(session.scalars(in_force.limit(MOST_OF_A_SERIES)).all()) == MOST_OF_A_SERIES:
        raise BadRequest(_("A series has at most %(most)d repairs.", most=MOST_OF_A_SERIES))
    row = SetRight(
        series_id=ref.id,
        kind=wanted.kind,
        first_at=wanted.first,
        last_at=None if wanted.last == FOREVER else wanted.last,
        number=wanted.number,
        reason=reason,
        by_id=by.member_id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _touch(session, row, now)
    record(session, by, "repair.make", f"device {ref.device}", now, after=_told(row, ref))
    return row


def undo(session: Session, repair_id: int, ref: SeriesRef, by: Origin, *, now: datetime) -> SetRight:
    """Take a repair of the series back. Raises NotFound, or Changed if it is undone already."""
    row = session.get(SetRight, repair_id)
    if row is None or row.series_id != ref.id:
        raise NotFound(_("There is no such repair."))
    taken = session.execute(
        update(SetRight)
        .where(SetRight.id == repair_id, SetRight.undone_at.is_(None))
        .values(undone_at=now)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise Changed(_("Somebody has undone this repair already."))
    session.refresh(row)
    _touch(session, row, now)
    record(session, by, "repair.undo", f"device {ref.device}", now, before=_told(row, ref))
    return row


def _said(reason: str) -> str:
    try:
        line = one_line(" ".join(reason.split()))
    except PydanticCustomError:
        line = ""
    if not line or len(line) > LONGEST_REASON:
        raise BadRequest(_("Say why, in at most %(most)d characters.", most=LONGEST_REASON))
    return line


def _touch(session: Session, row: SetRight, now: datetime) -> None:
    """What was rolled up of its span is of no use any more; what lies ahead has not been."""
    last = max(row.first_at, min(row.last_at or FOREVER, to_micros(now)))
    session.add(Dirty(series_id=row.series_id, first_at=row.first_at, last_at=last))
    session.flush()


def _told(row: SetRight, ref: SeriesRef) -> dict[str, object]:
    return {
        "series": ref.label,
        "kind": row.kind,
        "start": rfc3339(from_micros(row.first_at)),
        "end": None if row.last_at is None else rfc3339(from_micros(row.last_at)),
        "number": row.number,
        "reason": row.reason,
    }


def _sentence(fault: str) -> str:
    sentences: dict[str, str] = {
        "span": _("A repair begins before it ends."),
        "number": _("Say a finite number; a span that is bad has none."),
        "words": _("Words can only be marked as bad."),
        "register": _("Only a register is followed over the swap of a meter."),
        "open": _("Say until when it was so."),
    }
    return sentences[fault]
