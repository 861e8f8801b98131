"""How much of the disk a series takes, and what a year of it will take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from campus.moments import to_micros
from devices.history.hot import instant, table_of
from devices.history.models import Block, BlockInstants, Rollup
from devices.history.series import SeriesRef

A_HOT_ROW = 26
"""Bytes of a row on SQLite, measured (docs/performance.md); words take about as much."""
LOOKED_AT = timedelta(days=7)
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Growth:
    """Values kept and bytes taken; `a_year` is what a year like the last LOOKED_AT will take, sealed."""

    values: int
    size: int
    a_year: float


def growth(session: Session, ref: SeriesRef, now: datetime) -> Growth:
    """Of all tiers; the part of blocks and rollups is measured, that of a hot row is known. Instants that
    several series share are divided among them."""
    table = table_of(ref.is_text)
    since = to_micros(now - LOOKED_AT)
    hot, lately = session.execute(
        select(func.count(), func.count().filter(instant(table) >= since)).where(table.series_id == ref.id)
    ).one()
    other = aliased(Block)
    sharers = select(func.count()).where(other.instants_id == Block.instants_id).scalar_subquery()
    packed = func.length(Block.values) + func.length(BlockInstants.timestamps) / sharers
    sealed, blocks, young = session.execute(
        select(
            func.coalesce(func.sum(Block.count), 0),
            func.coalesce(func.sum(packed), 0),
            func.coalesce(func.sum(Block.count).filter(Block.last_at >= since), 0),
        )
        .join(BlockInstants, BlockInstants.id == Block.instants_id)
        .where(Block.series_id == ref.id)
    ).one()
    rolled, pages = session.execute(
        select(func.coalesce(func.sum(func.length(Rollup.data)), 0), func.count()).where(
            Rollup.series_id == ref.id
        )
    ).one()
    values = hot + sealed
    each = (int(blocks) / sealed if sealed else A_HOT_ROW) + (rolled / values if values and pages else 0)
    a_day = (lately + young) / LOOKED_AT.days
    return Growth(values, hot * A_HOT_ROW + int(blocks) + rolled, a_day * YEAR_DAYS * each)
