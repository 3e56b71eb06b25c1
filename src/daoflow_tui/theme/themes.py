"""The four themes: one palette each, registered with Textual under the names the configuration knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme

TOKENS = Path(__file__).with_name("tokens.tcss")

DARK = Theme(
    name="dark",
    dark=True,
    primary="#6cb2f7",
    secondary="#8fa8c8",
    accent="#6cb2f7",
    success="#7fcf8e",
    warning="#e9c46a",
    error="#ff8080",
    foreground="#d8dee9",
    background="#10141b",
    surface="#10141b",
    panel="#1a212c",
    variables={
        "muted": "#98a3b5",
        "rule": "#3a4557",
        "cursor": "#26364f",
        "cursor-blurred": "#1b2431",
        "cursor-style": "none",
        "marked": "#33301f",
        "border-blurred": "#3a4557",
        "border": "#6cb2f7",
        "input-selection-background": "#6cb2f7 30%",
        "block-cursor-background": "#26364f",
        "block-cursor-foreground": "#d8dee9",
        "block-cursor-text-style": "none",
        "scrollbar": "#3a4557",
        "scrollbar-hover": "#566379",
        "scrollbar-active": "#6cb2f7",
        "scrollbar-background": "#10141b",
        "scrollbar-background-hover": "#10141b",
        "scrollbar-background-active": "#10141b",
    },
)

LIGHT = Theme(
    name="light",
    dark=False,
    primary="#0b5cad",
    secondary="#44586e",
    accent="#0b5cad",
    success="#176a33",
    warning="#7d5200",
    error="#b3261e",
    foreground="#1c2430",
    background="#fbfbf8",
    surface="#fbfbf8",
    panel="#e9ecee",
    variables={
        "muted": "#545e6b",
        "rule": "#b4bcc6",
        "cursor": "#d3e3f6",
        "cursor-blurred": "#e9eef3",
        "cursor-style": "none",
        "marked": "#f6efcf",
        "border-blurred": "#b4bcc6",
        "border": "#0b5cad",
        "input-selection-background": "#0b5cad 25%",
        "block-cursor-background": "#d3e3f6",
        "block-cursor-foreground": "#1c2430",
        "block-cursor-text-style": "none",
        "scrollbar": "#b4bcc6",
        "scrollbar-hover": "#8b96a4",
        "scrollbar-active": "#0b5cad",
        "scrollbar-background": "#fbfbf8",
        "scrollbar-background-hover": "#fbfbf8",
        "scrollbar-background-active": "#fbfbf8",
    },
)

# Blue for good, orange for bad: told apart with a red-green deficiency, and 7:1 on black.
CONTRAST = Theme(
    name="contrast",
    dark=True,
    primary="#ffffff",
    secondary="#d0d0d0",
    accent="#f0f0f0",
    success="#7cc4ff",
    warning="#ffe14d",
    error="#ffa047",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    variables={
        "muted": "#c6c6c6",
        "rule": "#8a8a8a",
        "cursor": "#00306b",
        "cursor-blurred": "#262626",
        "cursor-style": "bold",
        "marked": "#3a3300",
        "border-blurred": "#8a8a8a",
        "border": "#ffffff",
        "input-selection-background": "#ffffff 35%",
        "block-cursor-background": "#00306b",
        "block-cursor-foreground": "#ffffff",
        "block-cursor-text-style": "bold",
        "scrollbar": "#8a8a8a",
        "scrollbar-hover": "#c6c6c6",
        "scrollbar-active": "#ffffff",
        "scrollbar-background": "#000000",
        "scrollbar-background-hover": "#000000",
        "scrollbar-background-active": "#000000",
    },
)

# The terminal's own sixteen colours and background: the cursor is told by reverse, not by a shade.
ANSI = Theme(
    name="ansi",
    ansi=True,
    dark=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "muted": "ansi_default",
        "rule": "ansi_bright_black",
        "cursor": "ansi_default",
        "cursor-blurred": "ansi_default",
        "cursor-style": "reverse",
        "marked": "ansi_default",
        "border-blurred": "ansi_bright_black",
        "border": "ansi_cyan",
        "block-cursor-background": "ansi_default",
        "block-cursor-foreground": "ansi_default",
        "block-cursor-text-style": "reverse",
        "scrollbar": "ansi_bright_black",
        "scrollbar-hover": "ansi_white",
        "scrollbar-active": "ansi_cyan",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
    },
)

THEMES: tuple[Theme, ...] = (DARK, LIGHT, ANSI, CONTRAST)
THEME_NAMES: tuple[str, ...] = tuple(theme.name for theme in THEMES)


def register_themes(app: App[Any], chosen: str = "dark") -> None:
    """Make the four themes the app's own and take one of `THEME_NAMES` into use."""
    for theme in THEMES:
        app.register_theme(theme)
    app.theme = chosen
