"""`schema`: the JSON Schema of every command's answer."""

from __future__ import annotations

from typing import Annotated

import typer

from daoflow_core.errors import NotFound
from daoflow_tui.cli import envelope
from daoflow_tui.cli.call import Result

Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[COMMAND]", help="For example: server add. Without it: all of them."),
]


def schema(command: Words = None) -> Result:
    """Print the JSON Schema of a command's answer; `failure` is what any command may answer instead."""
    from daoflow_tui.cli.answers.table import ANSWERS, schema_of

    name = " ".join(command or ())
    if name and name not in ANSWERS:
        raise NotFound(
            f"There is no command {name[:80]!a}.", next_step=f"The commands are: {', '.join(ANSWERS)}."
        )
    wanted = [name] if name else list(ANSWERS)
    schemas = {one: schema_of(one) for one in wanted}
    return Result({"schemas": schemas}, [envelope.encode(schemas[name] if name else schemas)], wanted)
