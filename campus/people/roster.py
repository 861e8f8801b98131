"""The roster: who is there, as far as whoever asks may know. For others, people do not exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, false, func, select, true
from sqlalchemy.orm import Session

from campus.errors import NotAllowed, NotFound
from campus.people.keychain import ApiToken, BrowserSession
from campus.people.models import Company, Member
from campus.people.permissions import may, require
from campus.people.search import is_called, plain

PAGE = 50
LARGEST_ID = 2**63 - 1
NO_COMPANY = "-"
"""What the filter calls having no company: no slug begins so."""
_LONGEST_WORDS, _LAST_PAGE = 120, 10_000


@dataclass(frozen=True, slots=True)
class Sought:
    """What the list is to show. `standing`: '' active, `gone` deactivated, `all`."""

    words: str = ""
    role: str = ""
    company: str = ""
    standing: str = ""
    page: int = 1

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> Sought:
        """From a request; what is no number counts as the first page."""
        page = sent.get("page", "")[:18]
        return cls(
            words=sent.get("q", "")[:_LONGEST_WORDS].replace("\x00", ""),
            role=sent.get("role", "")[:16].replace("\x00", ""),
            company=sent.get("company", "")[:64].replace("\x00", ""),
            standing=sent.get("standing", "") if sent.get("standing") in ("gone", "all") else "",
            page=min(max(1, int(page)), _LAST_PAGE) if page.isascii() and page.isdecimal() else 1,
        )

    def link(self, page: int) -> dict[str, Any]:
        """What an address needs for another page of the same."""
        said = {"q": self.words, "role": self.role, "company": self.company, "standing": self.standing}
        return {**{name: text for name, text in said.items() if text}, "page": page}


@dataclass(frozen=True, slots=True)
class Roster:
    """One page of the list; `total` people on all pages."""

    people: Sequence[Member]
    last_seen: Mapping[int, datetime]
    total: int
    pages: int


def list_people(session: Session, by: Member, sought: Sought) -> Roster:
    """Whom `by` may see of those who are sought, by name. Four questions at most, however many they are."""
    found = _wanted(select(Member), by, sought)
    total = session.scalar(_wanted(select(func.count(Member.id)), by, sought)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(sought.page, pages)
    people = session.scalars(
        found.order_by(plain(Member.name), Member.id).limit(PAGE).offset((page - 1) * PAGE)
    ).all()
    return Roster(people, last_seen(session, [one.id for one in people]), total, pages)


def last_seen(session: Session, member_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of them last did something, by browser or by token, as far as it is still known."""
    seen: dict[int, datetime] = {}
    for table in (BrowserSession, ApiToken):
        newest = (
            select(table.member_id, func.max(table.last_used_at))
            .where(table.member_id.in_(member_ids))
            .group_by(table.member_id)
        )
        for member_id, at in session.execute(newest):
            if at is not None:
                seen[member_id] = max(at, seen.get(member_id, at))
    return seen


def find_person(session: Session, by: Member, member_id: int, *, lock: bool = False) -> Member:
    """A member whom `by` may see. Raises NotFound: who is in another company does not exist for them."""
    query = select(Member).where(Member.id == member_id, _visible(by))
    if lock:
        query = query.with_for_update(of=Member).execution_options(populate_existing=True)
    found = session.scalar(query) if member_id <= LARGEST_ID else None
    if found is None:
        raise NotFound(_("There is no such member."))
    return found


def find_to_let_go(session: Session, by: Member, member_id: int) -> Member:
    """A member whom `by` may deactivate or bring back. Raises NotFound, NotAllowed."""
    member = find_person(session, by, member_id, lock=True)
    if not may_let_go(by, member):
        raise NotAllowed(_("Ask an administrator of the campus: this is not a plain member of your company."))
    return member


def may_let_go(by: Member, member: Member) -> bool:
    """True if `by` may deactivate `member`: never themselves, and of a company only its plain members."""
    if member.id == by.id or member.erased_at or not may(by, "people.let-go"):
        return False
    return may(by, "people.manage") or (
        member.role == "member" and not member.runs_company and member.company_id == by.company_id is not None
    )


def acting(session: Session, by: Member, action: str) -> Member:
    """`by` as they stand in this transaction, not as the request found them.

    Raises NotAllowed if they may not (any more).
    """
    found = session.get(Member, by.id, populate_existing=True)
    if found is None or not found.active:
        raise NotAllowed(_("Your access has ended."))
    require(found, action)
    return found


def _visible(by: Member) -> ColumnElement[bool]:
    if may(by, "people.manage"):
        return true()
    if may(by, "people.see") and by.company_id is not None:
        return and_(Member.company_id == by.company_id, Member.erased_at.is_(None))
    return false()


def _wanted(query: Select[Any], by: Member, sought: Sought) -> Select[Any]:
    query = query.where(_visible(by))
    if sought.standing != "all":
        query = query.where(Member.active.is_(sought.standing != "gone"))
    if sought.role:
        query = query.where(Member.role == sought.role)
    if sought.company == NO_COMPANY:
        query = query.where(Member.company_id.is_(None))
    elif sought.company:
        query = query.where(Member.company_id.in_(select(Company.id).where(Company.slug == sought.company)))
    if sought.words:
        query = query.where(is_called(sought.words))
    return query
