"""What people are called: by name, or by number once they asked to be forgotten."""

from __future__ import annotations

from flask_babel import gettext as _

from campus.people.models import Member


def person_name(member: Member) -> str:
    """Their name; “Former member 12” for one whose name is gone."""
    return former_name(member.id) if member.erased_at else member.name


def former_name(member_id: int) -> str:
    """What stays of somebody who asked to be forgotten."""
    return str(_("Former member %(number)s", number=member_id))
