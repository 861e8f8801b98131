"""Every token keeps its contrast, in both themes: 4.5 for words, 3 for shapes (WCAG 2.2)."""

from __future__ import annotations

import pytest

from campus.colours import Theme, contrast, mix, oklch, palette

MEANINGS = ("sun", "grid", "battery", "building", "cars", "garden", "water", "attention", "fault")
GROUNDS = ("ground", "surface", "sunken")
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


def test_white_on_black_has_the_highest_contrast() -> None:
    assert contrast(oklch(1, 0, 0), oklch(0, 0, 0)) == pytest.approx(21, abs=0.01)


def test_an_oklch_colour_becomes_the_srgb_that_browsers_show() -> None:
    assert oklch(0.627955, 0.257683, 29.2339).hex == "#ff0000"
    assert oklch(0.86644, 0.294827, 142.4953).hex == "#00ff00"
    assert oklch(1, 0, 0).hex == "#ffffff"


@both_themes
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("name", ["ink", "quiet", *(f"{meaning}-ink" for meaning in MEANINGS)])
def test_words_can_be_read_on_every_ground(theme: Theme, ground: str, name: str) -> None:
    colours = palette(theme)
    assert contrast(colours[name], colours[ground]) >= 4.5


@both_themes
@pytest.mark.parametrize("meaning", MEANINGS)
def test_words_can_be_read_on_a_chip_of_their_own_colour(theme: Theme, meaning: str) -> None:
    colours = palette(theme)
    chip = mix(colours[meaning], colours["surface"], 0.14)
    assert contrast(colours[f"{meaning}-ink"], chip) >= 4.5


@both_themes
@pytest.mark.parametrize("name", ["edge", "focus", *MEANINGS])
def test_shapes_stand_out_from_ground_and_surface(theme: Theme, name: str) -> None:
    colours = palette(theme)
    assert contrast(colours[name], colours["surface"]) >= 3
    assert contrast(colours[name], colours["ground"]) >= 3


@both_themes
def test_words_on_a_primary_button_can_be_read(theme: Theme) -> None:
    colours = palette(theme)
    assert contrast(colours["on-ink"], colours["ink"]) >= 4.5
    assert contrast(colours["on-ink"], colours["ink-hover"]) >= 4.5
