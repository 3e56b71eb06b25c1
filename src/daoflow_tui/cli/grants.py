"""`grant`: a shell on one server, for minutes, with a reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, confirm, vault_sources, with_console
from daoflow_tui.cli.options import Leaf, ServerRef, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.access import Grant

NOUN = noun("Leave to open a shell on a server: for minutes, with a reason, on record.")

Ttl = Annotated[str, typer.Option("--ttl", metavar="TIME", help="How long it lasts, at most 1h.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays in the audit trail.")]
Record = Annotated[
    bool,
    typer.Option("--record", help="Have every shell opened by it recorded, whoever would rather not."),
]
Phrase = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file",
        metavar="PATH|-",
        help="The vault's passphrase, where it has one; at a terminal it is asked for.",
    ),
]
Reference = Annotated[str, typer.Option("--grant", metavar="ID", help="The grant, by id.")]


@NOUN.command("terminal", cls=Leaf)
def terminal(
    server: ServerRef,
    reason: Reason,
    ttl: Ttl = "15m",
    record: Record = False,
    passphrase_file: Phrase = None,
    yes: Yes = False,
) -> Result:
    """Give yourself terminal:open on one server for a while; nothing else does, and no token can."""
    from functools import cache

    from daoflow_core.parse.durations import duration
    from daoflow_core.services.grants import LONGEST

    kept = ", every one recorded" if record else ""
    confirm(yes, f"Grant yourself shells on {server} for {ttl}{kept}.")
    seconds = duration(ttl, "ttl", LONGEST)
    sources = vault_sources(passphrase_file)
    if sources.ask is not None:
        sources = replace(sources, ask=cache(sources.ask))  # once is enough when it opens the vault as well

    async def work(console: Console) -> Result:
        grant, found = await console.grants.terminal(server, seconds, reason, sources, records=record)
        text = f"{grant.granted_to} may open shells on {found.name} until {grant.term.expires_at}{kept}."
        return Result({"grant": _document(grant, None)}, [text, f"grant {grant.id}"], [grant.id])

    return with_console(work, sources)


@NOUN.command("list", cls=Leaf)
def list_grants() -> Result:
    """List the grants, and why those that are over ended."""

    async def work(console: Console) -> Result:
        documents = [_document(grant, over) for grant, over in await console.grants.list()]
        names = ("status", "grantedTo", "serverId", "expiresAt", "record", "reason", "id")
        titles = ("STATUS", "WHO", "SERVER", "UNTIL", "RECORDED", "REASON", "ID")
        rows = [[one[name] for name in names] for one in _told(documents)]
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


def _told(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**one, "record": "always" if one["record"] else "asked"} for one in documents]


def _document(grant: Grant, over: str | None) -> dict[str, Any]:
    return {
        "id": grant.id,
        "scope": grant.scope,
        "serverId": grant.server_id,
        "grantedTo": grant.granted_to,
        "reason": grant.reason,
        "record": grant.records,
        "createdAt": grant.term.created_at,
        "expiresAt": grant.term.expires_at,
        "revokedAt": grant.revoked_at,
        "revokedBy": grant.revoked_by,
        "status": "revoked" if grant.revoked_at else "expired" if over else "active",
        "why": over,
    }
