"""Which values are kept of a device whose staff want fewer of them. Pure.

Of each series three things are remembered: the value that was **kept** last, the newest that was **held
back** since, and since when the kept one has not been true any more. What is held back is replaced by the
next, and becomes kept after all when its time is up (`due`): before a silence the last value always is.

measurements  at most one an interval; a change smaller than the band is none, but one value a heartbeat
counters      by time alone; a fall, a leap that no wire could have carried and whatever follows a 0 are
              kept at once, with the value before them, so that the sum over kept values comes back
words         a change is kept at once, the same word again once an interval; `online` always
late values   (not newer than the newest) always

So the history differs from what was said by less than the band, for longer never than an interval. Where
the largest gap is at least a heartbeat and at least two intervals (`devices/flow_options.py` sees to it), it
covers exactly the same time. Instants and lengths are whole microseconds, of the values' own time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from campus.moments import SECOND
from devices.history.counters import COARSE_STEP_KWH, RATED_MARGIN
from devices.metrics import is_counter, label, unit_of

HEARTBEAT_S = 300.0
"""Of a device whose expected interval is not known; else two of its intervals (a value holds for three)."""
FLOOD_INTERVAL = SECOND
"""Of a series whose device floods."""


class Said(NamedTuple):
    """A value at its instant."""

    at: int
    value: float | str


@dataclass(frozen=True, slots=True)
class Stand:
    """What is remembered of a series."""

    kept: Said
    held: Said | None = None
    since: int = 0
    """Of what is held back: since when the kept value has not been true."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How one series is thinned. `interval` and `band` are 0 where they were not asked for."""

    interval: int
    band: float = 0.0
    heartbeat: int = 0
    is_counter: bool = False
    is_word: bool = False
    rated_power_w: float | None = None
    """Only of a register in kWh."""
    strict: bool = False
    """One an interval, whatever it says: the device floods."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a value: the series as it stands now, what is written, how many are given up."""

    stand: Stand
    written: tuple[Said, ...]
    given_up: int = 0


@dataclass(frozen=True, slots=True)
class Thinning:
    """What is asked for a device, as its options have it."""

    interval: int
    band: float
    bands: Mapping[str, float]
    heartbeat: int
    rated_power_w: float | None = None

    @classmethod
    def of(
        cls, options: Mapping[str, Any], expected_interval_s: float | None, rated_power_w: float | None
    ) -> Thinning | None:
        """None for a device of which everything is kept."""
        interval_s, band = options.get("min_interval_s"), options.get("dead_band")
        interval = round(_number(interval_s) * SECOND)
        table = band if isinstance(band, Mapping) else {}
        bands = {name: _number(width) for name, width in table.items() if _number(width)}
        every = _number(band)
        if options.get("history") is True or not (interval or every or bands):
            return None
        heartbeat = round(heartbeat_s(expected_interval_s) * SECOND)
        return cls(interval, every, bands, max(heartbeat, interval), rated_power_w)

    def rule(self, metric: str, channel: str, is_word: bool) -> Rule | None:
        """How the series of that name is thinned; None where all of it is kept."""
        if is_word:
            equal = self.interval and metric != "online"
            return Rule(self.interval, is_word=True) if equal else None
        if is_counter(metric):
            rated = self.rated_power_w if unit_of(metric) == "kWh" else None
            return Rule(self.interval, is_counter=True, rated_power_w=rated) if self.interval else None
        band = self.bands.get(label(metric, channel), self.bands.get(metric, self.band))
        return Rule(self.interval, band, self.heartbeat) if self.interval or band else None


def heartbeat_s(expected_interval_s: float | None) -> float:
    """How long a device's values may stay within the band before one is kept nevertheless."""
    return 2 * expected_interval_s if expected_interval_s else HEARTBEAT_S


def strict(rule: Rule | None) -> Rule:
    """The rule of a series while its device floods."""
    return Rule(max(FLOOD_INTERVAL, rule.interval if rule else 0), strict=True)


def judge(before: Stand | None, said: Said, rule: Rule) -> Judged:
    """Keep a value, or hold it back. `before` is None where nothing is remembered."""
    if before is None:
        return Judged(Stand(said), (said,))
    newest = before.held or before.kept
    if said.at <= newest.at:
        return _late(before, newest, said)
    stand = before
    written: tuple[Said, ...] = ()
    if before.held and said.at > due(before, rule):
        stand, written = Stand(before.held), (before.held,)
    held = stand.held
    if rule.is_counter and _must_stand(newest, said, rule):
        return Judged(Stand(said), (*written, held, said) if held else (*written, said))
    if _is_due(stand.kept, said, rule):
        return Judged(Stand(said), (*written, said), given_up=1 if held else 0)
    goes_on = held is not None and _is_news(stand.kept, held, rule) and _is_news(stand.kept, said, rule)
    since = stand.since if goes_on else said.at
    return Judged(Stand(stand.kept, said, since), written, given_up=1 if held else 0)


def due(stand: Stand, rule: Rule) -> int:
    """When the value that is held back is kept after all, if no other has taken its place."""
    if stand.held and _is_news(stand.kept, stand.held, rule):
        return stand.since + rule.interval
    return stand.kept.at + rule.heartbeat


def _late(before: Stand, newest: Said, said: Said) -> Judged:
    """Of two values at one instant the later to arrive stands."""
    if said.at == newest.at:
        return Judged(Stand(said), (said,))
    kept = said if said.at == before.kept.at else before.kept
    return Judged(Stand(kept, before.held, before.since), (said,))


def _is_news(kept: Said, said: Said, rule: Rule) -> bool:
    """False within the band, where the kept value stands for the other as well."""
    return not rule.band or abs(said.value - kept.value) >= rule.band  # type: ignore[operator]


def _is_due(kept: Said, said: Said, rule: Rule) -> bool:
    """True if the value is kept because of what it says, or of the time that has passed."""
    if rule.is_word and said.value != kept.value:
        return True
    return said.at - kept.at >= (rule.interval if _is_news(kept, said, rule) else rule.heartbeat)


def _must_stand(last: Said, said: Said, rule: Rule) -> bool:
    """True where a register does something from which counters.py tells resets, dips, glitches and jumps."""
    gain: float = said.value - last.value  # type: ignore[operator]
    if gain < 0 or (last.value <= 0 and gain):  # type: ignore[operator]
        return True
    if rule.rated_power_w is None:
        return False
    kilowatts, hours = rule.rated_power_w / 1000, (said.at - last.at) / SECOND / 3600
    return gain > kilowatts * RATED_MARGIN * hours + COARSE_STEP_KWH


def _number(value: object) -> float:
    """0 for what is none, or not above 0."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    return float(value) if is_one else 0.0  # type: ignore[arg-type]
