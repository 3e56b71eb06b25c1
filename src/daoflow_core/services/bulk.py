"""One verb on many servers at once: bounded, one failure stops no other, and what is left can be called off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from daoflow_core.errors import DaoflowError
from daoflow_core.model.server import Server

T = TypeVar("T")
AT_ONCE = 8
"""How many servers are asked at the same time."""


class Stage(StrEnum):
    """Where one server stands in a bulk."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CALLED_OFF = "called off"


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """One server's turn; `result` when the verb gave one, `error` when it raised one."""

    server: Server
    stage: Stage = Stage.WAITING
    result: T | None = None
    error: DaoflowError | None = None


class Bulk(Generic[T]):
    """Runs a verb on servers; `succeeded` tells whether a result is a success, `tell` hears every change."""

    def __init__(
        self,
        servers: Sequence[Server],
        verb: Callable[[str], Awaitable[T]],
        *,
        succeeded: Callable[[T], bool],
        tell: Callable[[Turn[T]], None] | None = None,
        at_once: int = AT_ONCE,
    ) -> None:
        self._turns: dict[str, Turn[T]] = {server.id: Turn(server) for server in servers}
        self._verb = verb
        self._succeeded = succeeded
        self._tell = tell
        self._slots = asyncio.Semaphore(at_once)
        self._off = False

    @property
    def turns(self) -> list[Turn[T]]:
        """Every server's turn, in the order given."""
        return list(self._turns.values())

    def call_off(self) -> None:
        """Start no further server; what runs is let finish."""
        self._off = True

    async def run(self) -> list[Turn[T]]:
        """All turns, once none is running any more. A cancelled caller cancels what runs."""
        async with asyncio.TaskGroup() as group:
            for turn in self.turns:
                group.create_task(self._take(turn))
        return self.turns

    async def _take(self, turn: Turn[T]) -> None:
        async with self._slots:
            if self._off:
                return self._note(replace(turn, stage=Stage.CALLED_OFF))
            self._note(replace(turn, stage=Stage.RUNNING))
            try:
                result = await self._verb(turn.server.id)
            except DaoflowError as error:
                return self._note(replace(turn, stage=Stage.FAILED, error=error))
            except Exception as error:  # noqa: BLE001 - a fault of the program on one server must not stop the others
                return self._note(replace(turn, stage=Stage.FAILED, error=_fault(error)))
            stage = Stage.DONE if self._succeeded(result) else Stage.FAILED
            return self._note(replace(turn, stage=stage, result=result))

    def _note(self, turn: Turn[T]) -> None:
        self._turns[turn.server.id] = turn
        if self._tell is not None:
            self._tell(turn)


def _fault(error: Exception) -> DaoflowError:
    """An error that nobody expected, without its message: that may quote a secret."""
    fault = DaoflowError(
        f"An internal error ended it: {type(error).__name__}.",
        next_step="`server ops history` shows what was recorded.",
    )
    fault.code = "INTERNAL"
    return fault
