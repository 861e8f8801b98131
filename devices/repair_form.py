"""The form that sets a series right: what was typed, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from campus.errors import BadRequest
from campus.moments import to_micros
from campus.people.trail.pages import plain_cell
from devices.history.repairs import FOREVER, KINDS, Kind, Repair
from devices.history.series import SeriesRef
from devices.metrics import is_counter


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's fields as they were typed; times are of the campus's clock."""

    series: str = ""
    kind: str = ""
    start: str = ""
    end: str = ""
    number: str = ""
    old: str = ""
    new: str = ""
    reason: str = ""

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Typed:
        return cls(**{field.name: said.get(field.name, "").strip()[:400] for field in fields(cls)})


def read(typed: Typed, zone: ZoneInfo) -> Repair:
    """Raises BadRequest, saying which field cannot be read."""
    kind = next((one for one in KINDS if one == typed.kind), None)
    if kind is None:
        raise BadRequest(_("Say what was wrong."))
    first = _moment(typed.start, zone, _("From"))
    last = to_micros(_moment(typed.end, zone, _("Until"))) if typed.end else FOREVER
    number: float | None = None
    if kind == "swap":
        number = _number(typed.old, _("Where the old meter ended")) - _number(
            typed.new, _("Where the new meter began")
        )
        last = FOREVER
    elif kind != "bad":
        number = _number(typed.number, _("Number"))
    return Repair(kind, to_micros(first), last, number)


def kinds(ref: SeriesRef) -> list[tuple[Kind, str, str]]:
    """(kind, name, what it does) of what this series may be set right by."""
    offered = every_kind()
    if ref.is_text:
        return offered[:1]
    return offered if is_counter(ref.metric) else offered[:-1]


def every_kind() -> list[tuple[Kind, str, str]]:
    """The same of any series."""
    return [
        ("bad", _("Not to be believed"), _("The span becomes a gap.")),
        ("value", _("It was this value"), _("Every value of the span is taken as the number.")),
        ("offset", _("It was so much off"), _("The number is added: -2 where it showed 2 too many.")),
        (
            "scale",
            _("It was so many times off"),
            _("The number is multiplied with: 1000 where kW came as W."),
        ),
        ("swap", _("The meter was swapped"), _("From then on it counts on where the old meter ended.")),
    ]


def cell(value: object) -> object:
    """A cell of CSV; a word of a device never begins a formula."""
    return plain_cell(value) if isinstance(value, str) else "" if value is None else value


def _moment(typed: str, zone: ZoneInfo, field: str) -> datetime:
    try:
        wall = datetime.fromisoformat(typed)
    except ValueError:
        raise BadRequest(_("%(field)s: choose a day and a time.", field=field)) from None
    return wall if wall.tzinfo else wall.replace(tzinfo=zone)


def _number(typed: str, field: str) -> float:
    try:
        return float(typed)
    except ValueError:
        raise BadRequest(_("%(field)s: a number such as 12.5.", field=field)) from None
