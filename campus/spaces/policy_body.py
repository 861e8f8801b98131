"""The policy of a resource as it comes in: strict types, bounds, and no rule that contradicts another."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from campus.api import Body
from campus.fields import SLUG, Whole

DAY = 24 * 60
Minutes = Annotated[int, Field(strict=True, ge=0, le=366 * DAY)]
Hours = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Role = Literal["member", "staff", "analyst", "admin"]
HOURS_OF = {"day": 25, "week": 169, "month": 745}
"""The longest that a campus period can be, in hours."""


def _is_slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise PydanticCustomError("slug", "the slug of a training is wanted: 1 to 64 of a-z, 0-9 and -")
    return text


def _each_once(roles: list[Role]) -> list[Role]:
    if len(set(roles)) < len(roles):
        raise PydanticCustomError("roles", "a role stands here twice")
    return roles


class QuotaBody(Body):
    """How much one member, or all of a company together, may hold in a period of the campus calendar.

    `hours` are elapsed ones; `count` are bookings that start in the period. One of both at least.
    """

    of: Literal["member", "company"]
    per: Literal["day", "week", "month"]
    hours: Annotated[Hours, Field(ge=0, le=HOURS_OF["month"])] | None = None
    count: Annotated[Whole, Field(ge=0, le=10_000)] | None = None

    @model_validator(mode="after")
    def _limits_something(self) -> Self:
        if self.hours is None and self.count is None:
            raise PydanticCustomError("empty", "a quota needs hours, or count, or both")
        if self.hours is not None and self.hours > HOURS_OF[self.per]:
            raise PydanticCustomError(
                "hours",
                "a {per} has {most} hours at most",
                {"per": self.per, "most": HOURS_OF[self.per]},
            )
        return self


class PolicyBody(Body):
    """Rules of a resource. Null or absent: the default (bookings of at most 24 h, a year ahead)."""

    min_minutes: Annotated[Minutes, Field(ge=1)] | None = None
    max_minutes: Annotated[Minutes, Field(ge=1)] | None = None
    min_notice_minutes: Minutes | None = None
    max_advance_days: Annotated[int, Field(strict=True, ge=0, le=3660)] | None = None
    buffer_before_minutes: Minutes | None = None
    buffer_after_minutes: Minutes | None = None
    quota_hours_per_week: Annotated[Hours, Field(ge=0, le=HOURS_OF["week"])] | None = None
    quotas: Annotated[list[QuotaBody], Field(max_length=6)] | None = None
    quotas_free_within_minutes: Minutes | None = None
    max_open_bookings: Annotated[Whole, Field(ge=1, le=10_000)] | None = None
    approval: Annotated[bool, Field(strict=True)] = False
    training: Annotated[str, AfterValidator(_is_slug)] | None = None
    roles: Annotated[list[Role], Field(min_length=1), AfterValidator(_each_once)] | None = None
    holidays: Literal["open", "closed"] | None = None
    check_in_minutes: Annotated[Whole, Field(ge=1, le=DAY)] | None = None
    check_in_early_minutes: Annotated[Whole, Field(ge=0, le=DAY)] | None = None
    waitlist: Literal["offer", "confirm", "off"] | None = None
    offer_minutes: Annotated[Whole, Field(ge=1, le=7 * DAY)] | None = None
    walk_up: Annotated[bool, Field(strict=True)] | None = None

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        """Rules that leave nothing to book, or say one thing twice, are refused."""
        if (self.min_minutes or 1) > (self.max_minutes or DAY):
            raise PydanticCustomError(
                "order", "min_minutes is above max_minutes (1440 where it is not given)"
            )
        days = 365 if self.max_advance_days is None else self.max_advance_days
        if (self.min_notice_minutes or 0) > days * DAY:
            raise PydanticCustomError(
                "order", "min_notice_minutes is longer than max_advance_days (365 where it is not given)"
            )
        given = Counter((quota.of, quota.per) for quota in self.quotas or ())
        if twice := next((pair for pair, times in given.items() if times > 1), None):
            raise PydanticCustomError(
                "twice",
                "quotas: two of a {of} per {per}; say hours and count in one",
                {"of": twice[0], "per": twice[1]},
            )
        if self.quota_hours_per_week is not None and any(
            (quota.of, quota.per) == ("member", "week") and quota.hours is not None
            for quota in self.quotas or ()
        ):
            raise PydanticCustomError(
                "twice", "quota_hours_per_week and quotas both say the hours of a member per week"
            )
        return self
