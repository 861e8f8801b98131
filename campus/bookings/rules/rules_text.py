"""A resource's rules as short lines for members, before they try: what is allowed, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from flask_babel import ngettext

from campus.bookings.rules.policy import Policy
from campus.bookings.rules.quotas import Quota
from campus.bookings.rules.rule_words import hours_text, quota_text, roles_text
from campus.bookings.wording import duration

A_YEAR = 365
"""Days. That far ahead, nobody asks how far one may book."""


def rules_of(policy: Policy, capacity: int | None = None, training_name: str | None = None) -> list[str]:
    """The rules of a resource, those first that everybody meets. `training_name`: of its training."""
    return [
        *_capacity(capacity),
        _length(policy),
        *_ahead(policy),
        *_quotas(policy),
        *_conditions(policy, training_name),
        *_around_the_booking(policy),
    ]


def _capacity(capacity: int | None) -> Iterator[str]:
    if capacity is not None:
        yield ngettext("For %(num)d person", "For up to %(num)d people", capacity)


def _length(policy: Policy) -> str:
    least, most = hours_text(policy.min_minutes / 60), duration(policy.max_minutes)
    if policy.min_minutes == policy.max_minutes:
        return str(_("Always %(length)s", length=most))
    if policy.min_minutes > 1:
        return str(_("From %(least)s to %(most)s", least=least, most=most))
    return str(_("Up to %(most)s", most=most))


def _ahead(policy: Policy) -> Iterator[str]:
    if policy.min_notice_minutes:
        yield _("At least %(notice)s ahead", notice=duration(policy.min_notice_minutes))
    if policy.max_advance_days < A_YEAR:
        yield ngettext("At most %(num)d day ahead", "At most %(num)d days ahead", policy.max_advance_days)


def _quotas(policy: Policy) -> Iterator[str]:
    for quota in policy.all_quotas:
        yield from _quota(quota)
    if policy.all_quotas and policy.quotas_free_within_minutes:
        soon = duration(policy.quotas_free_within_minutes)
        yield _("No limit for what starts within %(soon)s", soon=soon)
    if policy.max_open_bookings is not None:
        yield ngettext(
            "%(num)d open booking for each member",
            "%(num)d open bookings for each member",
            policy.max_open_bookings,
        )


def _quota(quota: Quota) -> Iterator[str]:
    for amount in quota_text(quota):
        if quota.of == "company":
            yield _("%(amount)s for each company", amount=amount)
        else:
            yield _("%(amount)s for each member", amount=amount)


def _conditions(policy: Policy, training_name: str | None) -> Iterator[str]:
    if policy.roles is not None:
        yield _("Only for %(roles)s", roles=roles_text(policy.roles))
    if policy.training is not None:
        yield _("Needs the training “%(training)s”", training=training_name or policy.training)
    if policy.approval:
        yield _("Approved by facilities staff")
    if policy.holidays == "closed":
        yield _("Closed on public holidays")


def _around_the_booking(policy: Policy) -> Iterator[str]:
    before, after = duration(policy.buffer_before_minutes), duration(policy.buffer_after_minutes)
    if policy.buffer_before_minutes and policy.buffer_after_minutes:
        yield _("%(before)s before and %(after)s after stay free", before=before, after=after)
    elif policy.buffer_before_minutes:
        yield _("%(before)s before stay free", before=before)
    elif policy.buffer_after_minutes:
        yield _("%(after)s after stay free", after=after)
    if policy.check_in_minutes is not None:
        yield _("Check in within %(minutes)s or it is given back", minutes=duration(policy.check_in_minutes))
    if policy.waitlist == "confirm":
        yield _("Who waits first gets the time as soon as it is free")
    elif policy.waitlist == "off":
        yield _("No waiting list")
    if not policy.walk_up:
        yield _("Not bookable at the door")
