"""The API of the history: raw values, steps, and the energy of a span."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self, cast, get_args

import orjson
from apiflask import APIBlueprint
from flask import Flask, Response, current_app
from pydantic import BaseModel, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy.orm import Session

from campus import clock
from campus.api import Body, api_blueprint
from campus.errors import BadRequest, NotFound
from campus.fields import Instant, InstantOut
from campus.hub import hub
from campus.moments import from_micros, to_micros
from campus.people.access import require
from devices.history.counters import Kind
from devices.history.edges import CalendarStep
from devices.history.read import SeriesRef, Step, ask, energy, find_series, thinned, values
from devices.history.tiers import Tier
from devices.metrics import METRICS, is_counter, is_private, unit_of
from devices.registry import find_device

MOST_POINTS = 50_000
FEWEST_POINTS = 8
blueprint: APIBlueprint = api_blueprint("history_api", __name__)


class Window(Body):
    """From `start` to `end`; where one is not given, the day before now or the day after `start`."""

    start: Instant | None = None
    end: Instant | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.bounds[0] >= self.bounds[1]:
            raise PydanticCustomError("order", "the end has to be after the start")
        return self

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        day = timedelta(days=1)
        end = self.end or (self.start + day if self.start else clock.now())
        return self.start or end - day, end


class ReadingsQuery(Window):
    """`step`: raw, seconds, or day, week, month, year of the campus calendar.

    `limit` and `cursor` (the `next_cursor` of the page before) are for raw. With `points` raw numbers
    come as one page of so many points at most: those that draw the line of all of them.
    """

    metric: Annotated[str, Field(pattern=r"^[^\x00]+$", max_length=96)]
    channel: Annotated[str, Field(max_length=64)] = ""
    step: Annotated[str, Field(pattern=r"^(raw|day|week|month|year|[0-9]{1,9}(\.[0-9]{1,6})?)$")] = "raw"
    limit: Annotated[int, Field(ge=1, le=MOST_POINTS)] = 10_000
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,17}$")] | None = None
    points: Annotated[int, Field(ge=FEWEST_POINTS, le=MOST_POINTS)] | None = None

    @field_validator("step")
    @classmethod
    def _is_a_length(cls, step: str) -> str:
        if step[0].isdigit() and not float(step):
            raise PydanticCustomError("step", "a step is longer than 0 seconds")
        return step

    @model_validator(mode="after")
    def _points_are_raw(self) -> Self:
        if self.points is not None and (self.step != "raw" or self.cursor):
            raise PydanticCustomError("points", "points are for step=raw, and come in one page")
        return self

    @property
    def length(self) -> Step | None:
        """None is raw."""
        if self.step in get_args(CalendarStep):
            return cast(CalendarStep, self.step)
        return None if self.step == "raw" else float(self.step)


class PointOut(BaseModel):
    at: InstantOut
    value: float | str


class BucketOut(BaseModel):
    """One step. Means are weighted by time; null where nothing is known; delta for counters only."""

    at: InstantOut
    mean: float | None
    min: float | None
    max: float | None
    last: float | str | None
    delta: float | None
    count: int
    coverage: float


class GapOut(BaseModel):
    """From `start` to `end` nothing held: no line is drawn there."""

    start: InstantOut
    end: InstantOut


class ReadingsOut(BaseModel):
    """A page of raw points, or all steps of the span. `next_cursor` is null on the last page.

    `tier`: the coarsest that the answer was taken from. `gaps` come with `points`.
    """

    device: str
    metric: str
    channel: str
    unit: str
    step: Literal["raw"] | CalendarStep | float
    tier: Tier
    points: list[PointOut] | list[BucketOut]
    next_cursor: str | None
    gaps: list[GapOut] | None = None


class EnergyQuery(Window):
    """Without `channel`: the device's whole, the sum of its channels where it has no whole."""

    metric: Annotated[str, Field(max_length=96)] = "energy_import"
    channel: Annotated[str, Field(max_length=64)] | None = None


class CorrectionOut(BaseModel):
    """Something that a counter did and that was not taken at its word."""

    at: InstantOut
    kind: Kind
    before: float | None
    after: float | None


class EnergyOut(BaseModel):
    """What the register added; coverage is covered seconds ÷ seconds asked for."""

    kwh: float
    coverage: float
    corrections: list[CorrectionOut]


@blueprint.get("/devices/<slug>/readings")
@blueprint.input(ReadingsQuery, location="query", arg_name="query")
@blueprint.output(ReadingsOut)
def get_readings(slug: str, query: ReadingsQuery) -> Response:
    """The history of one series, `[start, end)`. Which car was there is for staff only."""
    if is_private(query.metric):
        require("live.see-private")
    with hub().database.read() as session:
        found = _series(session, slug, query.metric, query.channel)
        said = _told(session, found[0], query) if found else {"tier": "hot", "points": []}
    return _answer(
        {
            "device": slug,
            "metric": query.metric,
            "channel": query.channel,
            "unit": found[0].unit if found else unit_of(query.metric),
            "step": query.length or "raw",
            "next_cursor": None,
            **said,
        }
    )


def _told(session: Session, ref: SeriesRef, query: ReadingsQuery) -> dict[str, Any]:
    """Tier and points of what is asked for, and how it goes on."""
    start, end = query.bounds
    if query.length:
        (answer,) = ask(session, [ref], start, end, query.length, zone=hub().settings.zone)
        names = BucketOut.model_fields
        points = [{name: getattr(bucket, name) for name in names} for bucket in answer.buckets]
        return {"tier": answer.tier, "points": points}
    if query.points:
        if ref.is_text:
            raise BadRequest("points: only numbers can be drawn as a line. Page through the words instead.")
        line = thinned(session, ref, start, end, query.points)
        gaps = [{"start": begin, "end": end} for begin, end in line.gaps]
        return {"tier": line.tier, "points": [point._asdict() for point in line.points], "gaps": gaps}
    if query.cursor:
        start = max(start, from_micros(int(query.cursor)))
    found = values(session, ref, start, end, query.limit + 1)
    more = found.points[query.limit :]
    return {
        "tier": found.tier,
        "points": [point._asdict() for point in found.points[: query.limit]],
        "next_cursor": str(to_micros(more[0].at)) if more else None,
    }


@blueprint.get("/devices/<slug>/energy")
@blueprint.input(EnergyQuery, location="query", arg_name="query")
@blueprint.output(EnergyOut)
def get_energy(slug: str, query: EnergyQuery) -> EnergyOut:
    """What a register of kWh added in `[start, end)`, with everything that was corrected."""
    if not is_counter(query.metric) or unit_of(query.metric) != "kWh":
        registers = [name for name in METRICS if is_counter(name) and unit_of(name) == "kWh"]
        raise BadRequest(f"metric: a register of kWh is wanted: {', '.join(registers)}.")
    with hub().database.read() as session:
        refs = _series(session, slug, query.metric, query.channel)
        whole = [ref for ref in refs if not ref.channel and not ref.is_text]
        parts = [energy(session, ref, *query.bounds) for ref in whole or refs if not ref.is_text]
    corrections = sorted((one for part in parts for one in part.corrections), key=lambda one: one.at)
    return EnergyOut(
        kwh=sum(part.kwh for part in parts),
        coverage=min((part.coverage for part in parts), default=0.0),
        corrections=[CorrectionOut(**one._asdict()) for one in corrections],
    )


def _series(session: Session, slug: str, metric: str, channel: str | None) -> list[SeriesRef]:
    """The device's series of that name, the usual kind of value first; none where it never spoke of it.

    Raises NotFound for an unknown device, or a metric that is in no vocabulary and was never heard.
    """
    find_device(session, slug)
    refs = find_series(session, slugs=[slug], metrics=[metric])
    if not refs and metric not in METRICS:
        raise NotFound(f"{slug} has no readings of {metric[:40]!r}.")
    named = [ref for ref in refs if channel is None or ref.channel == channel]
    return sorted(named, key=lambda ref: not ref.is_usual)


def _answer(body: dict[str, Any]) -> Response:
    """50,000 points go out as they are: no model is made for each of them."""
    return current_app.response_class(
        orjson.dumps(body, option=orjson.OPT_UTC_Z), mimetype="application/json"
    )


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
