"""Waiting until a stack is as it was asked for, then asking it through its published ports."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

from daoflow_core.clock import Clock
from daoflow_core.errors import DaoflowError, HostIdentityChanged, TimedOut, Unreachable
from daoflow_core.model.operation import Stream
from daoflow_core.model.server import Server
from daoflow_core.model.stack import ProbeResult, RunningService, StackTarget
from daoflow_core.parse.stack_probes import Probe, address_of, status_of
from daoflow_core.parse.stack_state import Seen, Wanted, read_seen
from daoflow_core.ports import Hosts, LocalHost
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.stack_script import looking_script
from daoflow_core.services.stack_source import StackSource
from daoflow_core.services.targets import Targets

LOOK_SECONDS = 60.0
"""How long one look at a host may take."""
PROBE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two looks, and how long everything has to stay good before it counts."""

    between: float = 1.5
    steady: float = 4.0


@dataclass(frozen=True, slots=True)
class Converged:
    """How the waiting ended; `seen` None: what runs is not known."""

    done: bool | None
    reason: str
    seen: Seen | None


class StackWatch:
    """Looks at one stack until it stands, or cannot."""

    def __init__(
        self,
        scripts: HostScripts,
        hosts: Hosts,
        local: LocalHost,
        targets: Targets,
        clock: Clock,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._scripts = scripts
        self._hosts = hosts
        self._local = local
        self._targets = targets
        self._clock = clock
        self._rhythm = rhythm or Rhythm()

    async def look(
        self,
        server: Server,
        handle: OperationHandle,
        target: StackTarget,
        stack: str,
        wanted: Wanted,
        known_bad: Mapping[str, str] | None = None,
    ) -> Seen | None:
        """What runs now; None when it could not be seen, and why is in the log."""
        try:
            reply = await self._scripts.run(
                server, handle, "stack", then=looking_script(target, stack), timeout=LOOK_SECONDS, quiet=True
            )
        except DaoflowError as error:
            handle.log(Stream.ERROR, error.message)
            return None
        return read_seen(reply, target, stack, wanted, known_bad=known_bad)

    async def converge(
        self,
        server: Server,
        handle: OperationHandle,
        target: StackTarget,
        source: StackSource,
        known_bad: Mapping[str, str] | None,
        until: float,
    ) -> Converged:
        """Look until every service is good and stays so, until waiting can't help, or until the deadline."""
        stack, shown = source.request.stack, ""
        good_since: tuple[float, tuple[object, ...]] | None = None
        handle.log(Stream.INFO, "waits until every service is as the file asks for; says what changes")
        while True:
            seen = await self.look(server, handle, target, stack, source.wanted, known_bad)
            now = self._clock.monotonic()
            if seen is not None:
                words = "; ".join(map(service_words, seen.services))
                if words != shown:
                    handle.log(Stream.INFO, words)
                    shown = words
                if seen.hopeless is not None:
                    return Converged(False, seen.hopeless, seen)
                if not seen.good:
                    good_since = None
                elif good_since is None or good_since[1] != seen.mark:
                    good_since = (now, seen.mark)
                elif now - good_since[0] >= self._rhythm.steady:
                    return Converged(True, "", seen)
            if now >= until:
                return self._late(seen)
            await asyncio.sleep(min(self._rhythm.between, max(0.1, until - now)))

    @staticmethod
    def _late(seen: Seen | None) -> Converged:
        if seen is None:
            return Converged(None, "what runs could not be seen at the end of the time", None)
        bad = [service_words(one) for one in seen.services if not one.good]
        if bad:
            return Converged(False, f"not as asked for in time: {'; '.join(bad)}", seen)
        unsteady = tuple(
            one.model_copy(update={"good": False, "state": "does not stay"}) for one in seen.services
        )
        return Converged(False, "it did not stay as it should", replace(seen, services=unsteady))

    async def ask(
        self, server: Server, handle: OperationHandle, source: StackSource, until: float
    ) -> tuple[ProbeResult, ...]:
        """Every probe until it passes or the deadline is there; all of them at once."""
        asked = [self._until_passed(server, handle, source, one, until) for one in source.probes]
        return tuple(await asyncio.gather(*asked))

    async def _until_passed(
        self, server: Server, handle: OperationHandle, source: StackSource, probe: Probe, until: float
    ) -> ProbeResult:
        began, last = self._clock.monotonic(), ""
        handle.log(Stream.RUN, f"probe {probe.words}")
        while True:
            result = await self._once(server, source, probe)
            now = self._clock.monotonic()
            if result.passed or now >= until or result.passed is None:
                result = result.model_copy(update={"seconds": round(now - began, 2)})
                handle.log(Stream.INFO if result.passed else Stream.ERROR, f"{probe.words}: {result.detail}")
                return result
            if result.detail != last:
                last = result.detail
                handle.log(Stream.INFO, f"{probe.words}: not yet: {last}")
            await asyncio.sleep(self._rhythm.between)

    async def _once(self, server: Server, source: StackSource, probe: Probe) -> ProbeResult:
        address = address_of(probe, source.facts)
        if address is None:
            return ProbeResult(probe=probe.words, passed=None, detail="no service publishes its port")
        try:
            answer = await self._knock(server, address, probe)
        except Unreachable as error:
            passed = None if error.details.get("reason") == "forbidden" else False
            return ProbeResult(
                probe=probe.words, passed=passed, detail=" ".join((error.message, error.why)).strip()
            )
        except TimedOut as error:
            return ProbeResult(probe=probe.words, passed=False, detail=error.message)
        except DaoflowError as error:
            return ProbeResult(probe=probe.words, passed=None, detail=error.message)
        return _judged(probe, answer)

    async def _knock(self, server: Server, address: str, probe: Probe) -> bytes:
        said = probe.request(address)
        if server.is_local:
            return await self._local.knock(address, probe.port, said, timeout=PROBE_SECONDS)
        target = await self._targets.of(server)
        try:
            return await self._hosts.knock(target, address, probe.port, said, timeout=PROBE_SECONDS)
        except HostIdentityChanged:
            await self._targets.note_changed_key(server, asked=True)
            raise


def _judged(probe: Probe, answer: bytes) -> ProbeResult:
    if probe.path is None:
        return ProbeResult(probe=probe.words, passed=True, detail="takes connections")
    status = status_of(answer)
    if status is None:
        return ProbeResult(probe=probe.words, passed=False, detail="the answer is not HTTP")
    return ProbeResult(probe=probe.words, passed=200 <= status < 400, detail=f"answers with status {status}")


def service_words(one: RunningService) -> str:
    """One service in a few words: `web 2/3 (update updating)`."""
    desired = "?" if one.desired is None else str(one.desired)
    inside = ", ".join(part for part in (one.state if not one.good else "", one.detail) if part)
    return f"{one.service} {one.running}/{desired}" + (f" ({inside})" if inside else "")
