"""Shells on servers: permitted, on record before the first byte, and ended truthfully."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from daoflow_core.clock import Clock
from daoflow_core.errors import HostIdentityChanged, InvalidInput
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Server
from daoflow_core.model.terminal import LARGEST, SMALLEST, EndReason, ShellRequest
from daoflow_core.ports import Hosts, LocalHost, Shell
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.recording_writer import RecordingWriter
from daoflow_core.services.recordings import RecordingService
from daoflow_core.services.settling import settled
from daoflow_core.services.targets import Targets
from daoflow_core.services.terminal_session import TerminalSession, TerminalSink
from daoflow_core.services.terminal_watch import TerminalWatch

CLOSE = "server.terminal.close"
UNDERTAKING = Undertaking(OperationKind.HOST_TERMINAL, "server.terminal.open", "Shell")
_STATUS = {
    EndReason.EXITED: (OperationStatus.COMPLETED, None),
    EndReason.CLOSED: (OperationStatus.COMPLETED, None),
    EndReason.LINK_LOST: (OperationStatus.INTERRUPTED, "LINK_LOST"),
    EndReason.IDLE: (OperationStatus.INTERRUPTED, "IDLE_LIMIT"),
    EndReason.NOT_PERMITTED: (OperationStatus.INTERRUPTED, "SCOPE_DENIED"),
    EndReason.SERVER_REMOVED: (OperationStatus.INTERRUPTED, "SERVER_REMOVED"),
    EndReason.PROGRAM_ENDED: (OperationStatus.INTERRUPTED, "INTERRUPTED"),
    EndReason.RECORDING_FAILED: (OperationStatus.FAILED, "RECORDING_FAILED"),
    EndReason.CONSOLE_FAULT: (OperationStatus.FAILED, "INTERNAL"),
    EndReason.CANCELLED: (OperationStatus.CANCELLED, "CANCELLED"),
}


class TerminalService:
    """Opens shells and knows which of them this process has open."""

    def __init__(
        self,
        operations: Operations,
        access: Access,
        inventory: Inventory,
        hosts: Hosts,
        local: LocalHost,
        targets: Targets,
        watch: TerminalWatch,
        recordings: RecordingService,
        clock: Clock,
    ) -> None:
        self._operations = operations
        self._access = access
        self._inventory = inventory
        self._hosts = hosts
        self._local = local
        self._targets = targets
        self._watch = watch
        self._recordings = recordings
        self._clock = clock
        self._running: dict[asyncio.Task[Operation], TerminalSession | None] = {}

    @property
    def sessions(self) -> tuple[TerminalSession, ...]:
        """The shells that are open in this process, oldest first."""
        return tuple(session for session in self._running.values() if session is not None)

    async def permit(self, reference: str) -> Server:
        """The server, when a shell may be opened on it now. Raises NotFound, ScopeDenied, ReadOnly or TokenRefused."""
        server = await self._inventory.find(reference)
        await self._access.require(
            UNDERTAKING.action, f"server/{server.id}", server_read_only=server.read_only
        )
        return server

    async def open(self, reference: str, request: ShellRequest, sink: TerminalSink) -> TerminalSession:
        """Open a shell on a server; its start is on record before anything is sent there.

        Raises NotFound, ScopeDenied, ReadOnly or InvalidInput before anything is recorded; AuditBroken, VaultLocked
        or StoreUnusable when it can't be recorded; HostIdentityUnapproved, HostIdentityChanged, NoCredentials,
        Unreachable, AuthFailed, TimedOut or TerminalRefused when no shell came about, which is on record.
        """
        _refuse_odd_size(request)
        opened: asyncio.Future[TerminalSession] = asyncio.get_running_loop().create_future()

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            return await self._carry(server, handle, request, sink, opened)

        running = asyncio.create_task(self._operations.run(reference, UNDERTAKING, work))
        self._running[running] = None
        running.add_done_callback(self._forget)
        either: list[asyncio.Future[Any]] = [running, opened]
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            running.cancel()
            await asyncio.wait({running})
            raise
        if opened.done():
            session = self._running[running] = opened.result()
            running.add_done_callback(lambda _: session.settle())
            return session
        await running
        raise AssertionError("an operation without a shell ended well")

    async def aclose(self) -> None:
        """End every shell because this program ends, and wait until that is on record."""
        for running, session in self._running.items():
            if session is None:
                running.cancel()
            else:
                session.end(EndReason.PROGRAM_ENDED, "daoflow-tui was ended")
        while self._running:
            await asyncio.wait(set(self._running))

    async def _carry(
        self,
        server: Server,
        handle: OperationHandle,
        request: ShellRequest,
        sink: TerminalSink,
        opened: asyncio.Future[TerminalSession],
    ) -> Outcome:
        """One shell from its connection to its end."""
        session = TerminalSession(handle.operation.id, server, request, sink, self._clock)
        recording = await self._recordings.begin(server, handle.operation.id, request)
        if recording is not None:
            session.record(recording)
        try:
            shell = await self._connect(server, request, session)
        except BaseException:
            if recording is not None:
                await settled(self._take_back(recording))
            raise
        try:
            await handle.opened(CLOSE, _opening(request, session))
        except BaseException:
            await shell.close()
            if recording is not None:
                await recording.close()
            raise
        handle.log(Stream.INFO, _opened_words(request, session))
        if not opened.done():
            opened.set_result(session)
        outcome = await self._until_over(session, shell)
        if recording is not None:
            await recording.close()
            if recording.trouble is None:
                return replace(outcome, also=self._recordings.ending(recording))
            return replace(outcome, error=outcome.error or recording.trouble)
        return outcome

    async def _take_back(self, recording: RecordingWriter) -> None:
        await recording.close()
        await self._recordings.discard(recording.id)

    async def _until_over(self, session: TerminalSession, shell: Shell) -> Outcome:
        watching = asyncio.create_task(self._watch.run(session))
        try:
            end = await self._watch.judge(await session.until_over(shell), session)
        finally:
            watching.cancel()
        session.conclude(end)
        status, code = _STATUS[end.reason]
        return Outcome(
            status,
            f"Shell on {session.server.name}: {end.words}",
            end.document(),
            None if code is None else end.words,
            code,
        )

    async def _connect(self, server: Server, request: ShellRequest, session: TerminalSession) -> Shell:
        if server.is_local:
            return await self._local.open_shell(request, session.feed)
        target = await self._targets.of(server)
        try:
            return await self._hosts.open_shell(target, request, session.feed)
        except HostIdentityChanged:
            await self._targets.note_changed_key(server, asked=True)
            raise

    def _forget(self, running: asyncio.Task[Operation]) -> None:
        self._running.pop(running, None)
        if not running.cancelled():
            running.exception()  # whoever opened it was told, or the record says it


def _opening(request: ShellRequest, session: TerminalSession) -> dict[str, object]:
    """What the trail says of a shell that is open."""
    return {
        "shell": request.shell.value,
        "columns": request.columns,
        "rows": request.rows,
        "recording": session.recording_id,
        "recordedBecause": list(session.recording_causes),
        "recordsInput": session.recording_id is not None and request.record_input,
    }


def _opened_words(request: ShellRequest, session: TerminalSession) -> str:
    kept = "" if session.recording_id is None else f", kept in recording {session.recording_id}"
    return f"{request.shell.value} shell, {request.columns} columns, {request.rows} rows{kept}"


def _refuse_odd_size(request: ShellRequest) -> None:
    for name, value in (("columns", request.columns), ("rows", request.rows)):
        if not SMALLEST <= value <= LARGEST:
            raise InvalidInput(
                f"A terminal has {SMALLEST} to {LARGEST} {name}, not {value}.",
                why="Smaller ones can't be drawn in, larger ones can't be held.",
                field=name,
            )
