"""The list of tunnels, and the routes of the one under the cursor: wanted beside seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult

from daoflow_core.model.tunnel import Provider
from daoflow_core.services.tunnels_view import TunnelView
from daoflow_tui.desk import Desk
from daoflow_tui.screens.panes.assets import AssetPane
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.times import ago
from daoflow_tui.screens.tunnel_words import COLUMNS, ROUTE_COLUMNS, detail_lines, route_rows, tunnel_row
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.blank import Blank, Empty, Failed, NextKey, NotHere, PaneState
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.table import VirtualTable

NONE_YET = Empty(
    "No managed tunnels.",
    "A tunnel is an external provider of routes. What it exposes is recorded here and compared with what is seen.",
    (NextKey("a", "record one: Cloudflare, or any other by hand"),),
)


class TunnelsPane(AssetPane[TunnelView]):
    """Every tunnel, by name."""

    heading = "Tunnels"
    columns = COLUMNS
    asking = "reading the tunnels"
    none_yet = NONE_YET

    async def read(self) -> Mapping[str, TunnelView]:
        """Every tunnel by its id."""
        found = await self.program.session.ask(lambda console: console.tunnels.list())
        return {view.tunnel.id: view for view in found}

    def row(self, item: TunnelView) -> Row:
        """One tunnel."""
        return tunnel_row(item, self.desk.now(), self.desk.times, busy_with(self.desk, item))

    def words(self, item: TunnelView) -> str:
        """Name, provider, domain, state, hostnames."""
        one = item.tunnel
        hosts = " ".join(route.hostname for route, _ in item.routes)
        return f"{one.name} {one.provider.value} {one.domain or ''} {item.state.value} {hosts}"

    def lines(self, item: TunnelView) -> list[Words]:
        """Everything that can be told."""
        return detail_lines(item, self.desk.now(), self.desk.times)

    def name_of(self, item: TunnelView) -> str:
        """Its name."""
        return item.tunnel.name

    def document(self, item: TunnelView) -> dict[str, Any]:
        """What the command line says of it."""
        from daoflow_core.tunnel_documents import tunnel

        return tunnel(item)

    def choices(self, item: TunnelView) -> list[Choice]:
        """Public facts."""
        one = item.tunnel
        hosts = "\n".join(f"{route.hostname}{route.path}={route.service}" for route, _ in item.routes)
        return [
            Choice("name", "name", one.name),
            Choice("id", "id", one.id),
            *(
                [Choice("there", "id at the provider", one.provider_tunnel_id)]
                if one.provider_tunnel_id
                else []
            ),
            *([Choice("routes", "routes", hosts)] if hosts else []),
        ]

    async def delete(self, item: TunnelView) -> None:
        """The place asks for it."""


def busy_with(desk: Desk, view: TunnelView) -> str | None:
    """What was asked of a tunnel here and has not ended."""
    name = view.tunnel.name
    words = {"tunnel_sync_plan": "planning", "tunnel_sync": "syncing", "tunnel_check": "checking"}
    return next((words.get(kind, "working") for asked, kind in desk.asked if asked == name), None)


class RoutesPane(Pane):
    """The routes of one tunnel; what can't be told stands above what was known."""

    DEFAULT_CSS = """
    RoutesPane { height: 1fr; width: 1fr; }
    RoutesPane VirtualTable.-bare { height: 0; }
    """

    def __init__(self, pane_id: str) -> None:
        super().__init__("Routes", id=pane_id)
        self.table = VirtualTable(ROUTE_COLUMNS, marking=False, empty="")
        self.blank = Blank()

    def compose(self) -> ComposeResult:
        """What is to be said, and the routes."""
        yield self.blank
        yield self.table

    def tell(self, view: TunnelView | None, desk: Desk) -> None:
        """Draw the routes of a tunnel."""
        rows = [] if view is None else list(route_rows(view))
        self.blank.show(None if view is None else _said(view, bool(rows)))
        self.table.set_class(not rows, "-bare")
        self.table.set_rows(rows)
        if view is None:
            self.name_it("Routes", "choose a tunnel above")
            return
        seen = view.seen
        note = "never looked at" if seen is None else f"seen {ago(seen.observed_at, desk.now(), desk.times)}"
        self.name_it(f"Routes of {view.tunnel.name}", f"recorded against seen, {note}")

    def hostname_of(self, row_id: str) -> str:
        """The hostname and path of a row, whole."""
        row = self.table.rows.get(row_id)
        return "" if row is None else str(row.cells[1])


def _said(view: TunnelView, any_rows: bool) -> PaneState | None:
    one = view.tunnel
    if one.is_failing:
        keys = (NextKey("L", "its log"), NextKey("p", "try again"))
        return Failed(one.failure or "The provider could not be asked.", keys=keys)
    if any_rows:
        return None
    if view.seen is not None and view.seen.observation.routes is not None:
        return Empty("It exposes nothing, and nothing is recorded.")
    if view.seen is not None:
        why = view.seen.observation.unavailable or "The provider does not show its routes."
        return NotHere(why, keys=(NextKey("e", "say yourself which routes it exposes"),))
    if one.provider is Provider.MANUAL:
        return Empty("No routes are recorded.", keys=(NextKey("e", "say which routes it exposes"),))
    return Empty("Nobody looked yet.", keys=(NextKey("p", "look, and plan a sync"),))
