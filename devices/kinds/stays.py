"""When a car was plugged in, by a charger's status and its session register. Pure; see sessions.py."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

PLUGGED = frozenset({"connected", "charging", "suspended"})
GONE, AWAY = "available", "unavailable"
BEGINS_ANEW = 0.9
"""A session register below so much of what it showed has begun anew; a smaller fall is a dip."""


@dataclass(frozen=True, slots=True)
class Stay:
    """From plugging in to pulling out; `ended` is None while the car is there."""

    started: int
    ended: int | None
    own_kwh: float = 0.0
    """By the session register."""
    is_inferred: bool = False


def stays(status: Sequence[tuple[int, str]], own: Sequence[tuple[int, float]]) -> list[Stay]:
    """The stays in order of time. `own` is the session register in kWh."""
    watch = _Watch()
    for at, said in _in_order(status, own):
        if isinstance(said, str):
            watch.hear(at, said)
        else:
            watch.read(at, said)
    return watch.all()


def _in_order(
    status: Iterable[tuple[int, str]], own: Iterable[tuple[int, float]]
) -> list[tuple[int, str | float]]:
    """Both by time; at one instant who plugs in comes before the register, who pulls out after it."""
    merged: list[tuple[int, str | float]] = [*status, *own]
    return sorted(merged, key=lambda said: (said[0], _rank(said[1])))


def _rank(said: str | float) -> int:
    if isinstance(said, str):
        return 0 if said in PLUGGED else 2
    return 1


@dataclass(slots=True)
class _Watch:
    """The charger while it is being listened to."""

    found: list[Stay] = field(default_factory=list)
    started: int | None = None
    away_at: int | None = None
    """When it was heard no more; until the session register has told whether the car stayed."""
    back_at: int | None = None
    shown: float = 0.0
    """The most that the session register has shown since it began."""
    gained: float = 0.0
    """Of that, what belongs to the car that is there."""
    fell_at: int | None = None
    """The register fell to 0 here, and nothing has told yet whether it began anew."""

    def hear(self, at: int, word: str) -> None:
        is_lost = self.away_at is not None and self.back_at is None
        if word in PLUGGED:
            if self.started is None:
                self._begin(at)
            elif is_lost:
                self.back_at = at
        elif self.started is None:
            return
        elif word == AWAY and not is_lost:
            self.away_at, self.back_at = at, None
        elif word == GONE:
            self._end(self.away_at if self.away_at is not None and is_lost else at)

    def read(self, at: int, value: float) -> None:
        if value == 0 and self.shown and self.gained:
            self.fell_at = self.fell_at or at
            return
        if value < self.shown * BEGINS_ANEW:
            self._begin_anew(self.fell_at or at)
            self.shown = 0.0
        self.gained += max(value - self.shown, 0.0)
        self.shown = max(value, self.shown)
        self.fell_at = None
        if self.back_at is not None:
            self.away_at = self.back_at = None

    def all(self) -> list[Stay]:
        if self.started is not None:
            self.found.append(Stay(self.started, None, self.gained))
        return self.found

    def _begin(self, at: int) -> None:
        self.started, self.gained = at, 0.0
        self.away_at = self.back_at = None
        if self.fell_at is not None:
            self.shown, self.fell_at = 0.0, None

    def _begin_anew(self, at: int) -> None:
        """The session register did: so did the session, if the one under way has gained anything."""
        if self.started is None or not self.gained:
            self.gained = 0.0
            return
        back_at = self.back_at
        self._end(at if self.away_at is None else min(self.away_at, at))
        self._begin(back_at or at)

    def _end(self, at: int) -> None:
        if self.started is not None:
            self.found.append(Stay(self.started, max(at, self.started), self.gained))
        self.started, self.gained = None, 0.0
