"""The keys of the swarm tab: observe, plan a change of what is under the cursor, apply the plan that was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.swarm import SwarmPane


class Observe(Command["SwarmPane"]):
    """Observe the swarm through its manager now: nodes, services, tasks, quorum; this only reads."""

    id, keys, title, short, group, footer = "swarm.observe", ("c",), "observe", "observe", "Swarm", 5
    scope = "server.swarm.topology.refresh"

    def why_off(self, pane: SwarmPane) -> str | None:
        """One at a time."""
        return pane.why_no_look()

    def run(self, pane: SwarmPane) -> None:
        """Ask the manager."""
        pane.observe()


class Availability(Command["SwarmPane"]):
    """Choose another availability for the node under the cursor, and record what would follow; changes nothing yet."""

    id, keys, title, short, group, footer = (
        "swarm.availability",
        ("d",),
        "availability…",
        "avail…",
        "Swarm",
        10,
    )
    danger, scope = Danger.RECORDS, "server.swarm.node.plan"

    def why_off(self, pane: SwarmPane) -> str | None:
        """A node, and one question at a time."""
        return pane.why_no_node_plan()

    def run(self, pane: SwarmPane) -> None:
        """Offer the three."""
        pane.choose_availability()


class Replicas(Command["SwarmPane"]):
    """Choose another number of replicas for the service under the cursor, and record what would follow."""

    id, keys, title, short, group, footer = "swarm.replicas", ("r",), "replicas…", "replicas…", "Swarm", 15
    danger, scope = Danger.RECORDS, "server.swarm.service.plan"

    def why_off(self, pane: SwarmPane) -> str | None:
        """A service that has a number of its own, and one question at a time."""
        return pane.why_no_service_plan()

    def run(self, pane: SwarmPane) -> None:
        """Offer numbers."""
        pane.choose_replicas()


class PlanAgain(Command["SwarmPane"]):
    """Make the plan on screen anew, from a fresh look; this changes nothing."""

    id, keys, title, short, group, footer = "swarm.plan", ("p",), "plan again", "plan", "Swarm", 20
    danger, scope = Danger.RECORDS, "server.swarm.node.plan"

    def why_off(self, pane: SwarmPane) -> str | None:
        """There has to be one."""
        return pane.why_no_plan_again()

    def run(self, pane: SwarmPane) -> None:
        """The same wish."""
        pane.plan_again()


class Apply(Command["SwarmPane"]):
    """Apply exactly the plan on screen; a drain and a scale to nothing ask for the server's name first."""

    id, keys, title, short, group, footer = "swarm.apply", ("!",), "apply…", "apply…", "Swarm", 25
    danger, scope = Danger.FINAL, "server.swarm.node.update"

    def why_off(self, pane: SwarmPane) -> str | None:
        """No plan, an old one, a used one, read-only, or a change under way."""
        return pane.why_no_apply()

    def run(self, pane: SwarmPane) -> None:
        """Ask."""
        pane.ask_to_apply()


SWARM_COMMANDS: tuple[AnyCommand, ...] = (Observe, Availability, Replicas, PlanAgain, Apply)
