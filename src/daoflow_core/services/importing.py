"""Taking servers over from an OpenSSH client configuration: read only, an outcome for each host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

from daoflow_core.errors import Conflict, DaoflowError, InvalidInput, KeyRejected
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Environment, ServerKind
from daoflow_core.model.ssh_config import Candidate, Ignored
from daoflow_core.parse import fields
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.keys import KeyService
from daoflow_core.services.servers import ServerService

IMPORT = "server.import"
AT_ONCE = 8
"""Servers registered at the same time: each is asked for its host key, and one that is down takes its while."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A host that was registered (no id in a dry run); `key_problem` says why it got no key."""

    candidate: Candidate
    server_id: str | None
    key_problem: str | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A host that was not registered, and why."""

    candidate: Candidate
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every host of the file, in the file's order, and which lines had no effect."""

    added: tuple[Imported, ...]
    skipped: tuple[Skipped, ...]
    ignored: tuple[Ignored, ...]


class ImportService:
    """Reads the file, never runs anything in it, and registers what can be reached directly."""

    def __init__(self, servers: ServerService, keys: KeyService, access: Access) -> None:
        self._servers = servers
        self._keys = keys
        self._access = access

    async def import_ssh_config(
        self,
        path: str,
        *,
        home: Path,
        dry_run: bool,
        tell: Callable[[str], None] | None = None,
        only: Collection[str] | None = None,
    ) -> ImportReport:
        """Register every usable host of the file, or `only` these names; `tell` gets a line for each as it is done."""
        from daoflow_core.ssh.config_file import read_ssh_config

        await self._access.require(IMPORT, "ssh-config")
        reading = read_ssh_config(path, home=home, local_user=self._access.principal.name)
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(candidate: Candidate) -> Imported | Skipped:
            if candidate.skip:
                return Skipped(candidate, candidate.skip)
            async with gate:
                outcome = await self._register(candidate, dry_run=dry_run)
            if tell is not None:
                tell(f"{candidate.alias}: {'skipped' if isinstance(outcome, Skipped) else 'done'}")
            return outcome

        wanted = [candidate for candidate in reading.candidates if only is None or candidate.alias in only]
        outcomes = await asyncio.gather(*(one(candidate) for candidate in wanted))
        return ImportReport(
            tuple(one for one in outcomes if isinstance(one, Imported)),
            tuple(one for one in outcomes if isinstance(one, Skipped)),
            reading.ignored,
        )

    async def _register(self, candidate: Candidate, *, dry_run: bool) -> Imported | Skipped:
        """One host: with its key when that can be taken in, else without it; a conflict is a reason to skip."""
        try:
            draft, problem = await self._draft(candidate)
            if dry_run:
                await self._servers.plan_add(draft)
                return Imported(candidate, None, problem)
            added = await self._add(draft)
        except DaoflowError as error:
            if error.code in {"SCOPE_DENIED", "READ_ONLY", "AUDIT_BROKEN"} or error.code.startswith("STORE_"):
                raise
            return Skipped(candidate, f"{error.message} {error.why}".strip())
        return Imported(candidate, added, problem)

    async def _add(self, draft: ServerDraft) -> str:
        """Register; two hosts that bring the same new key at once meet in the store, so the later one tries again."""
        try:
            return (await self._servers.add(draft)).server.id
        except Conflict as conflict:
            if "server" in conflict.details:  # a twin that is named: trying again can't help
                raise
            return (await self._servers.add(draft)).server.id

    async def _draft(self, candidate: Candidate) -> tuple[ServerDraft, str | None]:
        draft = ServerDraft(
            name=fields.server_name(candidate.alias),
            endpoint=fields.endpoint(candidate.host, candidate.port, candidate.user),
            region="default",
            kind=ServerKind.ENGINE,
            environment=Environment.NONE,
        )
        if candidate.identity_file is None:
            return draft, None
        try:
            material = await asyncio.to_thread(_material, candidate.identity_file)
            await self._keys.examine(material, draft.name)
        except (InvalidInput, KeyRejected) as error:
            return draft, f"{error.message} {error.why}".strip()
        return replace(draft, key_material=material), None


def _material(path: str) -> KeyMaterial:
    from daoflow_core.ssh.key_files import load_key_file

    return KeyMaterial(Secret(load_key_file(path)), None, "file")
