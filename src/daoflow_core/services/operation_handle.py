"""An operation under way: its log, and how it ends, always in a state that is true."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import (
    Cancelled,
    Conflict,
    DaoflowError,
    Interrupted,
    OutcomeUnknown,
    StoreFull,
    StoreUnusable,
    VaultLocked,
)
from daoflow_core.model.audit import Phase
from daoflow_core.model.operation import LogLine, Operation, OperationStatus, Stream
from daoflow_core.ports import Database, Transaction
from daoflow_core.redaction import LineRedactor, Veil
from daoflow_core.services.anchors import Anchor
from daoflow_core.services.audit_trail import AuditTrail, Deed
from daoflow_core.services.scrub import scrub_line, scrub_mapping
from daoflow_core.services.settling import settled
from daoflow_core.store import operations
from daoflow_core.text import clean_lines

FLUSH_SECONDS = 0.05
FLUSH_LINES = 200
Also = Callable[[Transaction, str], Awaitable[None]]
"""Further writes in the transaction that begins or ends an operation, given its id."""
ENDED_WITHOUT_RESULT = "the operation ended without a result"


class OperationHandle:
    """What a service holds while it works on a host; as a context manager it records what ends its body."""

    def __init__(
        self,
        operation: Operation,
        deed: Deed,
        database: Database,
        trail: AuditTrail,
        clock: Clock,
        publish: Callable[[str, Operation], None],
    ) -> None:
        self.operation = operation
        self.begun = False
        self._deed = deed
        self._database = database
        self._trail = trail
        self._clock = clock
        self._publish = publish
        self._lines: list[LogLine] = []
        self._sequence = 1  # the first line is written with the operation's own row
        self._redactors: dict[Stream, LineRedactor] = {}
        self._veil = Veil()
        self._writing = asyncio.Lock()
        self._many = asyncio.Event()
        self._flusher: asyncio.Task[None] | None = None
        self._owed: tuple[Operation, str, Also | None] | None = None
        self._end_action: str | None = None

    def log(self, stream: Stream, message: str) -> None:
        """Add lines to the log; they are durable within 50 ms, or with the end of the operation."""
        if self.operation.status is not OperationStatus.RUNNING:
            raise Conflict(f"Operation {self.operation.id} has ended and takes no more log lines.")
        self._take(stream, message)
        if len(self._lines) >= FLUSH_LINES:
            self._many.set()
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush_soon(), name=f"log of {self.operation.id}")

    async def opened(self, end_action: str, detail: Mapping[str, object]) -> None:
        """Record in the audit trail that what lasts has begun; its end is told under an action of its own.

        Raises VaultLocked, AuditBroken or StoreUnusable: then it must not go on.
        """
        deed = replace(self._deed, detail={**self._deed.detail, **detail})

        async def append(transaction: Transaction) -> Anchor:
            return await self._trail.append(transaction, deed, Phase.OUTCOME, "completed")

        self._trail.anchor(await settled(self._database.write(append)))
        self._end_action = end_action

    def hide(self, values: Iterable[str]) -> None:
        """From now on none of these values is kept, in no line and in no word of the end."""
        self._veil = Veil(values)

    async def flush(self) -> None:
        """Make every line so far durable."""
        await settled(self._flush())

    async def finish(
        self,
        status: OperationStatus,
        summary: str,
        result: Mapping[str, object] | None = None,
        error: str | None = None,
        error_code: str | None = None,
        also: Also | None = None,
    ) -> Operation:
        """End the operation: last log lines, terminal state, audit outcome, and `also`, in one transaction."""
        if status is OperationStatus.RUNNING:
            raise ValueError("an operation can't end as running")
        ending = replace(
            self.operation,
            status=status,
            summary=scrub_line(self._veil.over(summary)),
            result=scrub_mapping(result or {}),
            error=None if error is None else scrub_line(self._veil.over(error)),
            error_code=error_code,
        )
        return await settled(self._end(ending, status.value, also))

    async def conclude(self, error: BaseException | None) -> None:
        """End the operation as what its body raised says; nothing to do when it has ended."""
        if self.operation.status is not OperationStatus.RUNNING or self._owed is not None:
            return
        if error is None:
            await self.finish(
                OperationStatus.FAILED, ENDED_WITHOUT_RESULT, None, ENDED_WITHOUT_RESULT, "NO_RESULT"
            )
            return
        status, words, code = _ending_of(error)
        await self.finish(status, words, None, words, code)

    async def abandon(self) -> None:
        """End the operation because this process goes: what ran on the host may or may not have finished."""
        await self.settle()
        if self.operation.status is OperationStatus.RUNNING:
            words = "the program ended before the operation did"
            ending = replace(
                self.operation,
                status=OperationStatus.INTERRUPTED,
                summary=words,
                error=words,
                error_code=Interrupted.code,
            )
            await settled(self._end(ending, "unknown"))

    async def settle(self) -> None:
        """Record the end that the store could not take when it came; nothing to do when none is owed."""
        if self._owed is not None and self.operation.status is OperationStatus.RUNNING:
            with contextlib.suppress(Conflict):  # another process took this one for dead and ended it
                await settled(self._end(*self._owed))

    async def __aenter__(self) -> OperationHandle:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.conclude(error)

    def _take(self, stream: Stream, message: str) -> None:
        now = stamp(self._clock.now())
        redactor = self._redactors.setdefault(stream, LineRedactor())
        for text in clean_lines(self._veil.over(message)).removesuffix("\n").split("\n"):
            self._sequence += 1
            self._lines.append(LogLine(self.operation.id, self._sequence, now, stream, redactor.feed(text)))

    async def _flush_soon(self) -> None:
        """Write what gathers within the time or the number of lines, until nothing is left."""
        while self._lines and self.operation.status is OperationStatus.RUNNING:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._many.wait(), FLUSH_SECONDS)
            try:
                await self._flush()
            except DaoflowError:
                return  # the lines are kept; the end writes them, or says why it can't

    async def _flush(self) -> None:
        async with self._writing:
            lines = list(self._lines)
            if not lines:
                return
            await self._database.write(lambda transaction: operations.append_lines(transaction, lines))
            self._drop(lines)
        self._publish("operation.logged", self.operation)

    async def _end(self, ending: Operation, outcome: str, also: Also | None = None) -> Operation:
        async with self._writing:
            if self.operation.status is not OperationStatus.RUNNING:
                raise Conflict(f"Operation {self.operation.id} has ended already.")
            if self._owed is not None:
                ending, outcome, also = self._owed
            else:
                words = ending.error or ending.summary
                self._take(Stream.INFO if ending.error is None else Stream.ERROR, words)
                ending = replace(ending, completed_at=stamp(self._clock.now()))
            lines, ended = list(self._lines), ending
            try:
                anchor = await self._write_end(ended, lines, outcome, also)
            except (StoreUnusable, VaultLocked):
                self._owed = (ended, outcome, also)  # it stays true, whenever it can be written
                raise
            self._drop(lines)
            self.operation = ended
        self._trail.anchor(anchor)
        self._many.set()
        self._publish("operation.finished", ended)
        return ended

    async def _write_end(
        self, ended: Operation, lines: list[LogLine], outcome: str, also: Also | None
    ) -> Anchor:
        detail = {"kind": ended.kind.value, "summary": ended.summary, "errorCode": ended.error_code}
        deed = replace(self._deed, detail=detail)
        if self._end_action is not None:
            deed = replace(deed, action=self._end_action, detail={**detail, **ended.result})

        async def end(transaction: Transaction) -> Anchor:
            await operations.append_lines(transaction, lines)
            if not await operations.finish(transaction, ended):
                raise Conflict(f"Operation {ended.id} was ended by another process.")
            if also is not None:
                await also(transaction, ended.id)
            return await self._trail.append(transaction, deed, Phase.OUTCOME, outcome)

        try:
            return await self._database.write(end)
        except StoreFull:
            if not await self._database.make_room():
                raise
            return await self._database.write(end)

    def _drop(self, lines: list[LogLine]) -> None:
        """Forget lines that are durable; those logged meanwhile stay."""
        del self._lines[: len(lines)]
        if len(self._lines) < FLUSH_LINES:
            self._many.clear()


def _ending_of(error: BaseException) -> tuple[OperationStatus, str, str]:
    """Status, words and code for what ended the body of an operation."""
    if isinstance(error, asyncio.CancelledError):
        return OperationStatus.CANCELLED, "cancelled before the operation was done", "CANCELLED"
    if isinstance(error, Cancelled):
        return OperationStatus.CANCELLED, error.message, error.code
    if isinstance(error, OutcomeUnknown):
        return OperationStatus.INTERRUPTED, error.message, error.code
    if isinstance(error, DaoflowError) and not isinstance(error, Interrupted):
        return OperationStatus.FAILED, error.message, error.code
    if isinstance(error, Exception) and not isinstance(error, Interrupted):
        return (
            OperationStatus.FAILED,
            f"an internal error ended the operation: {type(error).__name__}",
            "INTERNAL",
        )
    return OperationStatus.INTERRUPTED, "interrupted before the operation was done", Interrupted.code
