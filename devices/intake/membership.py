"""A worker's place among the others, as its listener needs it: subscriptions, written down in the store."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campus import workplaces
from campus.database import Database
from campus.workplaces import Place
from devices.intake.group import Step, filters, next_step


class Membership:
    """What the session of a place is subscribed to, and what it should be."""

    def __init__(self, database: Database, place: Place, topics: list[str], workers: int) -> None:
        self._database, self._place = database, place
        self._topics = topics
        self._wanted = filters(topics, workers)
        self.is_settled = False
        """There is nothing left to do for this session, whatever the others do."""

    def may_write(self, session: Session) -> None:
        """Raises PlaceLost if another worker has taken the place."""
        workplaces.stand_by(session, self._place)

    def connected(self, *, has_session: bool) -> tuple[str, ...]:
        """What the session is subscribed to: as it is noted, nothing if the broker knows of no session."""
        self.is_settled = False
        noted = self._all().get(self._place.number)
        if not has_session:
            if noted:
                self._note(frozenset())
            return ()
        if noted is None:  # never noted, though the broker knows the session: it may be either
            noted = frozenset((*self._topics, *filters(self._topics, 2)))
            self._note(noted)
        return tuple(sorted(noted))

    def next_step(self) -> Step | None:
        """What may be done now; it is noted that it is about to be done."""
        if self.is_settled:
            return None
        sessions = {number: said or frozenset() for number, said in self._all().items()}
        step = next_step(self._place.number, sessions, self._wanted)
        if step is not None and step.join:
            self._note(sessions.get(self._place.number, frozenset()) | frozenset(step.join))
        self.is_settled = sessions.get(self._place.number) == frozenset(self._wanted)
        return step

    def done(self, step: Step) -> None:
        """The broker has confirmed it."""
        if step.leave:
            self._note(frozenset(self._wanted) if step.join else frozenset())

    def _all(self) -> dict[int, frozenset[str] | None]:
        with self._database.read() as session:
            rows = workplaces.all_places(session)
        return {row.number: None if row.filters is None else frozenset(row.filters) for row in rows}

    def _note(self, said: frozenset[str]) -> None:
        with self._database.write() as session:
            workplaces.note_filters(session, self._place, sorted(said))
