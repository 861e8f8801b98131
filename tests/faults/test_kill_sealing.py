"""kill -9 while days are sealed and rolled up: every value is there, once, and every sum is right."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from campus.database import Database
from campus.moments import SECOND, to_micros
from campus.processes import die_with_parent
from devices.history.edges import edges
from devices.history.models import Block, HotReading
from devices.history.pace import headlong
from devices.history.read import SeriesRef, ask, raw, read
from devices.history.upkeep import go_round
from tests.devices.history.keeping import FIRST_DAY, ZONE, Model, arrive, make_series, same_buckets
from tests.faults.sealing_process import LATER
from tests.running import HOUSE

KILLS = {"sqlite": int(os.environ.get("HISTORY_KILLS", "6")), "postgresql": 3}
METRICS = ("power", "energy_import")
DAYS, A_DAY = 20, 100
SPAN = FIRST_DAY, FIRST_DAY + timedelta(days=DAYS + 1)


def sealing(url: str) -> subprocess.Popen[bytes]:
    """The process, once it has begun."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sealing_process", url],
        cwd=HOUSE,
        stdout=subprocess.PIPE,
        preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - no threads here
    )
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    return process


def some_values(chance: random.Random, number: int) -> list[tuple[int, float]]:
    begin, length = to_micros(FIRST_DAY), DAYS * 86_400
    seconds = chance.sample(range(length), number)
    return [(begin + second * SECOND, chance.uniform(0, 100)) for second in seconds]


def is_whole(database: Database, ref: SeriesRef, model: Model) -> None:
    first, last = (to_micros(moment) for moment in SPAN)
    with database.read() as session:
        found = raw(session, ref, *SPAN)
        assert [(to_micros(point.at), point.value) for point in found] == model.points
        days = read(session, ref, *SPAN, "day", zone=ZONE)
        hours = read(session, ref, *SPAN, 3600)
    assert same_buckets(days, model.steps(edges(first, last, "day", ZONE)))
    assert same_buckets(hours, model.steps(edges(first, last, 3600, ZONE)))


@pytest.mark.slow
def test_whoever_is_killed_while_sealing_loses_and_doubles_nothing(database: Database, engine: str) -> None:
    chance = random.Random(50)
    kept = [
        (make_series(database, metric), Model({}, 3600 * SECOND, counts=metric == "energy_import"))
        for metric in METRICS
    ]
    number = DAYS * A_DAY
    for _kill in range(KILLS[engine]):
        for ref, model in kept:
            late = some_values(chance, number)
            model.values.update(late)
            arrive(database, ref, late)
        number = 60  # some late ones on every day, from now on
        process = sealing(database.url)
        try:
            time.sleep(chance.uniform(0, 0.4))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            if process.stdout:
                process.stdout.close()
        for ref, model in kept:
            is_whole(database, ref, model)
    go_round(database, LATER, headlong)
    for ref, model in kept:
        is_whole(database, ref, model)
        with database.read() as session:
            assert ask(session, [ref], *SPAN, "day", zone=ZONE)[0].tier == "rollup-1h"
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(HotReading)) == len(METRICS)
        assert session.scalar(select(func.count()).select_from(Block)) == len(METRICS) * DAYS
