"""`audit`: who did what, and whether the record is whole."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import AuditBroken
from daoflow_tui.cli import lines, shapes
from daoflow_tui.cli.call import Result, current, with_console
from daoflow_tui.cli.options import Leaf, Limit, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.audit import AuditVerification
    from daoflow_core.services.audit_file import Extent

NOUN = noun("The audit trail.")


class Format(StrEnum):
    """How entries are written to a file."""

    JSONL = "jsonl"
    OCSF = "ocsf"


Before = Annotated[int | None, typer.Option("--before", min=1, help="Only entries with a smaller number.")]
Anchors = Annotated[
    Path | None,
    typer.Option("--anchors", metavar="PATH", help="Anchors kept elsewhere, instead of the usual file."),
]
File = Annotated[
    Path | None, typer.Option("--file", metavar="PATH", help="Check this export instead of the database.")
]
Entry = Annotated[int, typer.Option("--entry", min=1, help="Its number, as `audit list` shows it.")]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to make, readable by you only.")]
AnchorOut = Annotated[
    Path | None, typer.Option("--out", metavar="PATH", help="Add the line to this file as well.")
]
Form = Annotated[Format, typer.Option("--format", help="jsonl verifies offline; ocsf is for other tools.")]
After = Annotated[int, typer.Option("--after", min=0, help="Only entries with a larger number.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over a file that exists.")]


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


@NOUN.command("show", cls=Leaf)
def show(entry: Entry) -> Result:
    """Show one audit entry with everything it says."""

    async def work(console: Console) -> Result:
        found = await console.audit.show(entry)
        data = {**shapes.audit_entry(found), "previous": found.previous}
        facts = [(name, data[name]) for name in data if name != "detail"]
        details = [(f"detail {name}", value) for name, value in found.detail.items()]
        return Result(data, lines.facts([*facts, *details]), [str(found.sequence)])

    return with_console(work)


@NOUN.command("verify", cls=Leaf)
def verify(anchors: Anchors = None, file: File = None) -> Result:
    """Check the whole trail: every link, the head, the guards and the anchors; exit status 1 when it is broken.

    With --file an exported trail is checked instead, to the bit; that needs no database, so it works on any machine.
    """

    async def work(console: Console) -> Result:
        if file is None:
            return _verdict(await console.audit.verify(anchors))
        return _verdict(*await console.audit.verify_file(file, anchors))

    if file is None or _has_store():
        return with_console(work)
    from daoflow_core.services.anchors import read_all
    from daoflow_core.services.audit_file import verify_file

    known, damaged = read_all(anchors) if anchors else ((), 0)
    return _verdict(*verify_file(file, known, damaged))


def _has_store() -> bool:
    from daoflow_core.paths import Paths

    return Paths.locate(current().environ).database.exists()


@NOUN.command("export", cls=Leaf)
def export(out: Out, form: Form = Format.JSONL, after: After = 0, replace: Replace = False) -> Result:
    """Write the trail to a new file only you can read: JSON lines that `audit verify --file` checks, or OCSF events."""

    async def work(console: Console) -> Result:
        made = await console.audit.export(out, form.value, after, replace=replace)
        data = {
            "file": str(made.path),
            "format": made.format,
            "database": made.database,
            "firstSequence": made.after + 1,
            "lastSequence": made.last,
            "entries": made.last - made.after,
            "hash": made.hash,
        }
        text = f"{made.last - made.after} entries, up to number {made.last}, are in {made.path}."
        return Result(data, [text], [str(made.path)])

    return with_console(work)


@NOUN.command("anchor", cls=Leaf)
def anchor(out: AnchorOut = None) -> Result:
    """Print where the trail stands now, as one line to keep on another machine; `audit verify --anchors` reads it."""

    async def work(console: Console) -> Result:
        from daoflow_core.services import anchors

        made = await console.audit.anchor(out)
        data = anchors.document(made)
        return Result(data, [anchors.line_of(made)], [made.hash])

    return with_console(work)


def _verdict(found: AuditVerification, extent: Extent | None = None) -> Result:
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
        "notSeen": list(found.not_seen),
        "database": extent.database if extent else None,
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
    return Result(data, [*text, *(f"This check can't see {spot}." for spot in found.not_seen)])
