"""The keys of every log: moving, following, folding and going from one found line to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.widgets.table_commands import Unit

if TYPE_CHECKING:
    from daoflow_tui.widgets.log_view import VirtualLog


class _Scroll(Command["VirtualLog"]):
    group = "Logs"
    in_palette = False
    step: ClassVar[int] = 1
    unit: ClassVar[Unit] = Unit.LINE

    def run(self, log: VirtualLog) -> None:
        log.step(self.step * self.unit.lines(log.page_lines, 0))


class LineUp(_Scroll):
    """Scroll up by a line; following pauses."""

    id, keys, title, step = "log.up", ("up", "k"), "up", -1


class LineDown(_Scroll):
    """Scroll down by a line."""

    id, keys, title = "log.down", ("down", "j"), "down"


class HalfUp(_Scroll):
    """Scroll up by half a page; following pauses."""

    id, keys, title, step, unit = "log.half-up", ("ctrl+u",), "half page up", -1, Unit.HALF


class HalfDown(_Scroll):
    """Scroll down by half a page."""

    id, keys, title, unit = "log.half-down", ("ctrl+d",), "half page down", Unit.HALF


class PageUp(_Scroll):
    """Scroll up by a page; following pauses."""

    id, keys, title, step, unit = "log.page-up", ("pageup",), "page up", -1, Unit.PAGE


class PageDown(_Scroll):
    """Scroll down by a page."""

    id, keys, title, unit = "log.page-down", ("pagedown",), "page down", Unit.PAGE


class Top(Command["VirtualLog"]):
    """Go to the first line; following pauses."""

    id, keys, title, group, in_palette = "log.top", ("home", "g"), "first line", "Logs", False

    def run(self, log: VirtualLog) -> None:
        """Show the beginning."""
        log.reveal(0)


class Bottom(Command["VirtualLog"]):
    """Go to the last line."""

    id, keys, title, group, in_palette = "log.bottom", ("end", "G"), "last line", "Logs", False

    def run(self, log: VirtualLog) -> None:
        """Show the end."""
        log.go_end()


class Follow(Command["VirtualLog"]):
    """Follow new lines as they come, or pause so that the screen stands still."""

    id, keys, title, group, footer = "log.follow", ("f",), "follow", "Logs", 30

    def why_off(self, log: VirtualLog) -> str | None:
        """A finished log has no new lines."""
        return None if log.live else "This log is closed: no more lines will come."

    def run(self, log: VirtualLog) -> None:
        """Turn following on or off."""
        log.follow(not log.following)


class Wrap(Command["VirtualLog"]):
    """Fold long lines, or cut them at the edge."""

    id, keys, title, group, footer = "log.wrap", ("w",), "wrap", "Logs", 31

    def run(self, log: VirtualLog) -> None:
        """Turn folding on or off."""
        log.wrap(not log.wrapping)


class _Found(Command["VirtualLog"]):
    group = "Logs"

    def why_off(self, log: VirtualLog) -> str | None:
        return None if log.needle else "Nothing is searched for yet: / asks for the words."


class FindNext(_Found):
    """Go to the next line with the words searched for."""

    id, keys, title, footer = "log.find-next", ("n",), "next", 32

    def run(self, log: VirtualLog) -> None:
        """Search downwards."""
        log.find(backwards=False)


class FindPrevious(_Found):
    """Go to the previous line with the words searched for."""

    id, keys, title = "log.find-previous", ("N",), "previous"

    def run(self, log: VirtualLog) -> None:
        """Search upwards."""
        log.find(backwards=True)


LOG_COMMANDS: tuple[AnyCommand, ...] = (
    LineUp, LineDown, HalfUp, HalfDown, PageUp, PageDown, Top, Bottom, Follow, Wrap, FindNext, FindPrevious,
)  # fmt: skip
