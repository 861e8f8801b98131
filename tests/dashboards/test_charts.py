"""Figures are what Plotly accepts, in both themes, in local time, and safe."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import pytest

from campus.colours import Theme, palette
from dashboards.charts import Figure, Line, config, line_chart, meanings, plain, template

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
START = datetime(2026, 3, 3, 19, 0, tzinfo=UTC)
END = START + timedelta(hours=2)
SUN = Line("Sun", "sun", [(START, 1.5), (START + timedelta(hours=1), None), (END, 2.5)], filled=True)
GRID = Line("Grid", "grid", [(START, -1.0), (END, 3.0)])


def chart(*lines: Line, theme: Theme = "light") -> Figure:
    return line_chart(lines, unit="kW", zone=JUAREZ, start=START, end=END, theme=theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plotly_accepts_the_figure_and_its_template(theme: Theme) -> None:
    figure = go.Figure(chart(SUN, GRID, theme=theme))
    assert [trace.name for trace in figure.data] == ["Sun", "Sun", "Grid"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_trace_has_the_colour_of_its_meaning_in_the_theme(theme: Theme) -> None:
    traces = template(theme, meanings([SUN, GRID]))["data"]["scatter"]
    colours = palette(theme)
    assert [trace["line"]["color"] for trace in traces] == [
        colours[name].hex for name in ("sun", "sun", "grid")
    ]


def test_a_colour_that_no_token_names_is_refused() -> None:
    with pytest.raises(ValueError, match="moon"):
        template("light", ["moon"])


def test_the_axis_shows_campus_time() -> None:
    figure = chart(GRID)
    assert figure["layout"]["xaxis"]["range"] == ["2026-03-03T12:00:00", "2026-03-03T14:00:00"]
    assert figure["data"][0]["x"] == ["2026-03-03T12:00:00", "2026-03-03T14:00:00"]


def test_time_goes_on_evenly_in_the_night_of_the_clock_change() -> None:
    start = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)  # 01:00, an hour before the clock goes back
    moments = [start + timedelta(minutes=30 * step) for step in range(4)]
    line = Line("Grid", "grid", [(moment, 1.0) for moment in moments])
    figure = line_chart([line], unit="kW", zone=JUAREZ, start=moments[0], end=moments[-1])
    assert figure["data"][0]["x"] == sorted(set(figure["data"][0]["x"]))
    assert figure["data"][0]["x"][-1] == "2026-11-01T01:30:00"


def test_a_gap_is_a_gap_in_the_line_and_nothing_in_the_area() -> None:
    area, line = chart(SUN)["data"]
    assert line["y"] == [1.5, None, 2.5]
    assert line["connectgaps"] is False
    assert area["y"] == [1.5, 0.0, 2.5]


def test_the_value_is_shown_with_its_unit() -> None:
    assert chart(GRID)["data"][0]["hovertemplate"] == "%{y:,.2f} kW"


def test_a_name_with_tags_is_shown_as_it_is_written() -> None:
    hostile = "<img src=x onerror=alert(1)> & %{x}"
    assert plain(hostile) == "&lt;img src=x onerror=alert(1)&gt; &amp; %\u200b{x}"
    assert chart(Line(hostile, "cars", [(START, 1.0)]))["data"][0]["name"] == plain(hostile)


def test_a_chart_of_nothing_is_an_empty_chart() -> None:
    assert chart()["data"] == []


def test_hours_are_counted_to_12_for_a_reader_who_does() -> None:
    assert template("light", ["grid"])["layout"]["xaxis"]["tickformat"] == "%H:%M"
    assert template("light", ["grid"], twelve=True)["layout"]["xaxis"]["tickformat"] == "%-I:%M %p"
    assert config(("a.m.", "p.m."))["locales"]["reader"]["format"]["periods"] == ["a.m.", "p.m."]
    assert "locales" not in config(None)
