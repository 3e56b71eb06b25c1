"""Syncing a tunnel: observe, compare, and bring our records in step; the provider itself is never changed."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from daoflow_core.clock import seconds_between, span, stamp
from daoflow_core.errors import DaoflowError, InvalidInput, NotFound
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.tunnel import (
    Provider,
    RouteSource,
    RouteSpec,
    Tunnel,
)
from daoflow_core.model.tunnel_sync import Observation, RouteState, SeenRoute, TunnelSync
from daoflow_core.parse.hostnames import readable
from daoflow_core.plan_errors import PlanExpired, PlanStale
from daoflow_core.ports import Transaction
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.operations import Outcome, Undertaking
from daoflow_core.services.tunnels_diff import changes_of, counts_of
from daoflow_core.services.tunnels_follow import follow, note_seen
from daoflow_core.services.tunnels_ground import Ground, address_of, name_of, subject_of
from daoflow_core.services.tunnels_words import summary_of
from daoflow_core.store import operations as operation_rows
from daoflow_core.store import published
from daoflow_core.store import tunnels as rows
from daoflow_core.tunnel_errors import (
    HostnameTaken,
    ProviderAnswerUnusable,
    ProviderRefused,
    ProviderUnavailable,
)

PLAN = Undertaking(OperationKind.TUNNEL_SYNC_PLAN, "tunnel.routes.plan", "Tunnel sync plan", dry_run=True)
SYNC = Undertaking(OperationKind.TUNNEL_SYNC, "tunnel.routes.sync", "Tunnel sync")
Work = Callable[[OperationHandle], Coroutine[Any, Any, Outcome]]
PROVIDER_FAULTS = (ProviderUnavailable, ProviderRefused, ProviderAnswerUnusable)
GOOD_SECONDS = 30 * 60
"""How old a plan may be when it is applied."""


class TunnelSyncService:
    """Plans and syncs; every one is a recorded operation, every apply one transaction."""

    def __init__(self, ground: Ground) -> None:
        self._on = ground

    async def plan(self, reference: str, routes: Sequence[RouteSpec] | None = None) -> Operation:
        """Record what a sync would change in our records, and change none of them.

        `routes` are what the operator says is exposed; None asks the provider.
        """
        one = await self._on.tunnels.find(reference)
        _refuse_nothing_to_ask(one, routes)

        async def work(handle: OperationHandle) -> Outcome:
            sync = await self._look(one, routes, handle)
            _log(handle, sync)

            async def also(transaction: Transaction, operation_id: str) -> None:
                del operation_id
                await note_seen(transaction, one.id, sync)

            return Outcome(OperationStatus.COMPLETED, summary_of(sync), sync.document(), also=also)

        return await self._run(one, PLAN, work)

    async def sync(self, reference: str, routes: Sequence[RouteSpec] | None = None) -> Operation:
        """Look, and bring our records in step with what was seen, all of it or nothing."""
        one = await self._on.tunnels.find(reference)
        _refuse_nothing_to_ask(one, routes)

        async def work(handle: OperationHandle) -> Outcome:
            sync = await self._look(one, routes, handle)
            _refuse_taken(sync, typed=routes is not None)
            return self._applied(one, sync, handle)

        return await self._run(one, SYNC, work)

    async def apply(self, reference: str, plan_id: str) -> Operation:
        """Bring our records to exactly what a plan showed. Raises PlanExpired or PlanStale."""
        one = await self._on.tunnels.find(reference)
        plan = await self._plan(one, plan_id)

        async def work(handle: OperationHandle) -> Outcome:
            handle.log(Stream.INFO, f"applying plan {plan_id}, observed at {plan.observed_at}")
            planned = plan.model_copy(update={"plan_id": plan_id})
            _refuse_taken(planned, typed=plan.source == RouteSource.MANUAL)
            return self._applied(one, planned, handle)

        return await self._run(one, SYNC, work)

    async def _plan(self, one: Tunnel, plan_id: str) -> TunnelSync:
        found = await operation_rows.by_id(self._on.database, plan_id) if plan_id.isascii() else None
        if found is None or await rows.tunnel_of(self._on.database, found.id) != one.id:
            raise NotFound(
                f"There is no plan {plan_id[:80]!a} of tunnel {one.name}.",
                next_step=f"Make one: `tunnels sync --tunnel-id {one.name} --dry-run`.",
            )
        again = f"Plan again: `tunnels sync --tunnel-id {one.name} --dry-run`."
        if found.kind is not OperationKind.TUNNEL_SYNC_PLAN or found.status is not OperationStatus.COMPLETED:
            raise PlanStale("This is not a completed plan.", next_step=again, operation=found.id)
        now = self._on.clock.now()
        age = seconds_between(found.started_at, now)
        if age > GOOD_SECONDS or found.started_at > stamp(now):
            raise PlanExpired(
                f"The plan is {span(age)} old, or from a clock that was set back.",
                why=f"An apply rests on a plan of at most {span(GOOD_SECONDS)}.",
                next_step=again,
                operation=found.id,
            )
        plan = TunnelSync.of(found.result)
        if plan.based_on != one.revision:
            raise PlanStale(
                "The records of the tunnel changed since the plan.", next_step=again, operation=found.id
            )
        return plan

    async def _look(
        self, one: Tunnel, routes: Sequence[RouteSpec] | None, handle: OperationHandle
    ) -> TunnelSync:
        """What is there now, against the records as they are now."""
        if routes is None:
            source, observation = RouteSource.PROVIDER, await self._observe(one, handle)
        else:
            source, observation = RouteSource.MANUAL, _typed(routes)
        current = await self._on.tunnels.find(one.id)
        database = self._on.database
        holders = await rows.holders(database, one.id)
        directory = await published.directory(database)
        changes = changes_of(await rows.routes(database, one.id), observation, holders, directory)
        return TunnelSync(
            tunnel=name_of(current),
            source=source.value,
            observed_at=stamp(self._on.clock.now()),
            based_on=current.revision,
            observation=observation,
            changes=changes,
            counts=counts_of(changes, observation),
        )

    async def _observe(self, one: Tunnel, handle: OperationHandle) -> Observation:
        stand_in = self._on.providers.stand_in
        asked = f"a stand-in at {stand_in}, not {one.provider.value}" if stand_in else one.provider.value
        handle.log(Stream.RUN, f"ask {asked} about {one.provider_tunnel_id or one.name}")
        try:
            credential = await self._on.credentials.open(one)
            provider = self._on.providers.of(one.provider)
            observation = await provider.observe(address_of(one), credential)
        except PROVIDER_FAULTS as error:
            await self._remember(one, error)
            raise
        for note in (*observation.notes, *([observation.unavailable] if observation.unavailable else [])):
            handle.log(Stream.INFO, note)
        return observation

    async def _remember(self, one: Tunnel, error: DaoflowError) -> None:
        now, words = stamp(self._on.clock.now()), f"{error.message} {error.why}".strip()
        await self._on.database.write(
            lambda transaction: rows.failed(transaction, one.id, now, words[:300], error.code)
        )

    def _applied(self, one: Tunnel, sync: TunnelSync, handle: OperationHandle) -> Outcome:
        """The outcome, whose transaction brings the records in step; what was left out makes it partial."""
        done = sync.model_copy(update={"applied": True})
        _log(handle, done)
        left_out = done.counts[RouteState.CONFLICT] + done.counts["unreadable"]

        async def also(transaction: Transaction, operation_id: str) -> None:
            del operation_id
            await follow(transaction, one.id, done, stamp(self._on.clock.now()))

        if done.observation.routes is None:
            return Outcome(
                OperationStatus.PARTIAL,
                summary_of(done),
                done.document(),
                f"The routes could not be read: {done.observation.unavailable}",
                "ROUTES_UNAVAILABLE",
                also,
            )
        if left_out:
            words = f"{left_out} of the routes seen could not be recorded."
            return Outcome(
                OperationStatus.PARTIAL, summary_of(done), done.document(), words, "ROUTES_LEFT_OUT", also
            )
        return Outcome(OperationStatus.COMPLETED, summary_of(done), done.document(), also=also)

    async def _run(self, one: Tunnel, undertaking: Undertaking, work: Work) -> Operation:
        async def also(transaction: Transaction, operation_id: str) -> None:
            await rows.link(transaction, operation_id, one.id)

        return await self._on.operations.run_about(
            subject_of(one),
            one.name,
            undertaking,
            work,
            also=also,
        )


def _typed(routes: Sequence[RouteSpec]) -> Observation:
    seen = tuple(SeenRoute(hostname=one.hostname, service=one.service, path=one.path) for one in routes)
    return Observation(routes=seen)


def _refuse_nothing_to_ask(one: Tunnel, routes: Sequence[RouteSpec] | None) -> None:
    if routes is None and one.provider is Provider.MANUAL:
        raise InvalidInput(
            f"{one.name} is a manual tunnel: there is no provider that could be asked.",
            next_step="Say what it exposes: --route hostname=service:port, once for each; --no-routes for nothing.",
            field="route",
        )


def _refuse_taken(sync: TunnelSync, *, typed: bool) -> None:
    """What an operator typed is taken whole or not at all."""
    taken = [change for change in sync.changes if change.state is RouteState.CONFLICT]
    if typed and taken:
        first = taken[0]
        raise HostnameTaken(
            f"{readable(first.hostname)} belongs to tunnel {first.held_by}; nothing was recorded.",
            why="A hostname leads to one tunnel.",
            next_step=f"Sync {first.held_by} without it first, or delete that record.",
            hostname=first.hostname,
            tunnel=first.held_by,
        )


def _log(handle: OperationHandle, sync: TunnelSync) -> None:
    for change in sync.changes:
        if change.state is not RouteState.UNCHANGED:
            service = change.seen or change.recorded
            detail = f" ({change.detail})" if change.detail else ""
            handle.log(
                Stream.INFO, f"{change.state.value} {change.hostname}{change.path} -> {service}{detail}"
            )
    for one in sync.observation.unreadable:
        handle.log(Stream.ERROR, f"left out {one.hostname}: {one.reason}")
