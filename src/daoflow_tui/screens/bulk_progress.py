"""How far a bulk command is: a line for each server, what is done, failed, running and left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult

from daoflow_core.stamps import span
from daoflow_tui.commands.bulk import BULK_COMMANDS
from daoflow_tui.commands.rows import Copy, Log
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.bulk import Job
from daoflow_tui.screens.sheets.stopping import StoppingSheet
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.meter import bar
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned, glyphs_of
from daoflow_tui.widgets.table import VirtualTable

if TYPE_CHECKING:
    from daoflow_tui.screens.bulk import Bulk

COLUMNS = (
    Column("state", "STATE", 12),
    Column("name", "SERVER", 20),
    Column("took", "TOOK", 5, "right"),
    Column("words", "HOW IT WENT", 26, flex=True),
)
ORDER = ("failed", "running", "left", "cancelled", "done")
BAR = 30


class BulkProgress(Place):
    """`esc` leaves it running; `x` cancels the rest; enter opens a server's log."""

    OFFERS = (*BULK_COMMANDS, Copy, Log)
    DEFAULT_CSS = "BulkProgress #jobs { height: 1fr; }"
    letter = "S"

    def __init__(self, bulk: Bulk) -> None:
        super().__init__()
        self.bulk = bulk
        self.table = VirtualTable(COLUMNS, marking=False, id="bulk")

    def body(self) -> ComposeResult:
        """One list."""
        with Pane(id="jobs"):
            yield self.table

    @property
    def crumbs(self) -> tuple[str, ...]:
        """Servers, then what is done with them."""
        return (*super().crumbs, self.bulk.words)

    def begin(self) -> None:
        """Into the list."""
        self.table.focus()

    def refresh_place(self) -> None:
        """Every line anew: there are as many as servers were chosen."""
        jobs = sorted(self.bulk.jobs, key=lambda job: ORDER.index(job.standing))
        self.table.set_rows(self._row(job) for job in jobs)
        super().refresh_place()
        counts, whole = self.bulk.counts(), len(self.bulk.jobs)
        told = "  ".join(
            f"{counts[one]} {one}"
            for one in ("done", "failed", "running", "left", "cancelled")
            if counts[one]
        )
        pane = self.query_one("#jobs", Pane)
        pane.name_it(self.bulk.words.capitalize(), told)
        ended = whole - counts["running"] - counts["left"]
        pane.foot(f"{bar(ended * 100 / whole, BAR, glyphs_of(self))}  {ended} of {whole}" if whole else "")

    def tick(self) -> None:
        """The seconds of what runs."""
        super().tick()
        if self.is_current:
            self.table.update_rows(self._row(job) for job in self.bulk.jobs if job.standing == "running")

    def _row(self, job: Job) -> Row:
        state: Cell
        if job.done is not None:
            state = job.done.state
        elif job.began is None:
            state = Toned("  left", Role.MUTED)
        else:
            state = State("running", Role.RUNNING)
        running = job.began is not None and job.done is None
        seconds = self.desk.clock.monotonic() - (job.began or 0.0) if running else job.took
        took = "" if seconds is None else f"{seconds:.1f}s" if seconds < 10 and not running else span(seconds)
        return Row(job.server_id, (state, job.name, took, job.done.words if job.done else ""))

    def status_right(self) -> list[Piece]:
        """What esc means here."""
        return [
            Toned(
                "esc leaves it running" if self.bulk.is_open else "every server has its outcome", Role.MUTED
            )
        ]

    # What commands ask for

    @property
    def row_id(self) -> str | None:
        """The server under the cursor."""
        return self.table.cursor_id

    @property
    def job(self) -> Job | None:
        """Its part."""
        return next((job for job in self.bulk.jobs if job.server_id == self.table.cursor_id), None)

    def why_no_log(self) -> str | None:
        """One that was not begun, or refused before, has no operation."""
        job = self.job
        if job is not None and job.done is None:
            running = self._at_work(job)
            return None if running else "It has not begun on this server yet, so there is no log."
        known = job is not None and job.done is not None and job.done.operation_id is not None
        return (
            None
            if known
            else "Nothing was recorded for this server: it was refused or cancelled before it began."
        )

    def _at_work(self, job: Job) -> str | None:
        """The operation that runs for it, as far as the desk has heard of it."""
        kind = self.bulk.errand.kind
        found = (
            one.id for one in self.desk.operations if one.server_id == job.server_id and one.kind == kind
        )
        return next(found, None) if job.began is not None else None

    async def open_log(self) -> None:
        """Full screen; a live one is followed."""
        job = self.job
        if job is not None:
            operation_id = job.done.operation_id if job.done is not None else self._at_work(job)
            if operation_id is not None:
                await self.program.show_log(operation_id)

    @on(VirtualTable.RowOpened, "#bulk")
    async def _opened(self, event: VirtualTable.RowOpened) -> None:
        why = self.why_no_log()
        if why is None:
            await self.open_log()
        else:
            self.notify(why, severity="warning", markup=False)

    def copy_row(self) -> None:
        """The outcomes as text."""
        from daoflow_tui.screens.sheets.copy import copy_out

        lines = (
            f"{job.name}\t{job.standing}\t{job.done.words if job.done else ''}" for job in self.bulk.jobs
        )
        copy_out(self, "list of outcomes", "\n".join(lines))

    def ask_to_cancel(self) -> None:
        """Level 2: `y` cancels."""
        counts = self.bulk.counts()
        sheet = StoppingSheet(self.bulk.words, counts["running"], counts["left"])
        self.app.push_screen(sheet, lambda yes: self.bulk.cancel() if yes else None)

    def give_back_keyboard(self) -> None:
        """Into the list."""
        self.table.focus()
