"""Who speaks when: the voices that are due, and of them what is new. Pure."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from datetime import datetime, timedelta

from devices.simulator.message import Message
from devices.simulator.thing import TEN_MINUTES, Link, Thing, Voice
from devices.simulator.world import World

GOLDEN = 0.618


class Programme:
    """The voices of some things. `past` picks the rhythm of the history instead of the live one;
    `often_s` then bounds it for those that are heard every ten minutes or so."""

    def __init__(self, things: Iterable[Thing], *, past: bool = False, often_s: float | None = None) -> None:
        self._voices = [
            (thing.link, voice, timedelta(seconds=_past_s(voice, often_s) if past else voice.every_s))
            for thing in things
            for voice in thing.voices
        ]
        self._past = past
        self._due: dict[Voice, datetime] = {}
        self._said: dict[str, tuple[Hashable, datetime]] = {}

    def due(self, world: World, now: datetime) -> Iterator[tuple[Link, Message]]:
        """What is to be said at `now`, with the connection that it goes through."""
        for number, (link, voice, rhythm) in enumerate(self._voices):
            due = self._due.get(voice)
            if due is None:  # all speak at once at first, then each at a moment of its own
                self._due[voice] = now + rhythm * (number * GOLDEN % 1)
            elif due <= now:
                self._due[voice] = max(due + rhythm, now)
            else:
                continue
            for message in voice.says(world, now):
                if self._is_news(message, now, None if self._past else voice.repeat_s):
                    yield link, message

    def forget(self) -> None:
        """Say everything again: the broker may have lost what it knew."""
        self._said.clear()

    def _is_news(self, message: Message, now: datetime, repeat_s: float | None) -> bool:
        if message.about is None:
            return True
        about, since = self._said.get(message.topic, (None, now))
        if about == message.about and (repeat_s is None or now - since < timedelta(seconds=repeat_s)):
            return False
        self._said[message.topic] = (message.about, now)
        return True


def _past_s(voice: Voice, often_s: float | None) -> float:
    return often_s if often_s and voice.past_every_s <= TEN_MINUTES else voice.past_every_s
