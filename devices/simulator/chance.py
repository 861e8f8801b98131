"""Chance that repeats itself: the same seed and names give the same throws, in every process. Pure."""

from __future__ import annotations

import math
from functools import lru_cache
from random import Random


def dice(seed: int, *names: object) -> Random:
    """Dice of their own for what `names` tell: a charger on a day, a printer's first reading."""
    return Random("/".join(map(str, (seed, *names))))  # noqa: S311 - a scenario is no secret


def drift(seed: int, name: str, seconds: float, period_s: float) -> float:
    """A smooth wander between -1 and 1 that turns about once in `period_s` (value noise).

    `seconds` is Unix time: the same instant has the same value, however one came to it.
    """
    place = seconds / period_s
    before = math.floor(place)
    way = place - before
    eased = way * way * (3 - 2 * way)
    return (1 - eased) * _post(seed, name, before) + eased * _post(seed, name, before + 1)


@lru_cache(maxsize=4096)
def _post(seed: int, name: str, number: int) -> float:
    return dice(seed, "drift", name, number).uniform(-1, 1)
