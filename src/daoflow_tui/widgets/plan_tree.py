"""A plan as groups that unfold into their items; only the lines on screen are drawn, however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daoflow_tui.commands.plan_tree import PLAN_TREE_COMMANDS
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import glyphs_of
from daoflow_tui.widgets.table import VirtualTable


@dataclass(frozen=True, slots=True)
class Branch:
    """One group: its title, the cells after it, and its items; a leaf's first cell is indented when drawn."""

    id: str
    title: str
    cells: tuple[Cell, ...]
    leaves: tuple[Row, ...] = ()


class PlanTree(VirtualTable):
    """Groups folded at first; enter folds and unfolds, h folds from within too. Row ids are the caller's."""

    OFFERS = PLAN_TREE_COMMANDS

    @dataclass
    class Refolded(VirtualTable.Said):
        """A group was folded or unfolded, so there are more lines or fewer."""

    def __init__(self, columns: Sequence[Column], *, empty: str = "", id: str | None = None) -> None:  # noqa: A002
        super().__init__(columns, empty=empty, marking=False, id=id)
        self._branches: tuple[Branch, ...] = ()
        self._open: set[str] = set()
        self._of_leaf: dict[str, str] = {}

    def show(self, branches: Sequence[Branch]) -> None:
        """Draw these groups; those that were unfolded stay so."""
        self._branches = tuple(branches)
        self._of_leaf = {leaf.id: branch.id for branch in branches for leaf in branch.leaves}
        self._draw()

    def open(self) -> None:
        """Unfold the group under the cursor, or fold it; an item says that it was opened."""
        branch = self._at_cursor()
        if branch is None:
            super().open()
        elif branch.id in self._open:
            self.fold()
        else:
            self.unfold()

    def unfold(self) -> None:
        """Show the items of the group under the cursor."""
        branch = self._at_cursor()
        if branch is not None and branch.leaves:
            self._open.add(branch.id)
            self._draw()
            self.post_message(self.Refolded(self))

    def fold(self) -> None:
        """Hide the items of the group that the cursor is in, and go to it."""
        row_id = self.cursor_id or ""
        branch_id = self._of_leaf.get(row_id, row_id)
        if branch_id in self._open:
            self.move_to(branch_id)
            self._open.discard(branch_id)
            self._draw()
            self.post_message(self.Refolded(self))

    def _at_cursor(self) -> Branch | None:
        return next((branch for branch in self._branches if branch.id == self.cursor_id), None)

    def _draw(self) -> None:
        rows: list[Row] = []
        for branch in self._branches:
            unfolded = branch.id in self._open
            rows.append(Row(branch.id, (self._title(branch, unfolded), *branch.cells)))
            rows += branch.leaves if unfolded else ()
        self.set_rows(rows)
        self.refresh()

    def _title(self, branch: Branch, unfolded: bool) -> str:
        glyphs = glyphs_of(self)
        sign = " " if not branch.leaves else glyphs.unfolded if unfolded else glyphs.folded
        return f"{sign} {branch.title}"
