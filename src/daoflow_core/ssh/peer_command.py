"""What a peer runs: each session's command is a real process under `/bin/sh`, tied to its channel."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Mapping
from pathlib import Path

import asyncssh

from daoflow_core.processes import close_pipes, end_group, pipes
from daoflow_core.ssh.peer_program import PeerProgram
from daoflow_core.ssh.peer_terminal import PeerTerminal

STDERR = asyncssh.EXTENDED_DATA_STDERR
CHUNK = 64 * 1024
TerminalSize = tuple[int, int, int, int]
GRACE = 4.0  # seconds a command has to end by itself after its channel closed, as it would under sshd


class PeerShell(asyncssh.SSHServerSession[bytes]):
    """The channel's side of a session: it hands bytes to the command, late by the peer's latency."""

    def __init__(
        self,
        begin: Callable[[PeerShell, str | None], PeerProgram],
        ended: Callable[[], None],
        latency: float,
    ) -> None:
        self._begin = begin
        self._ended = ended
        self._latency = latency
        self._line: str | None = None
        self._command: PeerProgram | None = None
        self.size: tuple[int, int] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.closed = asyncio.Event()
        self.stdin: asyncio.Queue[bytes | None] = asyncio.Queue()

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """The channel is open."""
        self.channel = chan

    def pty_requested(self, _term: str, size: TerminalSize, _modes: Mapping[int, int]) -> bool:
        """A terminal is granted; what is started next runs under it."""
        self.size = size[0], size[1]
        return True

    def terminal_size_changed(self, width: int, height: int, _pixwidth: int, _pixheight: int) -> None:
        """The client's terminal has another size."""
        self.size = width, height
        if isinstance(self._command, PeerTerminal):
            self._command.resize(width, height)

    def shell_requested(self) -> bool:
        """A plain shell is granted; it reads its commands from the channel."""
        return True

    def exec_requested(self, command: str) -> bool:
        """Any command is granted: who may log in may run."""
        self._line = command
        return True

    def session_started(self) -> None:
        """Output is welcome from now on."""
        self._command = self._begin(self, self._line)

    def data_received(self, data: bytes, _datatype: int | None) -> None:
        """Bytes for the command's standard input."""
        self._later(data)

    def eof_received(self) -> bool:
        """The client's end of input; the command may go on talking."""
        self._later(None)
        return True

    def _later(self, data: bytes | None) -> None:
        """Queue what the client sent; None is its end of input."""
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self.stdin.put_nowait, data)
        else:
            self.stdin.put_nowait(data)

    def pause_writing(self) -> None:
        """The client reads slower than the command writes."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """The client has caught up."""
        self.writable.set()

    def connection_lost(self, _exc: Exception | None) -> None:
        """The channel is gone, for whatever reason."""
        self.closed.set()
        self.writable.set()
        self.stdin.put_nowait(None)
        self._ended()


class PeerCommand(PeerProgram):
    """One process group under `/bin/sh`; it does not outlive its channel by more than `GRACE` seconds."""

    def __init__(
        self,
        shell: PeerShell,
        line: str | None,
        environment: Mapping[str, str],
        directory: Path | None,
        flowing: asyncio.Event,
    ) -> None:
        self._shell = shell
        self._arguments = ("-c", line) if line is not None else ()
        self._environment = environment
        self._directory = directory
        self._flowing = flowing
        self._process: asyncio.subprocess.Process | None = None
        super().__init__()

    def kill(self) -> None:
        """End the process group at once, and wait for no output of what may have escaped it."""
        if self._process is not None:
            end_group(self._process.pid, signal.SIGKILL)
            close_pipes(self._process)

    async def _run(self) -> None:
        try:
            self._process = process = await self._start()
        except OSError as error:
            self._shell.channel.write_stderr(f"{error}\n".encode())
            self._report(127)
            return
        await self._carry(process)

    async def _start(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "/bin/sh",
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self._environment),
            cwd=self._directory,
            start_new_session=True,
        )

    async def _carry(self, process: asyncio.subprocess.Process) -> None:
        """Carry bytes both ways until the process is gone."""
        stdin, stdout, stderr = pipes(process)
        feeding = asyncio.create_task(self._feed(stdin))
        pumping = asyncio.gather(self._pump(stdout, None), self._pump(stderr, STDERR))
        guarding = asyncio.create_task(self._end_with_channel(process.pid))
        try:
            await pumping
            self._report(await process.wait())
        finally:
            feeding.cancel()
            guarding.cancel()
            end_group(process.pid, signal.SIGKILL)
            await asyncio.wait([feeding, guarding])
            stdin.close()

    async def _feed(self, stdin: asyncio.StreamWriter) -> None:
        """Carry the client's bytes to the process until either side has had enough."""
        while (data := await self._shell.stdin.get()) is not None:
            await self._flowing.wait()
            stdin.write(data)
            try:
                await stdin.drain()
            except (BrokenPipeError, ConnectionResetError):
                break
        stdin.close()

    async def _pump(self, stream: asyncio.StreamReader, datatype: int | None) -> None:
        """Carry one output stream to the client at the client's speed; without a client, throw it away."""
        while data := await stream.read(CHUNK):
            await self._flowing.wait()
            await self._shell.writable.wait()
            if not self._shell.closed.is_set():
                with contextlib.suppress(BrokenPipeError):  # the client leaves in this very moment
                    self._shell.channel.write(data, datatype)

    async def _end_with_channel(self, group: int) -> None:
        """When the channel closes: end of input first, as sshd does; then TERM, then KILL."""
        await self._shell.closed.wait()
        await asyncio.sleep(GRACE)
        end_group(group, signal.SIGTERM)
        await asyncio.sleep(1)
        self.kill()

    def _report(self, status: int) -> None:
        """Tell the client how the process ended, unless it has left."""
        if self._shell.closed.is_set():
            return
        if status < 0:
            self._shell.channel.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))
        else:
            self._shell.channel.exit(status)
