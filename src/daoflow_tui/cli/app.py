"""The tree of commands: one module a noun; each loads its services only when it runs."""

from __future__ import annotations

from functools import cache
from typing import Annotated

import typer

from daoflow_core.errors import UsageError
from daoflow_tui.cli import (
    assets,
    audit,
    backup,
    certificates,
    cleanup,
    configuration,
    demo,
    diagnosis,
    export,
    grants,
    host_key,
    keys,
    operations,
    patches,
    recordings,
    recordings_kept,
    recordings_screen,
    resources,
    schema,
    server,
    server_import,
    stacks,
    status,
    swarm,
    terminal,
    tokens,
    tunnel_rotation,
    tunnels,
    vault,
    vault_slots,
)
from daoflow_tui.cli.call import Result, current, has_screen
from daoflow_tui.cli.options import Branch, Leaf, noun

HELP = """Watch and operate servers that run Docker, over SSH, from this terminal.

Without a command it opens the console. Every command takes --json. Exit status: 0 done, 1 failed, 2 not permitted,
3 dry run that recorded nothing, 64 wrong usage, 130 interrupted.
"""

Version = Annotated[bool, typer.Option("--version", "-V", is_eager=True, help="Print the version and end.")]


@cache
def build() -> typer.Typer:
    """The whole command line, wired once: the nouns it joins are shared."""
    root = noun(HELP, invoke_without_command=True, add_completion=True)
    root.callback(cls=Branch)(open_console_or_refuse)
    root.add_typer(_servers(), name="server")
    assets.NOUN.add_typer(certificates.NOUN, name="certificate")
    root.add_typer(assets.NOUN, name="access-assets")
    tunnels.NOUN.command("rotate", cls=Leaf)(tunnel_rotation.rotate)
    root.add_typer(tunnels.NOUN, name="tunnels")
    root.add_typer(audit.NOUN, name="audit")
    root.add_typer(_vault(), name="vault")
    root.add_typer(tokens.NOUN, name="token")
    root.add_typer(grants.NOUN, name="grant")
    root.add_typer(_recordings(), name="recordings")
    root.add_typer(configuration.NOUN, name="config")
    root.add_typer(keys.NOUN, name="keys")
    for name, verb in (
        ("status", status.status),
        ("doctor", diagnosis.doctor),
        ("poll", diagnosis.poll),
        ("schema", schema.schema),
        ("demo", demo.demo),
    ):
        root.command(name, cls=Leaf)(verb)
    return root


def _servers() -> typer.Typer:
    server.NOUN.command("import", cls=Leaf)(server_import.import_servers)
    server.NOUN.command("terminal", cls=Leaf)(terminal.terminal)
    server.NOUN.add_typer(host_key.NOUN, name="host-key")
    operations.NOUN.command("resources", cls=Leaf)(resources.resources)
    operations.NOUN.command("cleanup", cls=Leaf)(cleanup.cleanup)
    operations.NOUN.command("patch", cls=Leaf)(patches.patch)
    operations.NOUN.command("export", cls=Leaf)(export.export)
    operations.NOUN.add_typer(swarm.NOUN, name="swarm")
    operations.NOUN.add_typer(stacks.NOUN, name="stack")
    server.NOUN.add_typer(operations.NOUN, name="ops")
    return server.NOUN


def _recordings() -> typer.Typer:
    for name, verb in (
        ("list", recordings_kept.list_recordings),
        ("rule", recordings_kept.rule),
        ("export", recordings_kept.export),
        ("delete", recordings_kept.delete),
    ):
        recordings.NOUN.command(name, cls=Leaf)(verb)
    recordings.NOUN.command("play", cls=Leaf)(recordings_kept.play)
    recordings.NOUN.command("screen", cls=Leaf)(recordings_screen.screen)
    return recordings.NOUN


def _vault() -> typer.Typer:
    for name, verb in (
        ("add-slot", vault_slots.add_slot),
        ("remove-slot", vault_slots.remove_slot),
        ("change-passphrase", vault_slots.change_passphrase),
        ("backup", backup.backup),
        ("restore", backup.restore),
    ):
        vault.NOUN.command(name, cls=Leaf)(verb)
    return vault.NOUN


def open_console_or_refuse(context: typer.Context, version: Version = False) -> Result | int | None:
    """Open the console when no command is given."""
    if version:
        return _end(_version())
    if context.invoked_subcommand is not None:
        return None
    if current().as_json or not has_screen():
        raise UsageError(
            "The console needs a terminal.",
            why="Standard input, output or error is not one; the screens are drawn on standard error.",
            next_step="Use a subcommand such as `status --json`; `daoflow-tui --help` lists them.",
        )
    from daoflow_tui.app import run
    from daoflow_tui.start import refuse_token

    refuse_token(given=current().token_file is not None)
    return run(overrides=current().overrides())


def _version() -> Result:
    from daoflow_core import __version__

    return Result({"version": __version__}, [f"daoflow-tui {__version__}"], [__version__])


def _end(result: Result) -> int:
    """Answer now, whatever stands behind on the line."""
    from daoflow_tui.cli.main import finish

    raise typer.Exit(finish(result, current()))
