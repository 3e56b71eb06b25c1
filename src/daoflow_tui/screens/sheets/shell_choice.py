"""Which shell to open, and beside it whether it is recorded."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult

from daoflow_core.model.recordings import Cause
from daoflow_core.model.terminal import ShellChoice
from daoflow_tui.commands.terminal import RecordHere
from daoflow_tui.screens.recording_words import choice_words, why_fixed
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.words import Told, Words
from daoflow_tui.widgets.state_mark import Role, Toned

CHOICES = {
    ShellChoice.LOGIN: "the login shell of the user",
    ShellChoice.BASH: "bash, where the host has it",
    ShellChoice.SH: "sh, which every host has",
}


class ShellSheet(ChoiceSheet):
    """Answers with the shell; the switch is the desk's, as on the tab."""

    OFFERS = (RecordHere,)

    def __init__(self, demands: Sequence[Cause] | None) -> None:
        super().__init__(
            "Which shell?", [Choice(one.value, one.value, what) for one, what in CHOICES.items()]
        )
        self._demands = demands
        self._told = Told([])

    def asks(self) -> ComposeResult:
        """The list, and the switch."""
        yield from super().asks()
        yield self._told

    def begin(self) -> None:
        """Say how the switch stands."""
        super().begin()
        self._say()

    def why_fixed(self) -> str | None:
        """Why the switch can't be turned."""
        return why_fixed(self._demands)

    def turn_recording(self) -> None:
        """The other way."""
        self.desk.record_shells = not self.desk.record_shells
        self._say()

    def _say(self) -> None:
        fixed, wanted = self.why_fixed() is not None, self.desk.record_shells
        state = choice_words(self._demands, wanted=wanted)
        line: Words = ["Recording  ", Toned(state, Role.LOOK if fixed or wanted else Role.STRONG)]
        self._told.show([line])
        self.foot("enter chooses" if fixed else "enter chooses, r turns recording on or off")
