"""What a lifetime register really counted, whatever it did on the way. Pure.

A register only rises, they say. In the field it restarts from 0, falls back a little after a reboot,
reads 0 for some seconds, or shows a number that no wire could have carried. `follow` turns its values
into deltas and lists everything that it did not take at its word:

reset    below 90 % of the value before: it restarted from 0, so the new value is what was added
rollover the same at the end of its digits, if no more was added than the rated power can have brought
dip      a fall of less: adds nothing, and neither does what is regained within a day up to the old high
glitch   a fall to 0, however long, that ends at or above the value before: adds the true difference
jump     more than the rated power could have brought: adds nothing, and nothing when it returns
invalid  not finite or negative: dropped

A delta belongs to the instant of the later reading; the first reading ever is the zero point.
Instants are microseconds since the epoch, values are in the register's unit (kWh where power is rated).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["reset", "rollover", "dip", "glitch", "jump", "invalid"]

RESET_BELOW = 0.9
RATED_MARGIN = 1.1
"""Mains voltage, and power with it, may stand 10 % above nominal (EN 50160)."""
COARSE_STEP_KWH = 0.01
"""A register that shows hundredths may move by one of them at any instant."""
RESTART_COUNTED = 3_600_000_000
"""Microseconds. What a restarted register first shows is believed up to an hour at rated power."""
ENDS = (1e4, 1e5, 1e6, 1e7, 2**31 / 1000, 2**32 / 1000)
"""Where registers of kWh begin anew: after four to seven digits, or when as many Wh fill 31 or 32 bits."""
ROLLS_FROM = 0.99
"""Part of an end that must have been reached; and no more than the rest of it is shown afterwards."""
REMEMBERED = 86_400_000_000
"""Microseconds that a high is remembered for once the register has dipped below it. Bounded, so that a
window that begins anywhere knows as much as the whole history, and their sums agree."""
SPIKE_LASTS = 3_600_000_000
"""Microseconds. A level that holds for longer after a jump is no spike but another register."""


class Correction(NamedTuple):
    """Something that was not taken at its word: the values before and after it."""

    at: int
    kind: Kind
    before: float | None
    after: float


class High(NamedTuple):
    """A value that the register has not passed since: what lies below it has been counted."""

    value: float
    since: int
    """When it was reached. A coarse register then steps by all that came since."""
    until: int
    """When it was shown last."""


class Level(NamedTuple):
    """Where a register stood before a jump, in case it returns there."""

    last: float
    high: float
    moved_at: int
    left_at: int
    gained: float = 0.0
    """What was counted since the jump; a return takes it into account."""


@dataclass(frozen=True, slots=True)
class Register:
    """All that has to be remembered between two windows, so that their sums add up to the whole."""

    last: float | None = None
    highs: tuple[High, ...] = ()
    """The high of the last day, then those since, falling; the newest is `last`."""
    zero: Correction | None = None
    """It fell to 0 here, and nothing has told yet whether it restarted (reset) or not (glitch)."""
    left: Level | None = None

    @classmethod
    def standing(cls, value: float, since: int, until: int) -> Register:
        """A register that has shown `value` from one instant to another."""
        return cls(value, (High(value, since, until),))


NEW = Register()


@dataclass(frozen=True, slots=True)
class Run:
    """What a register did over some readings: (instant, delta) of those that added something."""

    steps: list[tuple[int, float]]
    corrections: list[Correction]
    register: Register
    told: list[int] = field(default_factory=list)
    """For each correction the reading that told what it was: of a fall to 0 only what follows does."""

    @property
    def total(self) -> float:
        """The sum of the deltas, each exact to the last bit."""
        return math.fsum(delta for _at, delta in self.steps)


def follow(
    readings: Iterable[tuple[int, float]],
    register: Register = NEW,
    *,
    rated_power_w: float | None = None,
    by_session: bool = False,
) -> Run:
    """Deltas and corrections of `readings` (instant, value) in order of time, from where `register` stood.

    `by_session`: the register starts at 0 with each session by design, so a 0 is no glitch.
    """
    needle = _Needle(register, rated_power_w, by_session)
    told: list[int] = []
    for at, value in readings:
        needle.show(at, value)
        while len(told) < len(needle.corrections):
            told.append(at)
    return Run(needle.steps, needle.corrections, needle.register(), told)


@dataclass(slots=True)
class _Needle:
    """The register while it is being followed."""

    start: Register
    rated_power_w: float | None
    by_session: bool
    steps: list[tuple[int, float]] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    last: float | None = field(init=False)
    highs: list[High] = field(init=False)
    zero: Correction | None = field(init=False)
    left: Level | None = field(init=False)

    def __post_init__(self) -> None:
        start = self.start
        self.last, self.highs = start.last, list(start.highs)
        self.zero, self.left = start.zero, start.left

    def register(self) -> Register:
        return Register(self.last, tuple(self.highs), self.zero, self.left)

    def show(self, at: int, value: float) -> None:
        last = self.last
        while len(self.highs) > 1 and self.highs[0].until < at - REMEMBERED:
            del self.highs[0]
        if not 0 <= value < math.inf:
            self.corrections.append(Correction(at, "invalid", last, value))
        elif last is None:
            self._stand(at, value)
        elif self.left and self._returns(self.left, at, value):
            pass
        elif value >= last:
            self._rise(at, value, last)
        elif value >= RESET_BELOW * last and not self.zero:
            self.corrections.append(Correction(at, "dip", last, value))
            self._stay_below(at, value)
        elif value == 0 and not self.by_session:
            self.zero = self.zero or Correction(at, "reset", last, value)
        else:
            self._restart(at, value, last)

    def _rise(self, at: int, value: float, last: float) -> None:
        """At or above the last value, which after a fall to 0 tells that this was a glitch."""
        if self.zero:
            self.corrections.append(self.zero._replace(kind="glitch"))
            self.zero = None
        gain = value - self.highs[0].value
        if gain > 0 and self._is_too_much(gain, at):
            self._jump(at, value, last)
        elif gain > 0:
            self._add(at, gain)
            self._stand(at, value)
        else:
            self._stay_below(at, value)

    def _restart(self, at: int, value: float, last: float) -> None:
        fell, self.zero = self.zero, None
        rolled = self._rolled_over(at, value, last)
        if rolled is not None:
            self.corrections.append(Correction(fell.at if fell else at, "rollover", last, value))
            self.left = None
            self._add(at, rolled)
            self._stand(at, value)
            return
        if self._is_too_much(value, at, at_least=RESTART_COUNTED):
            self._jump(at, value, last)
            return
        self.corrections.append(fell or Correction(at, "reset", last, value))
        self.left = None
        self._add(at, value)
        self._stand(at, value)

    def _rolled_over(self, at: int, value: float, last: float) -> float | None:
        """What was added if the register came to an end of its digits; None if it cannot have."""
        if self.rated_power_w is None:
            return None
        for end in ENDS:
            if ROLLS_FROM * end <= last < end and value <= (1 - ROLLS_FROM) * end:
                gain = end - self.highs[0].value + value
                if not self._is_too_much(gain, at):
                    return gain
        return None

    def _jump(self, at: int, value: float, last: float) -> None:
        """Count from the new level on, and remember the old one for an hour."""
        self.corrections.append(Correction(at, "jump", last, value))
        high = self.highs[0]
        self.left = self.left or Level(last, high.value, high.since, at)
        self._stand(at, value)

    def _returns(self, left: Level, at: int, value: float) -> bool:
        """True if a jump ends here: the register is back where it could have been without it."""
        if at - left.left_at > SPIKE_LASTS:
            self.left = None
            return False
        gain = value - left.high
        below_now = self.last is not None and value < RESET_BELOW * self.last
        above = value - self.highs[0].value
        above_now = above > 0 and self._is_too_much(above, at)
        if not (below_now or above_now) or value < RESET_BELOW * left.last:
            return False
        if gain > self._most(at - left.moved_at):
            return False
        if self.zero:
            self.corrections.append(self.zero._replace(kind="glitch"))
        self.left = self.zero = None
        self._add(at, gain - left.gained)
        self._stand(at, value)
        if value < left.high:
            self.highs.insert(0, High(left.high, at, left.left_at))
        return True

    def _stand(self, at: int, value: float) -> None:
        """At a new high, or at the start of a new count."""
        self.last, self.highs = value, [High(value, at, at)]

    def _stay_below(self, at: int, value: float) -> None:
        """At a value that the highest of the last day covers."""
        since = at
        if self.highs[-1].value == value:
            since = self.highs[-1].since
        while self.highs and self.highs[-1].value <= value:
            del self.highs[-1]
        self.last = value
        self.highs.append(High(value, since, at))

    def _add(self, at: int, delta: float) -> None:
        if delta > 0:
            self.steps.append((at, delta))
            if self.left:
                self.left = self.left._replace(gained=self.left.gained + delta)

    def _is_too_much(self, gain: float, at: int, at_least: int = 0) -> bool:
        elapsed = max(at - self.highs[0].since, at_least)
        return self.rated_power_w is not None and gain > self._most(elapsed)

    def _most(self, elapsed: int) -> float:
        """The most energy in kWh that `elapsed` microseconds can have brought."""
        kilowatts = (self.rated_power_w or 0.0) / 1000
        return kilowatts * RATED_MARGIN * elapsed / 3_600_000_000 + COARSE_STEP_KWH
