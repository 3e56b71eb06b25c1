"""`token`: rights for scripts, less than the owner's, on some servers, for a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core.errors import EXIT_DRY_RUN
from daoflow_tui.cli import lines
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.options import DryRun, Leaf, Yes, noun

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.access import Token

NOUN = noun("Tokens for scripts: DAOFLOW_TOKEN or --token-file gives a run their rights instead of yours.")

Name = Annotated[str, typer.Option("--name", help="What the records call it.")]
Scopes = Annotated[
    str,
    typer.Option(
        "--scopes", metavar="SCOPE[,SCOPE]", help="server:read, server:write; one does not imply the other."
    ),
]
Servers = Annotated[
    list[str] | None,
    typer.Option("--server", metavar="ID|NAME", help="Only this server; may be repeated. Without it: all."),
]
Expires = Annotated[
    str, typer.Option("--expires", metavar="TIME", help="How long it lasts: 12h, 30d; at most 365d.")
]
Exceptional = Annotated[
    bool, typer.Option("--exceptional", help="Allow terminal:open, for named servers and at most 24h.")
]
Reference = Annotated[str, typer.Option("--token", metavar="ID|NAME", help="The token, by id or name.")]


@NOUN.command("create", cls=Leaf)
def create(
    name: Name,
    scopes: Scopes,
    servers: Servers = None,
    expires: Expires = "30d",
    exceptional: Exceptional = False,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> Result:
    """Make a token and print it, this once: the store keeps a fingerprint only."""
    from daoflow_core.parse.durations import duration
    from daoflow_core.services.tokens import LONGEST, TokenWish

    if not dry_run:
        confirm(yes, f"Create token {name}.")
    wanted = frozenset(one.strip() for one in scopes.split(",") if one.strip())
    wish = TokenWish(name, wanted, servers or (), duration(expires, "expires", LONGEST), exceptional)

    async def work(console: Console) -> Result:
        if dry_run:
            planned = _document(await console.tokens.plan(wish), None)
            text = f"Token {name} would have {', '.join(planned['scopes'])} until {planned['expiresAt']}."
            return Result({"dryRun": True, "token": planned, "value": None}, [text], status=EXIT_DRY_RUN)
        token, value = await console.tokens.create(wish)
        shown = value.reveal().decode()
        notes = [
            f"Token {token.name} lasts until {token.term.expires_at}. It is shown only now: keep it safe."
        ]
        data = {"dryRun": False, "token": _document(token, None), "value": shown}
        return Result(data, [shown], [shown], notes)

    return with_console(work)


@NOUN.command("list", cls=Leaf)
def list_tokens() -> Result:
    """List the tokens and how each stands; none shows its value."""

    async def work(console: Console) -> Result:
        found = await console.tokens.list()
        documents = [_document(token, over) for token, over in found]
        names = ("name", "prefix", "scopes", "servers", "expiresAt", "lastUsedAt", "status", "id")
        rows = [[_cell(one[name]) for name in names] for one in documents]
        titles = ("NAME", "BEGINS", "SCOPES", "SERVERS", "EXPIRES", "LAST USED", "STATUS", "ID")
        text = lines.table(titles, rows) if rows else ["There is no token."]
        return Result({"tokens": documents}, text, [one["id"] for one in documents])

    return with_console(work)


@NOUN.command("revoke", cls=Leaf)
def revoke(token: Reference, yes: Yes = False) -> Result:
    """End a token for good; the very next action of whoever uses it is refused."""
    confirm(yes, f"Revoke token {token}.")

    async def work(console: Console) -> Result:
        ended = await console.tokens.revoke(token)
        return Result({"token": _document(ended, "revoked")}, [f"Revoked {ended.name}."], [ended.id])

    return with_console(work)


def _cell(value: object) -> object:
    return ",".join(value) if isinstance(value, list) else value


def _document(token: Token, over: str | None) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "scopes": sorted(token.scopes),
        "servers": None if token.servers is None else sorted(token.servers),
        "createdAt": token.term.created_at,
        "createdBy": token.created_by,
        "expiresAt": token.term.expires_at,
        "lastUsedAt": token.last_used_at,
        "revokedAt": token.revoked_at,
        "revokedBy": token.revoked_by,
        "status": "revoked" if token.revoked_at else "expired" if over else "active",
        "reason": over,
    }
