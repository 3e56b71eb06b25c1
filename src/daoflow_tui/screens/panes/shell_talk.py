"""What passes between a shell and the operator on the terminal tab: pastes, the clipboard, searching, copying."""

from __future__ import annotations

from textual import on

from daoflow_tui.screens.host_shell import HostShell
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import copy_out, offer_copy
from daoflow_tui.terminal import pasting
from daoflow_tui.terminal.values import Clipboard, Position, Span
from daoflow_tui.widgets.terminal_view import TerminalView


class ShellTalk(HubPane):
    """`terminal` is the screen of the shell that is shown, if one is."""

    def __init__(self) -> None:
        super().__init__()
        self.terminal = TerminalView()
        self.shell: HostShell | None = None

    def say(self) -> None:
        """Draw what is told around the screen of the shell."""

    @on(TerminalView.PasteAsked)
    def _paste_asked(self, event: TerminalView.PasteAsked) -> None:
        from daoflow_tui.screens.sheets.terminal import PasteSheet

        def paste(yes: bool | None) -> None:
            if yes:
                self.terminal.paste(event.text)

        name = "" if self.shell is None else self.shell.server_name
        self.app.push_screen(PasteSheet(name, pasting.lines_of(event.text)), paste)

    @on(TerminalView.Told)
    def _program_asked(self, message: TerminalView.Told) -> None:
        if isinstance(message.event, Clipboard) and self.shell is not None:
            self._clipboard(self.shell, message.event)
        self.say()

    def _clipboard(self, shell: HostShell, event: Clipboard) -> None:
        """Once a session the operator is asked; an answer that is awaited already covers what comes meanwhile."""
        from daoflow_tui.screens.sheets.terminal import ClipboardSheet

        def answered(yes: bool | None) -> None:
            shell.may_copy = bool(yes)
            if yes:
                copy_out(self.hub, "text of the shell", event.text)

        if shell.may_copy:
            copy_out(self.hub, "text of the shell", event.text)
        elif shell.may_copy is None and self.app.screen is self.hub:
            self.app.push_screen(ClipboardSheet(shell.server_name, pasting.lines_of(event.text)), answered)

    # The hub's keys

    def copy_row(self) -> bool:
        """What is selected at once; else the choice of what there is."""
        if self.shell is None:
            return False
        if text := self.terminal.selected_text():
            copy_out(self.hub, "selection", text)
            self.terminal.end_marks()
            self.say()
            return True
        choices = [
            Choice("screen", "what is on screen", self._text(shown=True)),
            Choice("all", "everything that is kept", self._text(shown=False)),
            *([Choice("op", "operation id", self.shell.operation_id)] if self.shell.operation_id else []),
        ]
        offer_copy(self.hub, f"Copy from the shell on {self.shell.server_name}", choices)
        return True

    @on(TerminalView.CopyAsked)
    def _copy_asked(self) -> None:
        self.copy_row()

    def _text(self, *, shown: bool) -> str:
        emulation = self.terminal.emulation
        if emulation is None:
            return ""
        with emulation.engine() as engine:
            top = engine.history() - engine.offset() if shown else 0
            last = (top if shown else engine.history()) + engine.rows - 1
            return engine.text(Span(Position(top, 0), Position(last, engine.columns - 1))).rstrip("\n")

    def log_of_row(self) -> str | None:
        """The operation of the shell."""
        return None if self.shell is None else self.shell.operation_id or None

    def open_search(self) -> None:
        """The line to type words into; enter searches."""
        self.hub.search_bar.open(self.terminal.needle, "words; enter searches, n older, N newer")

    def search_kept(self, words: str) -> None:
        """Look for them."""
        self.terminal.search(words)

    def searched(self, words: str) -> None:
        """Only the whole word is looked for; none end it."""
        if not words:
            self.terminal.search("")

    def end_something(self) -> bool:
        """Selection and search first, then back to the end of the buffer."""
        if self.terminal.end_marks():
            self.say()
            return True
        if self.terminal.scrolled:
            self.terminal.scroll_view(0)
            return True
        return False
