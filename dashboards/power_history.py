"""The hub's power over the last hours, as lines for the chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dashboards.board import Board
from dashboards.charts import Line
from dashboards.power import PARTS, Part, PowerNow, add_known, part_of
from devices.history import read as history

WINDOW = timedelta(hours=6)
STEP_S = 120.0
BRIDGE = 10
"""Steps: up to 20 minutes are drawn as a straight line, since slow meters speak every ten minutes and may
lose a message; a longer gap stays a gap."""
IDLE_W = 50.0
"""A charger at less than this has stopped."""

Values = list[float | None]


def power_lines(session: Session, board: Board, start: datetime, end: datetime) -> list[Line]:
    """Mean power in kW for every step of [start, end): sun, battery, grid, building, cars, if there are."""
    parts = {thing.slug: part for thing in board.things if (part := part_of(thing.kind, thing.role))}
    refs = history.find_series(session, slugs=parts, metrics=("power",)) if parts else []
    with_total = {ref.device for ref in refs if ref.channel == ""}
    members: dict[Part, list[Values]] = {part: [] for part in PARTS}
    for ref in refs:
        if ref.is_text or (ref.channel and ref.device in with_total):
            continue
        buckets = history.read(session, ref, start, end, STEP_S)
        part, values = parts[ref.device], bridged([bucket.mean for bucket in buckets])
        members[part].append(resting(values) if part == "cars" else values)
    steps = round((end - start).total_seconds() / STEP_S)
    moments = [start + timedelta(seconds=STEP_S * (step + 0.5)) for step in range(steps)]
    return _lines(moments, {part: _sum(part, values, steps) for part, values in members.items()}, members)


def bridged(values: Sequence[float | None], most: int = BRIDGE) -> Values:
    """Gaps of up to `most` steps between two values become a straight line; longer ones stay."""
    filled, last = list(values), -1
    for place, value in enumerate(values):
        if value is None:
            continue
        before = values[last] if last >= 0 else None
        if before is not None and 1 < place - last <= most:
            for between in range(last + 1, place):
                filled[between] = before + (value - before) * (between - last) / (place - last)
        last = place
    return filled


def resting(values: Sequence[float | None]) -> Values:
    """A silent charger draws nothing before it was first heard, after it went, and while it had stopped.

    Many speak only while they charge. A gap in the middle of charging stays a gap.
    """
    filled, last = list(values), 0.0
    known = [place for place, value in enumerate(values) if value is not None]
    for place, value in enumerate(values):
        if value is not None:
            last = value
        elif abs(last) < IDLE_W or place > known[-1]:
            filled[place] = 0.0
    return filled


def _sum(part: Part, members: Sequence[Values], steps: int) -> Values:
    """The sum of a part's devices at each step, unknown where one of them is; 0 where there are none."""
    if not members:
        return [None if part == "grid" else 0.0] * steps
    return [None if None in column else add_known(column) for column in zip(*members, strict=True)]


def _lines(
    moments: Sequence[datetime], sums: dict[Part, Values], members: dict[Part, list[Values]]
) -> list[Line]:
    balance = [PowerNow(*column) for column in zip(*(sums[part] for part in PARTS), strict=True)]
    drawn: list[tuple[str, str, Values, bool]] = [
        (_("Sun"), "sun", sums["sun"], True),
        (_("Battery"), "battery", sums["battery"], False),
        (_("Grid"), "grid", sums["grid"], False),
        (_("Building"), "building", [now.building for now in balance], False),
        (_("Cars"), "cars", sums["cars"], False),
    ]
    return [
        Line(name, meaning, list(zip(moments, _kilowatts(values), strict=True)), filled)
        for name, meaning, values, filled in drawn
        if meaning in ("building", "grid") or members[meaning]  # type: ignore[index]
    ]


def _kilowatts(values: Values) -> Values:
    return [None if value is None else round(value / 1000, 3) for value in values]
