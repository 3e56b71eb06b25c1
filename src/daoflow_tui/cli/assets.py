"""`access-assets`: the managed SSH keys that servers log in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.cli import lines, shapes
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.options import Leaf, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console

NOUN = noun("Managed keys; private parts are never shown.")
KEYS = noun("Managed SSH keys.")
NOUN.add_typer(KEYS, name="ssh-key")


@KEYS.command("list", cls=Leaf)
def list_keys() -> Result:
    """List the managed SSH keys, public facts only."""

    async def work(console: Console) -> Result:
        keys = await console.keys.list()
        rows = [(key.name, key.key_type, key.bits, key.fingerprint, key.last_used_at, key.id) for key in keys]
        text = lines.table(("NAME", "TYPE", "BITS", "FINGERPRINT", "LAST USED", "ID"), rows)
        empty = ["No key is managed. `server add --ssh-key PATH` takes one in."]
        return Result(
            {"keys": [shapes.ssh_key(key) for key in keys]}, text if rows else empty, [key.id for key in keys]
        )

    return with_console(work)
