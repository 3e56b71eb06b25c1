"""The question before the program ends while something it was asked to do still runs."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult

from daoflow_tui.commands.sheets import Yes
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.words import Told


class LeavingSheet(Sheet[bool]):
    """Answers True to end the program now."""

    OFFERS = (Yes,)
    title_words = "Quit while something runs?"

    def __init__(self, running: int) -> None:
        super().__init__()
        self._count = running

    def words(self) -> ComposeResult:
        """What runs, and what becomes of it."""
        count = "One check is" if self._count == 1 else f"{self._count} checks are"
        yield Told(
            [
                [f"{count} still under way."],
                [
                    "A check only reads. Quitting cancels it: nothing is changed on a server, and its log says so."
                ],
            ]
        )

    def buttons(self) -> Iterable[SheetButton]:
        """Stay first."""
        yield SheetButton("cancel", "Stay", "esc")
        yield SheetButton("apply", "Quit now", "y", danger=True)

    def why_no_yes(self) -> str | None:
        """Nothing stands in the way."""
        return None

    def say_yes(self) -> None:
        """Quit."""
        self.dismiss(True)

    def pressed(self, name: str) -> None:
        """Quit was clicked."""
        self.say_yes()
