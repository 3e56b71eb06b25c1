"""`audit`: who did what, and whether the record is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import AuditBroken
from daoflow_tui.cli import lines, shapes
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.options import Leaf, Limit, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.audit import AuditVerification

NOUN = noun("The audit trail.")

Before = Annotated[int | None, typer.Option("--before", min=1, help="Only entries with a smaller number.")]
Anchors = Annotated[
    Path | None,
    typer.Option("--anchors", metavar="PATH", help="Anchors kept elsewhere, instead of the usual file."),
]


@NOUN.command("list", cls=Leaf)
def list_entries(limit: Limit = 50, before: Before = None) -> Result:
    """List audit entries, newest first."""

    async def work(console: Console) -> Result:
        entries = await console.audit.list(limit=limit, before=before)
        rows = [
            (one.sequence, one.at, one.actor, one.action, one.phase.value, one.outcome, one.target)
            for one in entries
        ]
        text = lines.table(("NO", "AT", "ACTOR", "ACTION", "PHASE", "OUTCOME", "TARGET"), rows)
        data = {"entries": [shapes.audit_entry(one) for one in entries]}
        return Result(
            data, text if rows else ["The audit trail is empty."], [str(one.sequence) for one in entries]
        )

    return with_console(work)


@NOUN.command("verify", cls=Leaf)
def verify(anchors: Anchors = None) -> Result:
    """Check the whole trail: every link, the head, the guards and the anchors; exit status 1 when it is broken."""

    async def work(console: Console) -> Result:
        return _verdict(await console.audit.verify(anchors))

    return with_console(work)


def _verdict(found: AuditVerification) -> Result:
    data: dict[str, Any] = {
        "ok": found.ok,
        "entries": found.entries,
        "firstBadSequence": found.first_bad_sequence,
        "reason": found.reason,
        "headMacOk": found.head_mac_ok,
        "triggersOk": found.triggers_ok,
        "anchorsChecked": found.anchors_checked,
        "anchorsDamaged": found.anchors_damaged,
        "rollbackChecked": found.rollback_checked,
    }
    if not found.ok:
        where = "" if found.first_bad_sequence is None else f" from entry {found.first_bad_sequence}"
        raise AuditBroken(
            f"The audit trail does not verify{where}.",
            why=found.reason or "",
            next_step="Keep a copy of the database as it is, and compare it with a backup.",
            data=data,
        )
    checked = "checked" if found.rollback_checked else "not checked: there is no anchor"
    text = [f"The audit trail is whole: {found.entries} entries; rollback {checked}."]
    return Result(data, text)
