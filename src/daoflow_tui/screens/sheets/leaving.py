"""The question before the program ends while something it was asked to do still runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.app import ComposeResult

from daoflow_tui.commands.sheets import Yes
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.widgets.state_mark import Role, State

READING = "What only reads is cancelled by quitting: nothing is changed on a server, and its log says so."
CHANGING = (
    "A cleanup that runs may go on, on the server, without being watched from here. "
    "The next start looks at how it ended; until then its outcome is not known."
)


class LeavingSheet(Sheet[bool]):
    """Answers True to end the program now."""

    OFFERS = (Yes,)
    title_words = "Quit while something runs?"

    def __init__(
        self, running: Sequence[str], checks: int, *, changing: bool, shells: Sequence[str] = ()
    ) -> None:
        super().__init__()
        self._at_work, self._checks, self._changing, self._shells = running, checks, changing, shells

    def words(self) -> ComposeResult:
        """What runs, and what becomes of it."""
        lines: list[Words] = [[f"Still under way: {words}."] for words in self._at_work]
        if self._checks:
            lines.append(
                ["One check is" if self._checks == 1 else f"{self._checks} checks are", " still under way."]
            )
        lines += [
            [f"A shell is open on {name}; it is hung up, with whatever runs in it."] for name in self._shells
        ]
        if self._at_work or self._checks:
            lines += [[], [READING]]
        if self._changing:
            lines.append([State(CHANGING, Role.LOOK)])
        yield Told(lines)

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
