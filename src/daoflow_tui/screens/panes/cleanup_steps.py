"""The five steps of a cleanup, where one is among them, and why the last of them may be off."""

from __future__ import annotations

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus
from daoflow_tui.desk import Desk
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.times import Times, clock_time
from daoflow_tui.screens.words import Words
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Role, State, Toned

VOLUMES = "Volumes hold data. They stay out unless you press v, which makes a new preview and asks for more."
WHY: tuple[Words, ...] = (
    [Toned(VOLUMES, Role.MUTED)],
    [],
    [Toned("Can't run?", Role.STRONG)],
    ["! is off when"],
    ["- the preview is older than 30m, was used, or lacks an answer"],
    ["- volumes were taken in or out since"],
    ["- you lack server:write"],
    ["- this server is read-only"],
    ["Pressing it then says which."],
)  # fmt: skip


def step_lines(
    newest: Operation | None, preview: Operation | None, off: str | None, desk: Desk
) -> list[Words]:
    """The steps of the newest preview or run."""
    running = newest is not None and newest.completed_at is None
    ran = newest if newest is not None and newest.kind is OperationKind.CLEANUP_RUN else None
    lines: list[Words] = [_step(1, "preview", _preview_state(newest, preview, desk))]
    whole = preview is not None and preview.status is OperationStatus.COMPLETED
    reviewing = whole and not running and ran is None
    lines.append(_step(2, "review", [Toned("you are here", Role.KEY) if reviewing else ""]))
    confirm = "! opens the sheet" if off is None else "! is off now"
    lines.append(
        _step(3, "confirm", [Toned(confirm if ran is None else "", Role.KEY if off is None else Role.MUTED)])
    )
    lines.append(
        _step(
            4,
            "run",
            [OperationView.of(ran).state] if ran else [Toned("its log is live here", Role.MUTED)],
        )
    )
    compare = (
        Toned("you are here", Role.KEY) if ran and not running else Toned("freed vs foretold", Role.MUTED)
    )
    return [*lines, _step(5, "compare", [compare]), [], *WHY]


def _step(number: int, name: str, words: list[Piece]) -> list[Piece]:
    return [Toned(f"{number} {name:<9} ", Role.STRONG), *words]


def _preview_state(newest: Operation | None, preview: Operation | None, desk: Desk) -> list[Piece]:
    if newest is not None and newest.kind is OperationKind.CLEANUP_PREVIEW and newest.completed_at is None:
        return [State("running", Role.RUNNING)]
    if preview is None:
        return [Toned("p makes one", Role.KEY)]
    times = Times.LOCAL if desk.times is Times.AGE else desk.times
    when = clock_time(preview.completed_at or preview.started_at, times)[11:]
    good = preview.status is OperationStatus.COMPLETED
    word = State(when, Role.GOOD) if good else State("failed", Role.BAD)
    return [word, Toned(f"  {short(preview.id)}", Role.MUTED)]
