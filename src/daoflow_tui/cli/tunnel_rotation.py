"""`tunnels rotate`: our sealed copy of a credential, or the tunnel's secret at its provider."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core import tunnel_documents
from daoflow_core.errors import InvalidInput
from daoflow_tui.cli import outcomes, tunnel_lines
from daoflow_tui.cli.asking import confirm_named
from daoflow_tui.cli.call import Result, with_console
from daoflow_tui.cli.options import Yes
from daoflow_tui.cli.tunnel_options import Credentials, TunnelRef, credential

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.model.operation import Operation

StoredOnly = Annotated[
    bool,
    typer.Option("--stored-only", help="Replace our sealed copy with --credentials-file; nobody is asked."),
]
AtProvider = Annotated[
    bool,
    typer.Option("--provider", help="Give the tunnel a new secret at its provider; connectors need it then."),
]
Compromised = Annotated[
    bool, typer.Option("--compromised", help="Also end every connection: what has the old token is cut off.")
]
TokenOut = Annotated[
    str | None,
    typer.Option(
        "--token-out", metavar="PATH", help="Write the connector's new token to this file, mode 0600."
    ),
]


def rotate(
    tunnel_id: TunnelRef,
    stored_only: StoredOnly = False,
    provider: AtProvider = False,
    credentials_file: Credentials = None,
    compromised: Compromised = False,
    token_out: TokenOut = None,
    yes: Yes = False,
) -> Result:
    """Rotate a tunnel's credential: --stored-only replaces our copy, --provider the secret at the provider."""
    _refuse_muddle(stored_only, provider, credentials_file, compromised=compromised, token_out=token_out)
    if not provider:
        confirm_named(
            yes,
            f"Replace the stored credential of tunnel {tunnel_id[:80]!a}.",
            lambda console: console.tunnels.find(tunnel_id),
        )
        return _stored(tunnel_id, credentials_file)
    more = " and end every connection of it" if compromised else ""
    confirm_named(
        yes,
        f"Give tunnel {tunnel_id[:80]!a} a new secret at its provider{more}; its connectors will need it.",
        lambda console: console.tunnels.find(tunnel_id),
    )
    return _at_provider(tunnel_id, token_out, compromised=compromised)


def _stored(tunnel_id: str, credentials_file: str | None) -> Result:
    secret = credential(credentials_file)

    async def work(console: Console) -> Result:
        if secret is None:
            raise InvalidInput("No credential was given.", field="credentials-file")
        view = await console.tunnel_rotation.store(tunnel_id, secret)
        text = [f"Replaced the stored credential of {view.tunnel.name}.", "Its provider was not told."]
        return Result(
            {"tunnel": tunnel_documents.tunnel(view), "operation": None, "rotation": None, "tokenFile": None},
            [*text, *tunnel_lines.shown(view, console.clock.now())[1:]],
            [view.tunnel.id],
        )

    return with_console(work)


def _at_provider(tunnel_id: str, token_out: str | None, *, compromised: bool) -> Result:
    from daoflow_core.private_files import Draft

    file = None if token_out is None else Draft(Path(token_out))

    async def work(console: Console) -> Result:
        operation = await console.tunnel_rotation.rotate(
            tunnel_id, compromised=compromised, token_file=None if file is None else str(file.path)
        )
        one = await console.tunnels.find(tunnel_id)
        if file is not None and operation.result:
            file.file.write((await console.tunnel_rotation.token(one)).reveal() + b"\n")
            file.publish()
        answer = outcomes.answer(operation, _lines(operation))
        data = {
            "tunnel": tunnel_documents.tunnel(await console.tunnels.view(one.id)),
            "operation": outcomes.document(operation)["operation"],
            "rotation": dict(operation.result),
            "tokenFile": None if file is None else str(file.path),
        }
        return Result(data, answer.lines, answer.primary)

    try:
        return with_console(work)
    finally:
        if file is not None:
            file.discard()


def _lines(operation: Operation) -> list[str]:
    from daoflow_core.model.tunnel_sync import TunnelRotation

    if not operation.result:
        return [operation.summary]
    steps = TunnelRotation.of(operation.result).steps
    return [operation.summary, *(f"{number}. {step}" for number, step in enumerate(steps, 1))]


def _refuse_muddle(
    stored_only: bool, provider: bool, file: str | None, *, compromised: bool, token_out: str | None
) -> None:
    """Say which of the two is meant: one changes our copy, the other cuts connectors off sooner or later."""
    if stored_only and provider:
        raise InvalidInput("--stored-only and --provider can't go together.", field="stored-only")
    if not provider and file is None:
        raise InvalidInput(
            "Nothing was given to rotate to.",
            next_step="Name a file with --credentials-file, or rotate at the provider with --provider.",
            field="credentials-file",
        )
    if provider and file is not None:
        raise InvalidInput(
            "--credentials-file goes with --stored-only.",
            why="At the provider the new secret is made here.",
            field="credentials-file",
        )
    if not provider and (compromised or token_out is not None):
        raise InvalidInput("--compromised and --token-out go with --provider.", field="provider")
