"""Offering what can be copied, and saying where it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.screen import Screen

from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet


def offer_copy(screen: Screen[Any], title: str, choices: Sequence[Choice]) -> None:
    """A sheet of things; the note of the chosen one is what is copied."""
    notes = {choice.key: choice for choice in choices}

    def take(key: str | None) -> None:
        if key is not None:
            copy_out(screen, notes[key].words, notes[key].note)

    screen.app.push_screen(ChoiceSheet(title, choices), take)


def copy_out(screen: Screen[Any], what: str, text: str) -> None:
    """To the terminal's clipboard, by the sequence that most terminals know; it never says whether it was taken."""
    screen.app.copy_to_clipboard(text)
    screen.notify(
        f"The {what} was sent to the terminal's clipboard (OSC 52). A terminal that does not know this ignores it.",
        timeout=4,
        markup=False,
    )
