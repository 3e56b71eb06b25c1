"""One apply of a plan from the fresh look to its end: is it still true, change, wait, look, tell."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from daoflow_core.clock import Clock
from daoflow_core.errors import DaoflowError, OutcomeUnknown
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.server import Server
from daoflow_core.model.steps import Step, StepReply
from daoflow_core.model.swarm import SwarmTask, SwarmTopology
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, SwarmUpdate
from daoflow_core.parse.swarm import documents
from daoflow_core.parse.swarm_services import read_tasks
from daoflow_core.ports import Transaction
from daoflow_core.services import swarm_rules
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome, Undertaking
from daoflow_core.services.settling import settled
from daoflow_core.services.swarm import Look, SwarmService
from daoflow_core.services.swarm_ground import changed_ground
from daoflow_core.services.swarm_outcome import Progress, status_of
from daoflow_core.services.targets import Targets
from daoflow_core.store import swarm as store
from daoflow_core.text import decode

CHANGE_SECONDS = 60.0
CHANGED_MEANWHILE = 201
"""How swarm.sh says that what it was to change had another version by then."""
STUCK_LOOKS = 3
"""After so many looks in a row that find only tasks without any place, waiting longer is no use."""
P = TypeVar("P", NodePlan, ScalePlan)


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """What differs between changes: how a plan's ground is told anew, and how it is sent, followed and judged.

    `ground` raises UnsafeOperation and NotFound; `change` are the words of `dft_swarm_change`; `also` is a further
    question of swarm.sh for the looks while waiting.
    """

    undertaking: Undertaking
    plans: OperationKind
    ground: Callable[[P, SwarmTopology], Mapping[str, str]]
    change: Callable[[P, SwarmTopology], Sequence[str]]
    also: Callable[[P], str]
    progress: Callable[[P, SwarmTopology, SwarmTopology, Sequence[SwarmTask]], Progress]
    result: Callable[
        [str, P, SwarmTopology, SwarmTopology | None, Sequence[SwarmTask], float, int | None], SwarmUpdate
    ]


@dataclass(frozen=True, slots=True)
class Parts:
    """What an apply works with."""

    swarm: SwarmService
    scripts: HostScripts
    targets: Targets
    clock: Clock
    poll_seconds: float


@dataclass(slots=True)
class Apply(Generic[P]):
    """The apply of one plan through one manager, within `timeout` seconds of waiting."""

    parts: Parts
    server: Server
    handle: OperationHandle
    plan_id: str
    plan: P
    kind: Kind[P]
    timeout: float
    _cut: bool = field(default=False)

    async def go(self) -> Outcome:
        """Raises PlanStale, UnsafeOperation, and what keeps a host from being asked; nothing was changed then."""
        await self.parts.targets.prove(self.server)
        before = (await self.parts.swarm.look(self.server, self.handle)).topology
        changed = changed_ground(self.plan.ground, self.kind.ground(self.plan, before))
        if changed:
            raise swarm_rules.stale(self.plan_id, changed)
        began = self.parts.clock.monotonic()
        step = await self._uncut(self._change(before))
        if step.status == CHANGED_MEANWHILE:
            raise swarm_rules.stale(self.plan_id, ["it was changed a moment ago, by somebody else"])
        if step.status not in (0, None):
            return self._refused(before, step)
        last = None if self._cut else await self._settle(before)
        return self._ended(before, last, self.parts.clock.monotonic() - began, step.status)

    async def _change(self, before: SwarmTopology) -> Step:
        words = " ".join(shlex.quote(word) for word in self.kind.change(self.plan, before))
        reply = await self.parts.scripts.run(
            self.server,
            self.handle,
            "swarm",
            then=f"dft_limit=30 && dft_reach_docker && dft_swarm_change {words}",
            timeout=CHANGE_SECONDS,
            survive=True,
        )
        step = reply["change"]
        if reply.error is not None and step.status is None:
            self.handle.log(Stream.ERROR, f"{reply.error.message} Looking at what became of it.")
        elif not step.command:
            engine = decode(reply["engine"].stderr.strip())
            raise OutcomeUnknown(
                f"Docker on {self.server.name} did not answer, so nothing was changed.", why=engine
            )
        return step

    async def _uncut(self, work: Coroutine[Any, Any, Step]) -> Step:
        """A change that was begun comes to its end; whoever cancels meanwhile only ends the waiting after it."""
        task = asyncio.ensure_future(work)
        try:
            return await settled(_awaited(task))
        except asyncio.CancelledError:
            self._cut = True
            return task.result()

    async def _settle(self, before: SwarmTopology) -> Look | None:
        """Look again and again until all is in its place, nothing more can come, or the time is over."""
        deadline = self.parts.clock.monotonic() + self.timeout
        began, said, stuck = self.parts.clock.monotonic(), "", 0
        try:
            while True:
                progress = await self._look_quietly(before)
                if progress is not None and progress.words != said:
                    said = progress.words
                    self.handle.log(Stream.INFO, f"{self.parts.clock.monotonic() - began:5.1f} s  {said}")
                stuck = stuck + 1 if progress is not None and progress.stuck else 0
                if progress is not None and (progress.done or stuck >= STUCK_LOOKS):
                    break
                if self.parts.clock.monotonic() >= deadline:
                    self.handle.log(
                        Stream.ERROR, f"not settled within {self.timeout:g} s; no longer waited for"
                    )
                    break
                await asyncio.sleep(self.parts.poll_seconds)
            return await self.parts.swarm.look(self.server, self.handle, also=self.kind.also(self.plan))
        except asyncio.CancelledError:
            self._cut = True
            return None
        except DaoflowError as error:
            self.handle.log(Stream.ERROR, error.message)
            return None

    async def _look_quietly(self, before: SwarmTopology) -> Progress | None:
        """Where the change stands now; None when the manager did not answer this time."""
        try:
            seen = await self.parts.swarm.look(
                self.server, self.handle, also=self.kind.also(self.plan), quiet=True
            )
        except DaoflowError as error:
            self.handle.log(Stream.ERROR, error.message)
            return None
        return self.kind.progress(self.plan, before, seen.topology, leaving_of(seen.reply))

    def _refused(self, before: SwarmTopology, step: Step) -> Outcome:
        """The manager refused the command: nothing was changed."""
        words = decode((step.stderr.strip() or step.stdout.strip()).split(b"\n")[-1])
        result = self.kind.result(self.plan_id, self.plan, before, before, (), 0.0, step.status)
        told = f"{self.server.name} refused `{self.plan.command}` (exit {step.status}): {words}"
        result = result.model_copy(update={"summary": told})
        return Outcome(OperationStatus.FAILED, told, result.document(), told, "SWARM_REFUSED")

    def _ended(
        self, before: SwarmTopology, last: Look | None, seconds: float, exit_code: int | None
    ) -> Outcome:
        now = last.topology if last else None
        leaving = leaving_of(last.reply) if last else ()
        result = self.kind.result(self.plan_id, self.plan, before, now, leaving, seconds, exit_code)
        status = status_of(result)

        async def keep(transaction: Transaction, operation_id: str) -> None:
            if now is not None:
                await store.keep(transaction, self.server.id, operation_id, now)

        words = f"{self.server.name}: {result.summary}"
        if status is OperationStatus.COMPLETED:
            return Outcome(status, words, result.document(), also=keep)
        if self._cut:
            words = f"{words} The change was made; nobody waited for what follows from it."
        elif now is None:
            words = f"{words} The change was sent; what became of it could not be seen."
        code = OutcomeUnknown.code if now is None else "SWARM_NOT_SETTLED"
        return Outcome(status, words, result.document(), words, code, also=keep)


def leaving_of(reply: StepReply) -> tuple[SwarmTask, ...]:
    """The tasks that a node still has, wanted or not."""
    return read_tasks(list(documents(reply["leaving"])))


async def _awaited(task: asyncio.Task[Step]) -> Step:
    return await task
