"""`vault add-slot`, `remove-slot`, `change-passphrase`: the ways into the vault."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_core.errors import Conflict, InvalidInput
from daoflow_tui.cli.call import Result, confirm, vault_sources, with_console
from daoflow_tui.cli.options import Opener, Yes
from daoflow_tui.cli.vault import RUNNING, slot

if TYPE_CHECKING:
    from daoflow_core.console import Console
    from daoflow_core.secret import Secret
    from daoflow_core.vault.slots import Source

STDIN = "-"


class Kind(StrEnum):
    """What can open the vault."""

    PASSPHRASE = "passphrase"  # noqa: S105 - the name of a kind
    KEYFILE = "keyfile"
    KEYRING = "keyring"
    ENVIRONMENT = "environment"


NewPhrase = Annotated[
    str | None,
    typer.Option(
        "--new-passphrase-file", metavar="PATH|-", help="The new passphrase; at a terminal it is asked for."
    ),
]
KindOption = Annotated[Kind, typer.Option("--kind", help="What is to open the vault.")]
KeyPath = Annotated[
    Path | None,
    typer.Option(
        "--key-file",
        metavar="PATH",
        help="The key file to make, or to take; DAOFLOW_KEY_FILE names it later.",
    ),
]
MasterKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--master-key-file", metavar="PATH", help="A file with the key that DAOFLOW_MASTER_KEY will hold."
    ),
]
SlotId = Annotated[str, typer.Option("--slot", metavar="ID", help="The slot, as `vault status` shows it.")]
OneSlot = Annotated[
    str | None, typer.Option("--slot", metavar="ID", help="Which passphrase, when there are several.")
]


def add_slot(
    kind: KindOption,
    new_passphrase_file: NewPhrase = None,
    key_file: KeyPath = None,
    master_key_file: MasterKeyFile = None,
    passphrase_file: Opener = None,
    yes: Yes = False,
) -> Result:
    """Add a way into the vault; it is opened that way once before it counts."""
    confirm(yes, f"Let a {kind.value} open the vault.")
    sources = vault_sources(passphrase_file)
    phrase = _new_passphrase(new_passphrase_file) if kind is Kind.PASSPHRASE else None

    async def work(console: Console) -> Result:
        source = await _source(console, kind, phrase, key_file, master_key_file)
        made = await console.vault_slots.add(source)
        return Result({"slot": slot(made)}, [f"Added slot {made.id} ({made.kind})."], [made.id])

    return with_console(work, sources)


def remove_slot(slot_id: SlotId, passphrase_file: Opener = None, yes: Yes = False) -> Result:
    """Remove a way into the vault; another one must be proven to open it first."""
    confirm(yes, f"Remove slot {slot_id} of the vault.")
    sources = vault_sources(passphrase_file)

    async def work(console: Console) -> Result:
        gone = await console.vault_slots.remove(slot_id, sources)
        return Result({"slot": slot(gone)}, [f"Removed slot {gone.id} ({gone.kind})."], [gone.id], [RUNNING])

    return with_console(work, sources)


def change_passphrase(
    new_passphrase_file: NewPhrase = None,
    slot_id: OneSlot = None,
    passphrase_file: Opener = None,
    yes: Yes = False,
) -> Result:
    """Put a new passphrase in the place of the old one; every other slot stays as it is."""
    confirm(yes, "Change the vault's passphrase.")
    if passphrase_file == STDIN and new_passphrase_file == STDIN:
        raise InvalidInput(
            "Standard input was named twice.", next_step="Name a file for one of them.", field="passphrase"
        )
    sources, phrase = vault_sources(passphrase_file), _new_passphrase(new_passphrase_file)

    async def work(console: Console) -> Result:
        from daoflow_core.vault.passphrase import Passphrase

        made = await console.vault_slots.change_passphrase(Passphrase(phrase), slot_id)
        note = "Backups made before still open by the old one."
        return Result({"slot": slot(made)}, ["The passphrase was changed."], [made.id], [note])

    return with_console(work, sources)


async def _source(
    console: Console, kind: Kind, phrase: Secret | None, key_file: Path | None, master_key_file: Path | None
) -> Source:
    """The key of a new slot; a key file and a keyring entry are made when they are missing."""
    from daoflow_core.store import meta
    from daoflow_core.vault import keyfile, keyring, passphrase, sources

    if phrase is not None:
        return passphrase.Passphrase(phrase)
    if kind is Kind.KEYFILE:
        return keyfile.make_key_file(key_file or console.paths.key_file)
    if kind is Kind.KEYRING:
        return keyring.make_keyring_key(await meta.database_id(console.database))
    if master_key_file is None:
        step = "head -c 32 /dev/urandom | basenc --base64url | tr -d = > FILE, then --master-key-file FILE."
        raise InvalidInput(
            "A key for the environment needs its file.", next_step=step, field="master-key-file"
        )
    return sources.master_key_of(master_key_file)


def _new_passphrase(file: str | None) -> Secret:
    """The new passphrase from its file, or typed twice by whoever sits at the terminal."""
    from daoflow_core.secret import Secret
    from daoflow_tui.cli.key_input import read_passphrase

    if file is not None:
        return read_passphrase(file)
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise InvalidInput(
            "There is no terminal to ask for the new passphrase.",
            next_step="Name a file whose first line it is: --new-passphrase-file PATH.",
            field="new-passphrase-file",
        )
    import getpass

    first = getpass.getpass("New passphrase of the vault: ", sys.stderr)
    if first != getpass.getpass("The same once more: ", sys.stderr):
        raise Conflict("The two passphrases differ; nothing was changed.")
    return Secret(first.encode())
