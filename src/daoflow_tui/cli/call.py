"""What one command line asks for beside its own options, and what a command gives back."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from daoflow_core.errors import EXIT_DONE, ConfirmationRequired
from daoflow_core.secret import Secret
from daoflow_tui.cli import envelope

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.vault.sources import VaultSources

T = TypeVar("T")


@dataclass(slots=True)
class Call:
    """One run of the program: the global options as they are met, before or after the subcommand."""

    as_json: bool = False
    quiet: bool = False
    read_only: bool = False
    streaming: bool = False
    token_file: str | None = None
    by_token: bool = False
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def overrides(self) -> dict[str, object] | None:
        """The settings that the global options put in force."""
        return {"read_only": True} if self.read_only else None


CURRENT: ContextVar[Call] = ContextVar("call")


def current() -> Call:
    """The call that is being answered."""
    return CURRENT.get()


@dataclass(frozen=True, slots=True)
class Result:
    """A command's answer: its data for JSON, its lines for people, its primary id for `--quiet`."""

    data: object
    lines: Sequence[str] = ()
    primary: Sequence[str] = ()
    notes: Sequence[str] = ()
    status: int = EXIT_DONE


def confirm(yes: bool, sentence: str) -> None:
    """Refuse a change that nobody confirmed, before anything is read, sent or written."""
    if not yes:
        raise ConfirmationRequired(f"{sentence} Pass --yes to confirm.")


def vault_sources(passphrase_file: str | None = None) -> VaultSources:
    """What this run has to open the vault with: flags, environment, and whoever sits at the terminal."""
    from daoflow_core.vault.sources import VaultSources
    from daoflow_tui.cli.key_input import read_passphrase

    phrase = None if passphrase_file is None else read_passphrase(passphrase_file)
    ask = _ask_passphrase if sys.stdin.isatty() and sys.stderr.isatty() else None
    return VaultSources.from_environment(current().environ, passphrase=phrase, ask=ask)


def with_console(work: Callable[[Console], Awaitable[T]], sources: VaultSources | None = None) -> T:
    """Open the console of this environment, do the work on a loop of its own, and close whatever happens."""
    import asyncio

    from daoflow_core.console import Opening, open_console
    from daoflow_core.paths import Paths
    from daoflow_core.token_source import take_token

    call = current()
    environ, token = call.environ, take_token(call.environ, call.token_file)
    call.by_token = token is not None
    opening = Opening(environ, call.overrides(), sources or vault_sources(), token=token)

    first = not Paths.locate(environ).database.exists()

    async def session() -> T:
        async with await open_console(opening) as console:
            if first:
                _tell_first_start(console)
            return await work(console)

    return asyncio.run(session())


def _tell_first_start(console: Console) -> None:
    """Say once what was made, because the key file is worth a backup of its own."""
    paths = console.paths
    envelope.warn(f"First start: the database is {paths.database}.")
    if paths.key_file.exists():
        envelope.warn(
            f"Its vault opens by the key file {paths.key_file}: keep a copy of it, apart from the database."
        )


def _ask_passphrase() -> Secret:
    """Ask whoever sits at the terminal; nothing is echoed."""
    import getpass

    return Secret(getpass.getpass("Passphrase of the vault: ", sys.stderr).encode())
