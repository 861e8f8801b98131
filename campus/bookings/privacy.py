"""Who may know what a booking is about, and who may do something with it."""

from __future__ import annotations

from typing import Protocol

from campus.people.models import Member
from campus.people.permissions import may


class Known(Protocol):
    """A booking, or what a timeline has of one."""

    @property
    def member_id(self) -> int: ...
    @property
    def company_id(self) -> int | None: ...
    @property
    def visibility(self) -> str: ...


def may_know(booking: Known, reader: Member) -> bool:
    """True if `reader` may read its title: its member, facilities staff, and whom its member lets."""
    if may_act(booking.member_id, reader) or booking.visibility == "everybody":
        return True
    return booking.visibility == "company" and reader.company_id in {booking.company_id} - {None}


def may_act(owner_id: int, member: Member) -> bool:
    """True if `member` may change and cancel a booking of `owner_id`: theirs, or they are staff."""
    return member.id == owner_id or may(member, "bookings.see-all")
