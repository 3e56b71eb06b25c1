"""What every sheet has: a frame with a title, its words, and buttons of which the safe one has the keyboard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from textual import events
from textual.app import ComposeResult, RenderResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widget import Widget

from daoflow_tui.commands.node import CommandNode
from daoflow_tui.commands.sheets import SHEET_COMMANDS, Press
from daoflow_tui.screens.base import program_of
from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.fields import Field
from daoflow_tui.widgets.pane import title_content
from daoflow_tui.widgets.too_small import TooSmall

if TYPE_CHECKING:
    from daoflow_tui.app import DaoFlowApp
    from daoflow_tui.desk import Desk

ResultT = TypeVar("ResultT")
LOW = 30
"""Lines below which a sheet does without its inner margin."""
BESIDE = 6
"""Lines of frame, margin and buttons."""


class SheetButton(CommandNode, Widget, can_focus=True):
    """`[ Keep it blocked  esc ]`: its words, and the key that presses it from anywhere in the sheet.

    A dangerous one never takes the keyboard, so that enter can't press it; its own key and a click do.
    """

    OFFERS = (Press,)
    DEFAULT_CSS = """
    SheetButton { width: auto; height: 1; margin-left: 2; color: $foreground; }
    SheetButton:focus { background: $cursor; text-style: $cursor-style; }
    SheetButton:nocolor:focus { text-style: reverse; }
    SheetButton.-danger { color: $error; text-style: bold; }
    SheetButton:disabled { color: $muted; text-style: none; }
    """

    @dataclass
    class Pressed(Message):
        """A button was pressed or clicked."""

        name: str

    def __init__(self, name: str, words: str, key: str = "", *, danger: bool = False) -> None:
        super().__init__(id=f"button-{name}", classes="-danger" if danger else None)
        self.button_name, self.words, self.key = name, words, key
        self.can_focus = not danger

    def render(self) -> RenderResult:
        """Brackets, words, key."""
        key = f"  {self.key}" if self.key else ""
        return Content(f"[ {plain(self.words)}{key} ]")

    def get_content_width(self, container: object, viewport: object) -> int:
        """As wide as its words."""
        return len(self.words) + 4 + (len(self.key) + 2 if self.key else 0)

    def press(self) -> None:
        """Say that it was pressed."""
        self.post_message(self.Pressed(self.button_name))

    def on_click(self, event: events.Click) -> None:
        """As its key does."""
        event.stop()
        if not self.disabled:
            self.press()


class Asked(Vertical):
    """What is asked: when it grows, as by a sentence on a wrong field, the words above make room at once."""

    def on_resize(self) -> None:
        """Fit the sheet; its buttons would leave the screen otherwise."""
        if isinstance(self.screen, Sheet):
            self.screen.fit()


class Sheet(CommandNode, ModalScreen[ResultT]):
    """A frame over the place; `esc` closes it with nothing changed."""

    OFFERS = SHEET_COMMANDS
    DEFAULT_CSS = """
    Sheet { align: center middle; }
    Sheet #words { height: auto; scrollbar-size-vertical: 1; }
    Sheet #asks { height: auto; }
    Sheet .sheet--buttons { height: 1; margin-top: 1; align-horizontal: right; }
    """

    @property
    def program(self) -> DaoFlowApp:
        """The app, by its own type."""
        return program_of(self)

    @property
    def desk(self) -> Desk:
        """What the screens share."""
        return self.program.desk

    title_words = ""
    danger = False
    wide = 0
    """Cells, where the usual width is not enough."""
    long = False
    """Whether the words are longer than a screen: then they take the keyboard, to be scrolled."""

    def compose(self) -> ComposeResult:
        """Frame, words, buttons."""
        frame = Vertical(classes="sheet -danger" if self.danger else "sheet", id="frame")
        frame.border_title = title_content(self.title_words)
        if self.wide:
            frame.styles.width = self.wide
        with frame:
            with VerticalScroll(id="words", can_focus=self.long):
                yield from self.words()
            with Asked(id="asks"):
                yield from self.asks()
            with Horizontal(classes="sheet--buttons"):
                yield from self.buttons()
        yield TooSmall()

    def words(self) -> ComposeResult:
        """What the sheet says; scrolls when there is no room for all of it."""
        yield from ()

    def asks(self) -> ComposeResult:
        """What has to be filled in or chosen; always in sight."""
        yield from ()

    def on_resize(self) -> None:
        """Fit into the new size."""
        self.call_after_refresh(self.fit)

    def fit(self) -> None:
        """Give the words what the rest leaves: what is asked and the buttons never leave the screen."""
        low = self.app.size.height < LOW
        self.query_one("#frame").styles.padding = (0, 2) if low else (1, 2)
        rest = self.query_one("#asks").outer_size.height + (BESIDE - 2 if low else BESIDE)
        words = self.query_one("#words", VerticalScroll)
        words.styles.max_height = max(self.app.size.height - rest, 3)
        words.can_focus = self.long or words.virtual_size.height > self.app.size.height - rest

    def buttons(self) -> Iterable[SheetButton]:
        """The safe one first."""
        yield SheetButton("cancel", "Close", "esc")

    def name_it(self, title: str) -> None:
        """Change the frame's title."""
        self.query_one("#frame").border_title = title_content(title)

    def foot(self, words: str) -> None:
        """Say the keys of this sheet at the lower right of its frame."""
        self.query_one("#frame").border_subtitle = Content(plain(words))

    def on_mount(self) -> None:
        """Begin where this sheet begins."""
        self.begin()

    def begin(self) -> None:
        """The safe button has the keyboard, unless a sheet says otherwise."""
        self.query(SheetButton).first().focus()

    def go_on(self) -> None:
        """To the next field; from the last button straight to what has to be typed, past what only scrolls."""
        buttons = [one for one in self.query(SheetButton) if one in self.focus_chain]
        fields = [one for one in self.query("#asks Field").results(Field) if one.display]
        if fields and buttons and self.focused is buttons[-1]:
            self.set_focus(fields[0].input)  # at once: `focus` would let the next key go to the button
        else:
            self.focus_next()

    def cancel(self) -> None:
        """Close it; nothing was changed."""
        self.dismiss(None)

    def on_sheet_button_pressed(self, event: SheetButton.Pressed) -> None:
        """The first button is the way out."""
        event.stop()
        if event.name == "cancel":
            self.cancel()
        else:
            self.pressed(event.name)

    def pressed(self, name: str) -> None:
        """A button other than the way out."""
