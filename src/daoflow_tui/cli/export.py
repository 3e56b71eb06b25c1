"""`server ops export`: operations with their whole logs, as JSON lines in a file of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import UsageError
from daoflow_tui.cli import envelope, shapes
from daoflow_tui.cli.call import Result, with_console

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import LogLine
    from daoflow_core.model.operation import Operation as Recorded

Server = Annotated[
    str | None,
    typer.Option("--server", metavar="ID|NAME", help="All operations of this server, removed or not."),
]
Operation = Annotated[str | None, typer.Option("--operation", metavar="ID", help="This operation only.")]
Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to make, readable by you only.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over a file that exists.")]


def export(out: Out, server: Server = None, operation: Operation = None, replace: Replace = False) -> Result:
    """Write operations and their logs to a new file only you can read, one JSON object a line."""
    if (server is None) == (operation is None):
        raise UsageError("Say what to export: --server or --operation, one of them.")

    async def work(console: Console) -> Result:
        from daoflow_core.model.operation import LogLine
        from daoflow_core.private_files import Draft, unwritable

        server_id = None if server is None else (await console.history.server(server)).id
        counts = {"operations": 0, "lines": 0}
        draft = Draft(out, replace=replace)
        try:
            async for one in console.history.export(server_id, operation):
                is_line = isinstance(one, LogLine)
                counts["lines" if is_line else "operations"] += 1
                draft.file.write(f"{envelope.encode(_body(one))}\n".encode("ascii"))
            draft.publish()
        except OSError as error:
            raise unwritable(draft.path, error) from None
        finally:
            draft.discard()
        told = f"{counts['operations']} operations with {counts['lines']} log lines are in {draft.path}."
        return Result({"file": str(draft.path), **counts}, [told], [str(draft.path)])

    return with_console(work)


def _body(one: Recorded | LogLine) -> dict[str, object]:
    from daoflow_core.model.operation import LogLine

    if isinstance(one, LogLine):
        return {"type": "log", **shapes.log_line(one)}
    return {"type": "operation", **shapes.operation(one)}
