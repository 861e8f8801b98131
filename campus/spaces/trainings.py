"""Use cases of trainings: which there are, who has which and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest, NotFound
from campus.fields import SLUG, one_line
from campus.moments import day_bounds, rfc3339
from campus.people.members import with_address
from campus.people.models import Member
from campus.people.tenants.companies import slug_of
from campus.spaces.models import Resource, Training, TrainingRecord

LONGEST_NAME, MOST_DAYS, MOST_AT_ONCE = 120, 36_500, 500


@dataclass(frozen=True, slots=True)
class Counted:
    """A training and how many active members have it now."""

    training: Training
    members: int


@dataclass(frozen=True, slots=True)
class Trained:
    """A member's training. `expires_at` None: it never does."""

    member: Member
    granted_at: datetime
    expires_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


class Unknown(BadRequest):
    """Mend these lines: no active member has such an address."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.lines = tuple(lines)
        shown = ", ".join(line[:60] for line in lines[:5])
        super().__init__(
            _("Nobody here has this address: %(addresses)s. Nothing was saved yet.", addresses=shown)
        )


def add_training(
    session: Session, name: str, valid_days: int | None, origin: Origin, now: datetime
) -> Training:
    """A new one. Raises BadRequest for a name that is none or taken, or days out of range."""
    name, days = _read_name(name), _read_days(valid_days)
    slug = slug_of(name)
    if not slug:
        raise BadRequest(_("The name needs a letter or a digit: it stands in addresses too."))
    made = Training(slug=slug, name=name, valid_days=days)
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise BadRequest(_("There is a training of this name already.")) from None
    record(session, origin, "training.add", f"training {slug}", now, after=_told(made))
    return made


def change_training(
    session: Session, slug: str, name: str, valid_days: int | None, *, origin: Origin, now: datetime
) -> Training:
    """Another name, another time that it is valid; who has it keeps it until the day that was said.

    Raises NotFound, BadRequest.
    """
    training = find_training(session, slug)
    name, days, before = _read_name(name), _read_days(valid_days), _told(training)
    training.name, training.valid_days = name, days
    if _told(training) != before:
        target = f"training {slug}"
        record(session, origin, "training.change", target, now, before=before, after=_told(training))
    return training


def remove_training(session: Session, slug: str, origin: Origin, now: datetime) -> None:
    """Forget it, and who had it. Raises NotFound; BadRequest while a resource asks for it."""
    training = find_training(session, slug)
    asking = asked_for_by(session, slug)
    if asking:
        names = ", ".join(resource.name for resource in asking)
        raise BadRequest(_("These ask for it: %(names)s. Change their rules first.", names=names))
    record(session, origin, "training.remove", f"training {slug}", now, before=_told(training))
    session.delete(training)


def grant(
    session: Session,
    slug: str,
    addresses: str,
    *,
    by: Member,
    origin: Origin,
    now: datetime,
    zone: ZoneInfo,
) -> int:
    """Give it to members by their mail addresses, a line each, all or none; how many. Whoever has it has it
    anew. It is valid through the last of its days. Raises NotFound; BadRequest, Unknown."""
    training = find_training(session, slug)
    lines = list(dict.fromkeys(filter(None, (line.strip(" \t,;") for line in addresses.splitlines()))))
    if not lines:
        raise BadRequest(_("Write a mail address in each line."))
    if len(lines) > MOST_AT_ONCE:
        raise BadRequest(_("%(most)s people at once, please.", most=MOST_AT_ONCE))
    found = {line: with_address(session, line) for line in lines}
    unknown = [line for line, member in found.items() if member is None or not member.active]
    if unknown:
        raise Unknown(unknown)
    expires_at = None
    if training.valid_days is not None:
        last = now.astimezone(zone).date() + timedelta(days=training.valid_days)
        expires_at = day_bounds(last, zone)[1]
    members = {member.id: member for member in found.values() if member}
    for member in members.values():
        session.merge(
            TrainingRecord(
                member_id=member.id,
                training_id=training.id,
                granted_at=now,
                expires_at=expires_at,
                by_id=by.id,
            )
        )
        told = {"training": slug, "expires_at": rfc3339(expires_at) if expires_at else None}
        record(session, origin, "training.grant", f"member {member.id}", now, after=told)
    return len(members)


def revoke(session: Session, slug: str, member_id: int, origin: Origin, now: datetime) -> None:
    """Take it back. Raises NotFound if the member has not got it."""
    training = find_training(session, slug)
    held = session.get(TrainingRecord, (member_id, training.id)) if member_id < 2**63 else None
    if held is None:
        raise NotFound(_("This member has not got it."))
    session.delete(held)
    record(session, origin, "training.revoke", f"member {member_id}", now, before={"training": slug})


def find_training(session: Session, slug: str) -> Training:
    """Raises NotFound."""
    query = select(Training).where(Training.slug == slug)
    found = session.scalar(query) if SLUG.fullmatch(slug) else None
    if found is None:
        raise NotFound(_("There is no such training."))
    return found


def list_trainings(session: Session, now: datetime) -> list[Counted]:
    """All of them by name, each with how many have it."""
    rows = session.execute(
        select(Training, func.count(Member.id))
        .outerjoin(
            TrainingRecord,
            (TrainingRecord.training_id == Training.id)
            & (TrainingRecord.expires_at.is_(None) | (TrainingRecord.expires_at > now)),
        )
        .outerjoin(Member, (TrainingRecord.member_id == Member.id) & Member.active)
        .group_by(Training.id)
        .order_by(Training.name)
    )
    return [Counted(training, count) for training, count in rows]


def trained(session: Session, training: Training) -> list[Trained]:
    """Who has it or had it, active members, by name."""
    rows = session.execute(
        select(Member, TrainingRecord.granted_at, TrainingRecord.expires_at)
        .join(TrainingRecord, TrainingRecord.member_id == Member.id)
        .where(TrainingRecord.training_id == training.id, Member.active)
        .order_by(Member.name, Member.id)
    )
    return [Trained(*row) for row in rows]


def asked_for_by(session: Session, slug: str) -> list[Resource]:
    """The resources whose rules ask for it, by name."""
    found = session.scalars(select(Resource).order_by(Resource.name))
    return [resource for resource in found if (resource.policy or {}).get("training") == slug]


def _read_name(text: str) -> str:
    try:
        name = one_line(text)
    except ValueError:
        raise BadRequest(_("A name is one line.")) from None
    if len(name) > LONGEST_NAME:
        raise BadRequest(_("A name has %(most)s letters at most.", most=LONGEST_NAME))
    return name


def _read_days(days: int | None) -> int | None:
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise BadRequest(_("It is valid for 1 to %(most)s days, or for ever.", most=MOST_DAYS))
    return days


def _told(training: Training) -> dict[str, str | int | None]:
    return {"name": training.name, "valid_days": training.valid_days}
