"""How much is kept of a device, and when it floods: what staff may ask for in its options, and in its form.

min_interval_s   seconds; of each series one value in so long is kept
dead_band        in the metric's unit; a smaller change is not kept. A number, or one by `metric[@channel]`
flood_limit      values a second; more of them for good are a flood
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from devices.metrics import METRICS, extra_name

NAMES = ("min_interval_s", "dead_band", "flood_limit")
LONGEST_INTERVAL_S = 900.0
"""Where the expected interval is not known: a value then holds for an hour."""
LARGEST = 1e9
MOST_BANDS = 100
_PAIR = re.compile(r"([a-z][\w@.-]*)\s*[=:]\s*(\d+(?:[.,]\d+)?)(?:[,;\s]+|$)", re.ASCII)


def fault(options: Mapping[str, Any], expected_interval_s: float | None) -> str | None:
    """What is wrong with these options, the name of the option first; None if nothing is."""
    wrong = _about_interval(options.get("min_interval_s"), expected_interval_s)
    if wrong:
        return f"min_interval_s: {wrong}"
    wrong = _about_band(options.get("dead_band"))
    if wrong:
        return f"dead_band: {wrong}"
    limit = options.get("flood_limit")
    if limit is not None and not _is_number(limit):
        return f"flood_limit: {_too_much(LARGEST)}"
    return None


def placed(faults: Mapping[str, str]) -> dict[str, str]:
    """The faults of the form: what is wrong with one of these options stands at its own field."""
    name, colon, wrong = faults.get("options", "").partition(": ")
    if not colon or name not in NAMES or name in faults:
        return dict(faults)
    return {**{field: text for field, text in faults.items() if field != "options"}, name: wrong}


def band_text(band: object) -> str:
    """A dead band as the form shows it: `5`, or `power=5, temperature=0.1`."""
    if isinstance(band, Mapping):
        return ", ".join(f"{name}={plain(width)}" for name, width in band.items())
    return plain(band)


def read_band(text: str) -> float | dict[str, float] | None:
    """What was typed: a number (with a point or a comma) or pairs; None if it is neither."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        pairs = _PAIR.findall(text.strip())
        if _PAIR.sub("", text.strip()).strip() or not pairs:
            return None
        return {name: float(width.replace(",", ".")) for name, width in pairs}


def plain(value: object) -> str:
    """A number as a field shows it."""
    if value is None:
        return ""
    return f"{value:.10g}" if isinstance(value, int | float) else str(value)


def _about_interval(interval_s: object, expected_interval_s: float | None) -> str | None:
    if interval_s is None:
        return None
    if not _is_number(interval_s):
        return _too_much(expected_interval_s or LONGEST_INTERVAL_S)
    if expected_interval_s is None and interval_s > LONGEST_INTERVAL_S:  # type: ignore[operator]
        return str(_("at most 900, unless it is known how often the device speaks (expected_interval_s)"))
    if expected_interval_s is not None and interval_s > expected_interval_s:  # type: ignore[operator]
        most = f"{expected_interval_s:,g}"
        told = _(
            "at most %(most)s, the expected interval: a value holds no longer than three times that",
            most=most,
        )
        return str(told)
    return None


def _about_band(band: object) -> str | None:
    if band is None or _is_number(band):
        return None
    if not isinstance(band, Mapping) or not 0 < len(band) <= MOST_BANDS:
        return str(_('a number above 0, or one for each metric: {"power": 5, "temperature": 0.1}'))
    faults = (_about_one(str(name), width) for name, width in band.items())
    return next((wrong for wrong in faults if wrong), None)


def _about_one(name: str, width: object) -> str | None:
    metric = name.partition("@")[0]
    known = METRICS.get(metric)
    if known is None and metric != extra_name(metric.removeprefix("x_")):
        return str(_("there is no metric %(name)s", name=name[:80]))
    if known and known.kind == "counter":
        return str(_("%(name)s is a counter; only min_interval_s thins it", name=metric))
    if known and known.kind == "state":
        return str(_("%(name)s is told in words; only min_interval_s thins them", name=metric))
    return None if _is_number(width) else f"{name[:80]}: {_too_much(LARGEST)}"


def _too_much(most: float) -> str:
    return str(_("a number above 0, at most %(most)s", most=f"{most:,.10g}"))


def _is_number(value: object) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and math.isfinite(value) and 0 < value <= LARGEST  # type: ignore[arg-type,operator]
