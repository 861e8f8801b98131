"""Who may do what: the one table. A route that is not in it opens to nobody.

An action names what is done, and says which roles may do it and which scope a token needs for it.
A route is one action. The use cases ask the same table (`may`, `require`) wherever the answer
depends on more than the route: whose booking it is, whose company.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from campus.errors import NotAllowed, NotSignedIn
from campus.people.models import Member

SCOPES = ("read", "book", "devices", "reports")
"""What a token may be good for. It never does more than its member may."""


@dataclass(frozen=True, slots=True)
class Action:
    """`roles` that may; `scope` that a token needs, None: no token may."""

    roles: tuple[str, ...]
    scope: str | None = None
    company: bool = False
    """Administrators of a company may too, within their company."""
    visitors_of_demo: bool = False


VISITOR = "visitor"
EVERYBODY = (VISITOR, "member", "staff", "analyst", "admin")
MEMBERS = ("member", "staff", "analyst", "admin")
FACILITIES = ("staff", "admin")
ADMINS = ("admin",)

ACTIONS: Mapping[str, Action] = {
    "open": Action(EVERYBODY, "read"),
    "account": Action(MEMBERS),
    "live.look": Action(MEMBERS, "read", visitors_of_demo=True),
    "live.see-private": Action(FACILITIES, "read"),
    "resources.see": Action(MEMBERS, "read"),
    "resources.describe": Action(FACILITIES, "devices"),
    "bookings.see": Action(MEMBERS, "read"),
    "bookings.see-all": Action(FACILITIES, "read"),
    "bookings.make": Action(MEMBERS, "book"),
    "bookings.make-for-others": Action(FACILITIES, "book"),
    "bookings.decide": Action(FACILITIES, "book"),
    "bookings.statistics": Action(("staff", "analyst", "admin"), "reports"),
    "doors.manage": Action(FACILITIES),
    "devices.see": Action(MEMBERS, "read"),
    "devices.manage": Action(FACILITIES, "devices"),
    "people.see": Action(ADMINS, company=True),
    "people.invite": Action(ADMINS, company=True),
    "people.let-go": Action(ADMINS, company=True),
    "people.manage": Action(ADMINS),
    "audit.read": Action(ADMINS),
}
"""`people.let-go`: deactivate and bring back; of a company's administrator, its plain members alone."""

ROUTES: Mapping[str, str] = {
    # what anybody may ask
    "static": "open",
    "assets.vendor": "open",
    "openapi.spec": "open",
    "health.alive": "open",
    "health.ready": "open",
    "health.metrics": "open",
    "look.choose": "open",
    "welcome.page": "open",
    "welcome.begin": "open",
    "welcome.enter_code": "open",
    "people.sign_in_page": "open",
    "people.sign_in": "open",
    "people.sign_out": "open",
    "second_step.code_page": "open",
    "second_step.enter_code": "open",
    "reset.forgot_page": "open",
    "reset.forgot": "open",
    "reset.sent_page": "open",
    "reset.open_link": "open",
    "reset.reset_page": "open",
    "reset.reset": "open",
    "oidc.sign_in": "open",
    "oidc.callback": "open",
    "passkey_calls.begin_sign_in": "open",
    "passkey_calls.finish_sign_in": "open",
    # one's own account
    "second_step_account.page": "account",
    "second_step_account.turn_on": "account",
    "second_step_account.turn_off": "account",
    "second_step_account.new_codes": "account",
    "proof.confirm_page": "account",
    "proof.confirm": "account",
    "proof.sign_in_again": "account",
    "oidc.link_page": "account",
    "oidc.link": "account",
    "oidc.unlink": "account",
    "passkey_calls.begin_proof": "account",
    "passkey_calls.finish_proof": "account",
    "passkey_calls.begin_registration": "account",
    "passkey_calls.finish_registration": "account",
    "passkeys.passkey_page": "account",
    "passkeys.rename": "account",
    "passkeys.remove": "account",
    "account.you_page": "account",
    "account.change_preferences": "account",
    "account.address_page": "account",
    "account.ask_for_address": "account",
    "account.open_address": "open",
    "account.confirm_address_page": "open",
    "account.confirm_address": "open",
    "account.security_page": "account",
    "account.change_password": "account",
    "account.end_session": "account",
    "account.end_other_sessions": "account",
    "account.tokens_page": "account",
    "account.make_token": "account",
    "account.revoke_token": "account",
    "account.data_page": "account",
    "account.download": "account",
    "account.delete_me": "account",
    "account.goodbye": "open",
    # people, by administrators
    "members.list_page": "people.see",
    "members.member_page": "people.see",
    "members.change": "people.manage",
    "members.deactivate": "people.let-go",
    "members.bring_back": "people.let-go",
    "members.sign_out_everywhere": "people.manage",
    "members.remove_second_factor": "people.manage",
    "invitations.list_page": "people.invite",
    "invitations.new_page": "people.invite",
    "invitations.invite": "people.invite",
    "invitations.resend": "people.invite",
    "invitations.withdraw": "people.invite",
    "companies.list_page": "people.manage",
    "companies.add": "people.manage",
    "companies.company_page": "people.manage",
    "companies.rename": "people.manage",
    "domains.list_page": "people.manage",
    "domains.add": "people.manage",
    "domains.remove": "people.manage",
    "joining.open_link": "open",
    "joining.join_page": "open",
    "joining.join": "open",
    "joining.register_page": "open",
    "joining.ask": "open",
    "joining.asked_page": "open",
    "audit.list_page": "audit.read",
    "audit.table": "audit.read",
    "members.send_reset": "people.manage",
    # the hub live
    "overview.page": "live.look",
    "overview.cards": "live.look",
    "overview.data": "live.look",
    "live.live": "live.look",
    # bookings
    "bookings.day_page": "bookings.see",
    "bookings.book": "bookings.make",
    "bookings.cancel": "bookings.make",
    "feeds.read": "open",
    "feeds.feeds_page": "account",
    "feeds.make_feed": "account",
    "feeds.revoke_feed": "account",
    "my_bookings.list_page": "bookings.see",
    "my_bookings.to_decide_page": "bookings.decide",
    "my_bookings.approve": "bookings.decide",
    "my_bookings.reject": "bookings.decide",
    "booking.page": "bookings.see",
    "booking.calendar": "bookings.see",
    "booking.edit": "bookings.make",
    "booking.cancel": "bookings.make",
    "booking.check_in": "bookings.make",
    "booking.finish": "bookings.make",
    "booking.accept": "bookings.make",
    "booking.decline": "bookings.make",
    "booking.leave": "bookings.make",
    "decisions.open_link": "open",
    "decisions.page": "open",
    "decisions.reply": "open",
    "decisions.done_page": "open",
    "offers.open_link": "open",
    "offers.page": "open",
    "offers.reply": "open",
    "offers.done_page": "open",
    "finding.page": "bookings.see",
    "booking_calls.lanes": "bookings.see",
    "booking_calls.check": "bookings.see",
    "booking_calls.hold": "bookings.make",
    "booking_calls.release": "bookings.make",
    "booking_calls.stream": "bookings.see",
    "bookings_api.free": "bookings.see",
    "bookings_api.make_booking": "bookings.make",
    "bookings_api.list_bookings": "bookings.see",
    "bookings_api.get_booking": "bookings.see",
    "bookings_api.cancel_booking": "bookings.make",
    "bookings_api.change_booking": "bookings.make",
    "bookings_api.join_waitlist": "bookings.make",
    "bookings_api.check_in": "bookings.make",
    "bookings_api.finish": "bookings.make",
    "bookings_api.accept_offer": "bookings.make",
    "bookings_api.decline_offer": "bookings.make",
    "bookings_api.approve": "bookings.decide",
    "bookings_api.reject": "bookings.decide",
    "check_in.page": "bookings.see",
    "check_in.check_in": "bookings.make",
    "check_in.book": "bookings.make",
    "check_in.finish": "bookings.make",
    "door.page": "open",  # a screen with the door's key knows no member: the use case asks for either
    "door.state": "open",
    "door.book": "open",
    "door.check_in": "open",
    "door.finish": "open",
    "doors.list_page": "doors.manage",
    "doors.hang": "doors.manage",
    "doors.new_link": "doors.manage",
    "doors.take_down": "doors.manage",
    "doors.open_link": "open",
    "doors.start_page": "open",
    "doors.start": "open",
    "wall_notes.page": "bookings.see",  # whose wall it is, the use case asks
    "wall_notes.add": "bookings.make",
    "wall_notes.remove": "bookings.make",
    "statistics.page": "bookings.statistics",
    "statistics.table": "bookings.statistics",
    "spaces_api.list_resources": "resources.see",
    "spaces_api.get_resource": "resources.see",
    "spaces_api.put_resource": "resources.describe",
    "welcome.demo_page": "people.manage",
    "welcome.load_demo": "people.manage",
    "welcome.next_page": "people.manage",
    "resources.list_page": "resources.see",
    "resources.resource_page": "resources.see",
    "resources.new_page": "resources.describe",
    "resources.add": "resources.describe",
    "resources.edit_page": "resources.describe",
    "resources.change": "resources.describe",
    "photos.add": "resources.describe",
    "photos.change": "resources.describe",
    "uploads.picture": "resources.see",
    "closures.list_page": "resources.describe",
    "closures.add": "resources.describe",
    "closures.closure_page": "resources.describe",
    "closures.settle": "resources.describe",
    "closures.remove": "resources.describe",
    "trainings.list_page": "resources.describe",
    "trainings.add": "resources.describe",
    "trainings.training_page": "resources.describe",
    "trainings.change": "resources.describe",
    "trainings.grant": "resources.describe",
    "trainings.revoke": "resources.describe",
    "trainings.remove": "resources.describe",
    "floor.page": "resources.see",
    "floor.edit_page": "resources.describe",
    "floor.save": "resources.describe",
    "spaces.import_page": "resources.describe",
    "spaces.import_list": "resources.describe",
    # devices
    "devices_api.list_devices": "devices.see",
    "devices_api.get_device": "devices.see",
    "devices_api.get_state": "devices.see",
    "devices_api.put_device": "devices.manage",
    "history_api.get_readings": "devices.see",
    "history_api.get_energy": "devices.see",
    "repairs_api.list_repairs": "devices.manage",
    "repairs_api.make_repair": "devices.manage",
    "repairs_api.undo_repair": "devices.manage",
    "series.page": "devices.manage",
    "series.file": "devices.manage",
    "series.repair": "devices.manage",
    "series.undo": "devices.manage",
    "quarantine_api.list_quarantine": "devices.manage",
    "quarantine_api.retry_message": "devices.manage",
    "inbox_api.list_inbox": "devices.manage",
    "inbox_api.accept": "devices.manage",
    "inbox_api.ignore": "devices.manage",
    "inbox_api.restore": "devices.manage",
    "inbox.list_page": "devices.manage",
    "inbox.accept_page": "devices.manage",
    "inbox.accept_changed": "devices.manage",
    "inbox.accept_as_is": "devices.manage",
    "inbox.ignore": "devices.manage",
    "inbox.restore": "devices.manage",
    "inbox.many": "devices.manage",
    "mapping.page": "devices.manage",
    "mapping.change": "devices.manage",
    "devices_api.retire_device": "devices.manage",
    "devices.messages_page": "devices.manage",
    "devices.retire_page": "devices.manage",
    "devices.retire": "devices.manage",
    "devices.list_page": "devices.manage",
    "devices.device_page": "devices.manage",
    "devices.new_page": "devices.manage",
    "devices.register_device": "devices.manage",
    "devices.edit_page": "devices.manage",
    "devices.change_device": "devices.manage",
    "devices.retry_message": "devices.manage",
    "devices.retry_device": "devices.manage",
    "device_place.page": "devices.manage",
    "device_place.save": "devices.manage",
    "devices_api.put_place": "devices.manage",
    "devices_api.remove_place": "devices.manage",
}
"""By endpoint: `blueprint.function`."""


def may(member: Member | None, action: str, *, on_demo: bool = False) -> bool:
    """True if this member (None: a visitor) may. A company's administrator may within their company."""
    rule = ACTIONS[action]
    if member is None:
        return VISITOR in rule.roles or (on_demo and rule.visitors_of_demo)
    return member.role in rule.roles or (rule.company and member.runs_company)


def require(member: Member | None, action: str, *, on_demo: bool = False) -> None:
    """Raises NotSignedIn or NotAllowed if this member may not."""
    if may(member, action, on_demo=on_demo):
        return
    if member is None:
        raise NotSignedIn(_("Sign in first."))
    raise NotAllowed(_("Your role does not allow this. Ask an administrator of the campus."))


def require_scope(scopes: frozenset[str], action: str) -> None:
    """Raises NotAllowed if a token with these scopes may not."""
    wanted = ACTIONS[action].scope
    if wanted is None:
        raise NotAllowed(_("No token can do this: sign in with a browser."))
    if wanted not in scopes:
        raise NotAllowed(_("This token has not the scope “%(scope)s”.", scope=wanted))
