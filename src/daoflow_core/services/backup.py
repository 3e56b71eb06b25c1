"""Backing a store up into one file, which is read back and proven before it gets its name."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from pathlib import Path

from daoflow_core import __version__
from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import AuditBroken, NotFound, StoreDamaged, VaultDamaged
from daoflow_core.paths import Paths
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.private_files import Draft, unwritable
from daoflow_core.services import anchors
from daoflow_core.services.access import Access
from daoflow_core.services.audit_verification import verify_trail
from daoflow_core.services.backup_file import (
    ANCHORS,
    DATABASE,
    KEY_FILE,
    MEMBERS,
    SETTINGS,
    Manifest,
    digest_of,
    read_backup,
    write_backup,
)
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.unlocking import opened, records
from daoflow_core.services.vault_service import VaultService
from daoflow_core.store import audit_log, meta
from daoflow_core.store.backup import copy_database
from daoflow_core.store.engine import open_database
from daoflow_core.vault.keyfile import read_key_file

PREFIX = ".backup-"
ABANDONED = 86_400
"""Seconds after which a folder that a killed process left is removed."""


class BackupService:
    """Makes backups; `restoring.py` brings them back."""

    def __init__(self, paths: Paths, vault: Vault, access: Access, recorder: Recorder, clock: Clock) -> None:
        self._paths = paths
        self._vault = vault
        self._access = access
        self._recorder = recorder
        self._clock = clock

    async def backup(
        self, path: Path, *, with_key_file: bool = False, replace: bool = False
    ) -> tuple[Path, Manifest]:
        """Write one 0600 file with everything but, unless asked for, the key that opens it; proven when it returns.

        Raises Conflict for a file that exists, VaultLocked, VaultDamaged, StoreDamaged or AuditBroken when what
        would be backed up is not whole: then there is no file.
        """
        scope = await self._access.require("vault.backup", "vault")
        opened(self._vault)
        draft = Draft(path, replace=replace)
        sweep(self._paths.state_dir, PREFIX)
        try:
            with tempfile.TemporaryDirectory(prefix=PREFIX, dir=self._paths.state_dir) as name:
                manifest = await self._gather(Path(name), with_key_file=with_key_file)
                await asyncio.to_thread(write_backup, draft.file, manifest, Path(name))
            draft.file.flush()
            await asyncio.to_thread(read_backup, draft.draft)

            async def publish(_: Transaction) -> None:
                draft.publish()

            await self._recorder.record_change(
                actor=self._access.principal.name,
                scope=scope,
                action="vault.backup",
                target="vault",
                detail={
                    "file": str(draft.path),
                    "sequence": manifest.sequence,
                    "holdsKeyFile": manifest.holds_key_file,
                },
                work=publish,
            )
        except OSError as error:
            raise unwritable(draft.path, error) from None
        finally:
            draft.discard()
        return draft.path, manifest

    async def _gather(self, folder: Path, *, with_key_file: bool) -> Manifest:
        """Copy everything into a folder, and prove the copy."""
        copy = folder / DATABASE
        await asyncio.to_thread(copy_database, str(self._paths.database), str(copy))
        async with await open_database(copy, read_only=True) as database:
            sequence = (await audit_log.head(database))["sequence"] or 0
            await self._prove(database)
            identity = await meta.database_id(database)
            kinds = tuple(sorted({slot.kind for slot in (await records(database)).slots}))
        self._copy_anchors(folder / ANCHORS, identity, sequence)
        if self._paths.config_file.is_file():
            shutil.copyfile(self._paths.config_file, folder / SETTINGS)
        if with_key_file:
            self._copy_key_file(folder / KEY_FILE)
        files = {name: digest_of(folder / name) for name in MEMBERS if (folder / name).exists()}
        now = stamp(self._clock.now())
        return Manifest(now, identity, __version__, sequence, kinds, files)

    async def _prove(self, copy: Database) -> None:
        """Whole pages, our schema, an unbroken trail, and every sealed value opens."""
        faults = [*await meta.faults_of_integrity(copy), *await meta.faults_of_schema(copy)]
        if faults:
            raise StoreDamaged("The store is damaged, so no backup was made.", why="; ".join(faults[:3]))
        trail = await verify_trail(copy, self._vault, [], 0)
        if not trail.ok:
            raise AuditBroken(
                "The audit trail does not verify, so no backup was made.",
                why=trail.reason or "",
                next_step="Keep a copy of the database as it is; `audit verify` says more.",
            )
        found = await VaultService(copy, self._vault, self._access).check()
        if found.damaged:
            raise VaultDamaged(
                "Not every sealed value opens, so no backup was made.",
                why=" ".join(found.damaged[:3]),
                next_step="Replace what is damaged; `vault verify` lists it.",
            )

    def _copy_anchors(self, target: Path, identity: str, sequence: int) -> None:
        """The anchors of what is in the copy: others may have written since it was taken."""
        known = (
            anchors.read(self._paths.anchors_file, identity)[0] if self._paths.anchors_file.exists() else []
        )
        for anchor in known:
            if anchor.sequence <= sequence:
                anchors.append(target, anchor)

    def _copy_key_file(self, target: Path) -> None:
        if not self._paths.key_file.exists():
            raise NotFound(
                f"There is no key file {self._paths.key_file}.",
                next_step="Leave --with-key-file out: `vault status` says what opens the vault.",
            )
        read_key_file(self._paths.key_file)  # refused here, not on the day it is needed
        target.touch(0o600)
        target.write_bytes(self._paths.key_file.read_bytes())


def sweep(folder: Path, prefix: str) -> None:
    """Remove the folders that killed backups and restores left behind; one under way is younger."""
    for left in folder.glob(f"{prefix}*"):
        if time.time() - left.lstat().st_mtime > ABANDONED:
            shutil.rmtree(left, ignore_errors=True)
