"""`vault`: how the secrets of this store are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.options import Leaf, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console

NOUN = noun("How the secrets of this store are kept.")


@NOUN.command("status", cls=Leaf)
def status() -> Result:
    """Show whether the vault opens, and by what."""

    async def work(console: Console) -> Result:
        found = await console.vault_service.status()
        data = {
            "locked": found.locked,
            "reason": found.reason,
            "slots": [
                {"id": one.id, "kind": one.kind, "createdAt": one.created_at, "status": one.status}
                for one in found.slots
            ],
        }
        head = f"The vault is locked. {found.reason}" if found.locked else "The vault is open."
        rows = [(one.kind, one.status, one.created_at, one.id) for one in found.slots]
        return Result(data, [head, *lines.table(("SLOT", "STATUS", "CREATED", "ID"), rows)])

    return with_console(work)
