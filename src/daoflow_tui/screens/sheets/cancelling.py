"""The question before a running operation is cancelled: level 2, or typed in prod."""

from __future__ import annotations

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation, OperationKind
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet

CHANGING = (OperationKind.CLEANUP_RUN,)


def cancel_sheet(view: ServerView, operation: Operation) -> ConfirmSheet | TypedSheet:
    """What stops, and what a command already sent may still do."""
    words, changes = OperationView.of(operation).words, operation.kind in CHANGING
    question = Question(
        title=f"Cancel this {words}?",
        server=view,
        changes=f"{short(operation.id)}, asked for by {operation.requested_by}, ends at its next step",
        stays="what it already removed stays removed; a command already sent may still finish on the server"
        if changes
        else "nothing on the server was changed by it, and nothing will be",
        undo="none for what is done; the operation itself can be asked for again"
        if changes
        else "ask for it again",
        recorded="in its log and in the audit trail, as operation.cancel",
        apply="Cancel it",
        cancel="Let it run",
    )
    return TypedSheet(question, view.name, "the server's name") if view.is_prod else ConfirmSheet(question)
