"""`server ops`: what was done to a server, and the log of one operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_tui.cli import lines, shapes
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.options import Leaf, Limit, ServerRef, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console

NOUN = noun("Recorded operations and their logs.")

OperationRef = Annotated[str, typer.Option("--operation", metavar="ID", help="The operation, by id.")]
After = Annotated[
    int | None, typer.Option("--after", min=0, help="Only lines after this number; else the last ones.")
]
Before = Annotated[
    str | None, typer.Option("--before", metavar="ID", help="Only operations older than this one.")
]


@NOUN.command("history", cls=Leaf)
def history(server: ServerRef, limit: Limit = 20, before: Before = None) -> Result:
    """List a server's operations, newest first; also those of a removed server."""

    async def work(console: Console) -> Result:
        found = await console.history.server(server)
        operations = await console.history.operations(found.id, limit=limit, before=before)
        data = {
            "server": {"id": found.id, "name": found.name, "removedAt": found.removed_at},
            "operations": [shapes.operation(one) for one in operations],
        }
        rows = [(one.started_at, one.kind.value, one.status.value, one.id, one.summary) for one in operations]
        text = lines.table(("STARTED", "KIND", "STATUS", "ID", "SUMMARY"), rows)
        return Result(data, text if rows else ["Nothing was recorded yet."], [one.id for one in operations])

    return with_console(work)


@NOUN.command("logs", cls=Leaf)
def logs(operation: OperationRef, limit: Limit = 200, after: After = None) -> Result:
    """Show the log of an operation: every command, its output, its exit status."""

    async def work(console: Console) -> Result:
        found = await console.history.operation(operation)
        if after is None:
            page = await console.history.tail(found.id, limit=limit)
        else:
            page = await console.history.lines(found.id, after=after, limit=limit)
        data = {"operation": shapes.operation(found), "logs": [shapes.log_line(one) for one in page]}
        text = [f"{one.sequence:>6}  {one.at[11:23]}  {one.stream.value:<6}  {one.message}" for one in page]
        return Result(data, text or ["No line was logged."], [found.id])

    return with_console(work)
