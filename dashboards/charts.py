"""Series to Plotly figures. Pure: values in, a figure as a plain dict out.

A dict, not a plotly.graph_objects.Figure: importing that package costs a web process 20 MB, and what it
checks is checked by the tests, which build the same dict with it. Colours come from the template, so that
a page changes theme by changing the template; names in figures are escaped, since Plotly reads HTML tags.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from campus.colours import Theme, palette

Figure = dict[str, Any]
"""{"data": […], "layout": {…}} as Plotly.newPlot takes it."""

CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
}
Periods = tuple[str, str]
"""What the halves of a day are called where hours are counted to 12: AM and PM."""
FONT = '"Inter", system-ui, sans-serif'


@dataclass(frozen=True, slots=True)
class Line:
    """One series of a chart. `meaning` names its token: sun, grid, battery, building, cars, garden…"""

    name: str
    meaning: str
    points: Sequence[tuple[datetime, float | None]]
    """In the unit of the axis; None is a gap, and is drawn as one."""
    filled: bool = False


def line_chart(
    lines: Sequence[Line], *, unit: str, zone: tzinfo, start: datetime, end: datetime, theme: Theme = "light"
) -> Figure:
    """Lines over time. The axis runs from `start` to `end` in the local time of `zone` at `end`.

    Raises ValueError for a meaning that has no colour.
    """
    shift = end.astimezone(zone).utcoffset()
    assert shift is not None  # noqa: S101 - an aware time has one

    def local(moment: datetime) -> str:
        return (moment + shift - (moment.utcoffset() or shift * 0)).replace(tzinfo=None).isoformat()

    return {
        "data": [
            trace
            for line in lines
            for trace in _traces(line, [local(at) for at, _value in line.points], unit)
        ],
        "layout": {
            "template": template(theme, meanings(lines)),
            "xaxis": {"type": "date", "range": [local(start), local(end)]},
            "yaxis": {"rangemode": "tozero"},
        },
    }


def meanings(lines: Sequence[Line]) -> list[str]:
    """The meaning of each trace of `line_chart(lines, …)`, in order."""
    return [line.meaning for line in lines for _trace in range(2 if line.filled else 1)]


def _traces(line: Line, moments: list[str], unit: str) -> list[Figure]:
    """The line, and below it its area if it is filled: apart, since Plotly would fill across gaps."""
    values = [value for _at, value in line.points]
    drawn: Figure = {
        "type": "scatter",
        "mode": "lines",
        "name": plain(line.name),
        "x": moments,
        "y": values,
        "hovertemplate": f"%{{y:,.2f}} {plain(unit)}",
        "connectgaps": False,
    }
    if not line.filled:
        return [drawn]
    area = {"mode": "none", "fill": "tozeroy", "y": [value or 0.0 for value in values], "hoverinfo": "skip"}
    return [{"type": "scatter", "name": plain(line.name), "x": moments, **area}, drawn]


def config(periods: Periods | None) -> dict[str, Any]:
    """Plotly's own settings; `periods` for a reader who counts hours to 12."""
    if periods is None:
        return CONFIG
    return {**CONFIG, "locale": "reader", "locales": {"reader": {"format": {"periods": list(periods)}}}}


def template(theme: Theme, order: Sequence[str], *, twelve: bool = False) -> dict[str, Any]:
    """The look of a line chart in `theme`: the n-th trace has the colour of the n-th meaning of `order`.

    With `twelve` its hours are counted to 12, else to 24.
    """
    colours = palette(theme)
    unknown = set(order) - colours.keys()
    if unknown:
        raise ValueError(f"no colour is named {', '.join(sorted(unknown))}")
    ink, quiet, line = colours["ink"].hex, colours["quiet"].hex, colours["line"].hex
    axis = {
        "gridcolor": line,
        "linecolor": line,
        "zerolinecolor": colours["edge"].hex,
        "tickfont": {"color": quiet, "size": 12},
        "fixedrange": True,
        "automargin": True,
    }
    return {
        "data": {
            "scatter": [
                {
                    "line": {"color": colours[meaning].hex, "width": 2},
                    "fillcolor": colours.get(f"{meaning}-glow", colours[meaning]).see_through(0.24),
                }
                for meaning in order
            ]
        },
        "layout": {
            "font": {"family": FONT, "color": ink, "size": 13},
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "showlegend": False,
            "hovermode": "x unified",
            "hoverlabel": {
                "bgcolor": colours["surface"].hex,
                "bordercolor": line,
                "font": {"family": FONT, "color": ink, "size": 13},
                "namelength": -1,
            },
            "xaxis": {
                **axis,
                "showgrid": False,
                "tickformat": "%-I:%M %p" if twelve else "%H:%M",
                "hoverformat": "%-I:%M:%S %p" if twelve else "%H:%M:%S",
                "nticks": 7,
                "ticks": "outside",
                "tickcolor": line,
                "showspikes": False,
            },
            "yaxis": {**axis, "showline": False, "nticks": 5, "ticksuffix": " ", "tickformat": ",~r"},
        },
    }


def plain(text: str) -> str:
    """`text` such that Plotly shows it as it is: it would read tags, entities and %{…} otherwise."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("%{", "%\u200b{")
