"""The question before a server in prod is changed: what was, what will be, and its name to type."""

from __future__ import annotations

from daoflow_core.model.registration import ServerChanges
from daoflow_tui.screens.fleet import ServerView
from daoflow_tui.screens.sheets.question import Question
from daoflow_tui.screens.sheets.typed import TypedSheet

LABELS = {
    "name": "name",
    "host": "host",
    "ssh_port": "SSH port",
    "ssh_user": "SSH user",
    "region": "region",
    "kind": "kind",
    "environment": "environment",
}


def edit_sheet(view: ServerView, change: ServerChanges, key_file: str) -> TypedSheet:
    """Typed, because in prod every change counts one level higher."""
    question = Question(
        title=f"Change {view.name}?",
        server=view,
        changes="; ".join(_changes(view, change, key_file)),
        stays="nothing on the server itself is touched; its history, logs and audit entries stay",
        undo="yes, by editing it back"
        + ("; its host key then has to be approved again" if change.names() & {"host", "ssh_port"} else ""),
        recorded="in the audit trail, as server.update",
        apply="Save",
    )
    return TypedSheet(question, view.name, "the server's name")


def _changes(view: ServerView, change: ServerChanges, key_file: str) -> list[str]:
    new = {name: getattr(change, name) for name in LABELS if getattr(change, name) is not None}
    lines = [
        f"{LABELS[name]} from {view.row[name] or 'none'} to {value or 'none'}" for name, value in new.items()
    ]
    if change.jump is not None:
        lines.append("it is reached through another jump host" if change.jump else "it is reached directly")
    if key_file:
        lines.append(f"it logs in with the key in {key_file}")
    elif change.key_id is not None:
        lines.append("it logs in with another managed key")
    return lines
