"""Every role can be read on every ground, in every theme whose colours are ours."""

from __future__ import annotations

import pytest
from textual.color import Color

from daoflow_tui.theme.themes import ANSI, THEMES

GROUNDS = ("background", "panel", "cursor", "cursor-blurred", "marked")
INKS = ("foreground", "muted", "success", "warning", "error", "accent")
OURS = [
    theme for theme in THEMES if theme is not ANSI
]  # the terminal decides what its sixteen colours look like


def luminance(color: Color) -> float:
    channels = [part / 255 for part in color.rgb]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(Color.parse(one)), luminance(Color.parse(other))), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", INKS)
def test_contrast_is_at_least_four_and_a_half(theme, ground, ink):
    colours = {**theme.variables, **vars(theme)}
    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_all_themes_define_the_same_tokens():
    required = {"muted", "rule", "cursor", "cursor-blurred", "cursor-style", "marked"}
    for theme in THEMES:
        assert required <= theme.variables.keys(), theme.name


def test_contrast_is_measured_as_wcag_does():
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
