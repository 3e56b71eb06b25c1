"""What the cleanup tab says of runs: how each item went, what was freed against what was foretold."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from daoflow_core.ids import short
from daoflow_core.model.cleanup import CleanupRun, ItemOutcome, ItemResult
from daoflow_core.model.operation import Operation
from daoflow_tui.desk import Desk
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.panes.cleanup_words import NOUNS, in_groups, up_to
from daoflow_tui.screens.sizes import counted, size
from daoflow_tui.screens.times import clock_time
from daoflow_tui.screens.words import Words, labelled
from daoflow_tui.widgets.cells import Cell
from daoflow_tui.widgets.columns import Column
from daoflow_tui.widgets.plan_tree import Branch
from daoflow_tui.widgets.rows import Row
from daoflow_tui.widgets.state_mark import Role, State, Toned

EARLIER = (
    Column("state", "OUTCOME", 13),
    Column("when", "WHEN", 19),
    Column("freed", "FREED", 36, flex=True),
    Column("by", "BY", 10, drop=1),
    Column("id", "ID", 8, drop=2),
)
OUTCOMES = {
    ItemOutcome.FAILED: ("could not be removed", Role.BAD),
    ItemOutcome.UNKNOWN: ("outcome not known", Role.UNKNOWN),
    ItemOutcome.KEPT: ("left alone", Role.LOOK),
    ItemOutcome.GONE: ("were already gone", Role.OLD),
    ItemOutcome.REMOVED: ("removed", Role.GOOD),
}
"""What needs eyes first."""


def run_of(operation: Operation | None) -> CleanupRun | None:
    """The result a run recorded; None when it has none that can be read."""
    if operation is None or "previewId" not in operation.result:
        return None
    try:
        return CleanupRun.of(operation.result)
    except ValidationError:
        return None


def result_branches(run: CleanupRun) -> list[Branch]:
    """A branch for every outcome that occurred."""
    found = ((outcome, [one for one in run.results if one.outcome is outcome]) for outcome in OUTCOMES)
    return [_branch(outcome, items) for outcome, items in found if items]


def _branch(outcome: ItemOutcome, items: Sequence[ItemResult]) -> Branch:
    words, role = OUTCOMES[outcome]
    known = [one.size_bytes for one in items if one.size_bytes is not None]
    total = size(sum(known)) if known else "-"
    leaves = tuple(
        Row(
            f"{outcome} {one.kind} {one.id}",
            (f"    {_name(one)}", "", size(one.size_bytes), one.reason or ""),
        )
        for one in items
    )
    return Branch(f"outcome {outcome}", words, (f"{len(items):,}", total, State(outcome.value, role)), leaves)


def _name(one: ItemResult) -> str:
    noun, brief = NOUNS[one.kind][0], one.id.removeprefix("sha256:")[:12]
    return f"{noun} {one.name if one.name and one.name != one.id else brief}"


def result_lines(operation: Operation, run: CleanupRun) -> list[Words]:
    """How it ended, freed against foretold, and every command with its exit code."""
    view = OperationView.of(operation)
    lines: list[Words] = [[view.state, f"  {operation.error or operation.summary}"], []]
    lines.append(
        labelled("Freed", Toned(size(run.freed_bytes), Role.STRONG), f"   foretold {_foretold(run)}")
    )
    if run.freed_bytes is None:
        lines.append(labelled("", Toned("what was freed could not be measured", Role.MUTED)))
    lines.append(labelled("Disk", _disk(run)))
    if told := _exceptions(run):
        lines.append(labelled("Left", told))
    lines += [[], [Toned("Commands that ran, by how they ended", Role.STRONG)]]
    codes = sorted({one.exit_code for one in run.command_results}, key=lambda code: (code == 0, code or -1))
    for code in codes:
        groups = in_groups([one.command for one in run.command_results if one.exit_code == code])
        lines += [["  ", _code(code), f"  {command}"] for command in groups]
    return lines


def _foretold(run: CleanupRun) -> str:
    return size(run.foretold_bytes) + up_to(run.foretold_bytes, run.foretold_at_most)


def _code(code: int | None) -> State:
    if code is None:
        return State("end not seen", Role.UNKNOWN)
    return State(f"exit {code}", Role.GOOD if code == 0 else Role.BAD)


def _disk(run: CleanupRun) -> str:
    shares = [disk.used_percent if disk is not None else None for disk in (run.disk_before, run.disk_after)]
    before, after = ("?" if share is None else f"{share}%" for share in shares)
    return f"{before} before, {after} now"


def _exceptions(run: CleanupRun) -> str:
    """`3 items were already gone, 2 new ones left alone`."""
    told = []
    if run.gone:
        told.append(f"{counted(run.gone, 'item was', 'items were')} already gone")
    if run.kept:
        told.append(f"{counted(run.kept, 'item')} left alone: in use or changed since the preview")
    if run.newcomers:
        told.append(f"{counted(run.newcomers, 'new one', 'new ones')} left alone")
    return ", ".join(told)


def earlier_row(operation: Operation, desk: Desk) -> Row:
    """One earlier run."""
    view, run = OperationView.of(operation), run_of(operation)
    freed: Cell = operation.error or operation.summary
    if run is not None:
        freed = f"freed {size(run.freed_bytes)} (foretold {_foretold(run)})"
    when = clock_time(operation.started_at, desk.times)
    return Row(
        operation.id,
        (view.state, when, freed, operation.requested_by, Toned(short(operation.id), Role.MUTED)),
    )
