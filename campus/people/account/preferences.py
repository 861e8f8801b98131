"""What members set for themselves: name, language, how times are written, what they are told by mail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from campus.audit import Origin, record
from campus.errors import BadRequest
from campus.language import LANGUAGES
from campus.people.addresses import read_name
from campus.people.models import Member

CLOCKS = ("24", "12")


@dataclass(frozen=True, slots=True)
class Preferences:
    """As they stand, or as they were typed."""

    name: str
    language: str
    clock: str
    mails_confirmations: bool
    mails_bookings: bool
    mails_reminders: bool
    mails_sign_ins: bool

    @classmethod
    def of(cls, member: Member, language: str) -> Preferences:
        """As they stand; `language` is the one of the page where the member chose none."""
        return cls(
            name=member.name,
            language=member.locale or language,
            clock=member.clock or CLOCKS[0],
            mails_confirmations=member.mails_confirmations,
            mails_bookings=member.mails_bookings,
            mails_reminders=member.mails_reminders,
            mails_sign_ins=member.mails_sign_ins,
        )

    @classmethod
    def typed(cls, sent: Mapping[str, str]) -> Preferences:
        """From a form: a box that is not ticked is not sent. Nothing else is taken from it."""
        return cls(
            name=sent.get("name", "")[:400],
            language=sent.get("language", "")[:8],
            clock=sent.get("clock", "")[:2],
            mails_confirmations="mails_confirmations" in sent,
            mails_bookings="mails_bookings" in sent,
            mails_reminders="mails_reminders" in sent,
            mails_sign_ins="mails_sign_ins" in sent,
        )

    def faults(self) -> dict[str, str]:
        """What is wrong, by field."""
        found: dict[str, str] = {}
        try:
            read_name(self.name)
        except BadRequest as error:
            found["name"] = error.message
        if self.language not in LANGUAGES:
            found["language"] = _("Choose one of the languages.")
        if self.clock not in CLOCKS:
            found["clock"] = _("Choose how times are written.")
        return found


def change(session: Session, member_id: int, wanted: Preferences, by: Origin, now: datetime) -> None:
    """Set the preferences of a member. Raises BadRequest with `faults` by field."""
    faults = wanted.faults()
    if faults:
        raise BadRequest(" ".join(faults.values()), extra={"faults": faults})
    member = session.get_one(Member, member_id)
    before = _told(Preferences.of(member, wanted.language))
    member.name = read_name(wanted.name)
    member.locale, member.clock = wanted.language, wanted.clock
    member.mails_confirmations, member.mails_bookings = wanted.mails_confirmations, wanted.mails_bookings
    member.mails_reminders, member.mails_sign_ins = wanted.mails_reminders, wanted.mails_sign_ins
    after = _told(Preferences.of(member, wanted.language))
    if before != after:
        record(session, by, "member.preferences", f"member {member_id}", now, before=before, after=after)


def initials(name: str) -> str:
    """A name as the audit may keep it: A… R…"""
    return " ".join(f"{part[:1]}…" for part in name.split()[:4])


def _told(preferences: Preferences) -> dict[str, object]:
    return {**asdict(preferences), "name": initials(preferences.name)}
