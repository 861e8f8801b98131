"""The values that are held back, as rows: what is acknowledged is stored, here or in the history.

One row a series, in the same transaction as the values, so a worker that is killed loses none of it and
several workers agree. `release` writes those whose time is up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, type_coerce
from sqlalchemy.orm import Session

from campus.database import Database, upsert_many, wait_for_turn
from campus.moments import SECOND, to_micros
from devices.intake.batch import Batch
from devices.intake.directory import SeriesKey
from devices.intake.flow import Flow
from devices.intake.models import HeldBack
from devices.intake.thinning import Rule, Said, Stand, Thinning, due, judge, strict

THINNING_TURN = 5
"""The name of the turn in which it is decided what is held back. It comes after that of new series."""
A_ROUND = 2_000
"""Rows that are released in one transaction."""
_COLUMNS = ("kept_at", "kept_number", "kept_word", "held_at", "held_number", "held_word", "since", "due")

Values = list[tuple[SeriesKey, int, float | str]]
Row = tuple[int, int, float | str]
"""(series id, instant, number or word)"""


def thin(
    session: Session,
    batch: Batch,
    ids: Mapping[SeriesKey, int],
    *,
    thinnings: Mapping[int, Thinning],
    flow: Flow,
    now: datetime,
) -> Values:
    """Those values of a batch that are written. An import (a batch that did not arrive) is written whole."""
    flooding = flow.flooding
    if not (thinnings or flooding) or not batch.arrivals:
        return batch.values
    devices = {value[0][0] for value in batch.values}
    ours = devices.intersection(thinnings) | (devices & flooding)
    if not ours:
        return batch.values
    passed, groups = _sorted_out(batch.values, ours, thinnings, flooding)
    if not groups:
        return passed
    wait_for_turn(session, THINNING_TURN)
    stands = _stands(session, [ids[key] for key in groups])
    second, instant = to_micros(batch.arrivals[-1].at) // SECOND, to_micros(now)
    given_up: Counter[int] = Counter()
    changed = []
    for key, (rule, said) in groups.items():
        stand = before = stands.get(ids[key])
        for one in said:
            if rule.strict and _is_late(stand, one) and not flow.lets_in(key, second):
                given_up[key[0]] += 1
                continue
            judged = judge(stand, one, rule)
            stand = judged.stand
            given_up[key[0]] += judged.given_up
            passed += [(key, at, value) for at, value in judged.written]
        if stand is not None and stand != before:
            changed.append(_row(ids[key], stand, rule, instant))
    upsert_many(session.connection(), "held_back", ("series_id",), _COLUMNS, sorted(changed))
    flow.given_up = Counter({device_id: given_up[device_id] for device_id in flooding & given_up.keys()})
    return passed


def release(session: Session, now: datetime) -> list[Row]:
    """Write what was held back and is due by now, A_ROUND at most. What that is."""
    wait_for_turn(session, THINNING_TURN)
    query = select(*_SELECTED).where(HeldBack.due <= now).order_by(HeldBack.series_id).limit(A_ROUND)
    found = [(row.series_id, _stand(row).held) for row in session.execute(query)]
    rows = [(series_id, held.at, held.value) for series_id, held in found if held]
    connection = session.connection()
    for table, is_word in (("reading", False), ("state", True)):
        mine = [row for row in rows if isinstance(row[2], str) == is_word]
        upsert_many(connection, table, ("series_id", "at"), ("value",), mine)
    kept = [(series_id, *_said(Said(at, value)), None, None, None, 0, None) for series_id, at, value in rows]
    upsert_many(connection, "held_back", ("series_id",), _COLUMNS, kept)
    return rows


def is_due(database: Database, now: datetime) -> bool:
    """True if something is to be released."""
    with database.read() as session:
        return session.scalar(select(HeldBack.series_id).where(HeldBack.due <= now).limit(1)) is not None


def _sorted_out(
    values: Values, ours: Collection[int], thinnings: Mapping[int, Thinning], flooding: Collection[int]
) -> tuple[Values, dict[SeriesKey, tuple[Rule, list[Said]]]]:
    """What is written whatever it says, and the rest by series, in the order of its arrival."""
    passed: Values = []
    rules: dict[SeriesKey, Rule | None] = {}
    groups: dict[SeriesKey, tuple[Rule, list[Said]]] = {}
    for value in values:
        key, at, said = value
        if key[0] not in ours:
            passed.append(value)
            continue
        if key not in rules:
            thinning = thinnings.get(key[0])
            rule = thinning.rule(key[1], key[2], key[3]) if thinning else None
            rules[key] = strict(rule) if key[0] in flooding else rule
        known = rules[key]
        if known is None:
            passed.append(value)
        else:
            groups.setdefault(key, (known, []))[1].append(Said(at, said))
    return passed, groups


_SELECTED = (
    HeldBack.series_id,
    *(type_coerce(column, BigInteger).label(column.key) for column in (HeldBack.kept_at, HeldBack.held_at)),
    *(HeldBack.kept_number, HeldBack.kept_word, HeldBack.held_number, HeldBack.held_word),
    type_coerce(HeldBack.since, BigInteger).label("since"),
)
"""The columns with instants as the integers that they are."""


def _stands(session: Session, series: Sequence[int]) -> dict[int, Stand]:
    found = session.execute(select(*_SELECTED).where(HeldBack.series_id.in_(series)))
    return {row.series_id: _stand(row) for row in found}


def _stand(row: Any) -> Stand:
    kept = Said(row.kept_at, row.kept_word if row.kept_number is None else row.kept_number)
    if row.held_at is None:
        return Stand(kept)
    held = Said(row.held_at, row.held_word if row.held_number is None else row.held_number)
    return Stand(kept, held, row.since)


def _row(series_id: int, stand: Stand, rule: Rule, now: int) -> tuple[Any, ...]:
    """Due by this machine's clock as long after now as by the value's own time after its instant."""
    held = stand.held
    told = _said(held) if held else (None, None, None)
    until = now + max(0, due(stand, rule) - held.at) if held else None
    return (series_id, *_said(stand.kept), *told, stand.since, until)


def _said(said: Said) -> tuple[int, float | None, str | None]:
    at, value = said
    return (at, None, value) if isinstance(value, str) else (at, float(value), None)


def _is_late(stand: Stand | None, said: Said) -> bool:
    return stand is not None and said.at < (stand.held or stand.kept).at
