"""`grant`: a shell on one server, for minutes, with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.options import Leaf, ServerRef, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.access import Grant

NOUN = noun("Leave to open a shell on a server: for minutes, with a reason, on record.")

Ttl = Annotated[str, typer.Option("--ttl", metavar="TIME", help="How long it lasts, at most 1h.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the audit trail.")]
Reference = Annotated[str, typer.Option("--grant", metavar="ID", help="The grant, by id.")]


@NOUN.command("terminal", cls=Leaf)
def terminal(server: ServerRef, reason: Reason, ttl: Ttl = "15m", yes: Yes = False) -> Result:
    """Give yourself terminal:open on one server for a while; nothing else does, and no token can."""
    from daoflow_core.parse.durations import duration
    from daoflow_core.services.grants import LONGEST

    confirm(yes, f"Grant yourself shells on {server} for {ttl}.")
    seconds = duration(ttl, "ttl", LONGEST)

    async def work(console: Console) -> Result:
        grant, found = await console.grants.terminal(server, seconds, reason)
        text = f"{grant.granted_to} may open shells on {found.name} until {grant.term.expires_at}."
        return Result({"grant": _document(grant, None)}, [text, f"grant {grant.id}"], [grant.id])

    return with_console(work)


@NOUN.command("list", cls=Leaf)
def list_grants() -> Result:
    """List the grants, and why those that are over ended."""

    async def work(console: Console) -> Result:
        documents = [_document(grant, over) for grant, over in await console.grants.list()]
        names = ("status", "grantedTo", "serverId", "expiresAt", "reason", "id")
        titles = ("STATUS", "WHO", "SERVER", "UNTIL", "REASON", "ID")
        rows = [[one[name] for name in names] for one in documents]
        text = lines.table(titles, rows) if rows else ["Nothing is granted."]
        return Result({"grants": documents}, text, [one["id"] for one in documents])

    return with_console(work)


@NOUN.command("revoke", cls=Leaf)
def revoke(grant: Reference, yes: Yes = False) -> Result:
    """End a grant now; a shell that is open by it ends within seconds."""
    confirm(yes, f"Revoke grant {grant}.")

    async def work(console: Console) -> Result:
        ended = await console.grants.revoke(grant)
        return Result({"grant": _document(ended, "revoked")}, [f"Revoked {ended.id}."], [ended.id])

    return with_console(work)


def _document(grant: Grant, over: str | None) -> dict[str, Any]:
    return {
        "id": grant.id,
        "scope": grant.scope,
        "serverId": grant.server_id,
        "grantedTo": grant.granted_to,
        "reason": grant.reason,
        "createdAt": grant.term.created_at,
        "expiresAt": grant.term.expires_at,
        "revokedAt": grant.revoked_at,
        "revokedBy": grant.revoked_by,
        "status": "revoked" if grant.revoked_at else "expired" if over else "active",
        "why": over,
    }
