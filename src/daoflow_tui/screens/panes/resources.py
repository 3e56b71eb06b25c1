"""The second tab: meters against their limits, trends, what Docker keeps, and what this server needs."""

from __future__ import annotations

import json
from functools import partial

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from daoflow_core.model.operation import OperationKind
from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.commands.resources import RESOURCE_COMMANDS
from daoflow_tui.screens.panes import resource_look as look
from daoflow_tui.screens.panes import resource_words as say
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.needs import need_lines
from daoflow_tui.screens.panes.resource_news import ResourceNews, read_resources
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.undertakings import undertake
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.blank import Blank
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.meter import Meter
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.spark import Spark
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable

CHECK = OperationKind.RESOURCE_CHECK.value


class ResourcesPane(HubPane):
    """Drawn from the newest snapshot in the store, however old, with its age said plainly."""

    OFFERS = RESOURCE_COMMANDS
    DEFAULT_CSS = """
    ResourcesPane #sides { height: 16; }
    ResourcesPane #host { width: 3fr; }
    ResourcesPane #host VerticalScroll { padding: 0 1; }
    ResourcesPane #docker { width: 2fr; }
    ResourcesPane #docker VirtualTable { height: 6; }
    ResourcesPane #docker Told { padding: 0 1; }
    ResourcesPane #needs { height: 1fr; }
    ResourcesPane #needs VerticalScroll { padding: 0 1; }
    ResourcesPane.-thin #docker, ResourcesPane.-thin #needs { display: none; }
    ResourcesPane.-thin #sides { height: 1fr; }
    ResourcesPane.-stale Meter, ResourcesPane.-stale Spark { color: $muted; text-style: dim; }
    ResourcesPane.-empty .resources--data { display: none; }
    ResourcesPane .resources--narrow { display: none; }
    ResourcesPane.-thin .resources--narrow { display: block; margin-top: 1; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.news: ResourceNews | None = None
        self.blank = Blank(look.READING)
        self.docker = VirtualTable(say.DOCKER, empty="Nothing is known of what Docker keeps.", marking=False)
        self.docker_words, self.facts, self.needs = Told(), Told(), Told()
        self.docker_below, self.needs_below = Told(), Told()

    def compose(self) -> ComposeResult:
        """The host, Docker beside it, the needs below; on a narrow screen all in one column."""
        settings = self.desk.start.settings
        limits = {
            "CPU load": settings.cpu,
            "Memory": settings.memory,
            "Disk /": settings.disk,
            "Swap": settings.memory,
        }
        self.meters = {name: Meter(name, warn=one.warn, hard=one.hard) for name, one in limits.items()}
        self.trends = {name: Spark() for name in ("CPU load", "Memory", "Disk /")}
        with Horizontal(id="sides"):
            with Pane("Host", id="host"), VerticalScroll(id="scroll"):
                yield self.blank
                for name, meter in self.meters.items():
                    meter.add_class("resources--data")
                    yield meter
                    if name in self.trends:
                        self.trends[name].styles.padding = (0, 0, 0, 17)
                        self.trends[name].add_class("resources--data")
                        yield self.trends[name]
                yield self.facts
                self.docker_below.add_class("resources--narrow")
                self.needs_below.add_class("resources--narrow")
                yield self.docker_below
                yield self.needs_below
            with Pane("Docker", id="docker"):
                yield self.docker
                yield self.docker_words
        with Pane("What this server needs", id="needs"), VerticalScroll(can_focus=False):
            yield self.needs

    @property
    def seat(self) -> Widget:
        """Where one can scroll."""
        return self.query_one("#scroll")

    # Reading and drawing

    async def read(self) -> None:
        """What the store knows."""
        news = await self.answer(partial(read_resources, server_id=self.server_id, now=self.desk.now()))
        if news is not None:
            self.take(news)

    def take(self, news: ResourceNews) -> None:
        """Show it."""
        self.news = news
        if news.snapshot is not None:
            self._draw(news.snapshot, news)
        self.hub.tick()

    def _draw(self, snapshot: ResourceSnapshot, news: ResourceNews) -> None:
        self.meters["CPU load"].measure(snapshot.cpu.load_percent, say.cpu_note(snapshot.cpu))
        self.meters["Memory"].measure(snapshot.memory.used_percent, say.memory_note(snapshot.memory))
        self.meters["Disk /"].measure(snapshot.disk.used_percent, say.disk_note(snapshot.disk))
        swap = snapshot.swap
        none = swap.total_bytes == 0
        self.meters["Swap"].measure(0 if none else swap.used_percent, say.swap_note(swap))
        for name, field in (("CPU load", "cpu"), ("Memory", "memory"), ("Disk /", "disk")):
            values = [getattr(one, f"{field}_percent") for one in news.samples]
            self.trends[name].draw(values, look.trend_note(news.samples) if name == "CPU load" else "")
        self.facts.show([[], *say.fact_lines(snapshot.host, self.desk.start.settings)])
        state, note = say.docker_state(snapshot.docker)
        self.query_one("#docker", Pane).name_it("Docker", note, state)
        self.docker.set_rows(say.docker_rows(snapshot.docker))
        safe = None if news.preview is None else news.preview.foretold_bytes
        words = say.docker_lines(snapshot, safe)
        self.docker_words.show(words)
        self.docker_below.show(look.docker_column(snapshot, words))

    def tick(self) -> None:
        """The age of what is shown, and which state this tab is in."""
        news = self.news
        shown = look.of(self)
        self.blank.show(shown.blank)
        self.set_class(news is None or news.snapshot is None, "-empty")
        self.set_class(shown.stale, "-stale")
        snapshot = None if news is None else news.snapshot
        pane = self.query_one("#host", Pane)
        if snapshot is None or news is None:
            pane.name_it("Host")
        else:
            age = span(seconds_between(snapshot.checked_at, self.desk.now()))
            pane.name_it("Host", look.operation_note(news), look.aged(shown.state, age))
        if news is not None:
            lines = need_lines(news.needs, self.app.size.width - 6)
            self.needs.show(lines)
            self.needs_below.show([[Toned("What this server needs", Role.STRONG)], *lines])

    def status_right(self) -> list[Piece] | None:
        """How often it is read."""
        return [Toned("c reads it now", Role.MUTED)]

    # What commands ask for

    def why_no_errand(self) -> str | None:
        """As its key."""
        return self.why_no_check()

    def begin_errand(self) -> None:
        """As its key."""
        self.check()

    def why_no_check(self) -> str | None:
        """One at a time."""
        refused = self.hub.why_refused("server.resources.check")
        if refused is None and (self.server_id, CHECK) in self.desk.asked:
            return "A resource check of this server is under way already."
        return refused

    def check(self) -> None:
        """Ask the server now."""
        undertake(self.program, self.server_id, CHECK, partial(look.ask, server_id=self.server_id))

    def _json(self) -> str:
        snapshot = None if self.news is None else self.news.snapshot
        return "" if snapshot is None else json.dumps(snapshot.document(), indent=2, ensure_ascii=False)

    def show_json(self) -> bool:
        """The raw numbers."""
        if text := self._json():
            self.app.push_screen(TextSheet("Resources as JSON", text))
        return bool(text)

    def copy_row(self) -> bool:
        """The raw numbers."""
        if text := self._json():
            choices = [
                Choice("json", "resources as JSON", text),
                Choice("name", "server's name", self.view.name if self.view else ""),
            ]
            offer_copy(self.hub, "Copy", choices)
        return bool(text)

    def log_of_row(self) -> str | None:
        """Of the newest check."""
        return None if self.news is None or self.news.operation is None else self.news.operation.id
