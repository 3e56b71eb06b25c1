"""Shells on servers: permitted, on record before the first byte, and ended truthfully."""

from __future__ import annotations

import asyncio
from typing import Any

from daoflow_core.clock import Clock
from daoflow_core.errors import HostIdentityChanged, InvalidInput
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Server
from daoflow_core.model.terminal import LARGEST, SMALLEST, EndReason, ShellRequest
from daoflow_core.ports import Hosts, LocalHost, Shell
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
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
        hosts: Hosts,
        local: LocalHost,
        targets: Targets,
        watch: TerminalWatch,
        clock: Clock,
    ) -> None:
        self._operations = operations
        self._hosts = hosts
        self._local = local
        self._targets = targets
        self._watch = watch
        self._clock = clock
        self._running: dict[asyncio.Task[Operation], TerminalSession | None] = {}

    @property
    def sessions(self) -> tuple[TerminalSession, ...]:
        """The shells that are open in this process, oldest first."""
        return tuple(session for session in self._running.values() if session is not None)

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
        shell = await self._connect(server, request, session)
        try:
            detail = {"shell": request.shell.value, "columns": request.columns, "rows": request.rows}
            await handle.opened(CLOSE, detail)
        except BaseException:
            await shell.close()
            raise
        handle.log(
            Stream.INFO, f"{request.shell.value} shell, {request.columns} columns, {request.rows} rows"
        )
        if not opened.done():
            opened.set_result(session)
        return await self._until_over(session, shell)

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


def _refuse_odd_size(request: ShellRequest) -> None:
    for name, value in (("columns", request.columns), ("rows", request.rows)):
        if not SMALLEST <= value <= LARGEST:
            raise InvalidInput(
                f"A terminal has {SMALLEST} to {LARGEST} {name}, not {value}.",
                why="Smaller ones can't be drawn in, larger ones can't be held.",
                field=name,
            )
