"""The colours of tokens.css as numbers, for charts and for the test of contrast. Pure.

CSS keeps them in OKLCH; Plotly wants hexadecimal sRGB. Formulae: Björn Ottosson, "A perceptual color
space for image processing" (2020); contrast: WCAG 2.2, relative luminance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Theme = Literal["light", "dark"]
TOKENS = Path(__file__).parent / "static" / "css" / "tokens.css"
_NUMBERS = r"oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)"
_PAIR = re.compile(rf"--([a-z-]+): light-dark\({_NUMBERS}, {_NUMBERS}\);")


@dataclass(frozen=True, slots=True)
class Colour:
    """OKLab: lightness 0 to 1, and the two opponent axes."""

    lightness: float
    a: float
    b: float

    @property
    def rgb(self) -> tuple[float, float, float]:
        """Linear-light sRGB, each channel clipped to 0 to 1."""
        long = (self.lightness + 0.3963377774 * self.a + 0.2158037573 * self.b) ** 3
        medium = (self.lightness - 0.1055613458 * self.a - 0.0638541728 * self.b) ** 3
        short = (self.lightness - 0.0894841775 * self.a - 1.2914855480 * self.b) ** 3
        red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
        green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
        blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
        return _clip(red), _clip(green), _clip(blue)

    @property
    def hex(self) -> str:
        """As `#rrggbb`."""
        return "#" + "".join(f"{round(_encoded(channel) * 255):02x}" for channel in self.rgb)

    @property
    def luminance(self) -> float:
        red, green, blue = self.rgb
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def see_through(self, share: float) -> str:
        """As `rgba(…)`, opaque to `share`."""
        red, green, blue = (round(_encoded(channel) * 255) for channel in self.rgb)
        return f"rgba({red}, {green}, {blue}, {share})"


def oklch(lightness: float, chroma: float, hue_degrees: float) -> Colour:
    """A colour as CSS writes it."""
    hue = math.radians(hue_degrees)
    return Colour(lightness, chroma * math.cos(hue), chroma * math.sin(hue))


def mix(colour: Colour, ground: Colour, share: float) -> Colour:
    """As CSS does `color-mix(in oklab, colour share, ground)`."""
    return Colour(
        colour.lightness * share + ground.lightness * (1 - share),
        colour.a * share + ground.a * (1 - share),
        colour.b * share + ground.b * (1 - share),
    )


def contrast(one: Colour, other: Colour) -> float:
    """WCAG contrast ratio, 1 to 21."""
    bright, dim = sorted((one.luminance, other.luminance), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@cache
def palette(theme: Theme) -> Mapping[str, Colour]:
    """Every opaque colour of tokens.css by its name without the dashes."""
    first = 2 if theme == "light" else 5
    pairs = _PAIR.finditer(TOKENS.read_text(encoding="utf-8"))
    return {pair[1]: oklch(*(float(pair[first + place]) for place in range(3))) for pair in pairs}


def _clip(channel: float) -> float:
    return min(1.0, max(0.0, channel))


def _encoded(channel: float) -> float:
    """Linear light to the sRGB curve."""
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
