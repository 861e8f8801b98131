"""For how long the values of a series are kept, as its device says: `options.keep_raw_days`. Pure.

A number of days for all series of the device, or by metric: `{"power": 90, "voltage": 30}`. What is not named
is kept as the campus says (CAMPUS_KEEP_RAW_DAYS), and without that for ever. Rollups are kept for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEEP = "keep_raw_days"
LEAST_DAYS, MOST_DAYS = 7, 36_500
"""Fewer days than this and late values, repairs and reports of last week would have nothing to stand on."""


def keep_days(options: Mapping[str, Any], metric: str, default: int | None) -> int | None:
    """Days that the values of `metric` are kept; None is for ever. `options` are good ones (see is_good)."""
    said = options.get(KEEP)
    if isinstance(said, Mapping):
        said = said.get(metric)
    return default if said is None else int(said)


def is_good(options: Mapping[str, Any]) -> bool:
    """True if the options say nothing of it, or something that can be kept to."""
    said = options.get(KEEP)
    if said is None:
        return True
    days = list(said.values()) if isinstance(said, Mapping) else [said]
    return all(
        isinstance(one, int) and not isinstance(one, bool) and LEAST_DAYS <= one <= MOST_DAYS for one in days
    )
