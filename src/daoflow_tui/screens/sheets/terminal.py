"""The sheets of a terminal: its timed leave, lines to be pasted, the clipboard, and the end of a running program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult

from daoflow_core.model.recordings import Cause
from daoflow_tui.commands.sheets import Submit, Yes
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.recording_words import why_fixed
from daoflow_tui.screens.sheets.base import Sheet, SheetButton
from daoflow_tui.screens.sheets.options import OptionField
from daoflow_tui.screens.sheets.question import server_words
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.state_mark import Role, Toned

SHORTEST_REASON, LONGEST_REASON = 3, 200
LONGEST_MINUTES = 60
USUAL_MINUTES = 15
SHOWN_LINES = 8


@dataclass(frozen=True, slots=True)
class Leave:
    """What was asked for: so many minutes, for this reason, and whether every shell by it is recorded."""

    minutes: int
    reason: str
    records: bool


class GrantSheet(Sheet[Leave]):
    """Asks for a reason and a time; enter in a field gives the leave, once both are right."""

    OFFERS = (Submit,)
    title_words = "A shell needs terminal:open"

    def __init__(self, server: ServerView, demands: Sequence[Cause] | None, *, wanted: bool) -> None:
        super().__init__()
        self._demanded = why_fixed(demands)
        self._asked = OptionField(
            "Recording",
            (("asked", f"when asked (now {'on' if wanted else 'off'})"), ("always", "every shell")),
            "asked",
        )
        self.server, self.danger = server, server.is_prod
        self.reason = Field(
            "Reason", placeholder="look at the full disk, ticket 4711", max_length=LONGEST_REASON
        )
        self.minutes = Field("Minutes", str(USUAL_MINUTES), hint=f"1 to {LONGEST_MINUTES}", max_length=3)

    def words(self) -> ComposeResult:
        """What the leave is."""
        yield Told(
            [
                labelled("Server", *server_words(self.server)),
                labelled(
                    "Changes", "You may open shells on this server, and on no other, until the time is over."
                ),
                labelled(
                    "Then", "An open shell is ended when the time is over; a warning comes a minute before."
                ),
                labelled("Undo", "`grant revoke` ends it at once."),
                labelled(
                    "Recorded",
                    "The reason, the time, and every shell's beginning and end, in the audit trail.",
                ),
                *([] if self._demanded is None else [labelled("Recording", self._demanded)]),
                [],
            ]
        )

    def asks(self) -> ComposeResult:
        """Reason, time, and whether every shell is recorded, where that is not demanded anyway."""
        yield self.reason
        yield self.minutes
        if self._demanded is None:
            yield self._asked

    @property
    def is_typing(self) -> bool:
        """Whether enter gives the leave: everywhere but on a button."""
        return not isinstance(self.focused, SheetButton)

    def submit(self) -> None:
        """Enter."""
        self.pressed("apply")

    def buttons(self) -> Iterable[SheetButton]:
        """No, then yes."""
        yield SheetButton("cancel", "Cancel", "esc")
        yield SheetButton("apply", "Give the leave", "enter", danger=True)

    def begin(self) -> None:
        """In the reason."""
        self.reason.focus_input()
        self.foot("enter in a field gives it")

    def pressed(self, name: str) -> None:
        """Give it, or point at what is wrong."""
        reason, minutes = self.reason.value.strip(), self.minutes.value.strip()
        self.reason.error = "" if len(reason) >= SHORTEST_REASON else "A few words that stay on record."
        good = minutes.isdecimal() and 1 <= int(minutes) <= LONGEST_MINUTES
        self.minutes.error = "" if good else f"A number from 1 to {LONGEST_MINUTES}."
        self.call_after_refresh(self.fit)
        if self.reason.error or self.minutes.error:
            (self.reason if self.reason.error else self.minutes).focus_input()
            return
        self.dismiss(Leave(int(minutes), reason, self._asked.value == "always"))


class PasteSheet(Sheet[bool]):
    """Shows the lines before they are typed into a program that would run each of them."""

    OFFERS = (Yes,)
    title_words = "Paste several lines?"
    wide = 100

    def __init__(self, server_name: str, lines: Sequence[str]) -> None:
        super().__init__()
        self._server, self._pasted = server_name, list(lines)

    def words(self) -> ComposeResult:
        """The lines, and what happens to them."""
        count = len(self._pasted)
        told = "1 line that ends, so that it runs" if count == 1 else f"{count} lines"
        lines: list[Words] = [
            [
                f"The program on {plain(self._server)} does not tell pasting from typing: ",
                Toned(told, Role.STRONG),
            ],
            ["will run there one after the other, as if you had typed them."],
            [],
        ]
        lines += [[Toned("  " + plain(line), Role.STRONG)] for line in self._pasted[:SHOWN_LINES]]
        if count > SHOWN_LINES:
            lines.append([Toned(f"  and {count - SHOWN_LINES} more", Role.MUTED)])
        yield Told(lines)

    def buttons(self) -> Iterable[SheetButton]:
        """No, then yes."""
        yield SheetButton("cancel", "Don't paste", "esc")
        yield SheetButton("apply", "Paste", "y", danger=True)

    def why_no_yes(self) -> str | None:
        """Nothing stands in the way."""
        return None

    def say_yes(self) -> None:
        """Paste."""
        self.dismiss(True)

    def pressed(self, name: str) -> None:
        """Paste was clicked."""
        self.say_yes()


class ClipboardSheet(PasteSheet):
    """Asks, once a session, whether a program may put text on the operator's clipboard."""

    title_words = "Let this shell write to your clipboard?"

    def words(self) -> ComposeResult:
        """What it wants to put there."""
        lines: list[Words] = [
            [f"A program on {plain(self._server)} wants to put text on your clipboard, beginning with:"],
            [],
            *[[Toned("  " + plain(line)[:90], Role.STRONG)] for line in self._pasted[:SHOWN_LINES]],
            [],
            ["The answer holds for this session. Reading your clipboard is always refused."],
        ]
        yield Told(lines)

    def buttons(self) -> Iterable[SheetButton]:
        """No, then yes."""
        yield SheetButton("cancel", "Refuse", "esc")
        yield SheetButton("apply", "Allow", "y", danger=True)
