"""`server ops`: what was done to a server, the log of one operation, and the end of one that runs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import EXIT_DONE, EXIT_FAILED, InvalidInput
from daoflow_tui.cli import envelope, lines, shapes
from daoflow_tui.cli.call import Result, confirm, current, with_console
from daoflow_tui.cli.options import Leaf, Limit, ServerRef, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import LogLine, Operation, OperationKind, OperationStatus

NOUN = noun("Operations on servers, and the record of them.")
LOOK_SECONDS = 0.25
"""How often a followed log is looked at."""
CANCEL_SECONDS = 10.0
"""How long `cancel` waits for the owner of an operation to end it."""

OperationRef = Annotated[str, typer.Option("--operation", metavar="ID", help="The operation, by id.")]
After = Annotated[
    int | None, typer.Option("--after", min=0, help="Only lines after this number; else the last ones.")
]
Before = Annotated[
    str | None, typer.Option("--before", metavar="ID", help="Only operations older than this one.")
]
Kind = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Only this kind, such as cleanup_run.")
]
State = Annotated[
    str | None, typer.Option("--status", metavar="STATUS", help="Only this status, such as failed.")
]
Follow = Annotated[
    bool,
    typer.Option("--follow", "-f", help="Go on until the operation ends, whichever process runs it."),
]


@NOUN.command("history", cls=Leaf)
def history(
    server: ServerRef, limit: Limit = 20, before: Before = None, kind: Kind = None, status: State = None
) -> Result:
    """List a server's operations, newest first; also those of a removed server."""
    wanted_kind, wanted_status = _kind(kind), _status(status)

    async def work(console: Console) -> Result:
        found = await console.history.server(server)
        operations = await console.history.operations(
            found.id, limit=limit, before=before, kind=wanted_kind, status=wanted_status
        )
        data = {
            "server": {"id": found.id, "name": found.name, "removedAt": found.removed_at},
            "operations": [shapes.operation(one) for one in operations],
        }
        rows = [(one.started_at, one.kind.value, one.status.value, one.id, one.summary) for one in operations]
        text = lines.table(("STARTED", "KIND", "STATUS", "ID", "SUMMARY"), rows)
        empty = "Nothing that matches was recorded." if kind or status else "Nothing was recorded yet."
        return Result(data, text if rows else [empty], [one.id for one in operations])

    return with_console(work)


def _kind(text: str | None) -> OperationKind | None:
    from daoflow_core.model.operation import OperationKind

    if text is None:
        return None
    try:
        return OperationKind(text)
    except ValueError:
        raise _unknown("kind", text, [one.value for one in OperationKind]) from None


def _status(text: str | None) -> OperationStatus | None:
    from daoflow_core.model.operation import OperationStatus

    if text is None:
        return None
    try:
        return OperationStatus(text)
    except ValueError:
        raise _unknown("status", text, [one.value for one in OperationStatus]) from None


def _unknown(field: str, text: str, known: list[str]) -> InvalidInput:
    return InvalidInput(
        f"There is no {field} {text[:80]!a}.", next_step=f"One of {', '.join(known)}.", field=field
    )


@NOUN.command("logs", cls=Leaf)
def logs(
    operation: OperationRef, limit: Limit = 200, after: After = None, follow: Follow = False
) -> Result | int:
    """Show the log of an operation: every command, its output, its exit status."""
    if follow:
        current().streaming = True
        return with_console(lambda console: _follow(console, operation, limit, after))

    async def work(console: Console) -> Result:
        found = await console.history.operation(operation)
        if after is None:
            page = await console.history.tail(found.id, limit=limit)
        else:
            page = await console.history.lines(found.id, after=after, limit=limit)
        data = {"operation": shapes.operation(found), "logs": [shapes.log_line(one) for one in page]}
        return Result(data, [lines.log_line(one) for one in page] or ["No line was logged."], [found.id])

    return with_console(work)


async def _follow(console: Console, operation: str, limit: int, after: int | None) -> int:
    """Write each line as it comes, then the operation as it ended; 1 when it ended as anything but completed."""
    from daoflow_core.model.operation import OperationStatus

    found = await console.history.operation(operation)
    last = after
    if last is None:
        tail = await console.history.tail(found.id, limit=limit)
        last = tail[0].sequence - 1 if tail else 0
    looks = 0
    while True:
        found = await console.history.operation(operation)
        while page := await console.history.lines(found.id, after=last, limit=500):
            if not all(_write_line(one) for one in page):
                return EXIT_DONE  # the reader went away
            last = page[-1].sequence
        if found.status is not OperationStatus.RUNNING:
            break
        looks += 1
        if looks % 8 == 0:
            await console.recover()  # its owner may have died, and then nobody else ends it
        await asyncio.sleep(LOOK_SECONDS)
    _write_end(found)
    return EXIT_DONE if found.status is OperationStatus.COMPLETED else EXIT_FAILED


def _write_line(one: LogLine) -> bool:
    if current().as_json:
        return envelope.write_line(envelope.document({"log": shapes.log_line(one)}))
    return envelope.say_line(lines.log_line(one))


def _write_end(found: Operation) -> None:
    if current().as_json:
        envelope.write_line(envelope.document({"operation": shapes.operation(found)}))
    else:
        envelope.say_line(f"{found.status.value}: {found.error or found.summary}")


@NOUN.command("show", cls=Leaf)
def show(operation: OperationRef) -> Result:
    """Show one operation with its result."""

    async def work(console: Console) -> Result:
        found = await console.history.operation(operation)
        facts = [(name, value) for name, value in shapes.operation(found).items() if name != "result"]
        return Result({"operation": shapes.operation(found)}, lines.facts(facts), [found.id])

    return with_console(work)


@NOUN.command("cancel", cls=Leaf)
def cancel(operation: OperationRef, yes: Yes = False) -> Result:
    """End an operation that is running, in whichever process; one that changes the host is let finish."""
    confirm(yes, "This ends the operation before it is done.")

    async def work(console: Console) -> Result:
        from daoflow_core.model.operation import OperationStatus

        found = await console.history.cancel(operation, wait=CANCEL_SECONDS)
        ended = found.status is not OperationStatus.RUNNING
        told = f"It ended: {found.status.value}." if ended else "It was asked to end, and has not yet."
        data = {"operation": shapes.operation(found), "ended": ended}
        return Result(data, [told], [found.id], status=EXIT_DONE if ended else EXIT_FAILED)

    return with_console(work)
