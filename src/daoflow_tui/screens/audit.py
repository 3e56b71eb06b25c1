"""The audit trail, newest first: who did what, when, under which scope, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from daoflow_tui.commands.lists import AUDIT_COMMANDS
from daoflow_tui.screens.audit_words import COLUMNS, ENDINGS, chain_state, detail_of, json_of
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.times import clock_time
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.blank import Blank, Loading
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.model.audit import AuditEntry

PAGE = 300
NOTHING_YET = "Nothing is recorded yet: every change, and who asked for it, will stand here."
NONE_FITS = "No entry fits the filter; esc clears it."


class AuditScreen(Place):
    """Append-only: nothing here can be edited."""

    OFFERS = AUDIT_COMMANDS
    DEFAULT_CSS = """
    AuditScreen #trail { height: 1fr; }
    AuditScreen #entry { height: 9; }
    AuditScreen #entry Told { padding: 0 1; }
    AuditScreen.-narrow #entry { height: 8; }
    """
    letter = "A"

    def __init__(self) -> None:
        super().__init__()
        self.table = VirtualTable(COLUMNS, marking=False, empty=NOTHING_YET)
        self.blank = Blank(Loading("reading the audit trail"))
        self.told = Told()
        self.filter = ""
        self._chain = State("chain not checked yet, c checks it", Role.UNKNOWN)
        self._entries: dict[str, AuditEntry] = {}
        self._whole = False

    def body(self) -> ComposeResult:
        """The trail, and the entry under the cursor."""
        with Pane("Audit", "newest first", id="trail"):
            yield self.blank
            yield self.table
        with Pane("Entry", id="entry"):
            yield self.told

    def begin(self) -> None:
        """Begin in the list."""
        super().begin()
        self.table.focus()

    def refresh_place(self) -> None:
        """Read what is new."""
        super().refresh_place()
        if self.program.session.console is not None:
            begin_work(self, self._read_newest, "audit")

    async def _read_newest(self) -> None:
        newest = await self.answer(lambda console: console.audit.list(PAGE))
        if newest is None:
            return
        known = self._entries
        fresh = {str(entry.sequence): entry for entry in newest}
        joined = any(one in known for one in fresh)
        self._entries = (
            {**fresh, **{one: entry for one, entry in known.items() if one not in fresh}} if joined else fresh
        )
        self._whole = len(newest) < PAGE if not joined else self._whole or len(newest) < PAGE
        self._draw()

    async def _read_older(self) -> None:
        last = min((entry.sequence for entry in self._entries.values()), default=0)
        older = await self.answer(lambda console: console.audit.list(PAGE, last))
        if older is not None:
            self._whole = len(older) < PAGE
            self._entries.update({str(entry.sequence): entry for entry in older})
            self._draw()

    def _draw(self) -> None:
        self.blank.show(None)
        self.table.set_empty(NONE_FITS if self._entries else NOTHING_YET)
        self.table.set_rows(self._row(entry) for entry in self._entries.values())
        self.table.set_filter(self._accepting())
        newest = next(iter(self._entries.values()), None)
        count = 0 if newest is None else newest.sequence
        self.query_one("#trail", Pane).name_it("Audit", f"newest first, {count} entries", self._chain)
        self._draw_entry()

    def _row(self, entry: AuditEntry) -> Row:
        word = entry.outcome if entry.phase.value != "intent" else "intent"
        cells = (
            str(entry.sequence),
            clock_time(entry.at, self.desk.times),
            entry.actor,
            entry.action,
            self._target(entry),
            State(word, ENDINGS.get(word, Role.LOOK)),
            Toned(detail_of(entry), Role.MUTED),
        )
        return Row(str(entry.sequence), cells)

    def _target(self, entry: AuditEntry) -> str:
        """A server by its name while it is in the inventory, else as recorded."""
        kind, _, one = entry.target.partition("/")
        view = self.desk.fleet.get(one)
        return view.name if kind == "server" and view is not None else entry.target

    def _accepting(self) -> Callable[[Row], bool] | None:
        words = self.filter.casefold().split()
        if not words:
            return None
        return lambda row: all(word in self._words(row.id) for word in words)

    def _words(self, row_id: str) -> str:
        entry = self._entries[row_id]
        told = (
            entry.actor,
            entry.action,
            self._target(entry),
            entry.target,
            entry.outcome,
            entry.phase.value,
            detail_of(entry),
        )
        return " ".join(told).casefold()

    @property
    def entry(self) -> AuditEntry | None:
        """The one under the cursor."""
        return self._entries.get(self.table.cursor_id or "")

    @property
    def row_id(self) -> str | None:
        """Its number."""
        return self.table.cursor_id

    def _draw_entry(self) -> None:
        entry = self.entry
        self.query_one("#entry", Pane).name_it("Entry" if entry is None else f"Entry {entry.sequence}")
        self.told.show([] if entry is None else self._lines(entry))

    def _lines(self, entry: AuditEntry) -> list[Words]:
        gap = Toned("   scope ", Role.MUTED)
        lines: list[Words] = [
            labelled("Who", entry.actor, gap, entry.scope, Toned("   at ", Role.MUTED), entry.at),
            labelled(
                "What",
                entry.action,
                Toned("   on ", Role.MUTED),
                self._target(entry),
                Toned("" if self._target(entry) == entry.target else f"  {entry.target}", Role.MUTED),
            ),
            labelled("Detail", detail_of(entry) or Toned("none", Role.MUTED)),
            labelled("Hash", f"{entry.hash[:16]}", Toned("   after ", Role.MUTED), entry.previous[:16]),
        ]
        if entry.operation_id:
            lines.append(labelled("Log of", entry.operation_id, Toned("   enter opens its log", Role.MUTED)))
        return lines

    @on(VirtualTable.RowHighlighted)
    def _other_entry(self) -> None:
        self._draw_entry()
        self.tick()
        near_end = self.table.rows.cursor >= len(self.table.rows) - 5
        if near_end and self._entries and not self._whole and not self.filter:
            begin_work(self, self._read_older, "older")

    @on(VirtualTable.RowOpened)
    async def _opened(self) -> None:
        if self.why_no_log() is None:
            await self.open_log()
        else:
            self.show_json()

    # The chain

    def check_chain(self) -> None:
        """Every row, the head, the guards, the anchors."""
        self._chain = State("checking the chain", Role.RUNNING)
        self._draw()
        begin_work(self, self._verify, "verify")

    async def _verify(self) -> None:
        found = await self.answer(lambda console: console.audit.verify())
        self._chain = State("chain not checked", Role.UNKNOWN) if found is None else chain_state(found)
        self._draw()
        if found is not None and not found.ok:
            self.notify(
                f"The audit trail does not verify: {found.reason} Keep a copy of the store as it is, and find out who "
                "had access to it.",
                severity="error",
                timeout=15,
                markup=False,
            )

    # What commands ask for

    def why_no_log(self) -> str | None:
        """A change of the store has no operation."""
        return (
            None
            if self.entry and self.entry.operation_id
            else "This entry has no operation, so there is no log of it."
        )

    async def open_log(self) -> None:
        """The operation's."""
        if self.entry is not None and self.entry.operation_id:
            await self.program.show_log(self.entry.operation_id)

    def status_left(self) -> list[Piece]:
        """The filter."""
        return [
            Toned("/ filter: ", Role.MUTED),
            Toned(self.filter or "(none)", Role.KEY if self.filter else Role.MUTED),
        ]

    def status_right(self) -> list[Piece]:
        """What this list is."""
        return [Toned("append-only: nothing here can be edited", Role.MUTED)]

    def open_search(self) -> None:
        """Filter the entries that were read."""
        self.search_bar.open(self.filter, "who, action, target, outcome")

    def searched(self, words: str) -> None:
        """Narrow the list while one types."""
        self.filter = words
        self.table.set_filter(self._accepting())
        self._draw_entry()
        self.tick()

    def give_back_keyboard(self) -> None:
        """Into the list."""
        self.table.focus()

    def go_back(self) -> None:
        """Clear the filter first."""
        if not self.search_bar.is_open and self.filter:
            self.searched("")
        else:
            super().go_back()

    def copy_row(self) -> None:
        """Its hash, its operation, or all of it."""
        entry = self.entry
        if entry is None:
            return
        choices = [Choice("hash", "hash", entry.hash), Choice("target", "target", entry.target)]
        if entry.operation_id:
            choices.append(Choice("operation", "operation id", entry.operation_id))
        offer_copy(
            self, f"Copy of entry {entry.sequence}", [*choices, Choice("json", "JSON", json_of(entry))]
        )

    def show_json(self) -> None:
        """As it is recorded."""
        if self.entry is not None:
            self.app.push_screen(TextSheet(f"Entry {self.entry.sequence} as JSON", json_of(self.entry)))
