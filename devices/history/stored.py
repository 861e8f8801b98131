"""Raw values over both tiers. Hot rows are asked for first, so that a day which is sealed in between is
seen twice and merged, and never missed; where both have an instant, the hot row came later and stands."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from devices.history import blocks, hot
from devices.history.hot import Rows
from devices.history.mending import repairs_in
from devices.history.repairs import mended
from devices.history.series import SeriesRef
from devices.history.tiers import Tier


@dataclass(frozen=True, slots=True)
class Found:
    """Values in order of time; `tier` is `blocks` if some of them were sealed."""

    rows: Rows
    tier: Tier


def rows(session: Session, ref: SeriesRef, first: int, last: int, limit: int | None = None) -> Found:
    """The values of [first, last), the first `limit` of them. Raises BrokenBlock."""
    newer = hot.rows(session, ref, first, last, limit)
    older: Rows = []
    for day in blocks.rows(session, ref.id, first, last):
        older += day
        if limit is not None and len(older) >= limit:
            break
    if not older:
        return Found(newer, "hot")
    return Found(_merged(older, newer)[:limit], "blocks")


def counting(session: Session, ref: SeriesRef, first: int, last: int) -> Found:
    """The same without what staff have marked as bad: words have no numbers to set right."""
    found = rows(session, ref, first, last)
    repairs = repairs_in(session, ref.id, first, last)
    return Found(mended(found.rows, repairs), found.tier) if repairs else found


def next_instant(session: Session, ref: SeriesRef, first: int) -> int | None:
    """Where the first value at or after `first` may lie: there is none before. None without any."""
    newer = hot.next_instant(session, ref, first)
    older = blocks.next_instant(session, ref.id, first)
    return min((one for one in (newer, older) if one is not None), default=None)


def _merged(older: Rows, newer: Rows) -> Rows:
    if not newer or older[-1][0] < newer[0][0]:
        return older + newer
    return sorted({**dict(older), **dict(newer)}.items())
