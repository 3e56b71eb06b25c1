"""The machine we run on, as a server: the same scripts under `sh`, without SSH."""

from __future__ import annotations

import asyncio
import secrets
import shlex
import signal
import time
from collections.abc import Sequence

from daoflow_core.capture import Kept
from daoflow_core.errors import InvalidInput, TimedOut, Unreachable
from daoflow_core.knocking import Streams, knock
from daoflow_core.model.host import DEFAULT_LIMIT, CommandResult, ProbeReply
from daoflow_core.model.terminal import ShellRequest
from daoflow_core.parse.probe import ReplyReader
from daoflow_core.ports import Feed, OutputSink, Shell
from daoflow_core.processes import close_pipes, end_session, own_environment, pipes
from daoflow_core.remote import probe_line, probe_script
from daoflow_core.script_frame import wrap

CHUNK = 64 * 1024
END_GRACE = 2.0  # seconds between TERM and KILL


class LocalShell:
    """Runs scripts here, each in a session of its own that ends with it."""

    async def probe(self, sections: Sequence[str], *, timeout: float) -> ProbeReply:
        """One run of the probe script. Raises TimedOut or Unreachable."""
        nonce = secrets.token_hex(8)
        started = time.monotonic()
        result = await self.run(f"{probe_script()}\n{probe_line(nonce, sections)}", timeout=timeout)
        found = ReplyReader(nonce).feed(result.stdout)
        if found is None:
            raise Unreachable(
                "This machine did not answer the check.",
                why=f"`sh` ended with status {result.exit_status} before the answer was whole.",
                next_step="Run `sh -c 'echo ok'` here and see what it says.",
                reason="closed",
            )
        return ProbeReply(found, round((time.monotonic() - started) * 1000), fresh=True)

    async def open_shell(self, request: ShellRequest, feed: Feed) -> Shell:
        """A shell of this user under a terminal of its own. Raises TerminalRefused."""
        from daoflow_core.local_terminal import LocalTerminal  # no start pays for it

        return await LocalTerminal.open(request, feed)

    async def run(
        self,
        script: str,
        *,
        timeout: float,
        sink: OutputSink | None = None,
        survive: bool = False,
        limit: int = DEFAULT_LIMIT,
    ) -> CommandResult:
        """Run a POSIX sh script; at its time's end, or when the caller is cancelled, its process group is ended.

        With `survive` it is left to finish instead. At most `limit` bytes of each stream are kept and given to
        `sink`. Raises TimedOut or InvalidInput.
        """
        payload = wrap(script, survive=True) if survive else _payload(script)
        kept = Kept(limit, sink)
        started = time.monotonic()
        process = await _start()
        try:
            async with asyncio.timeout(timeout):
                status = await _carry(process, payload, kept)
        except TimeoutError:
            await asyncio.shield(_leave(process) if survive else _end(process))
            raise _late(timeout, ended=not survive) from None
        except asyncio.CancelledError:
            await asyncio.shield(_leave(process) if survive else _end(process))
            raise
        killed_by = signal.Signals(-status).name.removeprefix("SIG") if status < 0 else None
        return kept.result(status, killed_by, time.monotonic() - started)

    async def knock(self, address: str, port: int, said: bytes, *, timeout: float) -> bytes:
        """Connect to a port of this machine, say something, and give the first bytes of the answer.

        Raises Unreachable (`reason` refused or closed) or TimedOut.
        """

        async def connect() -> Streams:
            return await asyncio.open_connection(address, port)

        return await knock(connect, f"{address}:{port}", said, timeout=timeout)


def _payload(script: str) -> bytes:
    """What goes to `sh -s`: the script sees an empty standard input."""
    if "\0" in script:
        raise InvalidInput(
            "A script can't hold a NUL byte.", why="A shell would cut it there.", field="script"
        )
    return f"eval {shlex.quote(script)} </dev/null\n".encode("utf-8", "surrogateescape")


async def _start() -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-s",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=own_environment(),
        start_new_session=True,
    )


async def _carry(process: asyncio.subprocess.Process, payload: bytes, kept: Kept) -> int:
    """Feed the script, keep what it says, and wait for its end."""
    stdin, stdout, stderr = pipes(process)
    await asyncio.gather(_feed(stdin, payload), _keep(stdout, "stdout", kept), _keep(stderr, "stderr", kept))
    return await process.wait()


async def _feed(stdin: asyncio.StreamWriter, payload: bytes) -> None:
    stdin.write(payload)
    try:
        await stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        return  # the shell ended before it had read all: its status tells why
    finally:
        stdin.close()


async def _keep(stream: asyncio.StreamReader, name: str, kept: Kept) -> None:
    while data := await stream.read(CHUNK):
        kept.add(name, data)


async def _end(process: asyncio.subprocess.Process) -> None:
    """See to it that the process is gone, and all it started in its session."""
    if process.returncode is None:
        end_session(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(END_GRACE):
                await process.wait()
        except TimeoutError:
            pass
    end_session(process.pid, signal.SIGKILL)
    close_pipes(process)
    await process.wait()


async def _leave(process: asyncio.subprocess.Process) -> None:
    """Stop listening; the script goes on in a session of its own."""
    close_pipes(process)


def _late(timeout: float, *, ended: bool) -> TimedOut:
    return TimedOut(
        f"The script on this machine was not done after {timeout:g} s.",
        why="It was ended, with every process it had started." if ended else "It may still be running.",
        next_step="Look at the load of this machine, then try again.",
        ended=ended,
    )
