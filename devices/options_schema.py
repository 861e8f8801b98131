"""What `options` of a device may hold whatever its format, as OpenAPI has it. Pure.

Each format has its own beside it (docs/adding-a-device.md); description.py says what is wrong with them.
"""

from __future__ import annotations

from pydantic import JsonValue

from devices.history.retention import LEAST_DAYS, MOST_DAYS

_WIDTH: dict[str, JsonValue] = {"type": "number", "exclusiveMinimum": 0}
_NUMBER: dict[str, JsonValue] = {**_WIDTH, "type": ["number", "null"]}
_DAYS: dict[str, JsonValue] = {"type": "integer", "minimum": LEAST_DAYS, "maximum": MOST_DAYS}
OPTIONS: dict[str, JsonValue] = {
    "properties": {
        "min_interval_s": {
            **_NUMBER,
            "description": "Seconds. Of each series one value in so long is kept: expected_interval_s at "
            "most, 900 where that is not given. Kept as well: every change of a word, every fall of a "
            "counter with the value before it, the last value before a silence, what comes late.",
        },
        "dead_band": {
            "description": "In the metric's unit: a smaller change is not kept, but one value in two "
            "expected intervals, or in 300 s. One number for all measurements, or one by metric or "
            "metric@channel.",
            "anyOf": [_NUMBER, {"type": "object", "additionalProperties": _WIDTH}],
        },
        "flood_limit": {
            **_NUMBER,
            "description": "Values a second. Above it for long, and one a second of each series is kept. "
            "100 where it is not given.",
        },
        "keep_raw_days": {
            "description": "For how many days values are kept, of all series or by metric; without it as "
            "CAMPUS_KEEP_RAW_DAYS says. Sums and means are kept for ever.",
            "anyOf": [_DAYS, {"type": "object", "additionalProperties": _DAYS}, {"type": "null"}],
        },
        "sleeps": {
            "description": "It sleeps between two words: true, or the seconds from one to the next.",
            "anyOf": [{"type": "boolean"}, _WIDTH, {"type": "null"}],
        },
        "history": {"type": "boolean", "description": "It may tell of years ago, and all of it is kept."},
        "timezone": {"type": ["string", "null"], "description": "The zone of times without an offset."},
    }
}
