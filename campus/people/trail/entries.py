"""Reading the audit: filtered, the newest first, with the names that people have today."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, String, cast, literal, or_, select
from sqlalchemy.orm import Session

from campus.audit import AuditEntry
from campus.fields import FIRST_YEAR, LAST_YEAR
from campus.moments import day_bounds
from campus.people.models import Member
from campus.people.roster import LARGEST_ID
from campus.people.search import is_called
from campus.people.trail.deeds import UNKNOWN, action_name, field_name, kind_name, value_name
from campus.people.wording import former_name, person_name

_MEMBER = re.compile(r"member ([0-9]{1,18})")
_LONGEST = 160
NOTHING = (None, "")
"""A value that says nothing, if the one before or after it says nothing either."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as it was typed. `since` and `until` are campus days, both included; `before` is a cursor."""

    who: str = ""
    action: str = ""
    target: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Asked:
        """From a request. What is no date or no cursor counts as not given."""
        cursor = sent.get("before", "")
        return cls(
            who=_line(sent.get("who", "")),
            action=_line(sent.get("action", "")),
            target=_line(sent.get("target", "")),
            since=_day(sent.get("from", "")),
            until=_day(sent.get("to", "")),
            before=min(int(cursor), LARGEST_ID) if re.fullmatch(r"[0-9]{1,19}", cursor, re.ASCII) else None,
        )

    def link(self, **more: Any) -> dict[str, Any]:
        """What an address needs to ask the same."""
        said: dict[str, Any] = {
            "who": self.who,
            "action": self.action,
            "target": self.target,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            **more,
        }
        return {name: text for name, text in said.items() if text}


@dataclass(frozen=True, slots=True)
class Deed:
    """An entry in words. `changes`: what, before, after."""

    id: int
    at: datetime
    member_id: int | None
    who: str
    action: str
    what: str
    target: str
    on: str
    changes: list[tuple[str, str, str]]
    address: str
    via: str


def list_deeds(session: Session, asked: Asked, zone: ZoneInfo, limit: int) -> list[Deed]:
    """A page of what was asked, in two questions."""
    query = _wanted(asked, zone).order_by(AuditEntry.id.desc()).limit(limit)
    return in_words(session, session.scalars(query).all())


def about(session: Session, member_id: int, limit: int) -> list[Deed]:
    """What a member did lately and what was done to them."""
    theirs = or_(AuditEntry.member_id == member_id, AuditEntry.target == f"member {member_id}")
    query = select(AuditEntry).where(theirs).order_by(AuditEntry.id.desc()).limit(limit)
    return in_words(session, session.scalars(query).all())


def in_words(session: Session, entries: Sequence[AuditEntry]) -> list[Deed]:
    """The entries with the names of the people in them, which are nowhere in the audit itself."""
    names = _names(session, entries)
    return [
        Deed(
            id=entry.id,
            at=entry.at,
            member_id=entry.member_id,
            who=names.get(entry.member_id, former_name(entry.member_id)) if entry.member_id else UNKNOWN,
            action=entry.action,
            what=action_name(entry.action),
            target=entry.target,
            on=_target_name(entry.target, names),
            changes=list(_changes(entry, names)),
            address=entry.address,
            via=entry.via,
        )
        for entry in entries
    ]


def _wanted(asked: Asked, zone: ZoneInfo) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if asked.who:
        query = query.where(AuditEntry.member_id.in_(_people(asked.who)))
    if asked.action:
        query = query.where(AuditEntry.action == asked.action)
    if asked.target:
        query = query.where(_on(asked.target))
    if asked.since:
        query = query.where(AuditEntry.at >= day_bounds(asked.since, zone)[0])
    if asked.until:
        query = query.where(AuditEntry.at < day_bounds(asked.until, zone)[1])
    if asked.before is not None:
        query = query.where(AuditEntry.id < asked.before)
    return query


def _people(text: str) -> Select[int]:
    """Members by number (“12”, “member 12”, “Former member 12”), else by name or address."""
    number = re.search(r"(?:^|\s)([0-9]{1,18})$", text, re.ASCII)
    called = is_called(text)
    return select(Member.id).where(or_(called, Member.id == int(number[1])) if number else called)


def _on(text: str) -> ColumnElement[bool]:
    """Entries on what is named so (`device lamp`), or on people who are called so."""
    if _MEMBER.fullmatch(text):
        return AuditEntry.target == text
    people = _people(text).subquery()
    called = select(literal("member ") + cast(people.c.id, String))
    return or_(AuditEntry.target.startswith(text, autoescape=True), AuditEntry.target.in_(called))


def _names(session: Session, entries: Sequence[AuditEntry]) -> dict[int, str]:
    found = {entry.member_id for entry in entries if entry.member_id}
    named = [
        text for entry in entries for text in (entry.target, *entry.before.values(), *entry.after.values())
    ]
    found |= {int(one[1]) for text in named if isinstance(text, str) and (one := _MEMBER.fullmatch(text))}
    people = session.scalars(select(Member).where(Member.id.in_(found))).all() if found else []
    return {member.id: person_name(member) for member in people}


def _target_name(target: str, names: Mapping[int, str]) -> str:
    person = _MEMBER.fullmatch(target)
    if person:
        return names.get(int(person[1]), former_name(int(person[1])))
    kind, _space, name = target.partition(" ")
    return f"{kind_name(kind)} {name}".strip()


def _changes(entry: AuditEntry, names: Mapping[int, str]) -> Iterator[tuple[str, str, str]]:
    for name in {**entry.before, **entry.after}:
        if entry.before.get(name) in NOTHING and entry.after.get(name) in NOTHING:
            continue
        yield (
            field_name(name),
            _told(name, entry.before[name], names) if name in entry.before else "",
            _told(name, entry.after[name], names) if name in entry.after else "",
        )


def _told(name: str, value: Any, names: Mapping[int, str]) -> str:
    """A value in words; whoever it names, by name."""
    person = _MEMBER.fullmatch(value) if isinstance(value, str) else None
    return names.get(int(person[1]), former_name(int(person[1]))) if person else value_name(name, value)


def _line(text: str) -> str:
    return text[:_LONGEST].replace("\x00", "").strip()


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR < day.year < LAST_YEAR else None
