"""The form of a resource: what was typed, kept as it is, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from werkzeug.datastructures import MultiDict

from campus.api import Body
from campus.bookings.rules.policy import Policy
from campus.bookings.rules.quotas import Of, Per
from campus.fields import SLUG
from campus.people.tenants.companies import slug_of
from campus.spaces.api import ResourceBody
from campus.spaces.hours_text import read_week
from campus.spaces.hours_words import write_week
from campus.spaces.lengths import read_length, write_length
from campus.spaces.models import Resource
from campus.spaces.policy_body import PolicyBody
from campus.spaces.resources import Description
from campus.spaces.wording import day_words

Faults = dict[str, str]
LENGTHS = (
    "min_minutes",
    "max_minutes",
    "min_notice_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "quotas_free_within_minutes",
    "check_in_minutes",
    "check_in_early_minutes",
    "offer_minutes",
)
"""Fields that hold a length of time, typed with its unit."""
WHOLES = ("max_advance_days", "max_open_bookings")
CHOICES = ("training", "holidays", "waitlist")
TICKS = ("approval", "walk_up")
OF: tuple[Of, ...] = ("member", "company")
PER: tuple[Per, ...] = ("day", "week", "month")
QUOTAS = tuple((of, per) for of in OF for per in PER)
"""Whose bookings are added up over which time: a row of the form each, with hours and a count."""
LONGEST = 8_000
"""Letters of a field that are kept."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's fields as text, by their names in the page."""

    text: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    """Empty: all of them may book."""
    blocks: tuple[str, ...] = ()
    """Slugs of what a booking takes along."""

    def __getitem__(self, name: str) -> str:
        return self.text.get(name, "")

    @property
    def slug(self) -> str:
        return self["slug"].strip()

    @classmethod
    def of(cls, sent: MultiDict[str, str], **known: str) -> Typed:
        text = {name: value[:LONGEST] for name, value in sent.items()}
        return cls({**text, **known}, tuple(sent.getlist("roles"))[:20], tuple(sent.getlist("blocks"))[:200])

    @classmethod
    def new(cls) -> Typed:
        """The empty form, with what holds where nothing is said."""
        return cls({"kind": "room", **_policy_text(Policy())})

    @classmethod
    def as_is(cls, resource: Resource, blocks: tuple[str, ...]) -> Typed:
        """The form of a resource as it stands."""
        policy = Policy.of(resource.policy)
        text = {
            "slug": resource.slug,
            "name": resource.name,
            "kind": resource.kind,
            "capacity": "" if resource.capacity is None else str(resource.capacity),
            "about": resource.about or "",
            "equipment": ", ".join(resource.equipment),
            "opening": write_week(resource.opening_hours, day_words()),
            **_policy_text(policy),
        }
        return cls(text, policy.roles or (), blocks)

    def with_slug(self) -> Typed:
        """The same, with a slug made from the name where none was typed."""
        return self if self.slug else replace(self, text={**self.text, "slug": slug_of(self["name"])})

    def description(self) -> tuple[Description | None, Faults]:
        """What it asks for; None if some field cannot be read: the faults say which."""
        faults: Faults = {}
        if self["name"].strip() and not SLUG.fullmatch(self.slug):
            faults["slug"] = _("1 to 64 of a-z, 0-9 and -; the first is none of -")
        said: dict[str, Any] = {
            "name": self["name"],
            "kind": self["kind"],
            "capacity": _whole("capacity", self["capacity"], faults),
            "about": self["about"],
            "equipment": [word for word in self["equipment"].replace("\n", ",").split(",") if word.strip()],
        }
        opening = None
        try:
            opening = read_week(self["opening"])
        except ValueError as error:
            shown = str(error)[:40]
            faults["opening"] = _(
                "“%(text)s” is not understood; write Mon-Fri 08:00-20:00; Sat 09:00-14:00", text=shown
            )
        body = _checked(ResourceBody, said, faults)
        policy = _checked(PolicyBody, self._policy(faults), faults)
        if faults or body is None or policy is None:
            return None, faults
        return (
            Description(
                body.name,
                body.kind,
                body.capacity,
                opening,
                policy.model_dump(exclude_none=True),
                equipment=body.equipment or (),
                about=body.about,
            ),
            faults,
        )

    def _policy(self, faults: Faults) -> dict[str, Any]:
        """The rules in the shape of the API, those left out that nothing was typed for."""
        said: dict[str, Any] = {name: self[name] for name in CHOICES if self[name]}
        said |= {name: _length(name, self[name], faults) for name in LENGTHS if self[name].strip()}
        said |= {name: _whole(name, self[name], faults) for name in WHOLES if self[name].strip()}
        said |= {name: bool(self[name]) for name in TICKS}
        said |= self._quotas(faults)
        if self.roles:
            said["roles"] = list(self.roles)
        return said

    def _quotas(self, faults: Faults) -> dict[str, Any]:
        """The rows that something was typed into. The weekly hours of a member have a name of their own."""
        quotas, weekly = [], {}
        for of, per in QUOTAS:
            hours, count = (f"quota_{of}_{per}_{limit}" for limit in ("hours", "count"))
            quota: dict[str, Any] = {}
            if self[hours].strip():
                quota["hours"] = _number(hours, self[hours], faults)
            if self[count].strip():
                quota["count"] = _whole(count, self[count], faults)
            if (of, per) == ("member", "week") and "hours" in quota:
                weekly = {"quota_hours_per_week": quota.pop("hours")}
            if quota:
                quotas.append({"of": of, "per": per, **quota})
        return {**weekly, "quotas": quotas} if quotas else weekly


def _policy_text(policy: Policy) -> dict[str, str]:
    """Rules as the form has them; what is no limit is an empty field."""
    text = {name: write_length(value) for name in LENGTHS if (value := getattr(policy, name)) is not None}
    text |= {name: str(value) for name in WHOLES if (value := getattr(policy, name)) is not None}
    text |= {name: getattr(policy, name) or "" for name in CHOICES}
    text |= {name: "1" for name in TICKS if getattr(policy, name)}
    for quota in policy.all_quotas:
        row = f"quota_{quota.of}_{quota.per}"
        text |= {f"{row}_hours": f"{quota.hours:g}"} if quota.hours is not None else {}
        text |= {f"{row}_count": str(quota.count)} if quota.count is not None else {}
    return text


def _checked(body: type[Body], said: dict[str, Any], faults: Faults) -> Any:
    """`said` as the API would take it; None with the faults by the form's fields if it would not."""
    try:
        return body.model_validate(said)
    except ValidationError as refused:
        for error in refused.errors(include_url=False):
            name = _field(error["loc"], said)
            faults.setdefault(name, _sentence(error, name))
        return None


def _field(place: tuple[int | str, ...], said: dict[str, Any]) -> str:
    """The form's field that a place in the API's body is typed into."""
    if not place:
        return "min_minutes"  # rules that contradict each other are about lengths
    if place[0] == "quota_hours_per_week":
        return "quota_member_week_hours"
    if place[0] == "quotas" and len(place) > 1:
        quota = said["quotas"][place[1]]
        return f"quota_{quota['of']}_{quota['per']}_{'count' if place[-1] == 'count' else 'hours'}"
    return str(place[0])


def _sentence(error: ErrorDetails, name: str) -> str:
    """What is wrong, in the reader's language; the limits of lengths in their units."""
    limits = error.get("ctx", {})

    def shown(limit: Any) -> str:
        return write_length(int(limit)) if name in LENGTHS else f"{limit:g}"

    kind = error["type"]
    if kind in ("greater_than_equal", "greater_than"):
        text: str = _("%(least)s at least", least=shown(limits.get("ge", limits.get("gt"))))
    elif kind in ("less_than_equal", "less_than"):
        text = _("%(most)s at most", most=shown(limits.get("le", limits.get("lt"))))
    elif kind in ("string_too_long", "too_long"):
        text = _("too long: %(most)s at most", most=limits["max_length"])
    elif kind == "order":
        text = (
            _("Longer ahead than the days in which one may book at all.")
            if "notice" in error["msg"]
            else _("The shortest booking is longer than the longest one.")
        )
    elif kind == "hours":
        text = _("%(most)s h are the most that it can have", most=limits["most"])
    elif kind == "line":
        text = _("one line of text that can be seen")
    elif kind in ("literal_error", "enum"):
        text = _("choose one of the list")
    else:
        text = _("This does not fit here: %(fault)s", fault=error["msg"])
    return text


def _length(name: str, text: str, faults: Faults) -> int:
    try:
        return read_length(text)
    except ValueError:
        faults[name] = _("a length of time, such as 45 min, 4 h or 2 d")
        return 1


def _whole(name: str, text: str, faults: Faults) -> int | None:
    if not text.strip():
        return None
    if not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 10):
        faults[name] = _("a whole number, or nothing")
        return 1
    return int(text)


def _number(name: str, text: str, faults: Faults) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        faults[name] = _("a number, or nothing")
        return 1.0
