"""Recordings of shells: made while they run, and played, exported or deleted on record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, NotFound, VaultDamaged
from daoflow_core.ids import new_id
from daoflow_core.model.recordings import Cause, Frame, Recording, RecordingStatus
from daoflow_core.model.server import Server
from daoflow_core.model.terminal import ShellRequest
from daoflow_core.model.vault import Place
from daoflow_core.ports import Database, Transaction, Vault
from daoflow_core.scopes import TERMINAL_OPEN
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.recording_file import RecordingFile, missing, read_frames
from daoflow_core.services.recording_writer import RecordingWriter
from daoflow_core.services.rights import Rights
from daoflow_core.store import recordings, sealed


class RecordingService:
    """The writer and reader of recordings; their bytes are in files of `folder`, their keys in the vault."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        rights: Rights,
        clock: Clock,
        folder: Path,
    ) -> None:
        self._database = database
        self._vault = vault
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._rights = rights
        self._clock = clock
        self.folder = folder

    async def list(self, server: str | None = None) -> list[Recording]:
        """Recordings, newest first, of one server or of all that this principal may see."""
        target = "recordings" if server is None else f"server/{(await self._inventory.find(server)).id}"
        await self._access.require("recording.list", target)
        server_id = None if server is None else target.removeprefix("server/")
        found = await recordings.listed(self._database, server_id)
        return [self._looked_at(one) for one in found if self._access.may_see(one.server_id)]

    async def rule(self, reference: str) -> tuple[Server, bool]:
        """The server, and whether every shell on it is recorded."""
        server = await self._inventory.find(reference)
        await self._access.require("recording.list", f"server/{server.id}")
        return server, await recordings.always(self._database, server.id)

    async def demands(self, reference: str) -> tuple[Cause, ...]:
        """Who would have a shell recorded that this principal opened on a server now, whatever they ask for.

        Raises VaultLocked where a grant can't be judged.
        """
        server, _ = await self.rule(reference)
        return await self._demands(server.id)

    async def set_rule(self, reference: str, *, is_always: bool) -> Server:
        """Decide whether every shell on a server is recorded, whoever opens it."""
        server = await self._inventory.find(reference)
        now, by = stamp(self._clock.now()), self._access.principal.name

        async def write(transaction: Transaction) -> None:
            await recordings.set_rule(transaction, server.id, is_always=is_always, now=now, by=by)

        rule = "always" if is_always else "asked"
        await self._change("recording.rule", f"server/{server.id}", {"rule": rule}, write, server)
        return server

    async def begin(self, server: Server, operation_id: str, request: ShellRequest) -> RecordingWriter | None:
        """A recording for a shell that is about to open, where a rule, a grant or the request asks for one.

        Raises VaultLocked, StoreUnusable or StoreFull: then the shell must not open.
        """
        causes = await self._demands(server.id)
        if request.record:
            causes = (*causes, Cause.ASKED)
        if not causes:
            return None
        from daoflow_core.vault.pieces import fresh_key

        recording = _new(server, operation_id, request, causes, stamp(self._clock.now()))
        key = fresh_key()
        place = _place(recording.id)
        blob = self._vault.seal(place, key)

        async def write(transaction: Transaction) -> None:
            await recordings.insert(transaction, recording)
            await sealed.put(transaction, place, blob)

        await self._database.write(write)
        try:
            file = await asyncio.to_thread(RecordingFile, self._path(recording.id), recording.id, key)
        except OSError as error:
            await self.discard(recording.id)
            raise _unwritable(self.folder, error) from None
        except BaseException:
            await self.discard(recording.id)
            raise
        return RecordingWriter(
            recording.id, file, self._clock, keeps_input=request.record_input, causes=causes
        )

    async def _demands(self, server_id: str) -> tuple[Cause, ...]:
        """Who demands it, whatever the opener wants: while one grant does, another that does not changes nothing."""
        found = [Cause.SERVER] if await recordings.always(self._database, server_id) else []
        standing = await self._rights.standing(TERMINAL_OPEN, server_id, self._access.principal.name)
        return (*found, Cause.GRANT) if any(grant.records for grant in standing) else tuple(found)

    async def discard(self, recording_id: str) -> None:
        """Take back a recording of a shell that never opened."""
        place = _place(recording_id)

        async def write(transaction: Transaction) -> None:
            await sealed.delete(transaction, place)
            await recordings.forget(transaction, recording_id)

        await self._database.write(write)
        await asyncio.to_thread(self._path(recording_id).unlink, missing_ok=True)

    def ending(self, writer: RecordingWriter) -> Callable[[Transaction, str], Awaitable[None]]:
        """What notes the end of a recording in the transaction that ends its shell."""
        now, seconds, size = stamp(self._clock.now()), writer.seconds, writer.size

        async def write(transaction: Transaction, _: str) -> None:
            await recordings.finish(transaction, writer.id, now, seconds, size)

        return write

    async def permit(self, reference: str, action: str) -> Recording:
        """The recording, when this may be done with it. Raises ScopeDenied, NotFound or TokenRefused."""
        await self._access.require(action, "recordings")
        return await self._find(reference)

    async def frames(
        self, reference: str, action: str = "recording.play"
    ) -> tuple[Recording, Iterator[Frame]]:
        """A recording and its frames; that somebody looks is on record before the first of them is read.

        Raises NotFound, Conflict for a deleted one, VaultLocked, and while reading VaultDamaged.
        """
        recording = await self._find(reference)
        key = await self._key(recording)
        if not self._path(recording.id).exists():
            raise missing(recording.id)

        async def nothing(_: Transaction) -> None:
            """The record itself is all there is to write."""

        await self._change(action, f"server/{recording.server_id}", {"recording": recording.id}, nothing)
        is_complete = recording.status is RecordingStatus.COMPLETE
        return recording, read_frames(self._path(recording.id), recording.id, key, is_complete=is_complete)

    async def delete(self, reference: str) -> Recording:
        """Remove what was recorded and its key for good; that it was there stays on record."""
        recording = await self.permit(reference, "recording.delete")
        if recording.status is RecordingStatus.RUNNING:
            raise Conflict(
                f"Recording {recording.id} is still being made.", next_step="Close its shell first."
            )
        now, by = stamp(self._clock.now()), self._access.principal.name

        async def write(transaction: Transaction) -> None:
            if not await recordings.mark_deleted(transaction, recording.id, now, by):
                raise _gone(recording)
            await sealed.delete(transaction, _place(recording.id))

        detail = {"recording": recording.id}
        await self._change("recording.delete", f"server/{recording.server_id}", detail, write)
        await self._database.fold_log()
        await asyncio.to_thread(self._path(recording.id).unlink, missing_ok=True)
        return replace(recording, status=RecordingStatus.DELETED, deleted_at=now, deleted_by=by)

    async def _find(self, reference: str) -> Recording:
        found = await recordings.by_id(self._database, reference)
        if found is None or not self._access.may_see(found.server_id):
            raise NotFound(
                f"There is no recording {reference[:80]!a}.", next_step="`recordings list` shows them."
            )
        return found

    async def _key(self, recording: Recording) -> Secret:
        if recording.status is RecordingStatus.DELETED:
            raise _gone(recording)
        blob = await sealed.get(self._database, _place(recording.id))
        if blob is None:
            raise VaultDamaged(f"The key of recording {recording.id} is not in the vault.")
        return self._vault.open(_place(recording.id), blob)

    async def _change(
        self,
        action: str,
        target: str,
        detail: Mapping[str, object],
        work: Callable[[Transaction], Awaitable[None]],
        server: Server | None = None,
    ) -> None:
        scope = await self._access.require(
            action, target, server_read_only=server is not None and server.read_only
        )
        actor = self._access.principal.name
        await self._recorder.record_change(
            actor=actor, scope=scope, action=action, target=target, detail=detail, work=work
        )

    def _path(self, recording_id: str) -> Path:
        return self.folder / f"{recording_id}.rec"

    def _looked_at(self, recording: Recording) -> Recording:
        kept = recording.status is not RecordingStatus.DELETED
        if kept and not self._path(recording.id).exists():
            return replace(recording, status=RecordingStatus.MISSING)
        return recording


def _new(
    server: Server, operation_id: str, request: ShellRequest, causes: tuple[Cause, ...], now: str
) -> Recording:
    return Recording(
        id=new_id("rec"),
        operation_id=operation_id,
        server_id=server.id,
        server_name=server.name,
        recorded_by="",
        started_at=now,
        shell=request.shell.value,
        width=request.columns,
        height=request.rows,
        has_input=request.record_input,
        status=RecordingStatus.RUNNING,
        causes=causes,
    )


def _place(recording_id: str) -> Place:
    return Place("recordings", recording_id, "key", 1)


def _gone(recording: Recording) -> Conflict:
    return Conflict(
        f"Recording {recording.id} was deleted.",
        why=f"{recording.deleted_by or 'Another process'} deleted it.",
        recording=recording.id,
    )


def _unwritable(folder: Path, error: OSError) -> Exception:
    from daoflow_core.private_files import unwritable

    return unwritable(folder, error)
