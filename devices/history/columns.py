"""Values as two columns, for sums over many of them: those of stored.rows as far as they count (repairs.py),
without a tuple for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from devices.history import blocks, hot
from devices.history.codec import Instants, Numbers
from devices.history.hot import Rows
from devices.history.mending import repairs_in
from devices.history.repairs import mended
from devices.history.series import SeriesRef
from devices.history.tiers import Tier


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers in order of time, each instant once. `tier` is `blocks` if some of them were sealed."""

    instants: Instants
    values: Numbers
    tier: Tier

    def __len__(self) -> int:
        return len(self.instants)

    def since(self, first: int) -> Columns:
        place = int(self.instants.searchsorted(first))
        return Columns(self.instants[place:], self.values[place:], self.tier)

    def before(self, last: int) -> Columns:
        place = int(self.instants.searchsorted(last))
        return Columns(self.instants[:place], self.values[:place], self.tier)

    def rows(self) -> Rows:
        return list(zip(self.instants.tolist(), self.values.tolist(), strict=True))


def columns(session: Session, ref: SeriesRef, first: int, last: int) -> Columns:
    """The values of [first, last) that count. Hot rows are asked for first, and stand (see stored.py)."""
    found = _stored(session, ref, first, last)
    repairs = repairs_in(session, ref.id, first, last)
    if not repairs or not len(found):
        return found
    rows = mended(found.rows(), repairs)
    instants = np.fromiter((at for at, _value in rows), np.int64, len(rows))
    values = np.fromiter((value for _at, value in rows), np.float64, len(rows))
    return Columns(instants, values, found.tier)


def _stored(session: Session, ref: SeriesRef, first: int, last: int) -> Columns:
    newer = hot.rows(session, ref, first, last)
    days = blocks.columns(session, ref.id, first, last)
    older = [day for day in days if len(day[0])]  # a block may reach over the span and have nothing in it
    instants = np.fromiter((at for at, _value in newer), np.int64, len(newer))
    values = np.fromiter((value for _at, value in newer), np.float64, len(newer))
    if not older:
        return Columns(instants, values, "hot")
    sealed = np.concatenate([at for at, _values in older])
    instants, values = np.append(sealed, instants), np.append(np.concatenate([v for _at, v in older]), values)
    if newer and newer[0][0] <= sealed[-1]:
        order = np.argsort(instants, kind="stable")  # of two at one instant the hot one is the second
        instants, values = instants[order], values[order]
        stands = np.append(instants[1:] != instants[:-1], True)
        instants, values = instants[stands], values[stands]
    return Columns(instants, values, "blocks")
