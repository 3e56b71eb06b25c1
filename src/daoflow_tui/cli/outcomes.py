"""How a recorded operation answers on the command line: its record and result, or an error that holds them."""

from __future__ import annotations

from collections.abc import Sequence

from daoflow_core.errors import OperationFailed
from daoflow_core.model.operation import Operation, OperationStatus
from daoflow_tui.cli import envelope, shapes
from daoflow_tui.cli.call import Result, current


def answer(operation: Operation, lines: Sequence[str]) -> Result:
    """The answer for an operation that completed. Raises OperationFailed for any other end, with the whole record.

    `lines` is what people are shown; the last one is the operation's id and where its log is.
    """
    data = document(operation)
    if operation.status is not OperationStatus.COMPLETED:
        if not (current().as_json or current().quiet):
            envelope.say(None, lines, as_json=False)  # what is known stands on stdout all the same
        error = OperationFailed(
            operation.error or operation.summary,
            next_step=f"`server ops logs --operation {operation.id}` shows every command and what it said.",
        )
        error.details.update(data)
        error.code = operation.error_code or operation.status.value.upper()
        raise error
    return Result(data, [*lines, f"operation {operation.id}"], [operation.id])


def document(operation: Operation) -> dict[str, object]:
    """The operation's record with its result beside it, as the reference product answers."""
    return {
        "status": operation.status.value,
        "operation": shapes.operation(operation),
        "result": operation.result,
    }
