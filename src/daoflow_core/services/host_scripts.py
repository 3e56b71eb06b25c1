"""Runs scripts of framed steps on servers for operations: trust, key, transport, and every line into the log."""

from __future__ import annotations

import secrets

from daoflow_core.errors import HostIdentityChanged, OutcomeUnknown, TimedOut
from daoflow_core.model.host import DEFAULT_LIMIT, CommandResult
from daoflow_core.model.operation import Stream
from daoflow_core.model.server import Server
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.steps import STDERR, STDOUT, Began, Collector, Ended, FrameReader, Happening, Said
from daoflow_core.ports import Hosts, LocalHost, OutputSink
from daoflow_core.remote import steps_script
from daoflow_core.services.operation_handle import OperationHandle
from daoflow_core.services.targets import Targets
from daoflow_core.text import MAX_LINE, decode

STEP_SECONDS = 20
"""How long one step of a script may take unless its operation says otherwise."""


class HostScripts:
    """The one way from an operation to a host, over SSH or, for a local server, without."""

    def __init__(self, hosts: Hosts, local: LocalHost, targets: Targets) -> None:
        self._hosts = hosts
        self._local = local
        self._targets = targets

    async def run(
        self,
        server: Server,
        handle: OperationHandle,
        *parts: str,
        then: str = "",
        timeout: float,
        step_seconds: int = STEP_SECONDS,
        survive: bool = False,
        limit: int = DEFAULT_LIMIT,
        quiet: bool = False,
    ) -> StepReply:
        """Run the named parts of `daoflow_core.remote` in one script and log each step as it happens.

        `timeout` bounds the whole script, in seconds. `survive` lets it finish on the host when the connection
        is lost: for changes that must not stop half-way. `quiet` logs nothing: for a question that is asked
        again and again, whose answers are logged when they change. What ended the script early is in the reply's
        `error`; what kept it from being sent is raised: HostIdentityUnapproved, HostIdentityChanged, NoCredentials,
        Unreachable, AuthFailed, VaultLocked.
        """
        nonce = secrets.token_hex(12)
        script = steps_script(nonce, *parts, then=then, limit=step_seconds)
        listener = _Listener(nonce, None if quiet else handle)
        error: TimedOut | OutcomeUnknown | None = None
        result: CommandResult | None = None
        try:
            result = await self._send(server, script, timeout, listener.heard, survive, limit)
        except TimedOut as late:
            error = late
        listener.close()
        if error is None and result is not None and not listener.collector.whole:
            error = _cut_short(server, result, survive=survive)
        return StepReply(
            listener.collector.steps(),
            listener.collector.whole,
            result is not None and result.truncated,
            result.seconds if result else timeout,
            error,
        )

    async def _send(
        self, server: Server, script: str, timeout: float, sink: OutputSink, survive: bool, limit: int
    ) -> CommandResult:
        if server.is_local:
            return await self._local.run(script, timeout=timeout, sink=sink, survive=survive, limit=limit)
        target = await self._targets.of(server)
        try:
            return await self._hosts.run(
                target, script, timeout=timeout, sink=sink, survive=survive, limit=limit
            )
        except HostIdentityChanged:
            await self._targets.note_changed_key(server, asked=True)
            raise


class _Listener:
    """Hears both streams of one script, and writes what it hears into the operation's log."""

    def __init__(self, nonce: str, handle: OperationHandle | None) -> None:
        self.collector = Collector()
        self._handle = handle
        self._readers = {STDOUT: FrameReader(nonce), STDERR: FrameReader(nonce)}

    def heard(self, stream: str, data: bytes) -> None:
        self._note(stream, list(self._readers[stream].feed(data)))

    def close(self) -> None:
        for stream, reader in self._readers.items():
            self._note(stream, list(reader.close()))

    def _note(self, stream: str, happenings: list[Happening]) -> None:
        self.collector.take(stream, happenings)
        if self._handle is None:
            return
        for one in happenings:
            match one:
                case Began(_, command) if stream == STDOUT:
                    self._handle.log(Stream.RUN, command)
                case Said(_, data) if data:
                    self._handle.log(Stream(stream), _shown(data))
                case Ended(_, status, seconds) if stream == STDOUT:
                    took = "" if seconds is None else f" after {seconds:.1f} s"
                    self._handle.log(Stream.EXIT, f"exit {status}{took}")


def _shown(data: bytes) -> str:
    """One line as the log keeps it; what is beyond its length is counted, not silently dropped."""
    if len(data) <= MAX_LINE:
        return decode(data)
    return f"{decode(data[:MAX_LINE])} … {len(data) - MAX_LINE} bytes more, not kept here"


def _cut_short(server: Server, result: CommandResult, *, survive: bool) -> OutcomeUnknown:
    """The script's last line was not seen: the link was lost, the script was ended, or its output was cut."""
    how = (
        "the connection was lost"
        if result.exit_status is None
        else f"its output was over the limit of {DEFAULT_LIMIT // 1024 // 1024} MiB"
        if result.truncated
        else f"its shell ended with status {result.exit_status}"
    )
    left = "It may go on there until it is done. " if survive else ""
    return OutcomeUnknown(
        f"What was asked of {server.name} did not come to its end here: {how}.",
        why=f"{left}What was heard until then is in the log.",
        next_step="Check the server, then look at its state before you do it again.",
        server=server.name,
    )
