"""Carrying out a planned change of a stack on its host, up to the truth of how it ended."""

from __future__ import annotations

import asyncio

from daoflow_core.clock import Clock
from daoflow_core.errors import DaoflowError
from daoflow_core.model.operation import Stream
from daoflow_core.model.server import Server
from daoflow_core.model.stack import StackPlan, StackRun
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.stack_state import Seen, names_of, read_seen
from daoflow_core.redaction import Veil
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome
from daoflow_core.services.settling import settled
from daoflow_core.services.stack_endings import called_off, run_outcome
from daoflow_core.services.stack_planner import no_docker
from daoflow_core.services.stack_script import applying_script, looking_script, removing_script
from daoflow_core.services.stack_source import StackSource
from daoflow_core.services.stack_watch import StackWatch
from daoflow_core.services.targets import Targets
from daoflow_core.text import decode

REMOVE_SECONDS = 180
EXTRA_SECONDS = 60.0
"""What the whole of a script may take beyond its one long step."""


class StackChange:
    """Applies and removes; what was begun comes to its end on the host whoever goes away here."""

    def __init__(self, scripts: HostScripts, targets: Targets, watch: StackWatch, clock: Clock) -> None:
        self._scripts = scripts
        self._targets = targets
        self._watch = watch
        self._clock = clock

    async def carry_out(
        self,
        server: Server,
        handle: OperationHandle,
        plan_id: str,
        plan: StackPlan,
        source: StackSource | None,
        revision: int | None,
    ) -> Outcome:
        """Do what a plan says, and find out what became of it. A cancelled caller gets the truth as an outcome."""
        run = StackRun(
            verb=plan.verb, stack=plan.stack, target=plan.target, plan_id=plan_id, revision=revision
        )
        await self._targets.prove(server)
        if source is None:
            return await self._remove(server, handle, plan, run)
        handle.hide(source.hidden)
        handle.log(Stream.INFO, f"applies revision {revision} of {plan.stack}, as the plan {plan_id} says")
        return await self._apply(server, handle, plan, run, source)

    async def _apply(
        self, server: Server, handle: OperationHandle, plan: StackPlan, run: StackRun, source: StackSource
    ) -> Outcome:
        until = self._clock.monotonic() + plan.timeout_seconds
        script = applying_script(
            plan.target, plan.stack, source.compiled.wire(plan.target), plan.timeout_seconds
        )
        try:
            reply = await settled(self._send(server, handle, script, plan.timeout_seconds))
        except asyncio.CancelledError:
            return called_off(server, await self._with_what_runs(server, handle, run, source))
        step = reply["apply"]
        run = run.model_copy(update={"exit_status": step.status, "reason": _last_words(reply, source.veil)})
        if reply.error is not None or step.status != 0:
            if reply.error is not None:
                handle.log(Stream.ERROR, f"{reply.error.message} Looking at what became of it.")
            run = await self._with_what_runs(server, handle, run, source)
            return run_outcome(server, run, reply.error)
        before = read_seen(reply, plan.target, plan.stack, source.wanted, prefix="before-")
        try:
            run = await self._wait(server, handle, plan, run, source, before, until)
        except asyncio.CancelledError:
            return called_off(server, await self._with_what_runs(server, handle, run, source))
        return run_outcome(server, run)

    async def _wait(
        self,
        server: Server,
        handle: OperationHandle,
        plan: StackPlan,
        run: StackRun,
        source: StackSource,
        before: Seen | None,
        until: float,
    ) -> StackRun:
        known_bad = before.bad_tasks if before else None
        ended = await self._watch.converge(server, handle, plan.target, source, known_bad, until)
        run = run.model_copy(
            update={
                "converged": ended.done,
                "reason": ended.reason,
                "running": ended.seen.services if ended.seen else None,
            }
        )
        if not ended.done or not source.probes:
            return run
        probes = await self._watch.ask(server, handle, source, until)
        if all(one.passed for one in probes):
            return run.model_copy(update={"probes": probes})
        run = run.model_copy(update={"probes": probes})
        return await self._with_what_runs(server, handle, run, source)

    async def _with_what_runs(
        self, server: Server, handle: OperationHandle, run: StackRun, source: StackSource
    ) -> StackRun:
        """The run with a fresh look, which a cancelled caller waits for."""
        seen = await settled(self._watch.look(server, handle, run.target, run.stack, source.wanted))
        return run.model_copy(update={"running": seen.services if seen else None})

    async def _send(self, server: Server, handle: OperationHandle, script: str, seconds: int) -> StepReply:
        reply = await self._scripts.run(
            server, handle, "stack", then=script, timeout=seconds + EXTRA_SECONDS, survive=True
        )
        if reply["engine"].status not in (0, None):
            raise no_docker(server, reply)
        return reply

    async def _remove(
        self, server: Server, handle: OperationHandle, plan: StackPlan, run: StackRun
    ) -> Outcome:
        handle.log(Stream.INFO, f"removes {plan.stack}; volumes stay")
        script = removing_script(plan.target, plan.stack, REMOVE_SECONDS)
        try:
            reply = await settled(self._send(server, handle, script, REMOVE_SECONDS))
            last = await self._until_gone(server, handle, plan, reply)
        except asyncio.CancelledError:
            seen = await settled(self._watch.look(server, handle, plan.target, plan.stack, {}))
            return called_off(server, run.model_copy(update={"running": seen.services if seen else None}))
        left = _left(last, plan)
        status = reply["apply"].status
        seen = read_seen(last, plan.target, plan.stack, {})
        run = run.model_copy(
            update={
                "exit_status": status,
                "converged": None if left is None else not left,
                "reason": _last_words(reply) if status else f"Still there: {left}" if left else "",
                "running": seen.services if seen else None,
                "volumes": names_of(last["volumes"]),
            }
        )
        return run_outcome(server, run, reply.error)

    async def _until_gone(
        self, server: Server, handle: OperationHandle, plan: StackPlan, reply: StepReply
    ) -> StepReply:
        """The last look: a swarm takes its time to end what it was told to remove, networks last of all."""
        last, until = reply, self._clock.monotonic() + EXTRA_SECONDS
        while _left(last, plan) != "" and self._clock.monotonic() < until:
            if last is not reply and reply["apply"].status not in (0, None):
                return last
            await asyncio.sleep(1.0)
            script = looking_script(plan.target, plan.stack, kept=True)
            try:
                last = await self._scripts.run(
                    server, handle, "stack", then=script, timeout=EXTRA_SECONDS, quiet=True
                )
            except DaoflowError as error:
                handle.log(Stream.ERROR, error.message)
        return last


def _left(reply: StepReply, plan: StackPlan) -> str | None:
    """What of a stack is still there, in words; None when nobody told."""
    seen, networks = read_seen(reply, plan.target, plan.stack, {}), names_of(reply["networks"])
    if seen is None or networks is None:
        return None
    return ", ".join([one.service for one in seen.services] + [f"network {one}" for one in networks])


def _last_words(reply: StepReply, veil: Veil | None = None) -> str:
    """The last thing the command said on stderr, for a command that failed; hidden first, then cut."""
    step = reply["apply"]
    if step.status in (0, None):
        return ""
    said = [line for line in step.stderr.split(b"\n") if line.strip()]
    return f"It said: {(veil or Veil()).over(decode(said[-1]))[:400]}." if said else ""
