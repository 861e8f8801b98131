"""Rules of repetition as text, pure: RFC 5545's RRULE, in which nothing can be smuggled.

Known: FREQ by day, week, month or year, INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY, BYMONTH,
BYSETPOS, WKST. Everything else is refused with a sentence that says what would do.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from flask_babel import gettext as _

from campus.bookings.repeats.repeat_rule import FREQUENCIES, MOST_TIMES, WEEKDAYS, Day, Rule
from campus.errors import BadRequest
from campus.fields import LAST_YEAR
from campus.moments import EPOCH

LONGEST_TEXT = 500
MOST_BETWEEN = 999
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST")
_MONTH_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_LINE = re.compile(r"[ -~]*")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"([0-9]{8})(?:T([0-9]{6})(Z)?)?")


def read_rule(text: str) -> Rule:
    """The rule that `text` means; `RRULE:` before it and small letters do no harm. Raises BadRequest."""
    parts = _parts(text)
    rule = Rule(
        freq=parts["FREQ"],
        interval=_number(parts.get("INTERVAL", "1"), "INTERVAL", MOST_BETWEEN),
        count=_number(parts["COUNT"], "COUNT", MOST_TIMES) if "COUNT" in parts else None,
        until=_until(parts["UNTIL"]) if "UNTIL" in parts else None,
        by_day=_days(parts["BYDAY"]) if "BYDAY" in parts else (),
        by_month_day=_numbers(parts, "BYMONTHDAY", 31),
        by_month=_numbers(parts, "BYMONTH", 12),
        by_set_pos=_numbers(parts, "BYSETPOS", 366),
        week_start=_week_start(parts.get("WKST", "MO")),
    )
    _check_together(rule)
    return rule


def _parts(text: str) -> dict[str, str]:
    if len(text) > LONGEST_TEXT:
        raise BadRequest(
            _("A repeat has %(most)s letters at most, such as FREQ=WEEKLY;COUNT=5.", most=LONGEST_TEXT)
        )
    if not _LINE.fullmatch(text) or not text.strip():
        raise BadRequest(_("A repeat is one line such as FREQ=WEEKLY;BYDAY=TU,TH;COUNT=5."))
    parts: dict[str, str] = {}
    for part in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, equals, value = part.partition("=")
        if name not in _PARTS or not equals:
            raise BadRequest(
                _("“%(part)s” is no part of a repeat here: %(parts)s are.", part=part[:20],
                  parts=", ".join(_PARTS))
            )  # fmt: skip
        if name in parts:
            raise BadRequest(_("Say %(part)s once only.", part=name))
        parts[name] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise _refusal("FREQ")
    return parts


def _check_together(rule: Rule) -> None:
    """What no part is wrong in by itself. dateutil takes some of it, and means something else."""
    refusals = (
        (bool(rule.count and rule.until), _("Give COUNT or UNTIL, not both.")),
        (
            not rule.count and not rule.until,
            _("A repeat needs an end: add COUNT=10, or UNTIL with the last day."),
        ),
        (not _days_agree(rule), _numbered_days_wanted()),
        (
            rule.freq == "WEEKLY" and bool(rule.by_month_day),
            _("BYMONTHDAY does not go with FREQ=WEEKLY: take FREQ=MONTHLY, or BYDAY."),
        ),
        (
            bool(rule.by_set_pos) and not (rule.by_day or rule.by_month_day or rule.by_month),
            _("BYSETPOS chooses among days: add BYDAY, BYMONTHDAY or BYMONTH."),
        ),
        (
            not _some_day_exists(rule),
            _("No month of this repeat has such a day: choose a BYMONTHDAY that it has."),
        ),
    )
    for wrong, sentence in refusals:
        if wrong:
            raise BadRequest(sentence)


def _days_agree(rule: Rule) -> bool:
    nths = [day.nth for day in rule.by_day]
    most = 5 if rule.freq == "MONTHLY" or rule.by_month else 53
    return not any(nths) or (
        all(nths) and rule.freq in ("MONTHLY", "YEARLY") and all(abs(nth) <= most for nth in nths)
    )


def _some_day_exists(rule: Rule) -> bool:
    lengths = [_MONTH_LENGTHS[month - 1] for month in rule.by_month or range(1, 13)]
    return not rule.by_month_day or min(map(abs, rule.by_month_day)) <= max(lengths)


def _number(text: str, name: str, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= most:
        raise _refusal(name)
    return int(text)


def _numbers(parts: dict[str, str], name: str, most: int) -> tuple[int, ...]:
    if name not in parts:
        return ()
    found: set[int] = set()
    for text in parts[name].split(","):
        number = int(text) if _NUMBER.fullmatch(text) else 0
        if not 1 <= abs(number) <= most or (name == "BYMONTH" and number < 0):
            raise _refusal(name)
        found.add(number)
    return tuple(sorted(found))


def _days(text: str) -> tuple[Day, ...]:
    found: set[Day] = set()
    for item in text.split(","):
        day = _DAY.fullmatch(item)
        nth = int(day[1] or 0) if day else 0
        if not day or (day[1] and not nth):
            raise _refusal("BYDAY")
        found.add(Day(WEEKDAYS.index(day[2]), nth))
    return tuple(sorted(found))


def _until(text: str) -> date | datetime:
    found = _UNTIL.fullmatch(text)
    try:
        if not found:
            raise ValueError(text)
        day = date.fromisoformat(found[1])
        if not EPOCH.year <= day.year <= LAST_YEAR:
            raise ValueError(text)
        if not found[2]:
            return day
        hour = time.fromisoformat(found[2])
        return datetime.combine(day, hour, tzinfo=UTC if found[3] else None)
    except ValueError:
        raise _refusal("UNTIL") from None


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise _refusal("WKST")
    return WEEKDAYS.index(text)


def _refusal(name: str) -> BadRequest:
    """What a part takes."""
    wanted = {
        "FREQ": _("A repeat needs one of FREQ=DAILY, WEEKLY, MONTHLY and YEARLY."),
        "INTERVAL": _("INTERVAL is a whole number from 1 to %(most)s.", most=MOST_BETWEEN),
        "COUNT": _("A booking repeats %(most)s times at most: COUNT is a number from 1 on.", most=MOST_TIMES),
        "UNTIL": _(
            "UNTIL is a day such as 20260626, or a time such as 20260626T150000Z, 3 years ahead at most."
        ),
        "BYDAY": _("BYDAY lists days such as MO,WE, or in a month 1MO or -1FR."),
        "BYMONTHDAY": _("BYMONTHDAY lists days from 1 to 31, or from -1 (the last) to -31."),
        "BYMONTH": _("BYMONTH lists months from 1 to 12."),
        "BYSETPOS": _("BYSETPOS lists positions such as 1 or -1 (the last), 366 at most."),
        "WKST": _("WKST is the day on which a week begins, such as MO or SU."),
    }
    return BadRequest(wanted[name])


def _numbered_days_wanted() -> str:
    return str(
        _(
            "Numbered days such as 1MO or -1FR go with FREQ=MONTHLY or YEARLY, each with its number, "
            "in a month 5 at most."
        )
    )
