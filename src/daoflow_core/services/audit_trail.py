"""Writing the audit trail: every row hangs on the one before, and the head on the vault's key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import AuditBroken
from daoflow_core.model.audit import Phase
from daoflow_core.ports import Row, Transaction, Vault
from daoflow_core.services import anchors, chain
from daoflow_core.services.scrub import scrub_line, scrub_mapping
from daoflow_core.store import audit_log, meta
from daoflow_core.store.rows import to_json


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what to what, under which scope: what an intent, its outcome and a denial have in common."""

    actor: str
    scope: str
    action: str
    target: str
    operation_id: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


class AuditTrail:
    """Appends rows inside the transaction of what they speak of; anchors them once that is committed."""

    def __init__(self, vault: Vault, clock: Clock, anchors_file: Path | None) -> None:
        self._vault = vault
        self._clock = clock
        self._anchors_file = anchors_file
        self._database_id = ""
        self.anchor_trouble: str | None = None
        """Why the last anchor could not be kept, or None: the trail itself is whole."""

    async def append(
        self, transaction: Transaction, deed: Deed, phase: Phase, outcome: str
    ) -> anchors.Anchor:
        """Add a row and move the head. Raises VaultLocked or AuditBroken: then the act must not happen."""
        self._database_id = self._database_id or await meta.database_id(transaction)
        head = await self._checked_head(transaction)
        sequence, at = int(head["sequence"]) + 1, stamp(self._clock.now())
        row = _row(deed, phase, outcome)
        row |= {"sequence": sequence, "at": at, "previous": head["hash"]}
        row["hash"] = digest = chain.row_hash(row)
        mac = chain.head_mac(self._vault, self._database_id, sequence, digest)
        await audit_log.insert(transaction, row)
        await audit_log.set_head(transaction, sequence, digest, mac)
        return anchors.Anchor(self._database_id, sequence, digest, at, mac)

    def anchor(self, anchor: anchors.Anchor) -> None:
        """Keep the head of a committed transaction outside the database; `doctor` tells of trouble."""
        if self._anchors_file is None:
            return
        try:
            anchors.append(self._anchors_file, anchor)
        except OSError as error:
            self.anchor_trouble = f"{self._anchors_file}: {error.strerror}"
        else:
            self.anchor_trouble = None

    async def _checked_head(self, transaction: Transaction) -> Row:
        """The head, if the last row and the vault's key agree with it."""
        head = await audit_log.head(transaction)
        if head["sequence"] is None and head["last"] is None:
            return {"sequence": 0, "hash": chain.GENESIS}
        if head["sequence"] != head["last"] or not head["fits"]:
            raise _broken("The newest row is not the one that the head names.")
        mac = chain.head_mac(self._vault, self._database_id, head["sequence"], head["hash"])
        if not chain.same(mac, str(head["mac"])):
            raise _broken("The head does not bear this vault's mark.")
        return head


def _row(deed: Deed, phase: Phase, outcome: str) -> dict[str, object]:
    """The columns that a deed alone decides."""
    return {
        "actor": scrub_line(deed.actor),
        "scope": deed.scope,
        "action": deed.action,
        "target": scrub_line(deed.target),
        "phase": phase.value,
        "outcome": outcome,
        "operation_id": deed.operation_id,
        "detail": to_json(scrub_mapping(deed.detail)),
    }


def _broken(why: str) -> AuditBroken:
    return AuditBroken(
        "The audit trail does not verify, so nothing was done.",
        why=why,
        next_step="Run `audit verify`; it names the first row that is wrong",
    )
