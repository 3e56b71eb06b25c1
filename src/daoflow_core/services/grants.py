"""Grants: a shell on one server, for a person, for minutes, with a reason that stays on record."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from daoflow_core.clock import stamp
from daoflow_core.errors import Conflict, InvalidInput, NotFound, VaultLocked
from daoflow_core.ids import new_id
from daoflow_core.model.access import Grant
from daoflow_core.model.server import Server
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.scopes import TERMINAL_OPEN
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.rights import Rights, grant_mac
from daoflow_core.services.scrub import scrub_line
from daoflow_core.services.terms import Terms
from daoflow_core.services.unlocking import records
from daoflow_core.store import rights
from daoflow_core.vault.slots import PASSPHRASE
from daoflow_core.vault.sources import VaultSources, shows_passphrase

LONGEST = 3600
LONGEST_REASON = 200


class GrantService:
    """The grants' writer and reader."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        terms: Terms,
        rights: Rights,
    ) -> None:
        self._database = database
        self._vault = vault
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._terms = terms
        self._rights = rights

    async def list(self) -> list[tuple[Grant, str | None]]:
        """Every grant, oldest first, each with the sentence that says why it no longer stands."""
        await self._access.require("grant.list", "grants")
        return [(one, await self.why_over(one)) for one in await rights.grants(self._database)]

    async def why_over(self, grant: Grant) -> str | None:
        """Why a grant no longer stands, or None while it does."""
        if grant.revoked_at is not None:
            return f"{grant.revoked_by} revoked it at {grant.revoked_at}."
        return await self._terms.why_over(self._database, grant.term)

    async def standing(self, server_id: str) -> Grant | None:
        """The grant by which this principal may open a shell on a server now."""
        return await self._rights.grant(TERMINAL_OPEN, server_id, self._access.principal.name)

    async def terminal(
        self,
        reference: str,
        seconds: int,
        reason: str,
        proof: VaultSources | None = None,
        *,
        records: bool = False,
    ) -> tuple[Grant, Server]:
        """Let this principal open shells on one server for so many seconds, each recorded if the grant demands it.

        Where a passphrase opens the vault, `proof` has to show it again. Raises InvalidInput, NotFound or VaultLocked.
        """
        server = await self._inventory.find(reference)
        scope = await self._access.require(
            "grant.create", f"server/{server.id}", server_read_only=server.read_only
        )
        await self._refuse_unproven(server, proof)
        grant = Grant(
            id=new_id("grt"),
            scope=TERMINAL_OPEN,
            server_id=server.id,
            granted_to=self._access.principal.name,
            reason=_reason(reason),
            term=await self._terms.begin(self._database, seconds),
            records=records,
        )
        mac = grant_mac(self._vault, grant)
        await self._recorder.record_change(
            actor=self._access.principal.name,
            scope=scope,
            action="grant.create",
            target=f"server/{server.id}",
            detail=_detail(grant),
            work=lambda transaction: rights.add_grant(transaction, grant, mac),
            server_id=server.id,
        )
        return grant, server

    async def _refuse_unproven(self, server: Server, proof: VaultSources | None) -> None:
        known = await records(self._database)
        phrases = tuple(one for one in known.slots if one.kind == PASSPHRASE)
        if not phrases or await asyncio.to_thread(shows_passphrase, replace(known, slots=phrases), proof):
            return
        refusal = VaultLocked(
            "The vault's passphrase was not shown, so no shell was granted.",
            why="It is asked for again: an unlocked console that was left alone must not become a shell.",
            next_step="Type it at a terminal, or name its file: --passphrase-file PATH.",
        )
        await self._access.refused("grant.create", f"server/{server.id}", refusal.message)
        raise refusal

    async def revoke(self, grant_id: str) -> Grant:
        """End a grant for good; a shell that is open by it ends too. Raises NotFound or Conflict."""
        scope = await self._access.require("grant.revoke", "grants")
        found = [one for one in await rights.grants(self._database) if one.id == grant_id]
        if not found:
            raise NotFound(f"There is no grant {grant_id[:80]!a}.", next_step="`grant list` shows them.")
        now, by = stamp(self._terms.clock.now()), self._access.principal.name

        async def revoke(transaction: Transaction) -> None:
            if not await rights.revoke_grant(transaction, grant_id, now, by):
                raise Conflict(f"The grant {grant_id} was revoked already.", grant=grant_id)

        await self._recorder.record_change(
            actor=by,
            scope=scope,
            action="grant.revoke",
            target=f"server/{found[0].server_id}",
            detail={"grant": grant_id},
            work=revoke,
            server_id=found[0].server_id,
        )
        return replace(found[0], revoked_at=now, revoked_by=by)


def _detail(grant: Grant) -> dict[str, object]:
    """What the trail keeps of a new grant."""
    return {
        "grant": grant.id,
        "scope": grant.scope,
        "reason": grant.reason,
        "expiresAt": grant.term.expires_at,
        "record": grant.records,
    }


def _reason(text: str) -> str:
    reason = scrub_line(text.strip())
    if not 3 <= len(reason) <= LONGEST_REASON:
        raise InvalidInput(
            "A grant needs a reason.",
            why=f"It stays in the audit trail; it has 3 to {LONGEST_REASON} characters.",
            next_step='For example: --reason "look at the full disk, ticket 4711".',
            field="reason",
        )
    return reason
