"""The terminal tab: a shell on the server, its frame double while it has the keyboard."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget

from daoflow_core.errors import ScopeDenied
from daoflow_core.model.terminal import ShellChoice
from daoflow_tui.commands.terminal import PANE_COMMANDS
from daoflow_tui.screens import shells
from daoflow_tui.screens.host_shell import HostShell, ShellState
from daoflow_tui.screens.leave import may_open, refusal_of
from daoflow_tui.screens.panes import terminal_words as words
from daoflow_tui.screens.panes.shell_talk import ShellTalk
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.sheets.terminal_closing import closing_sheet
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.blank import Blank
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.terminal_canvas import TerminalCanvas
from daoflow_tui.widgets.terminal_view import TerminalView

CHOICES = {
    ShellChoice.LOGIN: "the login shell of the user",
    ShellChoice.BASH: "bash, where the host has it",
    ShellChoice.SH: "sh, which every host has",
}


class TerminalPane(ShellTalk):
    """Shows one shell of the server; others go on unseen."""

    OFFERS = PANE_COMMANDS
    DEFAULT_CSS = """
    TerminalPane #shell { height: 1fr; }
    TerminalPane TerminalView { display: none; }
    TerminalPane.-shell TerminalView { display: block; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.blank = Blank()
        self._needs_leave: bool | None = None

    def compose(self) -> ComposeResult:
        """The frame with the screen of the shell, or with words where there is none."""
        with Pane(id="shell"):
            yield self.blank
            yield self.terminal

    @property
    def seat(self) -> Widget:
        """The screen of the shell; without one the tab itself."""
        return self.terminal

    def begin(self) -> None:
        """Show the newest shell of this server, as it was left."""
        known = shells.shells_of(self.program, self.server_id)
        if self.shell not in known:
            self.show_shell(known[-1] if known else None)
        super().begin()

    def show_shell(self, shell: HostShell | None) -> None:
        """Put one on the screen."""
        if self.shell is not None and self.shell is not shell:
            self.shell.view = None
        self.shell = shell
        self.set_class(shell is not None, "-shell")
        if shell is not None:
            shell.view = self.terminal
        self._connect()

    def _connect(self) -> None:
        """Let what is typed go where the shell is now."""
        shell = self.shell
        if shell is None:
            self.terminal.show(None, None)
        else:
            self.terminal.show(shell.emulation, shell.type if shell.is_open else None)
        if self.is_mounted:
            self.say()

    # Opening

    def why_no_shell(self) -> str | None:
        """Why nothing may be sent to the server now; the leave itself is asked for when it is missing."""
        return self.hub.why_no_terminal()

    def show_or_take(self, shell: HostShell | None) -> None:
        """Show one that was chosen; without a choice take the keyboard, if nothing stands in the way."""
        if shell is not None:
            self.show_shell(shell)
            self.begin()
            self.refresh_pane()
        elif (why := self.why_no_shell()) is None:
            self.take()
        else:
            self.notify(why, title="Terminal", severity="warning", markup=False)

    def take(self) -> None:
        """Give the shell the keyboard; open one, or connect again, where none is open."""
        if self.shell is None:
            self.open_shell(ShellChoice.LOGIN)
        elif self.shell.is_open:
            self.terminal.capture()
        else:
            begin_work(self, partial(self._open, self.shell.choice, self.shell), "open")

    def open_shell(self, choice: ShellChoice) -> None:
        """Open one, after the leave for it was given."""
        begin_work(self, partial(self._open, choice, None), "open")

    def choose_another(self) -> None:
        """Ask which program."""
        choices = [Choice(one.value, one.value, what) for one, what in CHOICES.items()]

        def take(key: str | None) -> None:
            if key is not None:
                self.open_shell(ShellChoice(key))

        self.app.push_screen(ChoiceSheet("Which shell?", choices), take)

    async def _open(self, choice: ShellChoice, again: HostShell | None) -> None:
        view = self.view
        if view is None or not await may_open(self.program, view):
            return
        if again is not None:
            shells.open_again(self.program, again)
            self._connect()
        else:
            room = self.terminal.size if self.shell is not None else self.query_one("#shell").content_size
            size = (max(room.width, 2), max(room.height, 2))
            self.show_shell(shells.open_shell(self.program, (view.id, view.name), choice, size))
        self.refresh_pane()
        self.terminal.capture()

    # Closing and choosing

    def close_shell(self) -> None:
        """Close an open one, put away one that is over."""
        if self.shell is not None and self.shell.is_open:
            begin_work(self, self._close, "close")
        elif self.shell is not None:
            shells.put_away(self.program, self.shell)
            left = shells.shells_of(self.program, self.server_id)
            self.show_shell(left[-1] if left else None)
            self.begin()
            self.refresh_pane()

    async def _close(self) -> None:
        shell, view = self.shell, self.view
        if shell is None or view is None:
            return
        running = await shells.foreground_of(self.program, shell)
        if running.busy is not False:
            sheet = closing_sheet(view, running, self.desk)
            if not await self.app.push_screen_wait(sheet):
                return
        shells.hang_up(self.program, shell)

    def choose_shell(self) -> None:
        """Offer every shell there is, on whichever server."""
        kept = {str(index): shell for index, shell in enumerate(self.desk.shells)}
        choices = [
            Choice(key, shell.server_name, shells.words_of(self.program, shell))
            for key, shell in kept.items()
        ]

        def take(key: str | None) -> None:
            if key is not None:
                self.run_worker(self.program.show_terminal(kept[key].server_id, kept[key]), group="show")

        self.app.push_screen(ChoiceSheet("Shells", choices), take)

    # What is said

    def refresh_pane(self) -> None:
        """The frame, and what stands in place of a screen."""
        if self.is_mounted:
            known = shells.shells_of(self.program, self.server_id)
            if self.shell is not None and self.shell not in known:
                self.show_shell(known[-1] if known else None)
            self._connect()
        super().refresh_pane()

    async def read(self) -> None:
        """Whether the leave has to be asked for."""
        view = self.view
        known = None if view is None else await self.answer(lambda console: refusal_of(console, view))
        self._needs_leave = None if known is None else isinstance(known[0], ScopeDenied)
        self.say()

    def say(self) -> None:
        """The frame's words, and those in place of a screen."""
        pane, shell, view = self.query_one("#shell", Pane), self.shell, self.view
        held = shell is not None and self.terminal.captured
        pane.set_class(held, "-held")
        self.hub.hold_keyboard(held)
        if shell is not None:
            pane.name_it(*words.title_of(shell, self.terminal))
            others = len(shells.shells_of(self.program, self.server_id)) - 1
            pane.foot(words.foot_of(self.terminal, others))
            refused = shell.state is ShellState.REFUSED
            self.blank.show(words.refusal_of(shell) if refused else None)
        elif view is not None:
            pane.name_it("Terminal")
            pane.foot("")
            self.blank.show(words.blank_of(view, self.why_no_shell(), self._needs_leave))
        self.tick()

    def status_left(self) -> list[Piece] | None:
        """Who has the keyboard, before everything else."""
        if self.shell is not None and self.terminal.captured:
            return words.banner(self.shell)
        return words.free_words(self.shell, self.desk)

    def status_right(self) -> list[Piece] | None:
        """Where else shells are open."""
        if self.terminal.captured:
            return words.recording_words(self.shell, short=self.is_thin)
        return words.other_sessions(self.shell, self.desk)

    # What the screen of the shell tells

    @on(TerminalView.Keyboard)
    def _keyboard_changed(self) -> None:
        self.say()
        self.hub.tick()

    @on(TerminalView.Taken)
    def _clicked(self) -> None:
        if self.shell is not None and self.shell.is_open:
            self.take()

    @on(TerminalCanvas.Sized)
    def _sized(self, event: TerminalCanvas.Sized) -> None:
        if self.shell is not None and event.columns > 1 and event.rows > 1:
            self.shell.resize(event.columns, event.rows)
            self.say()

    @on(TerminalCanvas.Scrolled)
    @on(TerminalView.Marked)
    @on(TerminalView.Pointed)
    def _moved(self) -> None:
        self.say()

    def yield_keyboard(self) -> None:
        """The shell goes on without it."""
        self.terminal.release()
