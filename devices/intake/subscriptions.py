"""What a listener asks of the broker after connecting, and when it is done with a session."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Protocol

from devices.intake.group import Step
from devices.intake.membership import Membership

log = logging.getLogger(__name__)


class Client(Protocol):
    """The little of an MQTT client that is needed here. Both give the number of what was sent."""

    def ask(self, filters: Sequence[str]) -> int: ...

    def leave(self, filters: Sequence[str]) -> int: ...


class Subscriptions(Protocol):
    """One connection after another; the listener calls."""

    def connected(self, client: Client, *, has_session: bool) -> None:
        """The broker has let us in; `has_session`: it knows us from before."""

    def confirmed(self, number: int) -> None:
        """The broker has done what was sent under this number."""

    def tick(self, client: Client) -> None:
        """Called twice a second."""

    def at_rest(self, client: Client, heard: int) -> bool:
        """Called when all that came is stored and acknowledged, `heard` messages so far. True ends it."""


class Fixed:
    """The same filters for good: of a worker that is alone."""

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def connected(self, client: Client, *, has_session: bool) -> None:
        client.ask(self._topics)

    def confirmed(self, number: int) -> None:
        pass

    def tick(self, client: Client) -> None:
        pass

    def at_rest(self, client: Client, heard: int) -> bool:
        return False


class Joining:
    """As one of several, or one that was one of several: see group.py."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._step: Step | None = None
        self._awaited: set[int] = set()

    def connected(self, client: Client, *, has_session: bool) -> None:
        self._step, self._awaited = None, set()
        held = self._membership.connected(has_session=has_session)
        if held:
            client.ask(held)  # again, so that the broker says what it has retained
        self.tick(client)

    def confirmed(self, number: int) -> None:
        self._awaited.discard(number)
        if self._step is not None and not self._awaited:
            self._membership.done(self._step)
            self._step = None

    def tick(self, client: Client) -> None:
        if self._step is not None:
            return
        step = self._membership.next_step()
        if step is None:
            return
        self._step = step
        if step.join:
            self._awaited.add(client.ask(step.join))
        if step.leave:
            self._awaited.add(client.leave(step.leave))

    def at_rest(self, client: Client, heard: int) -> bool:
        return False


class Leaving:
    """Of a session that nobody uses any more: takes out what waits for it, until nothing is left.

    An answer to a request that was sent after the last acknowledgement comes behind all that waited.
    """

    def __init__(self, held: Sequence[str]) -> None:
        self._held = held
        self._awaited: int | None = None
        self._heard_then = -1
        self.is_empty = False

    def connected(self, client: Client, *, has_session: bool) -> None:
        self._awaited, self._heard_then = None, -1
        self.is_empty = not has_session
        if has_session:
            self._awaited = client.leave(self._held)

    def confirmed(self, number: int) -> None:
        if number == self._awaited:
            self._awaited = None

    def tick(self, client: Client) -> None:
        pass

    def at_rest(self, client: Client, heard: int) -> bool:
        if self._awaited is None and not self.is_empty:
            if heard == self._heard_then:
                self.is_empty = True
            else:
                self._heard_then, self._awaited = heard, client.leave(self._held)
        return self.is_empty
