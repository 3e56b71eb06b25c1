"""What the swarm tab asks of the core: a look, a plan, an apply; and every reason why not now."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, cast, get_args

from daoflow_core.clock import parse_stamp
from daoflow_core.model.operation import Operation
from daoflow_core.model.swarm import Availability, SwarmNode, SwarmService
from daoflow_core.model.swarm_plans import NodePlan
from daoflow_tui.screens.panes.hub_pane import HubPane
from daoflow_tui.screens.panes.swarm_news import PLANS, REFRESH, UPDATES, SwarmNews
from daoflow_tui.screens.sheets.choice import Choice, ChoiceSheet
from daoflow_tui.screens.undertakings import undertake

if TYPE_CHECKING:
    from daoflow_core.console import Console

Asking = Callable[["Console"], Coroutine[Any, Any, Operation]]
NOTES = {
    "active": "takes tasks again; none comes back",
    "pause": "no new task; what runs goes on",
    "drain": "its tasks move away or stop",
}
BUSY = "A look, a plan or a change of this swarm is under way already; wait for it, or see its log in 6."
MOST = 12
"""Numbers of replicas offered at least, from nothing on."""


class SwarmAsking(HubPane):
    """The part of the pane that commands speak to."""

    news: SwarmNews | None = None

    @property
    def node(self) -> SwarmNode | None:
        """The node under the cursor."""
        return None

    @property
    def service(self) -> SwarmService | None:
        """The service under the cursor."""
        return None

    def _why_busy(self, action: str) -> str | None:
        refused = self.hub.why_refused(action)
        if refused is not None:
            return refused
        kinds = (REFRESH, *PLANS, *UPDATES)
        asked = any((self.server_id, one.value) in self.desk.asked for one in kinds)
        return BUSY if asked or (self.news is not None and self.news.running is not None) else None

    def why_no_look(self) -> str | None:
        """One at a time."""
        return self._why_busy("server.swarm.topology.refresh")

    def observe(self) -> None:
        """Ask the manager."""
        server_id = self.server_id
        undertake(self.program, server_id, REFRESH.value, lambda console: console.swarm.refresh(server_id))

    def why_no_node_plan(self) -> str | None:
        """A node has to be known."""
        if self.node is None:
            return "No node is under the cursor: c observes the swarm."
        return self._why_busy("server.swarm.node.plan")

    def why_no_service_plan(self) -> str | None:
        """A service that has a number of its own."""
        service = self.service
        if service is None:
            return "No service is under the cursor: c observes the swarm."
        if service.mode == "global":
            return f"{service.name} is global: it runs one task on every node that fits, so it has no number to set."
        if service.is_job:
            return f"{service.name} is a job: it runs its tasks to their end, so it has no number to set."
        return self._why_busy("server.swarm.service.plan")

    def choose_availability(self) -> None:
        """Offer the three, with the one in force marked."""
        node = self.node
        if node is None:
            return
        choices = [
            Choice(one, f"{one} (now)" if one == node.availability else one, NOTES[one])
            for one in get_args(Availability)
            if one in NOTES
        ]

        def take(wanted: str | None) -> None:
            if wanted is not None:
                self._plan_node(node.id, cast(Availability, wanted))

        self.app.push_screen(ChoiceSheet(f"Availability of {node.name}", choices, node.availability), take)

    def choose_replicas(self) -> None:
        """Offer numbers, with the one in force marked."""
        service = self.service
        if service is None:
            return
        now = service.replicas or 0
        choices = [
            Choice(str(one), f"{one} (now)" if one == now else str(one), _number_note(one, now))
            for one in range(max(MOST, 2 * now) + 1)
        ]

        def take(wanted: str | None) -> None:
            if wanted is not None:
                self._plan_service(service.id, int(wanted))

        self.app.push_screen(ChoiceSheet(f"Replicas of {service.name}", choices, str(now)), take)

    def why_no_plan_again(self) -> str | None:
        """There has to be a plan, and nothing under way."""
        if self.news is None or self.news.planned is None:
            return "There is no plan to make again: d plans a node's availability, r a service's replicas."
        return self._why_busy("server.swarm.node.plan")

    def plan_again(self) -> None:
        """The same wish, from a fresh look."""
        planned = None if self.news is None else self.news.planned
        if isinstance(planned, NodePlan):
            self._plan_node(planned.node_id, planned.after)
        elif planned is not None:
            self._plan_service(planned.service_id, planned.after)

    def _plan_node(self, node_id: str, wanted: Availability) -> None:
        server_id = self.server_id
        undertake(
            self.program,
            server_id,
            PLANS[0].value,
            lambda console: console.swarm_plans.node(server_id, node_id, wanted),
        )

    def _plan_service(self, service_id: str, number: int) -> None:
        server_id = self.server_id
        undertake(
            self.program,
            server_id,
            PLANS[1].value,
            lambda console: console.swarm_plans.scale(server_id, service_id, number),
        )

    def why_no_apply(self) -> str | None:
        """Everything that stands between the plan on screen and its apply; the core asks it again."""
        news = self.news
        planned = None if news is None else news.planned
        if news is None or planned is None:
            return "There is no plan to apply: d plans a node's availability, r a service's replicas."
        busy = self._why_busy("server.swarm.node.update")
        if busy is not None:
            return busy
        if self.desk.now() >= parse_stamp(planned.expires_at):
            return "This plan is older than 30 minutes, so it may be wrong by now: p makes it again."
        if not planned.changes:
            return "This plan changes nothing: it is what is set already."
        return news.why

    def ask_to_apply(self) -> None:
        """The sheet; what is answered there applies this plan and no other."""
        self.run_worker(self._ask_to_apply(), group="ask", exclusive=True)

    async def _ask_to_apply(self) -> None:
        from daoflow_tui.screens.sheets.swarm import swarm_sheet

        news, view = self.news, self.view
        if news is None or news.plan is None or news.planned is None or view is None:
            return
        plan, planned = news.plan, news.planned
        if not await self.app.push_screen_wait(swarm_sheet(view, plan, planned, self.desk)):
            return
        kind = UPDATES[0] if isinstance(planned, NodePlan) else UPDATES[1]
        undertake(self.program, self.server_id, kind.value, _applying(self.server_id, plan.id, planned))


def _applying(server_id: str, plan_id: str, planned: Any) -> Asking:  # noqa: ANN401 - a plan of either kind
    if isinstance(planned, NodePlan):
        return lambda console: console.swarm_changes.update_node(
            server_id, planned.node_id, planned.after, plan=plan_id
        )
    return lambda console: console.swarm_changes.scale(
        server_id, planned.service_id, planned.after, plan=plan_id
    )


def _number_note(number: int, now: int) -> str:
    if not number:
        return "stops every task of it"
    return f"{number - now} more" if number > now else f"{now - number} fewer" if number < now else ""
