"""The keys of a terminal: the way out while the shell has the keyboard, scrolling and selecting while it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.widgets.table_commands import Unit

if TYPE_CHECKING:
    from daoflow_tui.widgets.terminal_view import TerminalView


class Leader(Command["TerminalView"]):
    """Take the keyboard back from the shell, at once."""

    id, keys, title, group, footer = "terminal.leader", ("ctrl+]",), "gives the keyboard back", "Terminal", 1
    in_palette = False

    def applies(self, view: TerminalView) -> bool:
        """Only while the shell has it."""
        return view.captured

    def run(self, view: TerminalView) -> None:
        """Back."""
        view.release()


class SendLeader(Command["TerminalView"]):
    """Pressed while the keyboard is yours: type ctrl+] into the shell, and go on typing there."""

    id, keys, title, group = "terminal.send-leader", ("ctrl+]",), "type ctrl+] into the shell", "Terminal"

    def applies(self, view: TerminalView) -> bool:
        """Only a shell that runs has use for it."""
        return view.is_live and not view.captured

    def run(self, view: TerminalView) -> None:
        """Type it."""
        view.send_leader()


class Release(Command["TerminalView"]):
    """Take the keyboard back from the shell, at once."""

    id, keys, title, group, footer = "terminal.release", ("f12",), "does too", "Terminal", 2
    in_palette = False

    def applies(self, view: TerminalView) -> bool:
        """Only while the shell has it."""
        return view.captured

    def run(self, view: TerminalView) -> None:
        """Back."""
        view.release()


class _Free(Command["TerminalView"]):
    group = "Terminal"
    in_palette = False

    def applies(self, view: TerminalView) -> bool:
        return not view.captured


class _Move(_Free):
    step: ClassVar[int] = 1
    unit: ClassVar[Unit] = Unit.LINE

    def run(self, view: TerminalView) -> None:
        view.move(self.step * self.unit.lines(view.page_lines, 1_000_000))


class LineUp(_Move):
    """Scroll up by a line; while selecting, move the end of the selection."""

    id, keys, title, step = "terminal.up", ("up", "k"), "up", -1


class LineDown(_Move):
    """Scroll down by a line."""

    id, keys, title = "terminal.down", ("down", "j"), "down"


class HalfUp(_Move):
    """Scroll up by half a page."""

    id, keys, title, step, unit = "terminal.half-up", ("ctrl+u",), "half page up", -1, Unit.HALF


class HalfDown(_Move):
    """Scroll down by half a page."""

    id, keys, title, unit = "terminal.half-down", ("ctrl+d",), "half page down", Unit.HALF


class PageUp(_Move):
    """Scroll up by a page."""

    id, keys, title, step, unit = "terminal.page-up", ("pageup",), "page up", -1, Unit.PAGE


class PageDown(_Move):
    """Scroll down by a page."""

    id, keys, title, unit = "terminal.page-down", ("pagedown",), "page down", Unit.PAGE


class Oldest(_Move):
    """Go to the oldest line that is kept."""

    id, keys, title, step, unit = "terminal.oldest", ("home", "g"), "oldest line", -1, Unit.END


class Newest(_Move):
    """Go to the newest line."""

    id, keys, title, unit = "terminal.newest", ("end", "G"), "newest line", Unit.END


class Left(_Free):
    """While selecting, move the end of the selection to the left."""

    id, keys, title = "terminal.left", ("left", "h"), "left"

    def run(self, view: TerminalView) -> None:
        """One cell."""
        view.move_sideways(-1)


class Right(_Free):
    """While selecting, move the end of the selection to the right."""

    id, keys, title = "terminal.right", ("right", "l"), "right"

    def run(self, view: TerminalView) -> None:
        """One cell."""
        view.move_sideways(1)


class Select(_Free):
    """Begin to select where the cursor is; arrows move the end, y copies, esc ends."""

    id, keys, title, footer = "terminal.select", ("v",), "select", 45

    def run(self, view: TerminalView) -> None:
        """Begin, or begin anew."""
        view.begin_selection()


class _Found(_Free):
    def why_off(self, view: TerminalView) -> str | None:
        return None if view.needle else "Nothing is searched for yet: / asks for the words."


class FindNext(_Found):
    """Go to the next older place with the words searched for."""

    id, keys, title = "terminal.find-next", ("n",), "next"

    def run(self, view: TerminalView) -> None:
        """Search upwards, where the past is."""
        view.find(-1)


class FindPrevious(_Found):
    """Go to the next newer place with the words searched for."""

    id, keys, title = "terminal.find-previous", ("N",), "previous"

    def run(self, view: TerminalView) -> None:
        """Search downwards."""
        view.find(1)


WAYS_OUT: tuple[AnyCommand, ...] = (Leader, Release)
"""All that is in reach while the shell has the keyboard."""
TERMINAL_COMMANDS: tuple[AnyCommand, ...] = (
    *WAYS_OUT, SendLeader, LineUp, LineDown, HalfUp, HalfDown, PageUp, PageDown, Oldest, Newest, Left, Right,
    Select, FindNext, FindPrevious,
)  # fmt: skip
