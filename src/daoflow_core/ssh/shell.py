"""A shell on a server under a terminal of its own, on a connection of its own: what floods it stalls nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import Any

from daoflow_core.errors import DaoflowError
from daoflow_core.model.host import Target
from daoflow_core.model.terminal import Foreground, ShellChoice, ShellEnd, ShellRequest
from daoflow_core.ports import Feed
from daoflow_core.remote import part
from daoflow_core.ssh import failures
from daoflow_core.ssh.channel import OPEN_SECONDS, Channel, LinkLostError, TerminalRefusedError
from daoflow_core.ssh.connector import Connector
from daoflow_core.ssh.link import Link
from daoflow_core.ssh.round_trip import round_trip
from daoflow_core.terminal_errors import TerminalRefused
from daoflow_core.text import decode

WINDOW = 64 * 1024
"""Bytes that may be under way before it is known how fast they are shown."""
SMALLEST_WINDOW, LARGEST_WINDOW = 8 * 1024, 256 * 1024
QUEUE = 0.003
"""Seconds of output that may wait for the one who shows it: as long as that a Ctrl-C has no effect."""
FAR = 0.1
"""Seconds there and back that are taken for those of a way nobody has measured."""
CLOSE_SECONDS = 3.0
ASK_SECONDS = 3.0
TERM = "xterm-256color"
SURROUNDINGS = {"COLORTERM": "truecolor"}
LOCALE = ("LANG", "LC_ALL", "LC_CTYPE")
"""What `ssh` sends of this machine's locale on most systems; a terminal of ours is UTF-8 and nothing else."""
_MODES = {42: 1, 128: 38400, 129: 38400}  # IUTF8, so that erase takes whole characters; the two line speeds
_COMMANDS = {ShellChoice.LOGIN: None, ShellChoice.BASH: "exec bash", ShellChoice.SH: "exec sh"}


class ShellChannel(Channel):
    """The near end: every byte goes to `feed` in the callback that brings it, which is what holds the host back."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self.lost: Exception | None = None

    def data_received(self, data: bytes, _datatype: int | None) -> None:
        """What the terminal shows; asyncssh would cut the connection for an error raised here."""
        self._feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel, or all of the connection, is closed."""
        self.lost = exc
        super().connection_lost(exc)


class SshShell:
    """The Shell port over SSH."""

    def __init__(self, channel: ShellChannel, link: Link, address: str, far: float = FAR) -> None:
        self._channel = channel
        self._far = far
        self._link = link
        self._address = address
        self._left = ""
        self._hanging_up = asyncio.ensure_future(self._hang_up())

    @classmethod
    async def open(cls, routes: Connector, target: Target, request: ShellRequest, feed: Feed) -> SshShell:
        """Log in and start a shell. Raises what `Routes.connect` does, and TerminalRefused."""
        connection = await routes.connect(target)
        link = Link(connection, target.endpoint)
        far = FAR if target.jump is not None else round_trip(connection) or FAR
        channel = ShellChannel(feed)
        try:
            await link.open(channel, OPEN_SECONDS, _session(request))
            return cls(channel, link, target.endpoint.address, far)
        except TerminalRefusedError as refused:
            await link.aclose()
            raise _refused(target, no_terminal=bool(refused.args[0])) from None
        except LinkLostError:
            await link.aclose()
            raise failures.closed(target.endpoint.address, "before a shell was open") from None
        except BaseException:
            link.abort()
            raise

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._channel.over.is_set()

    def write(self, data: bytes) -> None:
        """Type bytes; after the end nothing happens."""
        raw = self._channel.raw
        if raw is not None and not raw.is_closing():
            raw.write(data)

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal."""
        raw = self._channel.raw
        if raw is not None and not raw.is_closing():
            raw.change_terminal_size(columns, rows)

    def pause_reading(self) -> None:
        """Take no more than the window."""
        if self._channel.raw is not None and not self.over:
            self._channel.raw.pause_reading()

    def resume_reading(self) -> None:
        """Take what comes, beginning with what was held back."""
        if self._channel.raw is not None and not self.over:
            self._channel.raw.resume_reading()

    def pace(self, rate: float) -> None:
        """Have no more under way than the way holds at this rate, and a moment's worth to wait here."""
        raw = self._channel.raw
        if raw is not None:
            room = round(rate * (self._far + QUEUE))
            # asyncssh sets the window once and for all; this is what it fills the window up to.
            raw._init_recv_window = min(max(room, SMALLEST_WINDOW), LARGEST_WINDOW)

    async def foreground(self) -> Foreground:
        """What runs in the one terminal of this connection, asked on the host itself."""
        if self.over:
            return Foreground()
        try:
            answer = await self._link.run(part("foreground"), timeout=ASK_SECONDS, limit=4096)
        except (DaoflowError, LinkLostError):
            return Foreground()
        word, _, name = decode(answer.stdout.strip()).partition(" ")
        if answer.exit_status != 0 or word not in ("busy", "idle"):
            return Foreground()
        return Foreground(busy=word == "busy", program=name or None)

    async def ended(self) -> ShellEnd:
        """How it ended: what the server told, or why it could tell nothing."""
        await self._channel.over.wait()
        status, name = self._channel.exit_status, self._channel.signal
        if status is not None or name is not None:
            return ShellEnd(status, name)
        return ShellEnd(lost=self._left or self._why_lost())

    async def leave(self, why: str) -> None:
        """End the connection for a reason of our own."""
        self._left = self._left or why
        await self.close()

    async def close(self) -> None:
        """Hang up, as a closed terminal does, and wait until the connection is gone."""
        if self._channel.raw is not None and not self.over:
            self._channel.raw.resume_reading()
            self._channel.raw.close()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._channel.over.wait()
        except TimeoutError:
            self._link.abort()
        await self._hanging_up

    async def _hang_up(self) -> None:
        """The connection served this one shell."""
        await self._channel.over.wait()
        await self._link.aclose()

    def _why_lost(self) -> str:
        said = self._channel.lost
        if said is None:
            return f"{self._address} closed the session without an exit status."
        return f"The connection to {self._address} was lost: {failures.told(said)}."


def _session(request: ShellRequest) -> Mapping[str, Any]:
    return {
        "command": _COMMANDS[request.shell],
        "request_pty": "force",
        "term_type": TERM,
        "term_size": (request.columns, request.rows),
        "term_modes": _MODES,
        "env": {**SURROUNDINGS, **_locale()},
        "window": WINDOW,
    }


def _locale() -> dict[str, str]:
    found = {name: os.environ.get(name, "") for name in LOCALE}
    return {name: value for name, value in found.items() if value.lower().endswith(("utf-8", "utf8"))}


def _refused(target: Target, *, no_terminal: bool) -> TerminalRefused:
    address, user = target.endpoint.address, target.endpoint.user
    if no_terminal:
        return TerminalRefused(
            f"{address} gives {user} no terminal.",
            why="The login works; the SSH service there refuses a terminal (PermitTTY, or `no-pty` of the key).",
            next_step="Allow it in the server's sshd_config or authorized_keys.",
            address=address,
        )
    return TerminalRefused(
        f"{address} opens no shell for {user}.",
        why="The login works and a terminal was given, but no program was started in it.",
        next_step="Look at the login shell of this user there.",
        address=address,
    )
