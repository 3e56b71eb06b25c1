"""`vault backup` and `vault restore`: the whole store as one file, and back on another machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from daoflow_tui.cli.call import Result, confirm, current, vault_sources, with_console
from daoflow_tui.cli.options import Opener, Yes

if TYPE_CHECKING:
    from daoflow_core.console import Console

Out = Annotated[Path, typer.Option("--out", metavar="PATH", help="The file to make, readable by you only.")]
Replace = Annotated[bool, typer.Option("--replace", help="Write over a file that exists.")]
WithKeyFile = Annotated[
    bool,
    typer.Option(
        "--with-key-file",
        help="Put the key file in as well: whoever has the backup can open it. Needs --yes.",
    ),
]
BackupFile = Annotated[Path, typer.Option("--file", metavar="PATH", help="The backup.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="PATH", help="The key file that opens the backup's vault."),
]


def backup(
    out: Out,
    with_key_file: WithKeyFile = False,
    replace: Replace = False,
    passphrase_file: Opener = None,
    yes: Yes = False,
) -> Result:
    """Write the whole store into one file, proven before it gets its name; `vault restore` brings it back."""
    if with_key_file:
        confirm(yes, "Whoever has the backup will be able to open everything in it.")

    async def work(console: Console) -> Result:
        path, made = await console.backups.backup(out, with_key_file=with_key_file, replace=replace)
        data = {
            "file": str(path),
            "createdAt": made.created_at,
            "database": made.database,
            "auditSequence": made.sequence,
            "opensBy": list(made.opens_by),
            "holdsKeyFile": made.holds_key_file,
            "files": list(made.files),
        }
        note = (
            "It holds the key file: keep it as safe as the key."
            if made.holds_key_file
            else f"It opens by: {', '.join(made.opens_by)}. Keep that apart from it; without it nobody can open it."
        )
        notes = [note, *_left_out(console.paths.recordings_dir)]
        return Result(data, [f"Everything is in {path}, and opens."], [str(path)], notes)

    return with_console(work, vault_sources(passphrase_file))


def _left_out(folder: Path) -> list[str]:
    """What a backup does not hold: recordings are large, lie in files of their own, and open by keys that it holds."""
    count = sum(1 for _ in folder.glob("*.rec"))
    return [f"{count} recordings are not in it: copy {folder} as well."] if count else []


def restore(
    file: BackupFile, key_file: KeyFile = None, passphrase_file: Opener = None, yes: Yes = False
) -> Result:
    """Bring a backup to a machine without a store; it is opened and verified before anything is put in place."""
    import asyncio

    from daoflow_core.restoring import restore as bring_back
    from daoflow_core.token_source import take_token
    from daoflow_tui.start import refuse_token

    call = current()
    refuse_token(given=take_token(call.environ, call.token_file) is not None)
    confirm(yes, f"Restore {file}.")
    sources = vault_sources(passphrase_file)
    work = bring_back(file, call.environ, sources, key_file=key_file, read_only=call.read_only)
    done = asyncio.run(work)
    data = {
        "file": str(file),
        "createdAt": done.manifest.created_at,
        "database": str(done.database),
        "servers": done.servers,
        "values": done.values,
        "auditEntries": done.entries,
    }
    text = (
        f"Restored {done.servers} servers and {done.values} sealed values as of {done.manifest.created_at}."
    )
    since = f"What was done after {done.manifest.created_at} is not in it:"
    notes = [f"{since} tokens revoked since then are valid again, see `token list`."]
    return Result(data, [text, f"The database is {done.database}."], [str(done.database)], notes)
