"""Readiness: ask a server one round trip of questions, judge the answer, store it, tell whoever watches."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from daoflow_core.clock import Clock, stamp
from daoflow_core.errors import (
    AgentUnavailable,
    DaoflowError,
    HostIdentityChanged,
    NotFound,
    VaultLocked,
)
from daoflow_core.events import Event
from daoflow_core.model.host import ProbeReply
from daoflow_core.model.identity import IdentityReport
from daoflow_core.model.operation import OperationKind, OperationStatus, Stream
from daoflow_core.model.readiness import Readiness, ReadinessStatus
from daoflow_core.model.samples import Sample
from daoflow_core.model.server import Server, ServerKind
from daoflow_core.ports import Database, Hosts, LocalHost, Transaction
from daoflow_core.services.access import Access
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.targets import Targets, unapproved
from daoflow_core.services.verdict import judge
from daoflow_core.store import readiness as readiness_rows
from daoflow_core.store import resources as resource_rows

PROBE_TIMEOUT = 20.0
STANDS = {
    ReadinessStatus.READY: "is ready",
    ReadinessStatus.ATTENTION: "needs attention",
    ReadinessStatus.BLOCKED: "is blocked",
    ReadinessStatus.UNKNOWN: "is unknown",
}
"""Seconds for one whole check, login included; each question has its own shorter limit on the host."""

CHECK = "server.check"
REGISTER = "server.register"
Follow = Callable[[Server, Readiness, bool], Awaitable[None]]
"""What follows a check that an operator asked for; True says that the server is being registered."""


class ReadinessService:
    """Checks servers: recorded when an operator asks, quiet when the poller does."""

    def __init__(
        self,
        database: Database,
        hosts: Hosts,
        local: LocalHost,
        recorder: Recorder,
        access: Access,
        inventory: Inventory,
        targets: Targets,
        clock: Clock,
    ) -> None:
        self._database = database
        self._hosts = hosts
        self._local = local
        self._recorder = recorder
        self._access = access
        self._inventory = inventory
        self._targets = targets
        self._clock = clock
        self.follow: Follow | None = None

    async def latest(self, server_id: str) -> Readiness:
        """The newest stored verdict; `unknown` before the first check."""
        stored = await readiness_rows.of(self._database, server_id)
        return stored or Readiness(server_id, ReadinessStatus.UNKNOWN, "")

    async def check(self, reference: str, *, permitted_by: str = CHECK) -> Readiness:
        """One recorded check that an operator asked for: a fresh login, so that the host key is proven now.

        `permitted_by` is the action that a check belongs to, when it is the last part of another one.
        """
        server = await self._inventory.find(reference)
        scope = await self._access.require(permitted_by, f"server/{server.id}")
        handle = await self._recorder.begin(
            server,
            OperationKind.READINESS_CHECK,
            dry_run=False,
            scope=scope,
            actor=self._access.principal.name,
            action=CHECK,
            summary=f"Readiness check of {server.name}",
        )
        async with handle:
            readiness = await self._ask(server, patient=False, anew=True, handle=handle)
            readiness = replace(readiness, operation_id=handle.operation.id)
            await self.store(server, readiness)
            await self._conclude(handle, server, readiness)
        if self.follow is not None:
            await self.follow(server, readiness, permitted_by == REGISTER)
        return readiness

    async def check_quietly(self, server_id: str) -> Readiness | None:
        """One check for the poller: stored, not recorded as an operation; None when the server is gone."""
        try:
            server = await self._inventory.find(server_id)
        except NotFound:
            return None
        before = await self.latest(server_id)
        try:
            readiness = await self._ask(server, patient=True, anew=_may_be_mended_by_login(before))
        except (VaultLocked, AgentUnavailable):
            return before  # nothing was asked, so what is known stays and grows old
        same = before.status is readiness.status
        await self.store(server, replace(readiness, operation_id=before.operation_id if same else None))
        return readiness

    async def _ask(
        self, server: Server, *, patient: bool, anew: bool, handle: OperationHandle | None = None
    ) -> Readiness:
        now = stamp(self._clock.now())
        try:
            reply = await self._reply(server, patient=patient, anew=anew, handle=handle)
        except VaultLocked:
            raise  # a fault of this machine: it says nothing about the server
        except AgentUnavailable as error:
            if handle is None:
                raise  # the same, where nobody asked for an answer
            return judge(server, error, now)
        except HostIdentityChanged as error:
            await self._targets.note_changed_key(server, asked=handle is not None)
            return judge(server, error, now)
        except DaoflowError as error:
            return judge(server, error, now)
        if handle is not None:
            self._log_reply(handle, reply)
        return judge(server, reply, stamp(self._clock.now()))

    async def _reply(
        self, server: Server, *, patient: bool, anew: bool, handle: OperationHandle | None
    ) -> ProbeReply:
        sections = ["os", "res", "docker", "compose"]
        if server.kind is ServerKind.SWARM_MANAGER:
            sections.append("swarm")
        if handle is not None:
            where = (
                "on this machine, without SSH"
                if server.is_local
                else f"over SSH to {server.endpoint.address}"
            )
            handle.log(Stream.RUN, f"probe {' '.join(sections)} {where}")
        if server.is_local:
            return await self._local.probe(sections, timeout=PROBE_TIMEOUT)
        target = await self._targets.of(server)
        if handle is not None and target.jump is not None:
            handle.log(Stream.INFO, f"through {target.jump.name}, which is logged in to first")
        reply = await self._hosts.probe(target, sections, timeout=PROBE_TIMEOUT, patient=patient, anew=anew)
        if reply.fresh:
            await self._targets.proven(server)
        return reply

    async def without_trust(self, server: Server, report: IdentityReport) -> Readiness:
        """The verdict on a server that nothing may be sent to yet; asks nobody."""
        readiness = judge(server, unapproved(server, report), stamp(self._clock.now()))
        await self.store(server, readiness)
        return readiness

    async def store(self, server: Server, readiness: Readiness) -> None:
        """Keep a verdict and tell whoever watches."""

        async def write(transaction: Transaction) -> bool:
            await resource_rows.add_sample(transaction, server.id, _sample(readiness))
            return await readiness_rows.record(transaction, readiness)

        changed = await self._database.write(write)
        kind = "readiness.changed" if changed else "readiness.checked"
        self._recorder.publish(Event(kind, server.id, readiness.operation_id))

    @staticmethod
    def _log_reply(handle: OperationHandle, reply: ProbeReply) -> None:
        login = "a fresh login" if reply.fresh else "the open connection"
        handle.log(Stream.INFO, f"answered in {reply.latency_ms} ms over {login}")
        for section in reply.sections.values():
            handle.log(Stream.STDOUT, f"{section.name}: {section.value}")
            handle.log(Stream.EXIT, f"{section.name}: exit {section.status} after {section.seconds:.1f} s")

    @staticmethod
    async def _conclude(handle: OperationHandle, server: Server, readiness: Readiness) -> None:
        for issue in readiness.issues:
            handle.log(Stream.ERROR, f"{issue.message} {issue.next_step}")
        asked = readiness.status in (ReadinessStatus.READY, ReadinessStatus.ATTENTION)
        first = readiness.issues[0].message if readiness.issues else "No issue found."
        await handle.finish(
            OperationStatus.COMPLETED if asked else OperationStatus.FAILED,
            f"{server.name} {STANDS[readiness.status]}. {first}",
            {"readinessStatus": readiness.status.value, "issues": [issue.code for issue in readiness.issues]},
            error=None if asked else first,
        )


def _may_be_mended_by_login(before: Readiness) -> bool:
    """Whether only a fresh login can show a mended server: group membership is fixed for the life of a session."""
    return any(issue.code == "docker-denied" for issue in before.issues)


def _sample(readiness: Readiness) -> Sample:
    """A check as a point of the server's trend, which so exists without resource checks."""
    return Sample(
        readiness.checked_at, readiness.cpu_percent, readiness.memory_percent, readiness.disk_percent
    )
