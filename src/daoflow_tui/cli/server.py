"""`server`: the inventory, one verb a command."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from daoflow_core import documents
from daoflow_core.errors import EXIT_DRY_RUN
from daoflow_core.model.registration import ServerDraft
from daoflow_tui.cli import lines, many, registration
from daoflow_tui.cli.asking import confirm_named
from daoflow_tui.cli.call import Result, confirm, with_console
from daoflow_tui.cli.drafts import (
    AgentKey,
    Env,
    Host,
    Jump,
    KeyChoice,
    KeyFile,
    KeyId,
    KeyPath,
    Kind,
    Name,
    Passphrase,
    Port,
    Region,
    User,
    changes,
    draft,
    jump_of,
)
from daoflow_tui.cli.many import All, Filter, ServerRefs
from daoflow_tui.cli.options import DryRun, Leaf, ServerRef, Yes, noun
from daoflow_tui.cli.reading import reading

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation

NOUN = noun("Register, show, change and check servers.")

Approve = Annotated[
    str | None,
    typer.Option(
        "--approve-fingerprint",
        metavar="SHA256:…",
        help="Trust the host key the server shows, only if its fingerprint is exactly this.",
    ),
]
ReadOnlyMark = Annotated[
    bool | None,
    typer.Option("--read-only/--no-read-only", help="Mark the server read-only, or lift the mark."),
]


@NOUN.command("add", cls=Leaf)
def add(
    name: Name,
    host: Host,
    ssh_port: Port = "22",
    ssh_user: User = None,
    region: Region = "default",
    kind: Kind = "docker-engine",
    env: Env = "",
    ssh_key: KeyPath = None,
    ssh_private_key_file: KeyFile = None,
    ssh_key_id: KeyId = None,
    agent_fingerprint: AgentKey = None,
    passphrase_file: Passphrase = None,
    jump: Jump = None,
    approve_fingerprint: Approve = None,
    dry_run: DryRun = False,
    yes: Yes = False,
) -> Result:
    """Register a server, look at its host key, and check it once it is trusted."""
    wish = draft(name, host, ssh_port, ssh_user, region, kind, env, approve_fingerprint)
    key = KeyChoice(ssh_key, ssh_private_key_file, ssh_key_id, passphrase_file, agent_fingerprint)
    key.check()
    if not dry_run:
        confirm(yes, f"Register server {wish.name} at {wish.endpoint.host}.")
    agent = key.agent_key()
    wish = replace(wish, key_material=key.read(), key_id=ssh_key_id, agent_fingerprint=agent)
    wish = replace(wish, jump=jump_of(jump))
    return with_console(lambda console: (_plan if dry_run else _add)(console, wish))


async def _add(console: Console, wish: ServerDraft) -> Result:
    return await registration.answer(console, await console.servers.add(wish), verb="Registered")


async def _plan(console: Console, wish: ServerDraft) -> Result:
    server, adoption = await console.servers.plan_add(wish)
    data = registration.plan(server, adoption)
    text = [
        f"Would register {server.name} at {server.endpoint.address}; nothing was recorded, nobody was asked."
    ]
    return Result(data, text, status=EXIT_DRY_RUN)


@NOUN.command("list", cls=Leaf)
def list_servers() -> Result:
    """List every registered server, by name; asks no server."""

    async def work(console: Console) -> Result:
        rows = await console.fleet.rows("server.list")
        return _listed(documents.server_list(rows, now=console.clock.now()))

    return reading("servers", work, _listed)


def _listed(data: dict[str, Any]) -> Result:
    servers = data["servers"]
    titles = ("NAME", "STATUS", "ADDRESS", "ENV", "KIND", "ID")
    rows = [
        (
            one["name"],
            one["status"],
            f"{one['host']}:{one['sshPort']}",
            one["environment"],
            one["kind"],
            one["id"],
        )
        for one in servers
    ]
    return Result(data, lines.table(titles, rows) if rows else [NO_SERVERS], [one["id"] for one in servers])


NO_SERVERS = "No server is registered. `daoflow-tui server add --help` says how to add one."


@NOUN.command("show", cls=Leaf)
def show(server: ServerRef) -> Result:
    """Show one server: where it is, what it is trusted by, and its last check."""

    async def work(console: Console) -> Result:
        return await registration.shown(console, await console.fleet.row(server))

    return with_console(work)


@NOUN.command("update", cls=Leaf)
def update(
    server: ServerRef,
    name: Annotated[str | None, typer.Option("--name", help="Another name.")] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Another address; its host key is approved anew.")
    ] = None,
    ssh_port: Annotated[str | None, typer.Option("--ssh-port", metavar="PORT", help="1 to 65535.")] = None,
    ssh_user: Annotated[
        str | None, typer.Option("--ssh-user", metavar="USER", help="Who to log in as.")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="A free word for where it stands.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="docker-engine or docker-swarm-manager.")] = None,
    env: Annotated[str | None, typer.Option("--env", help="prod, staging or dev; empty for none.")] = None,
    ssh_key: KeyPath = None,
    ssh_private_key_file: KeyFile = None,
    ssh_key_id: KeyId = None,
    agent_fingerprint: AgentKey = None,
    passphrase_file: Passphrase = None,
    jump: Jump = None,
    read_only: ReadOnlyMark = None,
    yes: Yes = False,
) -> Result:
    """Change a server; another address or port needs its host key approved anew."""
    wish = changes(name, host, ssh_port, ssh_user, region, kind, env, read_only)
    key = KeyChoice(ssh_key, ssh_private_key_file, ssh_key_id, passphrase_file, agent_fingerprint)
    key.check()
    confirm(yes, f"Change server {server[:80]!a}.")
    agent = key.agent_key()
    wish = replace(wish, key_material=key.read(), key_id=ssh_key_id, agent_fingerprint=agent)
    wish = replace(wish, jump=jump_of(jump))

    async def work(console: Console) -> Result:
        return await registration.answer(console, await console.servers.update(server, wish), verb="Changed")

    return with_console(work)


@NOUN.command("remove", cls=Leaf)
def remove(server: ServerRef, yes: Yes = False) -> Result:
    """Take a server out of the inventory; its operations, logs and audit entries stay readable."""
    confirm_named(yes, f"Remove server {server[:80]!a}.", lambda console: console.inventory.find(server))

    async def work(console: Console) -> Result:
        gone = await console.servers.remove(server)
        data = {"removed": True, "serverId": gone.id, "serverName": gone.name, "removedAt": gone.removed_at}
        return Result(data, [f"Removed {gone.name} ({gone.id}). Its history stays readable."], [gone.id])

    return with_console(work)


@NOUN.command("check", cls=Leaf)
def check(server: ServerRefs = None, every: All = False, filter_text: Filter = None) -> Result:
    """Check servers now: SSH, Docker, Compose; each recorded as an operation."""
    many.refuse_unclear(server, every, filter_text)

    async def work(console: Console) -> Result:
        if not server or len(set(server)) > 1:
            chosen = await many.chosen(console, server, filter_text)
            return await many.bulk(lambda one: _checked(console, one), chosen)
        readiness = await console.readiness.check(server[0])
        row = await console.fleet.outcome(await console.inventory.find(readiness.server_id))
        return await registration.shown(console, row)

    return with_console(work)


async def _checked(console: Console, server: str) -> Operation:
    """The operation that one check of several was recorded as."""
    readiness = await console.readiness.check(server)
    return await console.history.operation(readiness.operation_id or "")
