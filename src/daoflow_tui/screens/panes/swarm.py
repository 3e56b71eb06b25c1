"""The fifth tab: a swarm's nodes and services, and beside them a plan, its live log, or how it went."""

from __future__ import annotations

import json
from functools import partial

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation
from daoflow_core.model.swarm import SwarmNode, SwarmService
from daoflow_core.stamps import seconds_between, span
from daoflow_tui.commands.swarm import SWARM_COMMANDS
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes import swarm_look as look
from daoflow_tui.screens.panes import swarm_words as say
from daoflow_tui.screens.panes.operation_log import OperationLog
from daoflow_tui.screens.panes.swarm_asking import SwarmAsking
from daoflow_tui.screens.panes.swarm_news import SwarmNews, read_swarm
from daoflow_tui.screens.sheets.choice import Choice
from daoflow_tui.screens.sheets.copy import offer_copy
from daoflow_tui.screens.sheets.message import TextSheet
from daoflow_tui.screens.words import Told
from daoflow_tui.widgets.blank import Blank
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.pane import Pane
from daoflow_tui.widgets.state_mark import Role, Toned
from daoflow_tui.widgets.table import VirtualTable


class SwarmPane(SwarmAsking):
    """Drawn from the newest snapshot in the store, with its age; changes go by a recorded plan."""

    OFFERS = SWARM_COMMANDS
    DEFAULT_CSS = """
    SwarmPane #nodes { height: 2fr; }
    SwarmPane #quorum { height: auto; padding: 0 1; }
    SwarmPane #below { height: 3fr; }
    SwarmPane #services { width: 1fr; }
    SwarmPane #plan { width: 1fr; }
    SwarmPane #plan VerticalScroll { padding: 0 1; scrollbar-size-vertical: 1; }
    SwarmPane.-thin #below { layout: vertical; }
    SwarmPane.-thin #services, SwarmPane.-thin #plan { width: 100%; height: 1fr; }
    SwarmPane.-thin #nodes { height: 3fr; }
    SwarmPane.-thin #below { height: 5fr; }
    SwarmPane.-thin #plan:focus-within { height: 3fr; }
    SwarmPane.-thin.-low #nodes { height: 5; }
    SwarmPane.-thin.-low #nodes:focus-within { height: 9; }
    SwarmPane.-thin.-low #below { height: 1fr; }
    SwarmPane.-thin.-low #services { height: 6; }
    SwarmPane.-thin.-low.-planning #services { height: 4; }
    SwarmPane.-thin.-low #services:focus-within { height: 1fr; }
    SwarmPane.-low #quorum { display: none; }
    SwarmPane.-stale VirtualTable { color: $muted; text-style: dim; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.news: SwarmNews | None = None
        self._plan_id: str | None = None
        self.blank, self.plan_blank = Blank(look.READING), Blank()
        self.nodes = VirtualTable(say.NODES, empty="No node is known.", marking=False, id="node-table")
        self.services = VirtualTable(
            say.SERVICES, empty="No service runs on this swarm.", marking=False, id="service-table"
        )
        self.quorum, self.said = Told(id="quorum"), Told()
        self.live = OperationLog(id="live")

    def compose(self) -> ComposeResult:
        """Nodes above, services and plan below."""
        with Pane("Nodes", id="nodes"):
            yield self.blank
            yield self.nodes
            yield self.quorum
        with Horizontal(id="below"):
            with Pane("Services", id="services"):
                yield self.services
            with Pane("Plan", id="plan"):
                yield self.plan_blank
                with VerticalScroll(id="said"):
                    yield self.said
                yield self.live

    @property
    def seat(self) -> Widget:
        """The nodes."""
        return self.nodes

    # Reading and drawing

    async def read(self) -> None:
        """What the store knows."""
        news = await self.answer(partial(read_swarm, server_id=self.server_id))
        if news is not None:
            self.take(news)

    def take(self, news: SwarmNews) -> None:
        """Show it; cursors stay on their node and service."""
        before, self.news = self.news, news
        topology = news.topology
        if topology is not None:
            self.nodes.set_rows(say.node_row(one) for one in topology.nodes)
            self.services.set_rows(say.service_row(one) for one in topology.services)
            self.quorum.show([say.quorum_line(topology.quorum)])
        self._draw_plan(news)
        self.hub.tick()
        self.keep_keyboard()
        self._turn_to_plan(news, at_first=before is None)

    def _turn_to_plan(self, news: SwarmNews, *, at_first: bool) -> None:
        """On a small screen a plan just made gets the keyboard, and with it the room to be read."""
        before, self._plan_id = self._plan_id, None if news.plan is None else news.plan.id
        made = not at_first and news.plan is not None and before != self._plan_id
        if made and self.is_thin and self.hub.pane is self and self.screen.is_current:
            self.query_one("#said").focus()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """What is read takes room from what is not."""
        self.set_class(self.query_one("#plan") in event.widget.ancestors, "-planning")

    def _draw_plan(self, news: SwarmNews) -> None:
        running = news.running
        self.live.display = running is not None
        if running is not None:
            self.live.open_log(running.id)
        self.plan_blank.show(look.plan_blank(news, look.refusal(self.server_id, self.desk)))
        self.said.show(look.plan_lines(news, self.why_no_apply()))
        self.query_one("#said").display = running is None and bool(self.said.lines)

    def tick(self) -> None:
        """Ages, and which state this tab is in."""
        news, desk = self.news, self.desk
        topology = None if news is None else news.topology
        self.blank.show(look.blank(news, self.view, desk))
        self.nodes.display = topology is not None
        self.set_class(topology is not None and look.is_old(topology, desk), "-stale")
        pane = self.query_one("#nodes", Pane)
        if topology is None:
            pane.name_it("Nodes")
        else:
            age = span(seconds_between(topology.observed_at, desk.now()))
            pane.name_it(f"Nodes of swarm {topology.cluster_name!r}", f"observed {age} ago")
            pane.foot(
                self.quorum.text.strip() if self.has_class("-low") else ""
            )  # a low screen needs the line
        plan = self.query_one("#plan", Pane)
        name, note, foot, state = look.plan_title(news, desk.now())
        plan.name_it(name, note, state)
        plan.foot(foot)

    def status_left(self) -> list[Piece] | None:
        """What runs, and that it goes on without being watched."""
        running = None if self.news is None else self.news.running
        if running is None:
            return None
        words = Toned(f"   {short(running.id)}; esc leaves it running, its log stays in 6", Role.MUTED)
        return [OperationView.of(running).state, words]

    def status_right(self) -> list[Piece] | None:
        """How old this is."""
        topology = None if self.news is None else self.news.topology
        if topology is None:
            return [Toned("c observes the swarm", Role.MUTED)]
        age = span(seconds_between(topology.observed_at, self.desk.now()))
        return [Toned(f"observed {age} ago · c observes again", Role.MUTED)]

    # What is under the cursors

    @property
    def node(self) -> SwarmNode | None:
        """The node under the cursor."""
        topology = None if self.news is None else self.news.topology
        return None if topology is None else topology.node(self.nodes.cursor_id)

    @property
    def service(self) -> SwarmService | None:
        """The service under the cursor."""
        topology = None if self.news is None else self.news.topology
        return None if topology is None else topology.service(self.services.cursor_id or "")

    @on(VirtualTable.RowOpened)
    def _opened(self, event: VirtualTable.RowOpened) -> None:
        """The tasks of the node or the service."""
        event.stop()
        topology = None if self.news is None else self.news.topology
        if topology is None:
            return
        found = topology.node(event.row_id) or topology.service(event.row_id)
        name = found.name if found else ""
        self.app.push_screen(TextSheet(f"Tasks of {name}", say.task_text(topology, event.row_id)))

    def copy_row(self) -> bool:
        """Names, ids, the plan's command."""
        choices = [Choice(one.id, f"{kind} {one.name}", one.id) for kind, one in self._under_cursors()]
        choices += [
            Choice(f"name-{one.id}", f"name of the {kind}", one.name) for kind, one in self._under_cursors()
        ]
        if self.news is not None and self.news.planned is not None:
            choices.append(Choice("command", "the plan's command", self.news.planned.command))
        if choices:
            offer_copy(self.hub, "Copy", choices)
        return bool(choices)

    def _under_cursors(self) -> list[tuple[str, SwarmNode | SwarmService]]:
        found = (("node", self.node), ("service", self.service))
        return [(kind, one) for kind, one in found if one is not None]

    def show_json(self) -> bool:
        """The plan or result on screen, else the snapshot."""
        news = self.news
        shown: Operation | None = None if news is None else news.newest
        if shown is None or not shown.result:
            topology = None if news is None else news.topology
            document = {} if topology is None else topology.document()
        else:
            document = dict(shown.result)
        if document:
            text = json.dumps(document, indent=2, ensure_ascii=False, default=dict)
            self.app.push_screen(TextSheet("Swarm as JSON", text))
        return bool(document)

    def log_of_row(self) -> str | None:
        """Of the newest plan or change."""
        return None if self.news is None or self.news.newest is None else self.news.newest.id
