"""What the audit says, in words: deeds, what they were done to, and what changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from campus.figures import day_time, day_year
from campus.hub import hub
from campus.look import role_name

UNKNOWN = "–"
MOMENTS = ("expires_at", "start", "end")
"""Fields that hold a moment, in RFC 3339."""


def actions() -> dict[str, str]:
    """Every deed that the campus notes, by its name in the store, as people say it."""
    return {
        "sign-in": _("Signed in"),
        "sign-in.refused": _("Sign-in refused"),
        "sign-out": _("Signed out"),
        "session.prove": _("Confirmed who they are"),
        "session.prove-refused": _("Confirming refused"),
        "session.end": _("Ended a session"),
        "session.end-all": _("Signed out everywhere"),
        "password.change": _("Changed the password"),
        "password.add": _("Set a password"),
        "password.forgotten": _("Asked for a reset link"),
        "password.send-link": _("Sent a reset link"),
        "totp.on": _("Turned the second step on"),
        "totp.off": _("Removed the second step"),
        "recovery.renew": _("Made new recovery codes"),
        "recovery.use": _("Used a recovery code"),
        "passkey.add": _("Added a passkey"),
        "passkey.remove": _("Removed a passkey"),
        "passkey.refused": _("A passkey was refused"),
        "identity.add": _("Linked an account"),
        "identity.remove": _("Unlinked an account"),
        "token.add": _("Made an API token"),
        "token.revoke": _("Revoked an API token"),
        "broker.config": _("Wrote a broker's configuration"),
        "history.import": _("Imported history"),
        "feed.add": _("Made a calendar"),
        "feed.revoke": _("Took a calendar back"),
        "member.join": _("Joined"),
        "member.change": _("Changed role or company"),
        "member.deactivate": _("Deactivated"),
        "member.bring-back": _("Brought back"),
        "member.erase": _("Asked to be forgotten"),
        "member.address": _("Changed the mail address"),
        "member.address-ask": _("Asked for another mail address"),
        "member.preferences": _("Changed preferences"),
        "member.download": _("Downloaded their data"),
        "campus.begin": _("Began the campus"),
        "bookings.free": _("Bookings given back"),
        "company.add": _("Added a company"),
        "company.rename": _("Renamed a company"),
        "invitation.send": _("Invited"),
        "invitation.resend": _("Sent an invitation again"),
        "invitation.withdraw": _("Withdrew an invitation"),
        "domain.add": _("Opened a mail domain"),
        "domain.remove": _("Closed a mail domain"),
        "device.put": _("Described a device"),
        "device.retire": _("Retired a device"),
        "repair.make": _("Set a series right"),
        "repair.undo": _("Took a repair back"),
        "inbox.ignore": _("Ignored what was heard"),
        "inbox.restore": _("Brought back what was ignored"),
        "quarantine.retry": _("Tried a message again"),
        "resource.put": _("Described a resource"),
        "photo.add": _("Added photos"),
        "photo.change": _("Changed a photo"),
        "photo.remove": _("Removed a photo"),
        "closure.add": _("Closed"),
        "closure.remove": _("Removed a closure"),
        "training.add": _("Added a training"),
        "training.change": _("Changed a training"),
        "training.remove": _("Removed a training"),
        "training.grant": _("Gave a training"),
        "training.revoke": _("Took a training back"),
        "booking.displace": _("Moved a booking out of a closure"),
        "booking.make": _("Booked for somebody else"),
        "booking.cancel": _("Cancelled somebody else’s booking"),
        "wall-note.add": _("Kept a note with somebody else’s booking"),
        "wall-note.remove": _("Removed somebody else’s note"),
        "door.hang": _("Hung a door display"),
        "door.link": _("Made a link for a door display"),
        "door.open": _("Opened a door display"),
        "door.take-down": _("Took a door display down"),
        "booking.change": _("Changed somebody else’s booking"),
        "booking.approve": _("Approved a booking"),
        "booking.reject": _("Refused a booking"),
        "booking.accept": _("Took an offer for somebody else"),
        "booking.decline": _("Let go of somebody else’s offer"),
        "booking.check-in": _("Checked somebody else in"),
        "booking.finish": _("Ended somebody else’s booking early"),
    }


def action_name(action: str) -> str:
    """A deed as people say it; its name in the store where there are no words for it."""
    return actions().get(action, action)


def field_name(name: str) -> str:
    """What changed, as people call it."""
    names: dict[str, str] = {
        "role": _("role"),
        "company": _("company"),
        "runs_company": _("runs the company"),
        "active": _("active"),
        "name": _("name"),
        "email": _("mail address"),
        "freed": _("bookings"),
        "ended": _("sessions"),
        "method": _("by"),
        "sessions_ended": _("sessions ended"),
        "codes": _("codes"),
        "left": _("codes left"),
        "issuer": _("provider"),
        "passkey": _("passkey"),
        "password": _("password"),
        "token": _("token"),
        "clock": _("times"),
        "locale": _("language"),
        "mails_bookings": _("mails about bookings"),
        "mails_sign_ins": _("mails about sign-ins"),
        "code": _("reason"),
        "totp": _("second step"),
        "expires_at": _("expires"),
        "scopes": _("scopes"),
        "resource": _("resource"),
        "start": _("start"),
        "end": _("end"),
        "times": _("dates"),
        "kind": _("kind"),
        "capacity": _("capacity"),
        "opening_hours": _("opening hours"),
        "policy": _("rules"),
        "equipment": _("equipment"),
        "about": _("about"),
        "place": _("place"),
        "blocks": _("takes along"),
        "photos": _("photos"),
        "caption": _("caption"),
        "place_in_order": _("place in order"),
        "reason": _("reason"),
        "training": _("training"),
        "valid_days": _("valid days"),
        "stored": _("stored"),
        "topic": _("topic"),
        "space": _("space"),
        "options": _("options"),
        "member": _("member"),
    }
    return names.get(name, name.replace("_", " "))


def kind_name(kind: str) -> str:
    """What a deed was done to, as people call it."""
    names: dict[str, str] = {
        "company": _("company"),
        "device": _("device"),
        "resource": _("resource"),
        "closure": _("closure"),
        "training": _("training"),
        "booking": _("booking"),
        "invitation": _("invitation"),
        "domain": _("mail domain"),
        "message": _("message"),
        "token": _("token"),
        "session": _("session"),
        "passkey": _("passkey"),
        "door": _("door display"),
        "nobody": _("nobody we know"),
    }
    return names.get(kind, kind)


def via_name(via: str) -> str:
    """By which way somebody came."""
    names: dict[str, str] = {
        "browser": _("browser"),
        "token": _("API token"),
        "command": _("command line"),
        "system": _("the campus itself"),
        "door": _("door display"),
    }
    return names.get(via, via)


def value_name(name: str, value: Any) -> str:
    """A value before or after, of the field `name`, short enough to read."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(value_name(name, one) for one in value)
    if name in MOMENTS and (at := _moment(value)):
        return day_year(at) if name == "expires_at" else day_time(at)
    if name == "method":
        return method_name(str(value))
    return role_name(str(value)) if name == "role" else str(value)


def _moment(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def method_name(method: str) -> str:
    """With what somebody showed who they are."""
    names: dict[str, str] = {
        "password": _("password"),
        "code": _("code"),
        "recovery": _("recovery code"),
        "passkey": _("passkey"),
        "oidc": hub().settings.oidc_name,
    }
    return names.get(method, method)
