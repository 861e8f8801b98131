"""Steps from the cheapest tier that is exact: rollups where they are clean, values for the rest.

The spans of the rollups and those of the values lie beside each other, none across an edge, and are laid
together into the buckets that were asked for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy.orm import Session

from campus.moments import SECOND
from devices.history import rollups
from devices.history.cells import Cells, cut, joined, laid_together
from devices.history.columns import Columns, columns
from devices.history.counters import NEW, Correction, Register, Run
from devices.history.habits import Habits
from devices.history.ledger import Account, Span, accounts, standing
from devices.history.pages import HOUR_S, QUARTER_S, blank
from devices.history.rollups import BrokenRollup
from devices.history.series import SeriesRef
from devices.history.tiers import Tier, coarsest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stepped:
    """One cell a bucket, what was corrected on the way, and the coarsest tier that took part."""

    cells: Cells
    tier: Tier
    corrections: list[Correction]


def stepped(
    session: Session,
    wanted: Sequence[tuple[SeriesRef, Habits]],
    edges: Sequence[int],
    *,
    corrected: bool = False,
) -> list[Stepped]:
    """The buckets between `edges` of each series. Raises BrokenBlock.

    With `corrected` also what their counters did that was not taken at its word.
    """
    known = accounts(session, {ref.id: its for ref, its in wanted})
    step_s = _tier_step(edges)
    clean: dict[int, list[Span]] = {}
    if step_s:
        length = step_s * SECOND
        begin, end = -(-edges[0] // length) * length, edges[-1] // length * length
        clean = {ref.id: known[ref.id].clean(begin, end, its) for ref, its in wanted}
    rolled = _pages(session, clean, step_s)
    answers = []
    for ref, its in wanted:
        spans = clean.get(ref.id, []) if ref.id in rolled else []
        answers.append(
            _Gathering(session, ref, its, known[ref.id], edges).through(
                spans, rolled.get(ref.id, []), step_s, corrected=corrected
            )
        )
    return answers


def _tier_step(edges: Sequence[int]) -> int:
    """The coarsest rollups of which every inner edge is one of theirs; 0 if there are none."""
    for step_s in (HOUR_S, QUARTER_S):
        length = step_s * SECOND
        holds_one = edges[-1] // length > -(-edges[0] // length)
        if holds_one and all(edge % length == 0 for edge in edges[1:-1]):
            return step_s
    return 0


def _pages(session: Session, clean: Mapping[int, Sequence[Span]], step_s: int) -> dict[int, list[Cells]]:
    """The rollups of all clean spans, blank pages included; none of a series whose page is broken."""
    ids = [series_id for series_id, spans in clean.items() if spans]
    if not ids:
        return {}
    first = min(clean[series_id][0][0] for series_id in ids)
    last = max(clean[series_id][-1][1] for series_id in ids)
    try:
        return {series_id: [] for series_id in ids} | rollups.read(session, ids, step_s, first, last)
    except BrokenRollup as broken:
        log.error("answered from the values: %s", broken.message)
        return {}


@dataclass(slots=True)
class _Gathering:
    """One series while its cells are brought together."""

    session: Session
    ref: SeriesRef
    habits: Habits
    account: Account
    edges: Sequence[int]

    def through(self, spans: Sequence[Span], pages: list[Cells], step_s: int, *, corrected: bool) -> Stepped:
        first, last = self.edges[0], self.edges[-1]
        parts: list[Cells] = []
        corrections: list[Correction] = []
        tier: Tier = "hot"
        register: Register | None = None
        bounds = [first, *(edge for span in spans for edge in span), last]
        for place, (begin, end) in enumerate(pairwise(bounds)):
            if begin == end:
                continue
            if place % 2:  # a clean span
                parts += [part for page in pages if len(part := page.part(begin, end))]
                tier = coarsest(tier, "rollup-1h" if step_s == HOUR_S else "rollup-15m")
                register = None
                if corrected and self.habits.counts:
                    corrections += rollups.corrections(self.session, self.ref.id, begin, end)
                continue
            held, run = self._raw(begin, end)
            register = run.register
            corrections += run.corrections
            tier = coarsest(tier, held.tier)
            inner = [begin, *(edge for edge in self.edges if begin < edge < end), end]
            gap = self.habits.largest_gap
            parts.append(cut(held.instants, held.values, inner, largest_gap=gap, deltas=run.steps))
        if corrected and self.habits.counts:
            register = register or self._raw(last, last)[1].register
            if register.zero and register.zero.at >= first:
                corrections.append(register.zero)  # nothing told yet that it was a glitch: it restarted
        cells = joined(parts) if parts else blank(0, HOUR_S).part(0, 0)
        return Stepped(laid_together(cells, self.edges), tier, corrections)

    def _raw(self, begin: int, end: int) -> tuple[Columns, Run]:
        """The values that hold in the span, and what a counter did in it."""
        carry = begin - self.habits.largest_gap
        if not self.habits.counts:
            return columns(self.session, self.ref, carry, end), Run([], [], NEW)
        since, register = standing(self.session, self.ref.id, self.account, begin)
        found = columns(self.session, self.ref, min(since, carry), end)
        before = self.habits.follow(found.since(since).before(begin).rows(), register)
        return found.since(carry), self.habits.follow(found.since(begin).rows(), before.register)
