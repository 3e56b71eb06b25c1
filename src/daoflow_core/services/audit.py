"""Reading and checking the audit trail; writing it is the recorder's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from daoflow_core.model.audit import AuditEntry, AuditVerification
from daoflow_core.ports import Database, Vault
from daoflow_core.services import anchors
from daoflow_core.services.access import Access
from daoflow_core.services.audit_verification import verify_trail
from daoflow_core.store import audit_log, meta


class AuditService:
    """What an auditor asks: who did what, and is the record whole."""

    def __init__(
        self, database: Database, vault: Vault, access: Access, anchors_file: Path | None = None
    ) -> None:
        self._database = database
        self._vault = vault
        self._access = access
        self._anchors_file = anchors_file

    async def list(self, limit: int = 50, before: int | None = None) -> list[AuditEntry]:
        """Entries, newest first; `before` is the sequence that the page before ended with."""
        await self._access.require("audit.list", "audit")
        return await audit_log.newest(self._database, before, limit)

    async def verify(self, anchors_file: Path | None = None) -> AuditVerification:
        """Check every row, the head, the guards, and the anchors of that file or of the usual one.

        A file that is named must be readable (else StoreUnusable); the usual one may be missing: then the
        answer says that a rollback was not checked.
        """
        await self._access.require("audit.verify", "audit")
        known, damaged = await self._anchors(anchors_file)
        return await verify_trail(self._database, self._vault, known, damaged)

    async def _anchors(self, named: Path | None) -> tuple[Sequence[anchors.Anchor], int]:
        path = named or self._anchors_file
        if path is None or (named is None and not path.exists()):
            return [], 0
        return anchors.read(path, await meta.database_id(self._database))
