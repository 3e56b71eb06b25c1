"""What the hub's tabs ask of the history: the newest operations of a kind, and what made one fail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus, Stream
from daoflow_tui.widgets.blank import Failed, NextKey

if TYPE_CHECKING:
    from daoflow_core.console import Console

LOG_TAIL = 400
"""Lines at the end of a failed log in which its failing command is looked for."""


async def newest_of(
    console: Console, server_id: str, *kinds: OperationKind, limit: int = 1
) -> list[Operation]:
    """The newest operations of some kinds, newest first."""
    found = [
        one for kind in kinds for one in await console.history.operations(server_id, kind=kind, limit=limit)
    ]
    return sorted(found, key=lambda one: one.id, reverse=True)[:limit]


async def failure_of(console: Console, operation: Operation, *keys: NextKey) -> Failed | None:
    """What made an operation fail: the last command in its log, its exit code and first stderr line."""
    if operation.status not in (
        OperationStatus.FAILED,
        OperationStatus.INTERRUPTED,
        OperationStatus.CANCELLED,
    ):
        return None
    lines = await console.history.tail(operation.id, limit=LOG_TAIL)
    return failure_in(operation, lines, keys)


def failure_in(operation: Operation, lines: Sequence[LogLine], keys: Sequence[NextKey]) -> Failed:
    """The same, from the lines themselves; the first command that failed, else the one whose end was not seen."""
    runs = [index for index, line in enumerate(lines) if line.stream is Stream.RUN]
    steps = [lines[start:end] for start, end in zip(runs, [*runs[1:], len(lines)], strict=True)]
    failed = next((step for step in steps if _exit_code(step) not in (0, None)), None)
    unseen = steps[-1] if steps and _exit_code(steps[-1]) is None else []
    step = failed or unseen
    stderr = next(
        (line.message for line in step if line.stream is Stream.STDERR and line.message.strip()), ""
    )
    what = operation.error or operation.summary
    return Failed(what, step[0].message if step else "", _exit_code(step), stderr, keys)


def _exit_code(step: Sequence[LogLine]) -> int | None:
    for line in step:
        words = line.message.split()
        if line.stream is Stream.EXIT and len(words) > 1 and words[0] == "exit" and words[1].isdigit():
            return int(words[1])
    return None
