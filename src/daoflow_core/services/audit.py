"""Reading, checking and carrying away the audit trail; writing it is the recorder's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from daoflow_core.clock import stamp
from daoflow_core.errors import AuditBroken, NotFound
from daoflow_core.model.audit import AuditEntry, AuditVerification
from daoflow_core.ports import Database, Row, Transaction, Vault
from daoflow_core.private_files import Draft, unwritable
from daoflow_core.services import anchors, chain, ocsf
from daoflow_core.services.access import Access
from daoflow_core.services.audit_file import Extent, TrailWriter, verify_file
from daoflow_core.services.audit_verification import PAGE, verify_trail
from daoflow_core.services.links import Links, TrailError, decoded
from daoflow_core.services.recorder import Recorder
from daoflow_core.store import audit_log, meta
from daoflow_core.store.rows import to_json

NATIVE, OCSF = "jsonl", "ocsf"


@dataclass(frozen=True, slots=True)
class Export:
    """What was written where: the rows after `after` up to and with `last`, in one of the two formats."""

    path: Path
    format: str
    database: str
    after: int
    last: int
    hash: str


class AuditService:
    """What an auditor asks: who did what, and is the record whole."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        access: Access,
        recorder: Recorder,
        anchors_file: Path | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._access = access
        self._recorder = recorder
        self._anchors_file = anchors_file

    async def list(self, limit: int = 50, before: int | None = None) -> list[AuditEntry]:
        """Entries, newest first; `before` is the sequence that the page before ended with."""
        await self._access.require("audit.list", "audit")
        return await audit_log.newest(self._database, before, limit)

    async def show(self, sequence: int) -> AuditEntry:
        """One entry. Raises NotFound."""
        await self._access.require("audit.show", f"audit/{sequence}")
        return await self._entry(sequence)

    async def verify(self, anchors_file: Path | None = None) -> AuditVerification:
        """Check every row, the head, the guards, and the anchors of that file or of the usual one.

        A file that is named must be readable (else StoreUnusable); the usual one may be missing: then the
        answer says that a rollback was not checked.
        """
        await self._access.require("audit.verify", "audit")
        known, damaged = await self._anchors(anchors_file)
        return await verify_trail(
            self._database, self._vault, known, damaged, kept_apart=anchors_file is not None
        )

    async def verify_file(
        self, path: Path, anchors_file: Path | None = None
    ) -> tuple[AuditVerification, Extent | None]:
        """Check an exported file; one of this very database with the vault's key too. Raises InvalidInput."""
        await self._access.require("audit.verify", "audit")
        known, damaged = anchors.read_all(anchors_file) if anchors_file else ((), 0)
        verdict, extent = verify_file(path, known, damaged)
        if extent is None or extent.database != await meta.database_id(self._database):
            return verdict, extent
        return verify_file(path, known, damaged, self._vault)

    async def anchor(self, path: Path | None = None) -> anchors.Anchor:
        """Where the trail stands, for keeping elsewhere; added to a file when one is named. Raises NotFound."""
        await self._access.require("audit.anchor", "audit")
        anchor = await self._head()
        if path is not None:
            try:
                anchors.append(path, anchor)
            except OSError as error:
                raise unwritable(path, error) from None
        return anchor

    async def export(
        self, path: Path, form: str = NATIVE, after: int = 0, *, replace: bool = False
    ) -> Export:
        """Write the trail to a new 0600 file; the chain is checked on the way, and the export itself is recorded.

        Raises AuditBroken for a trail that does not verify, NotFound when there is no row `after`, Conflict for
        a file that exists: then nothing was written.
        """
        scope = await self._access.require("audit.export", "audit")
        draft = Draft(path, replace=replace)
        try:
            export = await self._write(draft, form, after)

            async def publish(_: Transaction) -> None:
                draft.publish()

            await self._recorder.record_change(
                actor=self._access.principal.name,
                scope=scope,
                action="audit.export",
                target="audit",
                detail={"format": form, "after": after, "last": export.last, "file": str(draft.path)},
                work=publish,
            )
        except OSError as error:
            raise unwritable(draft.path, error) from None
        finally:
            draft.discard()
        return export

    async def _write(self, draft: Draft, form: str, after: int) -> Export:
        end = await self._head()
        if end.sequence <= after:
            raise NotFound(
                f"There is no audit entry after {after}.", next_step="`audit list` shows what there is."
            )
        database = end.database
        previous = str((await self._entry(after)).hash) if after else chain.GENESIS
        links = Links(after=after, previous=previous)
        if form == OCSF:
            await self._walk(links, end, lambda row: draft.file.write(_ocsf_line(row, database)))
        else:
            extent = Extent(database, after, previous, end.at)
            writer = TrailWriter(draft.file, extent)
            await self._walk(links, end, writer.entry)
            writer.end(end)
        return Export(draft.path, form, database, after, end.sequence, end.hash)

    async def _walk(self, links: Links, end: anchors.Anchor, write: Callable[[Row], object]) -> None:
        """Every row up to the end, checked and then written."""
        try:
            while links.sequence < end.sequence:
                page = await audit_log.raw(self._database, links.sequence or audit_log.BEFORE_ALL, PAGE)
                if not page:
                    raise TrailError(links.sequence + 1, f"row {links.sequence + 1} is missing")
                for row in page[: end.sequence - links.sequence]:
                    links.expect(row["sequence"])
                    values = decoded(row)
                    links.add(values)
                    write(values)
            if links.hash != end.hash:
                raise TrailError(end.sequence, "the head names another newest row")
        except TrailError as error:
            raise AuditBroken(
                "The audit trail does not verify, so nothing was exported.",
                why=error.reason,
                next_step="Keep a copy of the database as it is; `audit verify` says more.",
                firstBadSequence=error.sequence,
            ) from None

    async def _entry(self, sequence: int) -> AuditEntry:
        found = await audit_log.newest(self._database, sequence + 1, 1)
        if not found or found[0].sequence != sequence:
            raise NotFound(
                f"There is no audit entry {sequence}.", next_step="`audit list` shows their numbers."
            )
        return found[0]

    async def _head(self) -> anchors.Anchor:
        """The head as it stands now. Raises NotFound before the first entry."""
        head = await audit_log.head(self._database)
        if head["sequence"] is None:
            raise NotFound("The audit trail is empty.", next_step="Come back once something was done.")
        now, database = stamp(self._recorder.clock.now()), await meta.database_id(self._database)
        return anchors.Anchor(database, head["sequence"], str(head["hash"]), now, str(head["mac"]))

    async def _anchors(self, named: Path | None) -> tuple[Sequence[anchors.Anchor], int]:
        path = named or self._anchors_file
        if path is None or (named is None and not path.exists()):
            return [], 0
        return anchors.read(path, await meta.database_id(self._database))


def _ocsf_line(row: Row, database: str) -> bytes:
    return to_json(ocsf.event(audit_log.from_row(row), database)).encode() + b"\n"
