"""One server as a hub: its tabs never move, digits pick one, and each keeps its place while another is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from daoflow_tui.commands.bulk import Plan
from daoflow_tui.commands.hub import HUB_COMMANDS
from daoflow_tui.commands.rows import Copy, Json, Log
from daoflow_tui.commands.servers import ONE_SERVER
from daoflow_tui.screens.base import next_check
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.absent import why_no_swarm
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.tabs import NAMES, PANES, TABS
from daoflow_tui.screens.server_actions import ServerActions
from daoflow_tui.widgets.header import Breadcrumb, Fact
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from daoflow_tui.screens.host_shell import HostShell

ERRAND_TABS = {"resource_check": "2", "cleanup_preview": "3", "patch_plan": "4"}
GONE = "This server is no longer in the inventory; its history stays in the audit trail."


class ServerScreen(ServerActions):
    """The hub of one server; `esc` goes back to the list."""

    OFFERS = (*HUB_COMMANDS, *ONE_SERVER, Plan, Copy, Json, Log)
    DEFAULT_CSS = "ServerScreen #stage { height: 1fr; }"
    letter = "S"

    def __init__(self, server_id: str, tab: str = "") -> None:
        super().__init__()
        self.server_id = server_id
        self._wanted = tab
        self.tab = ""
        self.tab_bar = TabBar(TABS, "1")
        self.panes: dict[str, HubPane] = {}
        self._known: frozenset[str] | None = None
        self._unseen = False

    def body(self) -> ComposeResult:
        """The tabs, and the stage that one pane at a time stands on."""
        yield self.tab_bar
        yield Vertical(id="stage")

    def begin(self) -> None:
        """Begin on the tab that was asked for, else where this server was left."""
        super().begin()
        left = self._wanted or self.desk.tabs.get(self.server_id, "1")
        self.show_tab(left if self.why_no_tab(left) is None else "1")  # a manager may have become an engine

    @property
    def crumbs(self) -> tuple[str, ...]:
        """Servers, its name, the tab."""
        view = self.server
        return (*super().crumbs, view.name if view else "removed server", NAMES.get(self.tab, ""))

    @property
    def server(self) -> ServerView | None:
        """The server itself; None after it was removed."""
        return self.desk.fleet.get(self.server_id)

    @property
    def pane(self) -> HubPane | None:
        """What the chosen tab shows."""
        return self.panes.get(self.tab)

    # Tabs

    def why_no_tab(self, key: str) -> str | None:
        """Why a tab has nothing to show, in a full sentence; None when it has."""
        view = self.server
        if key == "5" and view is not None:
            return why_no_swarm(view, self.desk)
        return None if key in PANES else GONE

    def show_tab(self, key: str) -> HubPane:
        """Put a tab's pane on the stage; it stands as it was left."""
        if (pane := self.pane) is not None and self.tab != key:
            pane.display = False
        self.tab = self.desk.tabs[self.server_id] = key
        new = key not in self.panes
        chosen = self.panes.setdefault(key, PANES[key]()) if new else self.panes[key]
        if key == "6":
            self._unseen = False
        self.tab_bar.go(key)
        self._tell_tabs()
        self.query_one(Breadcrumb).go(*self.crumbs)
        if new:
            self.query_one("#stage").mount(chosen)
        else:
            chosen.display = True
            chosen.begin()
            chosen.refresh_pane()
        self.tick()
        return chosen

    def hold_keyboard(self, held: bool) -> None:
        """A shell has the keyboard, or gave it back: the rest of the screen steps back."""
        if held != self.has_class("-held"):
            self.set_class(held, "-held")
            self._tell_tabs()
            self.tick()

    def on_screen_suspend(self) -> None:
        """Going elsewhere takes the keyboard along; a sheet only borrows it."""
        if self.has_class("-held") and not self.app.screen.is_modal and self.pane is not None:
            self.pane.yield_keyboard()

    def _tell_tabs(self) -> None:
        if self.has_class("-held"):
            self.tab_bar.tell({tab.key for tab in TABS}, ())
            return
        off = {tab.key for tab in TABS if self.why_no_tab(tab.key) is not None}
        self.tab_bar.tell(off, {"6"} if self._unseen and self.tab != "6" else ())

    @on(TabBar.TabAsked)
    def _tab_clicked(self, event: TabBar.TabAsked) -> None:
        why = self.why_no_tab(event.key)
        if why is None:
            self.show_tab(event.key)
        else:
            self.notify(why, title=NAMES[event.key], severity="warning", markup=False)

    # Drawing

    def refresh_place(self) -> None:
        """What stands in the header, the tabs, and the pane on the stage."""
        super().refresh_place()
        self._note_ended()
        self._tell_tabs()
        if self.is_attached and self.is_mounted:
            self.query_one(Breadcrumb).go(*self.crumbs)
        if (pane := self.pane) is not None and pane.is_mounted:
            pane.refresh_pane()

    def _note_ended(self) -> None:
        """Something of this server ended since the last look: the history's tab says so."""
        ended = frozenset(
            one.id for one in self.operations_of(self.server_id) if one.completed_at is not None
        )
        self._unseen = self.tab != "6" and (
            self._unseen or (self._known is not None and bool(ended - self._known))
        )
        self._known = ended

    def tick(self) -> None:
        """The ages."""
        pane = self.pane
        if self.is_current and pane is not None and pane.is_mounted:
            pane.tick()
        super().tick()

    def facts(self) -> Iterable[Fact]:
        """Which server this is, at every moment, then who looks."""
        desk, view = self.desk, self.server
        if view is None:
            yield from super().facts()
            return
        if view.is_prod:
            yield Fact("PROD", Role.PROD)
        if desk.start.demo:
            yield Fact("DEMO FLEET", Role.RUNNING, "DEMO")
        if desk.vault_locked:
            yield Fact("VAULT LOCKED", Role.LOOK, "LOCKED")
        if desk.read_only or view.read_only:
            yield Fact("READ-ONLY", Role.READ_ONLY)
        state, latency = view.state(desk.now(), desk.interval), view.row["readiness_latency_ms"]
        yield Fact(state.word, state.role)
        yield Fact("this machine" if view.is_local else view.endpoint.address, Role.MUTED, "")
        if latency is not None and not view.is_local:
            yield Fact(f"ssh {latency}ms", Role.MUTED)
        if desk.principal:
            yield Fact(f"as {desk.principal}", Role.MUTED, "")

    def status_left(self) -> list[Piece]:
        """What the tab tells, else the last operation of this server."""
        told = None if self.pane is None else self.pane.status_left()
        return super().status_left() if told is None else told

    def status_right(self) -> list[Piece]:
        """What the tab tells, else when the server is asked again."""
        told = None if self.pane is None else self.pane.status_right()
        view, desk = self.server, self.desk
        if told is not None or view is None or view.awaits_trust:
            return told or []
        return [Toned(next_check(view.age(desk.now()), desk.interval, view.status == "blocked"), Role.MUTED)]

    # What commands ask for

    def open_search(self) -> None:
        """Nothing is searched here but on the tabs that offer it."""

    def searched(self, words: str) -> None:
        """The tab's own business."""
        if self.pane is not None:
            self.pane.searched(words)

    def search_kept(self, words: str) -> None:
        """The tab's own business."""
        if self.pane is not None:
            self.pane.search_kept(words)

    def give_back_keyboard(self) -> None:
        """Back into the tab."""
        if self.pane is not None:
            self.pane.take_keyboard_back()

    def go_back(self) -> None:
        """Something on the tab first, then back to the list."""
        if self.search_bar.is_open or self.pane is None or not self.pane.end_something():
            super().go_back()
        else:
            self.tick()

    def copy_row(self) -> None:
        """What the tab has to copy, else what the server has."""
        if self.pane is None or not self.pane.copy_row():
            super().copy_row()

    def show_json(self) -> None:
        """What the tab shows, else the server."""
        if self.pane is None or not self.pane.show_json():
            super().show_json()

    def log_of_row(self) -> str | None:
        """The operation behind what the tab shows, else the newest."""
        found = None if self.pane is None else self.pane.log_of_row()
        return found or super().log_of_row()

    async def begin_errand(self, kind: str) -> None:
        """Go to the tab of an operation and begin it there, unless something stands in the way."""
        pane = self.show_tab(ERRAND_TABS[kind])
        why = pane.why_no_errand()
        if why is None:
            pane.begin_errand()
        else:
            self.notify(why, title=NAMES[self.tab], severity="warning", markup=False)

    def begin_terminal(self, shell: HostShell | None) -> None:
        """Show the terminal tab with this shell; without one give the keyboard to what is there, or open one."""
        from daoflow_tui.screens.panes.terminal import TerminalPane

        pane = self.show_tab("7")
        if isinstance(pane, TerminalPane):
            pane.call_after_refresh(pane.show_or_take, shell)

    def last_of(self) -> list[OperationView]:
        """The latest operations of this server that the desk knows."""
        return self.operations_of(self.server_id)

    def removed(self, server_id: str) -> None:
        """Nothing is left to show."""
        if self.app.screen is self:
            self.app.pop_screen()
