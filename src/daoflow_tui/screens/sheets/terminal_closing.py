"""The question before a shell is closed in which a program runs, or may run."""

from __future__ import annotations

from daoflow_core.model.terminal import Foreground
from daoflow_tui.desk import Desk
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.confirm import ConfirmSheet
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet
from daoflow_tui.widgets.cells import plain


def closing_sheet(view: ServerView, running: Foreground, desk: Desk) -> TypedSheet | ConfirmSheet:
    """Typed when a program is known to run; `confirm = "sheet"` softens that outside prod."""
    what = plain(running.program or "a program") if running.busy else "whatever runs in it"
    known = (
        f"{what} runs in it and is hung up on"
        if running.busy
        else "it is not known whether a program runs in it"
    )
    question = Question(
        title=f"Close the shell on {view.name}?",
        server=view,
        changes=f"the shell is hung up; {known}",
        stays="a program started with nohup, in tmux or screen goes on; what the shell showed stays on this tab",
        undo="no. enter opens a new shell, but what ran in this one is over",
        recorded="in the audit trail, as server.terminal.close",
        apply="Close",
        cancel="Keep it open",
    )
    if not running.busy or (desk.start.settings.confirm == "sheet" and not view.is_prod):
        return ConfirmSheet(question)
    return TypedSheet(question, view.name, "the server's name")
