"""What every tab of a server has: the hub it stands in, and its part of the hub's keys and status line."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.containers import Vertical
from textual.widget import Widget

from daoflow_tui.commands.node import CommandNode
from daoflow_tui.screens.base import program_of
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.line import Piece

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_tui.app import DaoFlowApp
    from daoflow_tui.desk import Desk
    from daoflow_tui.screens.fleet import ServerView
    from daoflow_tui.screens.server import ServerScreen

T = TypeVar("T")
THIN, LOW = 100, 30
"""Cells and lines below which a tab shows less at once; a widget's own styles can't ask the screen's classes."""


class HubPane(CommandNode, Vertical):
    """One tab's content; it reads while it is on screen, and keeps what it knew while it is not."""

    DEFAULT_CSS = "HubPane { height: 1fr; }"

    @property
    def hub(self) -> ServerScreen:
        """The screen of this server."""
        return cast("ServerScreen", self.screen)

    @property
    def program(self) -> DaoFlowApp:
        """The app, by its own type."""
        return program_of(self)

    @property
    def desk(self) -> Desk:
        """What the screens share."""
        return self.program.desk

    @property
    def server_id(self) -> str:
        """The server's id."""
        return self.hub.server_id

    @property
    def view(self) -> ServerView | None:
        """The server; None after it was removed."""
        return self.hub.server

    def on_mount(self) -> None:
        """Begin as soon as there is something to see."""
        self.on_resize()
        if self.hub.pane is self:  # another tab may have been gone to meanwhile
            self.begin()
        self.refresh_pane()

    def on_resize(self) -> None:
        """On a thin screen one pane at a time, on a low one without what is only nice to have."""
        self.set_class(self.is_thin, "-thin")
        self.set_class(self.app.size.height < LOW, "-low")

    @property
    def is_thin(self) -> bool:
        """Whether there is no room for panes beside each other."""
        return self.app.size.width < THIN

    # What each tab has of its own

    @property
    def seat(self) -> Widget:
        """Where the keyboard belongs on this tab now."""
        return self

    def begin(self) -> None:
        """Put the keyboard there; while that is not shown the tab itself holds it, so that its keys answer."""
        seat = self.seat
        self.can_focus = seat is self or not seat.display
        self.screen.set_focus(self if self.can_focus else seat)  # at once: the next key belongs there

    def keep_keyboard(self) -> None:
        """After something was shown or hidden: the keyboard must not be left in what is gone."""
        focused = self.screen.focused
        way = [] if focused is None else focused.ancestors_with_self
        hidden = self in way and any(not node.display for node in way[: way.index(self)])
        if focused is None or focused is self or hidden:
            self.begin()

    def refresh_pane(self) -> None:
        """Something was written: read again what this tab shows."""
        if self.program.session.console is not None:
            begin_work(self, self.read, "read")
        self.tick()

    async def read(self) -> None:
        """Ask the core, and take what it knows."""

    def tick(self) -> None:
        """Once a second while on screen: ages and countdowns."""

    def status_left(self) -> list[Piece] | None:
        """What the tab tells at the left; None leaves it to the last operation."""
        return None

    def status_right(self) -> list[Piece] | None:
        """What the tab tells at the right; None leaves it to the next check."""
        return None

    def take_keyboard_back(self) -> None:
        """From the search line to where one came from."""
        self.begin()

    def searched(self, words: str) -> None:
        """The words of the search line changed."""

    def search_kept(self, words: str) -> None:
        """The words of the search line stand."""
        self.searched(words)

    def yield_keyboard(self) -> None:
        """Another screen is gone to: what held every key lets go."""

    def end_something(self) -> bool:
        """One step back inside the tab; False when there is nothing to end."""
        return False

    def why_no_errand(self) -> str | None:
        """Why what this tab asks of the server can't be asked now."""
        return "There is nothing to ask of the server on this tab."

    def begin_errand(self) -> None:
        """Ask it."""

    def copy_row(self) -> bool:
        """Offer what can be copied here; False leaves it to the hub."""
        return False

    def show_json(self) -> bool:
        """Show what is here as JSON; False leaves it to the hub."""
        return False

    def log_of_row(self) -> str | None:
        """The operation behind what is under the cursor."""
        return None

    async def answer(self, question: Callable[[Console], Coroutine[Any, Any, T]]) -> T | None:
        """The core's answer; an error is told in a sheet, and the answer is None."""
        return await self.hub.answer(question)
