"""The managed SSH keys: public facts only, which servers use them, when they were used."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from daoflow_tui.commands.lists import KEYS_COMMANDS
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.times import ago
from daoflow_tui.screens.words import Told, Words, labelled
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.blank import Blank, Empty, Loading, NextKey
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.model.assets import SshKey

COLUMNS = (
    Column("state", "STATE", 9),
    Column("name", "NAME", 14, flex=True, max_width=34),
    Column("type", "TYPE", 9),
    Column("fingerprint", "FINGERPRINT", 50, drop=9),
    Column("used", "USED BY", 12),
    Column("last", "LAST USED", 9),
)
NONE_YET = Empty(
    "No managed SSH keys.",
    "A key is taken in when a server is added with it: sealed in the vault, kept once however many servers use it.",
    (NextKey("S", "go to the servers, a adds one"),),
)


class KeysScreen(Place):
    """Read only: keys are taken in with a server."""

    OFFERS = KEYS_COMMANDS
    DEFAULT_CSS = """
    KeysScreen #keys { height: 1fr; }
    KeysScreen #key { height: 9; }
    KeysScreen #key Told { padding: 0 1; }
    """
    letter = "K"

    def __init__(self) -> None:
        super().__init__()
        self.table = VirtualTable(COLUMNS, marking=False, empty="No key fits the filter; esc clears it.")
        self.blank = Blank(Loading("reading the managed keys"))
        self.told = Told()
        self.filter = ""
        self._keys: dict[str, SshKey] = {}

    def body(self) -> ComposeResult:
        """The list, and the key under the cursor."""
        with Pane("SSH keys", id="keys"):
            yield self.blank
            yield self.table
        with Pane("Key", id="key"):
            yield self.told

    def begin(self) -> None:
        """Begin in the list."""
        super().begin()
        self.table.display = False
        self.table.focus()

    def refresh_place(self) -> None:
        """Read the keys again."""
        super().refresh_place()
        if self.program.session.console is not None:
            begin_work(self, self._read, "keys")

    async def _read(self) -> None:
        keys = await self.answer(lambda console: console.keys.list())
        if keys is not None:
            self._keys = {key.id: key for key in keys}
            self._draw()

    def _draw(self) -> None:
        self.blank.show(None if self._keys else NONE_YET)
        self.table.display = bool(self._keys)
        self.table.set_rows(self._row(key) for key in self._keys.values())
        self.table.set_filter(self._accepting())
        self.query_one("#keys", Pane).name_it("SSH keys", f"{len(self.table.rows)}")
        self._draw_key()

    def _row(self, key: SshKey) -> Row:
        users = self.desk.fleet.using_key(key.id)
        state = State("in use", Role.GOOD) if users else State("unused", Role.OLD)
        used = users[0] if len(users) == 1 else f"{len(users)} servers" if users else Toned("-", Role.MUTED)
        last = ago(key.last_used_at, self.desk.now(), self.desk.times)
        return Row(key.id, (state, key.name, key.key_type, key.fingerprint, used, last))

    def _accepting(self) -> Callable[[Row], bool] | None:
        words = self.filter.casefold().split()
        if not words:
            return None
        return lambda row: all(
            word
            in f"{self._keys[row.id].name} {self._keys[row.id].fingerprint} {self._keys[row.id].key_type}".casefold()
            for word in words
        )

    @property
    def key(self) -> SshKey | None:
        """The one under the cursor."""
        return self._keys.get(self.table.cursor_id or "")

    @property
    def row_id(self) -> str | None:
        """Its id."""
        return self.table.cursor_id

    def _draw_key(self) -> None:
        key = self.key
        self.query_one("#key", Pane).name_it("" if key is None else key.name, "" if key is None else key.id)
        self.told.show([] if key is None else self._lines(key))

    def _lines(self, key: SshKey) -> list[Words]:
        now, times = self.desk.now(), self.desk.times
        users = ", ".join(self.desk.fleet.using_key(key.id)) or "no server"
        return [
            labelled("Key", f"{key.key_type}, {key.bits} bits  {key.fingerprint}"),
            labelled("Public", key.public_key),
            labelled("Used by", users),
            labelled(
                "Taken in",
                ago(key.created_at, now, times),
                Toned("   last login with it ", Role.MUTED),
                ago(key.last_used_at, now, times),
            ),
            labelled("Private", "sealed in the vault, never shown and never copied"),
        ]

    @on(VirtualTable.RowHighlighted)
    def _other_key(self) -> None:
        self._draw_key()
        self.tick()

    @on(VirtualTable.RowOpened)
    def _opened(self) -> None:
        self.show_json()

    def status_right(self) -> list[Piece]:
        """What can be copied."""
        return [Toned("y copies public parts and fingerprints only", Role.MUTED)]

    def open_search(self) -> None:
        """Filter by name, type or fingerprint."""
        self.search_bar.open(self.filter, "name, type or fingerprint")

    def searched(self, words: str) -> None:
        """Narrow the list while one types."""
        self.filter = words
        self.table.set_filter(self._accepting())
        self._draw_key()

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
        """Public facts."""
        key = self.key
        if key is not None:
            choices = [
                Choice("name", "name", key.name),
                Choice("fingerprint", "fingerprint", key.fingerprint),
                Choice("public", "public key", key.public_key),
                Choice("id", "id", key.id),
            ]
            offer_copy(self, f"Copy of {key.name}", choices)

    def show_json(self) -> None:
        """Every public fact."""
        if self.key is not None:
            self.app.push_screen(
                TextSheet(
                    f"{self.key.name} as JSON", json.dumps(asdict(self.key), indent=2, ensure_ascii=False)
                )
            )
