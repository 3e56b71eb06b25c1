"""The third tab: what a cleanup would remove, exactly; running just that; and what came of it."""

from __future__ import annotations

import json
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from daoflow_core.model.operation import Operation, OperationKind
from daoflow_tui.commands.cleanup import CLEANUP_COMMANDS
from daoflow_tui.screens.panes import cleanup_look as look
from daoflow_tui.screens.panes.cleanup_news import CleanupNews, read_cleanup, why_off
from daoflow_tui.screens.panes.cleanup_result import EARLIER, earlier_row
from daoflow_tui.screens.panes.cleanup_steps import step_lines
from daoflow_tui.screens.panes.cleanup_words import COLUMNS, as_text, is_expired
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.operation_log import OperationLog
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.undertakings import undertake
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.blank import Blank
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.plan_tree import PlanTree
from daoflow_tui.widgets.state_mark import Role, State, Toned
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_core.console import Console

Asking = Coroutine[Any, Any, Operation]
PREVIEW, RUN = OperationKind.CLEANUP_PREVIEW.value, OperationKind.CLEANUP_RUN.value


class CleanupPane(HubPane):
    """Preview, review, confirm, run, compare; the log is live here while something runs."""

    OFFERS = CLEANUP_COMMANDS
    DEFAULT_CSS = """
    CleanupPane #top { height: 1fr; }
    CleanupPane #plan { width: 1fr; }
    CleanupPane #steps { width: 40; padding: 0 1; }
    CleanupPane #runs { height: 6; }
    CleanupPane #said { height: 1fr; padding: 1 1 0 1; scrollbar-size-vertical: 1; }
    CleanupPane.-thin #steps, CleanupPane.-low #runs, CleanupPane.-thin #runs { display: none; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.news: CleanupNews | None = None
        self.wants_volumes: bool | None = None
        self.blank = Blank(look.READING)
        self.items = PlanTree(COLUMNS, id="tree")
        self.said = Told()
        self.live = OperationLog(id="live")
        self.steps = Told()
        self.earlier = VirtualTable(
            EARLIER, empty="No cleanup was run on this server yet.", marking=False, id="earlier"
        )

    def compose(self) -> ComposeResult:
        """The plan, the steps beside it, the earlier runs below."""
        with Horizontal(id="top"):
            with Pane("Cleanup", id="plan"):
                yield self.blank
                yield self.items
                with VerticalScroll(id="said"):
                    yield self.said
                yield self.live
            with Pane("How it goes", id="steps"):
                yield self.steps
        with Pane("Earlier runs", id="runs"):
            yield self.earlier

    @property
    def seat(self) -> Widget:
        """The log while something runs, else the tree."""
        return self.live.view if self.live.display else self.items

    # Reading

    async def read(self) -> None:
        """What the store knows of this server's cleanups."""
        server_id, now = self.server_id, self.desk.now()
        news = await self.answer(partial(read_cleanup, server_id=server_id, now=now))
        if news is not None:
            self.take(news)

    def take(self, news: CleanupNews) -> None:
        """Show it; a new preview settles whether volumes are in."""
        before, self.news = self.news, news
        if (
            before is not None
            and news.preview is not None
            and (before.preview is None or news.preview.id != before.preview.id)
        ):
            self.wants_volumes = None
        self._draw()

    # Drawing

    def _draw(self) -> None:
        shown = look.of(self)
        self.live.display = shown.live is not None
        if shown.live is not None:
            self.live.open_log(shown.live)
        self.items.display = bool(shown.branches)
        self.query_one("#said").display = bool(shown.lines)
        self.blank.show(shown.blank)
        self.items.show(shown.branches)
        self.said.show(shown.lines)
        news = self.news or CleanupNews()
        self.earlier.set_rows(earlier_row(one, self.desk) for one in news.runs)
        self.call_after_refresh(self._fit)
        self.keep_keyboard()
        self.hub.tick()

    @on(PlanTree.Refolded)
    def _fit(self) -> None:
        """The tree takes the lines it needs, as long as what it frees stays in sight."""
        told = self.blank.outer_size.height if not self.blank.has_class("-quiet") else 0
        room = self.query_one("#plan").content_size.height - told
        rest = min(max(self.said.size.height, len(self.said.lines)) + 1, max(room // 2, 3))
        height = max(min(len(self.items.rows) + 1, room - rest), 3)
        if self.items.styles.height is None or self.items.styles.height.value != height:
            self.items.styles.height = height

    def on_resize(self) -> None:
        """Share the lines out anew."""
        self.call_after_refresh(self._fit)

    def tick(self) -> None:
        """The age of the preview, and how long it may still be run."""
        news, desk = self.news or CleanupNews(), self.desk
        pane = self.query_one("#plan", Pane)
        name, note, state = look.title(self)
        pane.name_it(name, note, state)
        self.steps.show(step_lines(news.newest, news.shown, self.why_no_run(), desk))
        if self.news is None:
            self.blank.show(look.of(self).blank)

    def status_left(self) -> list[Piece] | None:
        """That what runs goes on without being watched."""
        if self.news is not None and self.news.running is not None:
            words = self.news.running.kind.value.replace("_", " ")
            return [
                State(f"{words} under way", Role.RUNNING),
                Toned("   esc leaves it running; its log stays in 6", Role.MUTED),
            ]
        if self.live.display and self.live.found:
            return [Toned(self.live.found, Role.KEY)]
        return None

    def status_right(self) -> list[Piece] | None:
        """What would stop a run now, in short."""
        news = self.news
        if news is None or news.planned is None or news.running is not None:
            return []
        if is_expired(news.planned, self.desk.now()):
            return [State("preview too old to run", Role.LOOK)]
        off = self.why_no_run()
        return [Toned("! runs it" if off is None else "! is off, press it for the reason", Role.MUTED)]

    # What commands ask for

    def why_no_errand(self) -> str | None:
        """As its key."""
        return self.why_no_preview()

    def begin_errand(self) -> None:
        """As its key."""
        self.make_preview()

    def why_no_preview(self) -> str | None:
        """One preview or run at a time."""
        refused = self.hub.why_refused("server.cleanup.preview")
        running = self.news.running if self.news is not None else None
        if refused is None and (running is not None or self._asked()):
            return "A cleanup preview or run of this server is under way already; its log is on screen."
        return refused

    def _asked(self) -> bool:
        return any((self.server_id, kind) in self.desk.asked for kind in (PREVIEW, RUN))

    def make_preview(self) -> None:
        """With volumes as they were chosen, else as in the preview on screen."""
        self._preview(self._volumes)

    def turn_volumes(self) -> None:
        """The other choice; the preview on screen is void from now on."""
        self.wants_volumes = not self._volumes
        self._preview(self.wants_volumes)

    @property
    def _volumes(self) -> bool:
        planned = None if self.news is None else self.news.planned
        known = planned is not None and planned.include_volumes
        return known if self.wants_volumes is None else self.wants_volumes

    def _preview(self, volumes: bool) -> None:
        server_id = self.server_id

        def question(console: Console) -> Asking:
            return console.cleanup.preview(server_id, include_volumes=volumes)

        undertake(self.program, server_id, PREVIEW, question)

    def why_no_run(self) -> str | None:
        """Everything that stands between the preview and a run; the core asks it again."""
        if self.news is None:
            return "The store is still being read."
        refused = self.hub.why_refused("server.cleanup.run")
        if refused is None and self._asked():
            return "A cleanup preview or run of this server is under way already; its log is on screen."
        return refused or why_off(self.news, self.wants_volumes, self.desk.now())

    def ask_to_run(self) -> None:
        """The sheet; what is typed there runs this preview and no other."""
        self.run_worker(self._ask_to_run(), group="ask", exclusive=True)

    async def _ask_to_run(self) -> None:
        from daoflow_tui.screens.sheets.cleanup import cleanup_sheet

        news, view = self.news, self.view
        if news is None or news.shown is None or news.planned is None or view is None:
            return
        preview, planned = news.shown, news.planned
        if not await self.app.push_screen_wait(cleanup_sheet(view, preview, planned, self.desk)):
            return
        server_id = self.server_id

        def question(console: Console) -> Asking:
            run = console.cleanup.run
            return run(server_id, include_volumes=planned.include_volumes, preview=preview.id)

        undertake(self.program, server_id, RUN, question)

    def copy_row(self) -> bool:
        """The plan, its commands, its id, its JSON."""
        news = self.news
        if news is None or news.shown is None or news.planned is None:
            return False
        choices = [
            Choice("plan", "plan", as_text(news.shown, news.planned)),
            Choice("commands", "commands", "\n".join(news.planned.commands)),
            Choice("id", "operation id", news.shown.id),
            Choice("json", "JSON", self._json()),
        ]
        offer_copy(self.hub, "Copy", choices)
        return True

    def _json(self) -> str:
        shown = (
            None if self.news is None else self.news.newest if self.news.ran is not None else self.news.shown
        )
        return "" if shown is None else json.dumps(shown.result, indent=2, ensure_ascii=False, default=dict)

    def show_json(self) -> bool:
        """The result on screen."""
        if text := self._json():
            self.app.push_screen(TextSheet("Cleanup as JSON", text))
        return bool(text)

    def log_of_row(self) -> str | None:
        """Of the earlier run under the cursor, else of what is on screen."""
        if self.earlier.has_focus:
            return self.earlier.cursor_id
        return self.news.newest.id if self.news is not None and self.news.newest is not None else None

    def searched(self, words: str) -> None:
        """Ends the search of the live log."""
        if not words:
            self.live.search("")

    def search_kept(self, words: str) -> None:
        """In the live log."""
        self.live.search(words)

    def end_something(self) -> bool:
        """A search in the live log."""
        return self.live.display and self.live.end_search()

    @on(VirtualTable.RowOpened, "#earlier")
    async def _open_log_of(self, event: VirtualTable.RowOpened) -> None:
        event.stop()
        await self.program.show_log(event.row_id)
