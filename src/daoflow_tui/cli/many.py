"""One command on one server, on several, or on all that a filter leaves."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import EXIT_DONE, EXIT_FAILED, DaoflowError, InvalidInput, UsageError
from daoflow_tui.cli import lines, outcomes
from daoflow_tui.cli.call import Result, current
from daoflow_tui.cli.filters import compile_filter

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation
    from daoflow_core.model.server import Server
    from daoflow_core.services.bulk import Turn

ServerRefs = Annotated[
    list[str] | None,
    typer.Option(
        "--server", metavar="ID|NAME", help="The server, by id or name; may be given several times."
    ),
]
All = Annotated[bool, typer.Option("--all", help="Every server.")]
Filter = Annotated[
    str | None,
    typer.Option("--filter", metavar="TEXT", help="Every server that matches, as in `status --filter`."),
]
Verb = Callable[[str], "Awaitable[Operation]"]


def refuse_unclear(servers: Sequence[str] | None, every: bool, words: str | None) -> None:
    """Raises UsageError unless exactly one of --server, --all and --filter says which servers are meant."""
    if sum((bool(servers), every, words is not None)) != 1:
        raise UsageError(
            "Say which servers: --server, --all or --filter, and only one of them.",
            next_step="`server list` shows the names.",
        )


async def answer(
    console: Console,
    verb: Verb,
    text: Callable[[Operation], Sequence[str]],
    *,
    servers: Sequence[str] | None,
    words: str | None,
) -> Result:
    """The answer of `verb`: as a single one for one `--server`, else one result a server and a summary.

    With several, the exit status is 1 when any failed; an unknown server is an error before anything runs.
    """
    if servers and len(set(servers)) == 1:
        operation = await verb(servers[0])
        return outcomes.answer(operation, text(operation))
    return await bulk(verb, await chosen(console, servers, words))


async def chosen(console: Console, servers: Sequence[str] | None, words: str | None) -> list[Server]:
    """The servers that are meant, each once; all of them without a name and a filter. Raises NotFound, InvalidInput."""
    if servers:
        found = {server.id: server for server in [await console.inventory.find(one) for one in servers]}
        return list(found.values())
    inventory = await console.inventory.all()
    if words is not None:
        wanted = compile_filter(words)
        checks = _checks(console, await console.fleet.rows("server.list"))
        matching = {str(one["id"]) for one in checks if wanted(one)}
        inventory = [server for server in inventory if server.id in matching]
    if not inventory:
        raise InvalidInput(
            "No server is meant.", why="None is registered, or none matches.", field="filter", filter=words
        )
    return inventory


def _checks(console: Console, rows: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - rows of the fleet query
    from daoflow_core import documents

    interval = console.settings.poll_interval_ms
    return [documents.check(row, now=console.clock.now(), poll_interval_ms=interval) for row in rows]


async def bulk(verb: Verb, servers: Sequence[Server]) -> Result:
    """One result a server, and how many succeeded; exit status 1 when any failed."""
    from daoflow_core.model.operation import OperationStatus
    from daoflow_core.services.bulk import Bulk

    def succeeded(operation: Operation) -> bool:
        return operation.status is OperationStatus.COMPLETED

    turns = await Bulk(servers, verb, succeeded=succeeded, tell=_progress(len(servers))).run()
    results = [_result(turn) for turn in turns]
    good = sum(bool(one["ok"]) for one in results)
    data = {
        "results": results,
        "summary": {"total": len(results), "succeeded": good, "failed": len(results) - good},
    }
    rows = [(turn.server.name, turn.stage.value, _sentence(turn)) for turn in turns]
    told = lines.table(("SERVER", "STATE", "HOW IT WENT"), rows)
    ids = [turn.result.id for turn in turns if turn.result is not None]
    return Result(data, told, ids, status=EXIT_DONE if good == len(results) else EXIT_FAILED)


def _progress(total: int) -> Callable[[Turn[Operation]], None]:
    """Says on stderr how it goes on, where a person watches."""
    ended = 0

    def tell(turn: Turn[Operation]) -> None:
        nonlocal ended
        if turn.stage in ("done", "failed") and sys.stderr.isatty() and not current().quiet:
            ended += 1
            sys.stderr.write(f"{ended}/{total}  {turn.server.name}: {turn.stage.value}\n")

    return tell


def _result(turn: Turn[Operation]) -> dict[str, object]:
    server = {"id": turn.server.id, "name": turn.server.name}
    if turn.error is not None:
        return {"server": server, **turn.error.document()}
    if turn.result is None:
        return {"server": server, "ok": False, "error": "It was called off.", "code": "CANCELLED"}
    try:
        return {"server": server, "ok": True, "data": outcomes.answer(turn.result, ()).data}
    except DaoflowError as error:
        return {"server": server, **error.document()}


def _sentence(turn: Turn[Operation]) -> str:
    if turn.error is not None:
        return turn.error.message
    return "" if turn.result is None else (turn.result.error or turn.result.summary)
