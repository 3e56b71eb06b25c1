"""The question before a server leaves the inventory."""

from __future__ import annotations

from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet


def removal_sheet(view: ServerView, desk: Desk) -> TypedSheet | ConfirmSheet:
    """Typed; `confirm = "sheet"` in the configuration softens it outside prod."""
    key = view.row["ssh_key_name"]
    question = Question(
        title=f"Remove {view.name}?",
        server=view,
        changes="it leaves this inventory: it is not checked any more, and its approved host key is forgotten",
        stays="nothing on the server itself is touched; its operations, logs and audit entries stay readable"
        + (f"; the managed key {key} stays" if key else ""),
        undo="no. It can be added again, and its host key then has to be approved again",
        recorded="in the audit trail, as server.delete",
        apply="Remove",
    )
    if desk.start.settings.confirm == "sheet" and not view.is_prod:
        return ConfirmSheet(question)
    return TypedSheet(question, view.name, "the server's name")
