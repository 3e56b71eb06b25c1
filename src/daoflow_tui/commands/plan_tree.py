"""The keys of a plan's tree beside those of every list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.commands.base import AnyCommand, Command
from daoflow_tui.widgets.table_commands import Open

if TYPE_CHECKING:
    from daoflow_tui.widgets.plan_tree import PlanTree


class Fold(Command["PlanTree"]):
    """Hide the items of the group that the cursor is in."""

    id, keys, title, group, in_palette = "tree.fold", ("h", "left"), "fold", "Lists", False

    def run(self, tree: PlanTree) -> None:
        """Fold."""
        tree.fold()


class Unfold(Command["PlanTree"]):
    """Show the items of the group under the cursor."""

    id, keys, title, group, in_palette = "tree.unfold", ("right",), "unfold", "Lists", False

    def run(self, tree: PlanTree) -> None:
        """Unfold."""
        tree.unfold()


class Turn(Open):
    """Unfold the group under the cursor, or fold it."""

    title = "unfold"
    help = "Unfold the group under the cursor, or fold it."


PLAN_TREE_COMMANDS: tuple[AnyCommand, ...] = (Turn, Fold, Unfold)
