"""The question before a running operation is cancelled: level 2, or typed in prod."""

from __future__ import annotations

from daoflow_core.ids import short
from daoflow_core.model.operation import Operation
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet


def cancel_sheet(view: ServerView, operation: Operation) -> ConfirmSheet | TypedSheet:
    """What stops; only what reads or records is ever offered to be cancelled."""
    words = OperationView.of(operation).words
    question = Question(
        title=f"Cancel this {words}?",
        server=view,
        changes=f"{short(operation.id)}, asked for by {operation.requested_by}, ends without its result",
        stays="nothing on the server was changed by it, and nothing will be; its log so far stays",
        undo="ask for it again",
        recorded="in its log and in the audit trail, as operation.cancel",
        apply="Cancel it",
        cancel="Let it run",
    )
    return TypedSheet(question, view.name, "the server's name") if view.is_prod else ConfirmSheet(question)
