"""Stacks: deploy, roll back, remove, list; every change rests on a plan and is a recorded operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import Conflict, NotFound
from daoflow_core.ids import new_id
from daoflow_core.model.operation import Operation, OperationKind
from daoflow_core.model.server import Server
from daoflow_core.model.stack import StackPlan, StackRevision, StackStanding, StackVerb
from daoflow_core.plan_errors import PlanRequired, PlanStale, PlanUsed
from daoflow_core.ports import Database, Transaction
from daoflow_core.services import stack_rules
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import Also, OperationHandle
from daoflow_core.services.operations import Operations, Outcome, Undertaking, Work
from daoflow_core.services.stack_change import StackChange
from daoflow_core.services.stack_planner import PLAN, StackPlanner, target_of
from daoflow_core.services.stack_rules import Intent
from daoflow_core.services.stack_source import StackRequest, StackSource, StackSources, check_name
from daoflow_core.services.targets import Targets
from daoflow_core.stack_errors import StackRefused
from daoflow_core.store import sealed, stacks

CHANGES = {
    StackVerb.DEPLOY: Undertaking(OperationKind.STACK_DEPLOY, "server.stack.deploy", "Stack deploy"),
    StackVerb.ROLLBACK: Undertaking(OperationKind.STACK_ROLLBACK, "server.stack.rollback", "Stack rollback"),
    StackVerb.REMOVE: Undertaking(OperationKind.STACK_REMOVE, "server.stack.remove", "Stack removal"),
}
RULES = (PlanRequired, PlanStale, PlanUsed, StackRefused, Conflict)
"""What a change is refused with before anything is recorded of it or sent."""
Told = Callable[[Operation], None]


@dataclass(frozen=True, slots=True)
class StackGround:
    """What stacks stand on."""

    database: Database
    operations: Operations
    inventory: Inventory
    targets: Targets
    access: Access
    clock: Clock
    sources: StackSources
    planner: StackPlanner
    change: StackChange


class StackService:
    """The verbs on stacks."""

    def __init__(self, ground: StackGround) -> None:
        self._ground = ground
        self._database = ground.database
        self._inventory = ground.inventory
        self._access = ground.access

    async def plan(self, reference: str, request: StackRequest) -> Operation:
        """Record what a deploy would change; it fails, and says why, when the deploy could not be made."""
        return await self._ground.planner.deploy(reference, request)

    async def plan_rollback(self, reference: str, stack: str, to: int | None = None) -> Operation:
        """Record what applying an earlier revision would change."""
        server = await self._inventory.find(reference)  # whoever may not plan learns of no revision
        target = f"server/{server.id}"
        await self._access.require(PLAN.action, target, server_read_only=server.read_only)
        return await self._ground.planner.rollback(server.id, stack, to)

    async def plan_removal(self, reference: str, stack: str) -> Operation:
        """Record what a removal would take away, and which volumes stay."""
        return await self._ground.planner.remove(reference, stack)

    async def deploy(
        self, reference: str, request: StackRequest, plan: str | None = None, told: Told | None = None
    ) -> Operation:
        """Apply files as a plan says; without one, it is made first and given to `told`.

        Raises PlanRequired, PlanStale, PlanUsed, StackRefused, ComposeRejected, and Conflict while another change
        runs on the server; nothing was recorded or sent then.
        """
        server = await self._permitted(reference, StackVerb.DEPLOY)
        source = self._ground.sources.read(request)
        if plan is None:
            plan = self._made(await self.plan(server.id, request), told)
        intent = await self._intent(server, StackVerb.DEPLOY, request.stack)
        held = replace(intent, digest=source.digest, probes=request.probes, timeout=request.timeout)
        return await self._guarded(server, held, plan, source)

    async def rollback(
        self,
        reference: str,
        stack: str,
        to: int | None = None,
        plan: str | None = None,
        told: Told | None = None,
    ) -> Operation:
        """Apply a recorded revision again, as a plan says. Raises what `deploy` does, and NotFound."""
        server = await self._permitted(reference, StackVerb.ROLLBACK)
        if plan is None:
            plan = self._made(await self.plan_rollback(server.id, stack, to), told)
        intent = await self._intent(server, StackVerb.ROLLBACK, check_name(stack))
        return await self._guarded(server, replace(intent, to_revision=to), plan, None)

    async def remove(
        self, reference: str, stack: str, plan: str | None = None, told: Told | None = None
    ) -> Operation:
        """Take away what runs under a name; volumes stay. Raises what `deploy` does."""
        server = await self._permitted(reference, StackVerb.REMOVE)
        if plan is None:
            plan = self._made(await self.plan_removal(server.id, stack), told)
        intent = await self._intent(server, StackVerb.REMOVE, check_name(stack))
        return await self._guarded(server, intent, plan, None)

    async def standings(self, reference: str) -> list[StackStanding]:
        """The stacks that were deployed on a server from here, by name; from the store alone."""
        server = await self._inventory.find(reference)
        await self._access.require("server.stack.list", f"server/{server.id}")
        removed = await stacks.removals(self._database, server.id)
        found: dict[str, list[StackRevision]] = {}
        for one in await stacks.revisions(self._database, server.id):
            found.setdefault(one.stack, []).append(one)
        return [_standing(name, revisions, removed.get(name)) for name, revisions in sorted(found.items())]

    async def show(self, reference: str, stack: str) -> tuple[StackStanding, list[StackRevision]]:
        """One stack and all of its revisions, newest first; no value of a variable. Raises NotFound."""
        server = await self._inventory.find(reference)
        await self._access.require("server.stack.show", f"server/{server.id}")
        revisions = await stacks.revisions(self._database, server.id, check_name(stack))
        if not revisions:
            raise NotFound(
                f"No revision of {stack} on {server.name} is recorded.",
                next_step=f"`server ops stack list --server {server.name}` shows the stacks that are.",
            )
        removed = await stacks.removals(self._database, server.id)
        return _standing(stack, revisions, removed.get(stack)), revisions

    async def why_not(self, plan: Operation) -> str | None:
        """A sentence that says why a change can't rest on a plan now, or None; records nothing."""
        server = await self._inventory.find(plan.server_id)
        planned = StackPlan.of(plan.result)
        off = self._access.why_not(CHANGES[planned.verb].action, server_read_only=server.read_only)
        if off is not None:
            return off
        running = await stacks.running(self._database, server.id)
        if running is not None:
            return stack_rules.busy(server, running).message
        intent = await self._intent(server, planned.verb, planned.stack)
        refusal = await stack_rules.why_not(self._database, plan, server, intent)
        return None if refusal is None else refusal.message

    async def _permitted(self, reference: str, verb: StackVerb) -> Server:
        server = await self._inventory.find(reference)
        action = CHANGES[verb].action
        await self._access.require(action, f"server/{server.id}", server_read_only=server.read_only)
        return server

    @staticmethod
    def _made(plan: Operation, told: Told | None) -> str:
        if told is not None:
            told(plan)
        return plan.id

    async def _intent(self, server: Server, verb: StackVerb, stack: str) -> Intent:
        clock, fingerprint = self._ground.clock, await self._ground.targets.fingerprint(server)
        return Intent(verb, stack, clock.now(), clock.monotonic(), fingerprint)

    async def _guarded(
        self, server: Server, intent: Intent, plan_id: str, source: StackSource | None
    ) -> Operation:
        try:
            return await self._run(server, intent, plan_id, source)
        except RULES as refusal:
            if "operationId" not in refusal.details:  # nothing began, so no operation tells of it
                action = CHANGES[intent.verb].action
                await self._access.refused(action, f"server/{server.id}", refusal.message)
            raise

    async def _run(
        self, server: Server, intent: Intent, plan_id: str, source: StackSource | None
    ) -> Operation:
        chosen, plan = await self._chosen(server, intent, plan_id)
        if plan.verb is StackVerb.ROLLBACK:
            earlier = await self._ground.planner.earlier(server, plan.stack, plan.to_revision)
            source = await self._ground.sources.reopen(earlier)
        revision = None if source is None else self._revision(server, chosen, plan, source)

        async def take(transaction: Transaction, operation_id: str) -> None:
            """Hold the plan for this change alone, and keep the revision, before the first byte goes out."""
            late = await stack_rules.why_not(transaction, chosen, server, intent)
            if late is not None:
                raise late
            now, verb = stamp(self._ground.clock.now()), plan.verb.value
            await stacks.use(transaction, chosen.id, operation_id, server.id, plan.stack, verb, now)
            if revision is not None and source is not None:
                kept = revision.model_copy(update={"operation_id": operation_id, "at": now})
                await stacks.insert(transaction, kept)
                await sealed.put(transaction, *self._ground.sources.seal(revision.id, source))

        async def work(server: Server, handle: OperationHandle) -> Outcome:
            number = revision.number if revision is not None else None
            return await self._ground.change.carry_out(server, handle, chosen.id, plan, source, number)

        return await self._alone(server, CHANGES[plan.verb], work, take)

    async def _chosen(self, server: Server, intent: Intent, plan_id: str) -> tuple[Operation, StackPlan]:
        running = await stacks.running(self._database, server.id)
        if running is not None:
            raise stack_rules.busy(server, running)
        chosen = await stack_rules.named(self._database, plan_id)
        refusal = await stack_rules.why_not(self._database, chosen, server, intent)
        if refusal is not None:
            raise refusal
        return chosen, StackPlan.of(chosen.result)

    async def _alone(self, server: Server, change: Undertaking, work: Work, take: Also) -> Operation:
        try:
            return await self._ground.operations.run(server.id, change, work, also=take)
        except Conflict as conflict:
            other = await stacks.running(self._database, server.id)
            if other is None or conflict.details.get("columns") != ["operations.server_id"]:
                raise
            raise stack_rules.busy(server, other) from None  # the store lets one in, whoever comes first

    def _revision(
        self, server: Server, chosen: Operation, plan: StackPlan, source: StackSource
    ) -> StackRevision:
        return StackRevision(
            id=new_id("rev"),
            server_id=server.id,
            stack=plan.stack,
            number=plan.base_revision + 1,
            target=target_of(server),
            operation_id="",
            plan_id=chosen.id,
            again_of=plan.to_revision,
            digest=source.digest,
            services=source.facts,
            probes=plan.probes,
            timeout_seconds=plan.timeout_seconds,
            at="",
            by=self._access.principal.name,
        )


def _standing(stack: str, revisions: list[StackRevision], removed_at: str | None) -> StackStanding:
    """How a stack stands; a removal counts only while nothing was deployed after it."""
    newest = revisions[0]
    good = next((one.number for one in revisions if one.outcome == "completed"), None)
    gone = removed_at if removed_at is not None and removed_at > newest.at else None
    return StackStanding(stack=stack, target=newest.target, newest=newest, good=good, removed_at=gone)
