"""Bringing a backup to a machine without a store: opened, verified and recorded aside, then put in place at once."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import AuditBroken, Conflict, VaultDamaged, VaultLocked
from daoflow_core.paths import HOME_VARIABLE, Paths
from daoflow_core.ports import Transaction
from daoflow_core.private_files import unwritable
from daoflow_core.services.backup import sweep
from daoflow_core.services.backup_file import KEY_FILE, SETTINGS, Manifest, read_backup
from daoflow_core.services.unlocking import LockedVault
from daoflow_core.vault.keyfile import read_key_file
from daoflow_core.vault.sources import VaultSources

PREFIX = ".daoflow-restore-"


@dataclass(frozen=True, slots=True)
class Restored:
    """What stands now, and how much of it was opened to be sure."""

    manifest: Manifest
    database: Path
    servers: int
    values: int
    entries: int


async def restore(
    file: Path,
    environ: Mapping[str, str],
    sources: VaultSources,
    *,
    key_file: Path | None = None,
    read_only: bool = False,
) -> Restored:
    """Restore into this environment's folders, which must be empty; `key_file` is put where the vault looks for it.

    Raises Conflict when something is there, InvalidInput for a damaged file, VaultLocked when nothing at hand opens
    the vault, VaultDamaged or AuditBroken when what was restored is not whole: then nothing was put in place.
    """
    paths = Paths.locate(environ)
    _refuse_full(paths.state_dir)
    with _aside(paths) as folder:
        manifest = read_backup(file, folder)
        if key_file is not None:
            _take_key_file(key_file, folder / KEY_FILE)
        found = await _prove(file, manifest, folder, sources, read_only=read_only)
        _put_in_place(folder, paths)
    return Restored(manifest, paths.database, *found)


async def _prove(
    file: Path, manifest: Manifest, folder: Path, sources: VaultSources, *, read_only: bool
) -> tuple[int, int, int]:
    """Open the restored store, check all of it, and write down in it that it was restored."""
    environ = {HOME_VARIABLE: str(folder), "HOME": str(folder)}
    overrides = {"read_only": True} if read_only else None
    async with await open_console(Opening(environ, overrides, sources)) as console:
        scope = await console.access.require("vault.restore", "vault")
        if isinstance(console.vault, LockedVault):
            raise VaultLocked(
                "Nothing at hand opens the vault of this backup, so nothing was restored.",
                why=f"It opens by: {', '.join(manifest.opens_by)}. {console.vault.reason.message}",
                next_step="Name its key file with --key-file PATH, or its passphrase with --passphrase-file PATH.",
            )
        entries = await _verified(console)
        values = (await console.vault_service.verify()).values

        async def nothing(_: Transaction) -> None:
            return None

        await console.recorder.record_change(
            actor=console.principal.name,
            scope=scope,
            action="vault.restore",
            target="vault",
            detail={"file": str(file), "createdAt": manifest.created_at, "sequence": manifest.sequence},
            work=nothing,
        )
        return len(await console.inventory.all()), values, entries


async def _verified(console: Console) -> int:
    trail = await console.audit.verify()
    if not trail.ok:
        raise AuditBroken(
            "The audit trail in this backup does not verify, so nothing was restored.",
            why=trail.reason or "",
            next_step="Use another backup.",
        )
    found = await console.vault_service.verify()
    if found.damaged:
        raise VaultDamaged(
            "Not every sealed value in this backup opens, so nothing was restored.",
            why=" ".join(found.damaged[:3]),
            next_step="Use another backup.",
        )
    return trail.entries


def _refuse_full(folder: Path) -> None:
    """Raise Conflict unless the folder is empty or not there."""
    there = sorted(os.listdir(folder)) if folder.is_dir() else []  # noqa: PTH208 - names only
    if there or (os.path.lexists(folder) and not folder.is_dir()):
        raise Conflict(
            f"{folder} is not empty.",
            why=f"It holds {', '.join(there[:5]) or 'something that is no folder'}; nothing is written over.",
            next_step=f"Set {HOME_VARIABLE} to a folder that does not exist yet, or move this one away.",
            path=str(folder),
        )


@contextmanager
def _aside(paths: Paths) -> Iterator[Path]:
    """A private folder on the same disk, gone unless it was put in place."""
    parent = paths.state_dir.parent
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(parent, PREFIX)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    except OSError as error:
        raise unwritable(paths.state_dir, error) from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_key_file(source: Path, target: Path) -> None:
    """The operator's key file, checked, under the name that the vault looks for."""
    read_key_file(source.expanduser())
    target.unlink(missing_ok=True)
    target.touch(0o600)
    target.write_bytes(source.expanduser().read_bytes())


def _put_in_place(folder: Path, paths: Paths) -> None:
    """One rename makes the store: before it there is none, after it a whole one."""
    settings = folder / SETTINGS
    if settings.exists() and paths.config_file.parent != paths.state_dir:
        if not paths.config_file.exists():
            paths.config_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(settings, paths.config_file)
        settings.unlink()
    try:
        folder.rename(paths.state_dir)
        handle = os.open(paths.state_dir.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise unwritable(paths.state_dir, error) from None
