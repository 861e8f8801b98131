"""Everything that the hub holds about a member, as one JSON document for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campus.audit import AuditEntry
from campus.bookings.models import Booking, Door, Feed, Occurrence, WallNote
from campus.moments import rfc3339
from campus.outbox import Mail
from campus.people.keychain import ApiToken, BrowserSession, Identity, Passkey, RecoveryCode, Totp
from campus.people.models import Invitation, Member
from campus.spaces.models import Training, TrainingRecord

MOST = 50_000
"""Rows of a kind, the newest: far more than anybody makes in years, and no more than a page can carry."""


def own_data(session: Session, member: Member, now: datetime) -> dict[str, Any]:
    """By kind. No secret is in it: digests, hashes and keys open doors only here."""
    return {
        "made_at": rfc3339(now),
        "profile": _profile(member),
        "bookings": [_booking(row, member) for row in _bookings(session, member)],
        "trainings": _trainings(session, member),
        "sign_in": _sign_in(session, member),
        "wall_notes": [_wall_note(*row) for row in _wall_notes(session, member)],
        "doors": [
            {"name": row.name, "made_at": rfc3339(row.created_at), "last_seen": _moment(row.last_seen_at)}
            for row in session.scalars(select(Door).where(Door.made_by_id == member.id).limit(MOST))
        ],
        "invitations": [_invitation(row) for row in _of_address(session, Invitation, member.email)],
        "mails": [_mail(row) for row in _of_address(session, Mail, member.email)],
        "audit": [_entry(row, member) for row in _audit(session, member)],
    }


def _profile(member: Member) -> dict[str, Any]:
    return {
        "number": member.id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "company": member.company.name if member.company else None,
        "runs_company": member.runs_company,
        "language": member.locale,
        "clock": member.clock,
        "mails_confirmations": member.mails_confirmations,
        "mails_bookings": member.mails_bookings,
        "mails_reminders": member.mails_reminders,
        "mails_sign_ins": member.mails_sign_ins,
        "since": rfc3339(member.created_at),
        "has_password": member.password_hash is not None,
    }


def _bookings(session: Session, member: Member) -> Any:
    query = select(Booking).where(or_(Booking.member_id == member.id, Booking.made_by_id == member.id))
    return session.scalars(query.order_by(Booking.id.desc()).limit(MOST))


def _booking(booking: Booking, member: Member) -> dict[str, Any]:
    """Of one made for somebody else, whose it is stays theirs."""
    return {
        "number": booking.id,
        "resource": booking.resource.slug,
        "title": booking.title,
        "attendees": booking.attendees,
        "guests": booking.guests,
        "yours": booking.member_id == member.id,
        "made_by_you": booking.made_by_id == member.id,
        "made_at": rfc3339(booking.created_at),
        "times": [
            {"start": rfc3339(time.start), "end": rfc3339(time.end), "status": time.status}
            for time in booking.occurrences
        ],
    }


def _trainings(session: Session, member: Member) -> list[dict[str, Any]]:
    rows = session.execute(
        select(Training.name, TrainingRecord.granted_at, TrainingRecord.expires_at)
        .join(TrainingRecord, TrainingRecord.training_id == Training.id)
        .where(TrainingRecord.member_id == member.id)
        .order_by(Training.name)
    )
    return [
        {"name": name, "since": rfc3339(since), "expires": _moment(expires)} for name, since, expires in rows
    ]


def _sign_in(session: Session, member: Member) -> dict[str, Any]:
    def rows(table: Any) -> Any:
        return session.scalars(select(table).where(table.member_id == member.id).limit(MOST))

    return {
        "sessions": [
            {
                "method": row.method,
                "address": row.address,
                "browser": row.agent,
                "since": rfc3339(row.created_at),
                "last_used": rfc3339(row.last_used_at),
            }
            for row in rows(BrowserSession)
        ],
        "tokens": [
            {
                "name": row.name,
                "scopes": row.scopes.split(),
                "made_at": rfc3339(row.created_at),
                "ends": _moment(row.expires_at),
                "last_used": _moment(row.last_used_at),
            }
            for row in rows(ApiToken)
        ],
        "feeds": [
            {"made_at": rfc3339(row.created_at), "last_used": _moment(row.last_used_at)} for row in rows(Feed)
        ],
        "passkeys": [
            {"name": row.name, "made_at": rfc3339(row.created_at), "last_used": _moment(row.last_used_at)}
            for row in rows(Passkey)
        ],
        "linked_accounts": [
            {
                "issuer": row.issuer,
                "subject": row.subject,
                "linked_at": rfc3339(row.created_at),
                "last_used": _moment(row.last_used_at),
            }
            for row in rows(Identity)
        ],
        "authenticator_app_since": next((rfc3339(row.created_at) for row in rows(Totp)), None),
        "recovery_codes_left": len(list(rows(RecoveryCode))),
    }


def _wall_notes(session: Session, member: Member) -> Any:
    query = (
        select(WallNote, Occurrence.booking_id)
        .join(Occurrence, WallNote.occurrence_id == Occurrence.id)
        .where(WallNote.by_id == member.id)
    )
    return session.execute(query.order_by(WallNote.id.desc()).limit(MOST))


def _wall_note(note: WallNote, booking_id: int) -> dict[str, Any]:
    return {
        "booking": booking_id,
        "text": note.text,
        "photo": note.upload_id is not None,
        "made_at": rfc3339(note.created_at),
    }


def _of_address(session: Session, table: Any, email: str) -> Any:
    """The newest rows about an address."""
    column = table.recipient if table is Mail else table.email
    return session.scalars(select(table).where(column == email).order_by(table.id.desc()).limit(MOST))


def _invitation(row: Invitation) -> dict[str, Any]:
    return {
        "role": row.role,
        "company": row.company.name if row.company else None,
        "made_at": rfc3339(row.created_at),
        "accepted_at": _moment(row.accepted_at),
    }


def _mail(row: Mail) -> dict[str, Any]:
    """Without its text: it may hold a link that opens a door, and once it is sent there is none."""
    return {"subject": row.subject, "written_at": rfc3339(row.created_at), "sent_at": _moment(row.sent_at)}


def _audit(session: Session, member: Member) -> Any:
    about = or_(AuditEntry.member_id == member.id, AuditEntry.target == f"member {member.id}")
    return session.scalars(select(AuditEntry).where(about).order_by(AuditEntry.id.desc()).limit(MOST))


def _entry(row: AuditEntry, member: Member) -> dict[str, Any]:
    """Of what others did to the member, from where they did it stays theirs."""
    mine = row.member_id == member.id
    return {
        "at": rfc3339(row.at),
        "by_you": mine,
        "action": row.action,
        "target": row.target,
        "before": row.before,
        "after": row.after,
        "address": row.address if mine else None,
        "via": row.via,
    }


def _moment(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None
