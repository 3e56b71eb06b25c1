"""Keys & certificates: two lists, who uses them, when they end; private parts are never shown."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll

from daoflow_tui.commands.lists import KEYS_COMMANDS
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.panes.assets import AssetPane
from daoflow_tui.screens.panes.certificates import CertificatesPane
from daoflow_tui.screens.panes.ssh_keys import SshKeysPane
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.words import Told
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.header import Fact
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable


class KeysScreen(Place):
    """Both lists and the one under the cursor; on a small screen one list at a time."""

    OFFERS = KEYS_COMMANDS
    DEFAULT_CSS = """
    KeysScreen #asset { height: 9; }
    KeysScreen #asset Told { padding: 0 1; }
    KeysScreen.-short #asset { height: 8; }
    KeysScreen .-away { display: none; }
    """
    letter = "K"

    def __init__(self) -> None:
        super().__init__()
        self.keys_pane = SshKeysPane("keys")
        self.certificates_pane = CertificatesPane("certificates")
        self._panes: tuple[AssetPane[Any], ...] = (self.keys_pane, self.certificates_pane)
        self._here: AssetPane[Any] = self.keys_pane
        self.told = Told()

    @property
    def crumbs(self) -> tuple[str, ...]:
        """The place in full."""
        return ("Keys & certificates",)

    def body(self) -> ComposeResult:
        """The lists, and what is under the cursor."""
        yield from self._panes
        with Pane("Key", id="asset"), VerticalScroll(can_focus=False):
            yield self.told

    def begin(self) -> None:
        """Begin in the keys."""
        super().begin()
        self.keys_pane.table.focus()

    def on_resize(self) -> None:
        """Both lists need height and width."""
        self._stand()

    def _stand(self) -> None:
        """Show what there is room for."""
        for pane in self._panes:
            pane.set_class(self.is_small and pane is not self._here, "-away")

    def focus_next(self, *_: object, **__: object) -> AssetPane[Any]:
        """The other list: it is shown first where there is room for one only."""
        self._go_to(self.certificates_pane if self._here is self.keys_pane else self.keys_pane)
        return self._here

    def focus_previous(self, *_: object, **__: object) -> AssetPane[Any]:
        """There are two lists: the one before is the other one."""
        return self.focus_next()

    def _go_to(self, pane: AssetPane[Any]) -> None:
        if self.search_bar.is_open:
            self.search_bar.close()
        self._here = pane
        self._stand()
        self.set_focus(pane.table)
        self._draw_asset()
        self.tick()

    # Reading and drawing

    def refresh_place(self) -> None:
        """Read both lists again."""
        super().refresh_place()
        if self.program.session.console is not None:
            begin_work(self, self._read, "assets")

    async def _read(self) -> None:
        for pane in self._panes:
            await pane.refresh_list()
        self._draw_asset()

    def facts(self) -> Iterable[Fact]:
        """Whether the vault is open, before the rest."""
        if self.program.session.console is not None and not self.desk.vault_locked:
            yield Fact("vault: unlocked", Role.MUTED, "")
        yield from super().facts()

    def _draw_asset(self) -> None:
        pane, item = self._here, self._here.item
        frame = self.query_one("#asset", Pane)
        frame.name_it("" if item is None else pane.name_of(item), "" if item is None else pane.row_id or "")
        self.told.show([] if item is None else pane.lines(item))

    @on(VirtualTable.RowHighlighted)
    def _other_row(self) -> None:
        self._draw_asset()
        self.tick()

    @on(VirtualTable.RowOpened)
    def _opened(self) -> None:
        self.show_json()

    def on_descendant_focus(self) -> None:
        """The details follow the keyboard, also when a click moved it."""
        here = next((pane for pane in self._panes if pane.table.has_focus), self._here)
        if here is not self._here:
            self._here = here
            self._draw_asset()

    def status_right(self) -> list[Piece]:
        """How to reach the other list, and what can be copied."""
        other = "certificates" if self._here is self.keys_pane else "SSH keys"
        copies = "   y copies public parts and fingerprints only" if self.app.size.width >= 100 else ""
        return [Toned(f"tab {other}{copies}", Role.MUTED)]

    # What commands ask for

    @property
    def row_id(self) -> str | None:
        """The row under the cursor."""
        return self._here.row_id

    def open_search(self) -> None:
        """Filter the list that has the keyboard."""
        hint = "name, fingerprint, server, !not; state such as expiring for certificates"
        self.search_bar.open(self._here.filter, hint)

    def searched(self, words: str) -> None:
        """Narrow the list while one types."""
        self._here.apply_filter(words)
        self._draw_asset()

    def give_back_keyboard(self) -> None:
        """Into the list."""
        self._here.table.focus()

    def go_back(self) -> None:
        """Clear the filter first."""
        if not self.search_bar.is_open and self._here.filter:
            self.searched("")
        else:
            super().go_back()

    def copy_row(self) -> None:
        """Public facts."""
        item = self._here.item
        if item is not None:
            offer_copy(self, f"Copy of {self._here.name_of(item)}", self._here.choices(item))

    def show_json(self) -> None:
        """Every public fact."""
        item = self._here.item
        if item is not None:
            text = json.dumps(self._here.document(item), indent=2, ensure_ascii=False)
            self.app.push_screen(TextSheet(f"{self._here.name_of(item)} as JSON", text))
