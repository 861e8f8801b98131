"""Refusals of a wish: every broken rule with its sentence and numbers, or what is free instead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext

from campus.bookings.rules.policy import Broken
from campus.bookings.rules.sentences import sentence
from campus.errors import RulesBroken, SlotTaken
from campus.moments import rfc3339
from campus.spaces.spans import Span


def rules_broken(broken: Sequence[Broken], zone: ZoneInfo, clashes: Sequence[Span] = ()) -> RulesBroken:
    """The refusal, with the codes in `broken` and each rule's sentence and numbers in `reasons`.

    `clashes`: the dates of a series on which it is closed.
    """
    extra = explained(broken, zone)
    return RulesBroken(
        " ".join(dict.fromkeys(str(reason["message"]) for reason in extra["reasons"])),
        extra={**extra, "clashes": _told(clashes)} if clashes else extra,
    )


def explained(broken: Sequence[Broken], zone: ZoneInfo) -> dict[str, list[Any]]:
    """The codes of these rules, and each with its sentence and numbers."""
    reasons = [{"code": rule.code, "message": sentence(rule, zone), **rule.numbers} for rule in broken]
    return {"broken": list(dict.fromkeys(rule.code for rule in broken)), "reasons": reasons}


def slot_taken(
    free: Sequence[Span], clashes: Sequence[Span] = (), others: Sequence[Mapping[str, str]] = ()
) -> SlotTaken:
    """The refusal: what is `free` instead, `others` that are free then; of a series, which dates clash."""
    if not clashes:
        extra = {"suggestions": _told(free), "others": list(others)}
        return SlotTaken(_("That time is taken."), extra=extra)
    message = ngettext(
        "%(num)d date of the series is not free.", "%(num)d dates of the series are not free.", len(clashes)
    )
    return SlotTaken(message, extra={"suggestions": _told(free), "clashes": _told(clashes)})


def _told(spans: Sequence[Span]) -> list[dict[str, str]]:
    return [{"start": rfc3339(span.start), "end": rfc3339(span.end)} for span in spans]
