"""The question before the rest of a bulk command is cancelled."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult

from daoflow_tui.commands.sheets import Yes
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.words import Told, labelled


class StoppingSheet(Sheet[bool]):
    """Answers True for `y`."""

    OFFERS = (Yes,)
    title_words = "Cancel the rest?"

    def __init__(self, what: str, running: int, left: int) -> None:
        super().__init__()
        self._what, self._at_work, self._left = what, running, left

    def words(self) -> ComposeResult:
        """What ends, what stays."""
        yield Told(
            [
                labelled("Ends", f"{self._at_work} running and {self._left} not begun, of the {self._what}"),
                labelled("Stays", "what is done stays recorded; nothing was changed on any server"),
                labelled("Undo", "mark those servers and ask again"),
                labelled("Recorded", "each operation that had begun, as cancelled"),
            ]
        )

    def buttons(self) -> Iterable[SheetButton]:
        """Going on first."""
        yield SheetButton("cancel", "Let it go on", "esc")
        yield SheetButton("apply", "Cancel the rest", "y", danger=True)

    def why_no_yes(self) -> str | None:
        """Nothing stands in the way."""
        return None

    def say_yes(self) -> None:
        """Cancel."""
        self.dismiss(True)

    def pressed(self, name: str) -> None:
        """The deed was clicked."""
        self.say_yes()
