"""Plans of deploys, rollbacks and removals, each a recorded operation that changes nothing on the host."""

from __future__ import annotations

from datetime import timedelta

from daoflow_core.clock import Clock, parse_stamp, stamp
from daoflow_core.errors import Conflict, DaoflowError, NotFound, Unreachable
from daoflow_core.model.operation import Operation, OperationKind, Stream
from daoflow_core.model.server import Server, ServerKind
from daoflow_core.model.stack import PLAN_MINUTES, Finding, StackPlan, StackRevision, StackTarget, StackVerb
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.compose import Compiled
from daoflow_core.parse.compose_facts import changes_of
from daoflow_core.parse.compose_findings import host_paths
from daoflow_core.parse.stack_state import Seen, Wanted, names_of, read_seen
from daoflow_core.ports import Database
from daoflow_core.services.cleanup_rules import boot_id
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking
from daoflow_core.services.stack_endings import plan_outcome
from daoflow_core.services.stack_plans import drift_of, file_refusals, host_findings, manager_refusals
from daoflow_core.services.stack_script import planning_script
from daoflow_core.services.stack_source import (
    StackRequest,
    StackSource,
    StackSources,
    check_name,
    commands_of,
)
from daoflow_core.services.targets import Targets
from daoflow_core.store import stacks

PLAN = Undertaking(OperationKind.STACK_PLAN, "server.stack.plan", "Stack plan", dry_run=True)
PLAN_SECONDS = 180.0


def target_of(server: Server) -> StackTarget:
    """Which of Docker's tools keeps stacks there."""
    return StackTarget.SWARM if server.kind is ServerKind.SWARM_MANAGER else StackTarget.COMPOSE


class StackPlanner:
    """Makes plans."""

    def __init__(
        self,
        database: Database,
        operations: Operations,
        scripts: HostScripts,
        inventory: Inventory,
        targets: Targets,
        sources: StackSources,
        clock: Clock,
    ) -> None:
        self._database = database
        self._operations = operations
        self._scripts = scripts
        self._inventory = inventory
        self._targets = targets
        self._sources = sources
        self._clock = clock

    async def deploy(self, reference: str, request: StackRequest) -> Operation:
        """Plan a deploy from files. Raises ComposeRejected or InvalidInput before anything is recorded."""
        source = self._sources.read(request)
        return await self._plan(reference, StackVerb.DEPLOY, request.stack, source, None)

    async def rollback(self, reference: str, stack: str, to: int | None) -> Operation:
        """Plan to apply a recorded revision again: the one named, else the last good one before. Raises NotFound."""
        server = await self._inventory.find(reference)
        chosen = await self.earlier(server, check_name(stack), to)
        source = await self._sources.reopen(chosen)
        return await self._plan(server.id, StackVerb.ROLLBACK, stack, source, chosen.number)

    async def remove(self, reference: str, stack: str) -> Operation:
        """Plan to take everything away that runs under a name; its volumes stay."""
        return await self._plan(reference, StackVerb.REMOVE, check_name(stack), None, None)

    async def earlier(self, server: Server, stack: str, to: int | None) -> StackRevision:
        """The revision that a rollback goes to. Raises NotFound or Conflict."""
        found = await stacks.revisions(self._database, server.id, stack)
        if not found:
            raise NotFound(
                f"No revision of {stack} on {server.name} is recorded.",
                next_step="`server ops stack list` shows the stacks that are.",
            )
        if to is not None:
            named = next((one for one in found if one.number == to), None)
            if named is None:
                raise NotFound(
                    f"{stack} on {server.name} has no revision {to}.",
                    next_step=f"`server ops stack show --server {server.name} --stack {stack}` lists them.",
                )
            return named
        good = [one for one in found[1:] if one.outcome == "completed" and one.digest != found[0].digest]
        if not good:
            raise Conflict(
                f"{stack} on {server.name} has no earlier good revision with other files.",
                next_step="Name one with --to, or deploy from the files.",
            )
        return good[0]

    async def _plan(
        self,
        reference: str,
        verb: StackVerb,
        stack: str,
        source: StackSource | None,
        to: int | None,
    ) -> Operation:
        async def work(server: Server, handle: OperationHandle) -> Outcome:
            if source is not None:
                handle.hide(source.hidden)
            monotonic, target = self._clock.monotonic(), target_of(server)
            last = await stacks.newest(self._database, server.id, stack)
            began = StackPlan(
                verb=verb,
                stack=stack,
                target=target,
                base_revision=last.number if last else 0,
                to_revision=to,
                commands=commands_of(target, stack, verb.value),
                expires_at=stamp(parse_stamp(handle.operation.started_at) + timedelta(minutes=PLAN_MINUTES)),
                host_key_fingerprint=await self._targets.fingerprint(server),
                boot_id=boot_id(),
                monotonic_seconds=monotonic,
            )
            if source is None:
                return plan_outcome(server, await self._removal(server, handle, began))
            return plan_outcome(server, await self._change(server, handle, began, source, last))

        return await self._operations.run(reference, PLAN, work)

    async def _change(
        self,
        server: Server,
        handle: OperationHandle,
        plan: StackPlan,
        source: StackSource,
        last: StackRevision | None,
    ) -> StackPlan:
        before, unread = await self._before(last)
        plan = plan.model_copy(
            update={
                "digest": source.digest,
                "probes": source.request.probes,
                "timeout_seconds": source.request.timeout,
                "changes": changes_of(before, source.compiled),
                "refusals": file_refusals(source, plan.target, server),
            }
        )
        if plan.refusals:  # told without asking: a file with holes is not for the host to read
            handle.log(Stream.INFO, "refused by the file alone, so the host was not asked")
            return plan.model_copy(update={"drift_reason": "the host was not asked"})
        places = list(host_paths(source.compiled))
        reply = await self._ask(server, handle, plan, source.compiled.wire(plan.target), places)
        refusals, warnings, validated_by = host_findings(source, plan.target, reply)
        wanted = {one.name: one.replicas for one in last.services if one.started} if last else {}
        seen = _seen(reply, plan, wanted)
        drift, reason = drift_of(last, seen)
        return plan.model_copy(
            update={
                "refusals": refusals,
                "warnings": (*warnings, *unread),
                "validated_by": validated_by,
                "running": seen.services if seen else None,
                "drift": drift,
                "drift_reason": reason,
                "volumes": names_of(reply["volumes"]),
                "networks": names_of(reply["networks"]) or (),
            }
        )

    async def _before(self, last: StackRevision | None) -> tuple[Compiled | None, tuple[Finding, ...]]:
        """The last revision's files; a plan can be made without them, and then says so."""
        if last is None:
            return None, ()
        try:
            return (await self._sources.reopen(last)).compiled, ()
        except DaoflowError as error:
            words = f"Revision {last.number} can't be read, so everything is shown as added: {error.message}"
            return None, (Finding(code="LAST_REVISION_UNREADABLE", message=words),)

    async def _removal(self, server: Server, handle: OperationHandle, plan: StackPlan) -> StackPlan:
        reply = await self._ask(server, handle, plan, None, [])
        seen = _seen(reply, plan, {})
        refusals = manager_refusals(reply) if plan.target is StackTarget.SWARM else []
        volumes, networks = names_of(reply["volumes"]), names_of(reply["networks"])
        if seen is None or volumes is None or networks is None:
            words = "What runs under the name could not be seen, so nothing can be foretold."
            refusals.append(Finding(code="NOT_SEEN", message=words))
        elif not seen.services and not networks:
            words = f"Nothing of {plan.stack} is on {server.name}."
            refusals.append(Finding(code="NOTHING_THERE", message=words))
        words = "Volumes on other nodes than this one can't be seen from here; they stay, too."
        elsewhere = Finding(code="OTHER_NODES", message=words)
        return plan.model_copy(
            update={
                "refusals": tuple(refusals),
                "warnings": (elsewhere,) if plan.target is StackTarget.SWARM else (),
                "running": seen.services if seen else None,
                "volumes": volumes,
                "networks": networks or (),
            }
        )

    async def _ask(
        self, server: Server, handle: OperationHandle, plan: StackPlan, file: str | None, places: list[str]
    ) -> StepReply:
        """The host's own answers. Raises what kept it from giving them."""
        script = planning_script(plan.target, plan.stack, file, places)
        reply = await self._scripts.run(server, handle, "stack", then=script, timeout=PLAN_SECONDS)
        reply.settled()
        if not reply["engine"].succeeded:
            raise no_docker(server, reply)
        return reply


def no_docker(server: Server, reply: StepReply) -> Unreachable:
    """Docker did not answer, so nothing was asked or changed."""
    from daoflow_core.text import decode

    return Unreachable(
        f"Docker on {server.name} could not be reached, so nothing was done.",
        why=decode(reply["engine"].stderr.strip())[:400],
        next_step=f"Check the server: `server check --server {server.name}`.",
        reason="docker",
    )


def _seen(reply: StepReply, plan: StackPlan, wanted: Wanted) -> Seen | None:
    return read_seen(reply, plan.target, plan.stack, wanted)
