"""`config`: the settings in force."""

from __future__ import annotations

from typing import Annotated

import typer

from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, current
from daoflow_tui.cli.options import Leaf, noun

NOUN = noun("The settings in force.")

Origin = Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")]


@NOUN.command("show", cls=Leaf)
def show(origin: Origin = False) -> Result:
    """Show every setting; a wrong one is an error that names it, its source and what is allowed."""
    from daoflow_core import config
    from daoflow_core.paths import Paths

    call = current()
    paths = Paths.locate(call.environ)
    settings = config.load(paths.config_file, call.environ, call.overrides())
    found = [(one.key, _plain(one.value), one.source) for one in settings.origins()]
    data = {
        "settings": [{"key": key, "value": value, "source": source} for key, value, source in found],
        "files": {"config": str(paths.config_file), "database": str(paths.database)},
    }
    if origin:
        return Result(data, lines.table(("SETTING", "VALUE", "SOURCE"), found))
    return Result(data, lines.facts([(key, value) for key, value, _ in found]))


def _plain(value: object) -> object:
    """A value as JSON has it."""
    return list(value) if isinstance(value, tuple) else value
