"""The sixteen colours that programs in a shell name by number, fitted to each theme's background."""

from __future__ import annotations

# Every colour but black (and its bright one's own ground) is told from the background at 4.5:1 or more.
DARK = (
    "#2a323f", "#ff8080", "#7fcf8e", "#e9c46a", "#6cb2f7", "#d79df0", "#5fcfcf", "#d8dee9",
    "#8693a6", "#ffa3a3", "#a3e6af", "#f7dc96", "#9accff", "#e6bdfa", "#93e6e6", "#ffffff",
)  # fmt: skip
LIGHT = (
    "#1c2430", "#b3261e", "#176a33", "#7d5200", "#0b5cad", "#7b2d9b", "#00656b", "#545e6b",
    "#5e6875", "#c2281f", "#1a733a", "#8a5a00", "#0f66bf", "#8a3aab", "#006e75", "#3c4653",
)  # fmt: skip
CONTRAST = (
    "#303030", "#ffa047", "#7cc4ff", "#ffe14d", "#8fb8ff", "#ffb0f0", "#80f0ff", "#e6e6e6",
    "#c6c6c6", "#ffbf80", "#a8d8ff", "#fff099", "#b8d0ff", "#ffd0f7", "#b3f6ff", "#ffffff",
)  # fmt: skip

PALETTES: dict[str, tuple[str, ...]] = {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}
"""By theme; `ansi` has none of its own: there the terminal around the console draws its sixteen."""
