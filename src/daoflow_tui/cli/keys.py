"""`keys`: the keys of the console, and what is wrong with the operator's own."""

from __future__ import annotations

from daoflow_core.errors import ConfigInvalid
from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, current
from daoflow_tui.cli.options import Leaf, noun

NOUN = noun("The keys of the console.")


@NOUN.command("list", cls=Leaf)
def list_keys() -> Result:
    """List every command of the console with the keys that reach it."""
    from daoflow_tui.commands.keymap import resolve
    from daoflow_tui.commands.places import places

    everywhere = places()
    keymap = resolve(everywhere, _own_keys())
    found = [
        {"place": place, "id": command.id, "keys": list(keymap.keys_of(command)), "title": command.title}
        for place, commands in everywhere.items()
        for command in commands
    ]
    rows = [(one["place"], " ".join(one["keys"]), one["id"], one["title"]) for one in found]
    return Result({"commands": found}, lines.table(("PLACE", "KEYS", "ID", "DOES"), rows))


@NOUN.command("check", cls=Leaf)
def check() -> Result:
    """Check the keys of the configuration file; exit status 1 when one can't be taken."""
    from daoflow_tui.commands.catalog import live_together
    from daoflow_tui.commands.keymap import check as faults_of

    own = _own_keys()
    faults = faults_of(live_together(), own)
    data = {
        "checked": len(own),
        "faults": [{"ids": list(one.ids), "sentence": one.sentence} for one in faults],
    }
    if faults:
        raise ConfigInvalid(
            f"{len(faults)} of the keys in the configuration can't be taken.",
            why=" ".join(one.sentence for one in faults),
            next_step="Correct them under [keys]; `daoflow-tui keys list` shows all ids.",
            data=data,
        )
    return Result(data, [f"{len(own)} keys are rebound; all of them can be taken."])


def _own_keys() -> dict[str, tuple[str, ...]]:
    from daoflow_core import config
    from daoflow_core.paths import Paths

    environ = current().environ
    return dict(config.load(Paths.locate(environ).config_file, environ).keys)
