"""The keys of the stacks of a server: plan a deploy, a rollback or a removal, and apply the plan on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command, Danger

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.stacks import StacksPane


class PlanDeploy(Command["StacksPane"]):
    """Plan a deploy from a compose file: what would be added, changed and removed; changes nothing on the server."""

    id, keys, title, short, group, footer = "stack.plan", ("p",), "plan a deploy…", "plan…", "Stacks", 10
    danger, scope = Danger.RECORDS, "server.stack.plan"

    def why_off(self, pane: StacksPane) -> str | None:
        """One at a time."""
        return pane.why_no_plan()

    def run(self, pane: StacksPane) -> None:
        """The form."""
        pane.ask_for_files()


class PlanRollback(Command["StacksPane"]):
    """Plan to apply the revision under the cursor again; on a stack, the last good one with other files."""

    id, keys, title, short, group, footer = "stack.back", ("b",), "plan a rollback", "back", "Stacks", 15
    danger, scope = Danger.RECORDS, "server.stack.plan"

    def why_off(self, pane: StacksPane) -> str | None:
        """There has to be one."""
        return pane.why_no_stack() or pane.why_no_plan()

    def run(self, pane: StacksPane) -> None:
        """Plan it."""
        pane.plan_rollback()


class PlanRemoval(Command["StacksPane"]):
    """Plan to take a stack away: what runs under its name goes, volumes stay and are named."""

    id, keys, title, short, group, footer = "stack.remove", ("x",), "plan a removal", "remove", "Stacks", 20
    danger, scope = Danger.RECORDS, "server.stack.plan"

    def why_off(self, pane: StacksPane) -> str | None:
        """There has to be one."""
        return pane.why_no_stack() or pane.why_no_plan()

    def run(self, pane: StacksPane) -> None:
        """Plan it."""
        pane.plan_removal()


class ApplyPlan(Command["StacksPane"]):
    """Apply the plan on screen; asks first, and for a removal has the stack's name typed."""

    id, keys, title, short, group, footer = "stack.apply", ("!",), "apply this plan…", "apply…", "Stacks", 12
    danger, scope = Danger.FINAL, "server.stack.deploy"

    def why_off(self, pane: StacksPane) -> str | None:
        """No plan, a refused, old or used one, read-only, or a change under way."""
        return pane.why_no_apply()

    def run(self, pane: StacksPane) -> None:
        """Ask."""
        pane.ask_to_apply()


STACK_COMMANDS: tuple[AnyCommand, ...] = (PlanDeploy, PlanRollback, PlanRemoval, ApplyPlan)
