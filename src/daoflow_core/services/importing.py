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
from daoflow_core.services.import_hops import Hop, HopsFirst, Imported, Skipped
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.keys import KeyService
from daoflow_core.services.servers import ServerService

IMPORT = "server.import"
AT_ONCE = 8
"""Servers registered at the same time: each is asked for its host key, and one that is down takes its while."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every host of the file, in the file's order, and which lines had no effect."""

    added: tuple[Imported, ...]
    skipped: tuple[Skipped, ...]
    ignored: tuple[Ignored, ...]


class ImportService:
    """Reads the file, never runs anything in it, and registers what can be reached, jump hosts first."""

    def __init__(
        self, servers: ServerService, keys: KeyService, access: Access, inventory: Inventory
    ) -> None:
        self._servers = servers
        self._keys = keys
        self._access = access
        self._inventory = inventory

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

        async def one(candidate: Candidate, hop: Hop) -> Imported | Skipped:
            if hop.skip:
                return Skipped(candidate, hop.skip)
            async with gate:
                outcome = await self._register(candidate, hop, dry_run=dry_run)
            if tell is not None:
                tell(f"{candidate.alias}: {'skipped' if isinstance(outcome, Skipped) else 'done'}")
            return outcome

        wanted = [candidate for candidate in reading.candidates if only is None or candidate.alias in only]
        walk = HopsFirst(wanted, reading.candidates, await self._inventory.all())
        outcomes: dict[str, Imported | Skipped] = {}
        while turn := walk.next_turn(outcomes):
            done = await asyncio.gather(*(one(candidate, hop) for candidate, hop in turn))
            outcomes |= {outcome.candidate.alias: outcome for outcome in done}
        ordered = [outcomes[candidate.alias] for candidate in wanted]
        return ImportReport(
            tuple(one for one in ordered if isinstance(one, Imported)),
            tuple(one for one in ordered if isinstance(one, Skipped)),
            reading.ignored,
        )

    async def _register(self, candidate: Candidate, hop: Hop, *, dry_run: bool) -> Imported | Skipped:
        """One host: with its key when that can be taken in, else without it; a conflict is a reason to skip."""
        try:
            draft, problem = await self._draft(candidate)
            draft = replace(draft, jump=hop.server_id)
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
