"""Tunnels: what providers expose against what is recorded; plan, then apply; credentials and their age."""

from __future__ import annotations

import json

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from daoflow_core.services.tunnels_view import TunnelView
from daoflow_tui.commands.rows import ROW_COMMANDS
from daoflow_tui.commands.tunnels import TUNNEL_COMMANDS
from daoflow_tui.screens.panes.tunnels import RoutesPane, TunnelsPane
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.tunnel_actions import TunnelActions
from daoflow_tui.screens.tunnel_words import route_lines
from daoflow_tui.screens.words import Told
from daoflow_tui.screens.work import begin_work
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

AGE_SECONDS = 2.0
"""How often ages are drawn anew."""


class TunnelsScreen(TunnelActions):
    """The list above, its routes and what is known below; on a small screen one table, `tab` the other."""

    OFFERS = (*TUNNEL_COMMANDS, *ROW_COMMANDS)
    DEFAULT_CSS = """
    TunnelsScreen #below { height: 1fr; }
    TunnelsScreen #tunnel { width: 42; }
    TunnelsScreen #tunnel Told { padding: 0 1; }
    TunnelsScreen .-away { display: none; }
    """
    letter = "T"

    def __init__(self) -> None:
        super().__init__()
        self.list_pane = TunnelsPane("tunnels")
        self.routes_pane = RoutesPane("routes")
        self.told = Told()
        self._in_routes = False
        self._drawn = 0.0

    def body(self) -> ComposeResult:
        """The list, the routes, what is known."""
        yield self.list_pane
        with Horizontal(id="below"):
            yield self.routes_pane
            with Pane("Tunnel", id="tunnel"), VerticalScroll(can_focus=False):
                yield self.told

    def begin(self) -> None:
        """Begin in the list."""
        super().begin()
        self.list_pane.table.focus()

    def on_resize(self) -> None:
        """Three panes need height and width."""
        self._stand()

    def _stand(self) -> None:
        """Show what there is room for."""
        small, routes = self.is_small, self._in_routes
        self.list_pane.set_class(small and routes, "-away")
        self.routes_pane.set_class(small and not routes, "-away")
        below, facts = self.query_one("#below"), self.query_one("#tunnel")
        below.styles.layout = "vertical" if small else "horizontal"
        below.styles.height = 9 if small and not routes else "1fr"
        facts.styles.width = "1fr" if small else 42
        facts.styles.height = 9 if small else "1fr"

    def focus_next(self, *_: object, **__: object) -> VirtualTable:
        """The other table: it is shown first where there is room for one only."""
        return self._go_to(routes=not self._in_routes)

    def focus_previous(self, *_: object, **__: object) -> VirtualTable:
        """There are two tables: the one before is the other one."""
        return self.focus_next()

    def _go_to(self, *, routes: bool) -> VirtualTable:
        if self.search_bar.is_open:
            self.search_bar.close()
        self._in_routes = routes
        self._stand()
        table = self.routes_pane.table if routes else self.list_pane.table
        self.set_focus(table)
        self._draw_facts()
        self.tick()
        return table

    # Reading and drawing

    def refresh_place(self) -> None:
        """Read the list again."""
        super().refresh_place()
        if self.program.session.console is not None:
            begin_work(self, self.read_again, "tunnels")

    async def read_again(self) -> None:
        """The list as the store has it now."""
        await self.list_pane.refresh_list()
        self._draw_one()

    def _draw_one(self) -> None:
        view = self.view
        self.routes_pane.tell(view, self.desk)
        self._draw_facts()

    def _draw_facts(self) -> None:
        """Of the route under the cursor while the keyboard is among the routes, else of the tunnel."""
        view, pane = self.view, self.query_one("#tunnel", Pane)
        row_id = self.routes_pane.table.cursor_id if self._in_routes else None
        if view is None or row_id is None:
            pane.name_it("Tunnel" if view is None else view.tunnel.name)
            self.told.show([] if view is None else self.list_pane.lines(view))
            return
        pane.name_it(self.routes_pane.hostname_of(row_id))
        self.told.show(route_lines(view, row_id, self.desk.now(), self.desk.times))

    def tick(self) -> None:
        """Ages grow, now and then: what is old must not look new."""
        super().tick()
        now = self.desk.clock.monotonic()
        if self.is_current and now - self._drawn >= AGE_SECONDS:
            self._drawn = now
            self.list_pane.draw()
            self._draw_one()

    @property
    def view(self) -> TunnelView | None:
        """The tunnel under the cursor."""
        return self.list_pane.item

    @on(VirtualTable.RowHighlighted)
    def _other_row(self, event: VirtualTable.RowHighlighted) -> None:
        if event.table is self.list_pane.table:
            self._draw_one()
        else:
            self._draw_facts()
        self.tick()

    @on(VirtualTable.RowOpened)
    def _opened(self, event: VirtualTable.RowOpened) -> None:
        if event.table is self.list_pane.table:
            self._go_to(routes=True)

    def on_descendant_focus(self) -> None:
        """A click moves the keyboard too."""
        routes = self.routes_pane.table.has_focus
        if not self.is_small and routes is not self._in_routes:
            self._in_routes = routes
            self._draw_facts()

    def status_right(self) -> list[Piece]:
        """What is never shown."""
        other = "list" if self._in_routes else "routes"
        more = "   secrets are never shown" if self.app.size.width >= 100 else ""
        return [Toned(f"tab {other}{more}", Role.MUTED)]

    # What commands ask for

    @property
    def row_id(self) -> str | None:
        """The tunnel under the cursor."""
        return self.list_pane.row_id

    def open_search(self) -> None:
        """Filter the tunnels."""
        self._go_to(routes=False)
        self.search_bar.open(self.list_pane.filter, "name, provider, hostname, state such as drifted, !not")

    def searched(self, words: str) -> None:
        """Narrow the list while one types."""
        self.list_pane.apply_filter(words)
        self._draw_one()

    def give_back_keyboard(self) -> None:
        """Into the table that had it."""
        self._go_to(routes=self._in_routes)

    def go_back(self) -> None:
        """To the list, then clear the filter."""
        if not self.search_bar.is_open and self._in_routes:
            self._go_to(routes=False)
        elif not self.search_bar.is_open and self.list_pane.filter:
            self.searched("")
        else:
            super().go_back()

    def copy_row(self) -> None:
        """Public facts."""
        if self.view is not None:
            offer_copy(self, f"Copy of {self.view.tunnel.name}", self.list_pane.choices(self.view))

    def show_json(self) -> None:
        """As the command line says it."""
        if self.view is not None:
            text = json.dumps(self.list_pane.document(self.view), indent=2, ensure_ascii=False)
            self.app.push_screen(TextSheet(f"{self.view.tunnel.name} as JSON", text))

    def why_no_log(self) -> str | None:
        """Nothing was asked of it yet."""
        return None if self._log_of_row() else "Nothing was asked of this tunnel yet: p plans a sync."

    def _log_of_row(self) -> str | None:
        name = None if self.view is None else self.view.tunnel.name
        newest = next(
            (one.id for one in self.desk.operations if not one.server_id and one.server_name == name), None
        )
        look = None if self.view is None else self.view.look
        return newest or (None if look is None else look.id)

    async def open_log(self) -> None:
        """Of the newest operation."""
        if (operation_id := self._log_of_row()) is not None:
            await self.program.show_log(operation_id)
