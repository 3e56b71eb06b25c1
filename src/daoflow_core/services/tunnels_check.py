"""Asking what a tunnel exposes whether it answers, from this machine; only when an operator asks for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from daoflow_core.clock import stamp
from daoflow_core.model.operation import Operation, OperationKind, OperationStatus, Stream
from daoflow_core.model.tunnel import RouteStatus, Tunnel
from daoflow_core.model.tunnel_sync import RouteCheck, TunnelCheck
from daoflow_core.ports import Transaction
from daoflow_core.services.operation_handle import Also, OperationHandle
from daoflow_core.services.operations import Outcome, Undertaking
from daoflow_core.services.tunnels_ground import Ground, name_of, subject_of
from daoflow_core.store import tunnels as rows

CHECK = Undertaking(OperationKind.TUNNEL_CHECK, "tunnel.check", "Reachability check")
AT_ONCE = 8
GOOD = frozenset({"answered"})
NOT_ASKED = frozenset({"skipped", "private-address"})


class Asking(Protocol):
    """Asks one hostname over HTTPS."""

    async def ask(self, hostname: str, path: str, *, allow_private: bool) -> RouteCheck:
        """How it answered."""
        ...


class TunnelCheckService:
    """Records the status and latency of every active route."""

    def __init__(self, ground: Ground, reach: Asking | None = None) -> None:
        self._on = ground
        self._reach = reach

    async def check(self, reference: str, *, allow_private: bool = False) -> Operation:
        """Ask every active route of a tunnel; partial when some did not answer, or could not be asked."""
        one = await self._on.tunnels.find(reference)

        async def work(handle: OperationHandle) -> Outcome:
            return await self._check(one, handle, allow_private=allow_private)

        async def also(transaction: Transaction, operation_id: str) -> None:
            await rows.link(transaction, operation_id, one.id)

        return await self._on.operations.run_about(subject_of(one), one.name, CHECK, work, also=also)

    async def _check(self, one: Tunnel, handle: OperationHandle, *, allow_private: bool) -> Outcome:
        routes = [
            route
            for route in await rows.routes(self._on.database, one.id)
            if route.status is RouteStatus.ACTIVE
        ]
        gate, reach = asyncio.Semaphore(AT_ONCE), self._reach or _reach()

        async def ask(hostname: str, path: str) -> RouteCheck:
            async with gate:
                answer = await reach.ask(hostname, path, allow_private=allow_private)
            handle.log(Stream.INFO, f"GET https://{hostname}{path}: {_said(answer)}")
            return answer

        answers = await asyncio.gather(*(ask(route.hostname, route.path) for route in routes))
        now = stamp(self._on.clock.now())
        result = TunnelCheck(tunnel=name_of(one), checked_at=now, routes=tuple(answers))

        async def also(transaction: Transaction, operation_id: str) -> None:
            del operation_id
            await _remember(transaction, one.id, result)

        return _outcome(one, result, also)


async def _remember(transaction: Transaction, tunnel_id: str, result: TunnelCheck) -> None:
    """Write each answer beside its route, but for routes that lead elsewhere or are gone by now."""
    answers = {(answer.hostname, answer.path): answer for answer in result.routes}
    for route in await rows.routes(transaction, tunnel_id):
        answer = answers.get(route.key)
        if answer is not None:
            checked = replace(
                route,
                check_outcome=answer.outcome,
                check_status=answer.status,
                check_latency_ms=answer.latency_ms,
                check_detail=answer.detail,
                checked_at=result.checked_at,
            )
            await rows.update_route(transaction, checked)


def _outcome(one: Tunnel, result: TunnelCheck, also: Also) -> Outcome:
    good = sum(1 for answer in result.routes if _is_good(answer))
    asked = sum(1 for answer in result.routes if answer.outcome not in NOT_ASKED)
    total = len(result.routes)
    words = f"{one.name}: {good} of {total} routes answer"
    words += f"; {total - asked} were not asked." if asked < total else "."
    if good == total:
        return Outcome(OperationStatus.COMPLETED, words, result.document(), also=also)
    return Outcome(
        OperationStatus.PARTIAL,
        words,
        result.document(),
        words,
        "ROUTES_NOT_ANSWERING",
        also,
    )


def _is_good(answer: RouteCheck) -> bool:
    """Any answer below 500 came from a service; what it says is the service's own business."""
    return answer.outcome in GOOD and (answer.status or 0) < 500


def _said(answer: RouteCheck) -> str:
    if answer.status is not None:
        return f"{answer.status} in {answer.latency_ms} ms"
    return f"{answer.outcome}: {answer.detail or ''}".rstrip(": ")


def _reach() -> Asking:
    from daoflow_core.providers.reach import Reach

    return Reach()
