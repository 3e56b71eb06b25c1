"""One list of the place for keys and certificates: rows, filter, what is said when none is there or readable."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.app import ComposeResult

from daoflow_core.errors import DaoflowError, ReadOnly, ScopeDenied
from daoflow_tui.commands.node import CommandNode
from daoflow_tui.screens.base import program_of
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.words import Words
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.blank import Blank, Denied, Empty, Failed, Loading, PaneState
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import State
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_tui.app import DaoFlowApp
    from daoflow_tui.desk import Desk

T = TypeVar("T")
KEEP, DETACH = "keep", "detach"


class AssetPane(CommandNode, Pane, Generic[T]):
    """Keys or certificates; subclasses say what a row is and do the verbs."""

    DEFAULT_CSS = """
    AssetPane { height: 1fr; }
    AssetPane VirtualTable.-bare { height: 0; }
    """
    heading = ""
    columns: tuple[Column, ...] = ()
    asking = ""
    none_yet = Empty("")

    def __init__(self, pane_id: str) -> None:
        super().__init__(self.heading, id=pane_id)
        self.table = VirtualTable(self.columns, marking=False, empty="No row fits the filter; esc clears it.")
        self.blank = Blank(Loading(self.asking))
        self.items: dict[str, T] = {}
        self.filter = ""
        self._read = False

    def compose(self) -> ComposeResult:
        """What is to be said, and the list; without rows the list keeps the keyboard and takes no room."""
        yield self.blank
        yield self.table

    def on_mount(self) -> None:
        """Nothing is known yet."""
        super().on_mount()
        self.table.add_class("-bare")

    @property
    def program(self) -> DaoFlowApp:
        """The app, by its own type."""
        return program_of(self)

    @property
    def desk(self) -> Desk:
        """What the screens share."""
        return self.program.desk

    # What each list has of its own

    @abstractmethod
    async def read(self) -> Mapping[str, T]:
        """Every item by its id, from the core."""

    @abstractmethod
    def row(self, item: T) -> Row:
        """One item's line."""

    @abstractmethod
    def words(self, item: T) -> str:
        """What the filter looks at."""

    @abstractmethod
    def lines(self, item: T) -> list[Words]:
        """What the details say of it."""

    @abstractmethod
    def name_of(self, item: T) -> str:
        """Its name."""

    @abstractmethod
    def document(self, item: T) -> dict[str, Any]:
        """Every public fact."""

    @abstractmethod
    def choices(self, item: T) -> list[Choice]:
        """What can be copied."""

    def state(self) -> State | None:
        """What the title says beside the count."""
        return None

    # Reading and drawing

    async def refresh_list(self) -> None:
        """Read the list again; what can't be read is said above what was known."""
        try:
            found = await self.read()
        except (ScopeDenied, ReadOnly) as error:
            self._say(Denied(f"{error.message} {error.why}".strip()))
        except DaoflowError as error:
            self._say(Failed(error.message, stderr=f"{error.why} {error.next_step}".strip()))
        else:
            self.items, self._read = dict(found), True
            self._say(None if self.items else self.none_yet)
        self.draw()

    def _say(self, state: PaneState | None) -> None:
        self.blank.show(state)

    def draw(self) -> None:
        """The rows as they are known."""
        self.table.set_class(not self.items, "-bare")
        self.table.set_rows(self.row(item) for item in self.items.values())
        self.apply_filter(self.filter)

    def apply_filter(self, words: str) -> None:
        """Show only rows with all these words."""
        self.filter = words
        self.table.set_filter(self._accepting())
        shown, known = len(self.table.rows), len(self.items)
        note = f"{shown} shown of {known}" if words else f"{known}"
        self.name_it(self.heading, note if self._read else "", self.state())

    def _accepting(self) -> Callable[[Row], bool] | None:
        wanted = self.filter.casefold().split()
        if not wanted:
            return None

        def accepts(row: Row) -> bool:
            said = self.words(self.items[row.id]).casefold()
            return all((word[1:] not in said) if word[:1] == "!" else (word in said) for word in wanted)

        return accepts

    @property
    def item(self) -> T | None:
        """The one under the cursor."""
        return self.items.get(self.table.cursor_id or "")

    @property
    def row_id(self) -> str | None:
        """Its id."""
        return self.table.cursor_id

    # What commands ask for

    def add_asset(self) -> None:
        """Offer the ways of taking one in."""

    def generate_asset(self) -> None:
        """Make one; only keys can be made."""

    def rotate_asset(self) -> None:
        """Open the form of another one in its place."""

    def open_users(self) -> None:
        """Open the servers that use it."""

    def remove_asset(self) -> None:
        """Ask to delete it."""
        item = self.item
        if item is not None:
            begin_work(self, partial(self.delete, item), "remove")

    @abstractmethod
    async def delete(self, item: T) -> None:
        """Delete it once that was agreed to."""

    async def agree_to_detach(self, name: str, users: Sequence[str]) -> bool:
        """One in use is not deleted unawares: see who uses it first, or go on and take it from them."""
        if not users:
            return True
        who = users[0] if len(users) == 1 else f"{len(users)} servers"
        choices = [
            Choice(KEEP, "keep it, show who uses it", ", ".join(users)),
            Choice(DETACH, "take it from them, delete…", "asks for its name first"),
        ]
        chosen = await self.app.push_screen_wait(ChoiceSheet(f"{name} is used by {who}", choices))
        if chosen == KEEP:
            self.open_users()
        return chosen == DETACH
