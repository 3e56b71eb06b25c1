"""One session channel that runs the constant command, in bytes, and leaves nothing behind when it is given up."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import asyncssh
from asyncssh.constants import OPEN_REQUEST_PTY_FAILED, OPEN_REQUEST_SESSION_FAILED

from daoflow_core.script_frame import COMMAND

STDERR = asyncssh.EXTENDED_DATA_STDERR
OPEN_SECONDS = 10.0  # a server that can't open a session in this time is not well
SCRIPT: Mapping[str, Any] = {"command": COMMAND, "request_pty": False}
"""The session of a script: the constant command, and no terminal."""

_NOT_THIS_SESSION = (OPEN_REQUEST_PTY_FAILED, OPEN_REQUEST_SESSION_FAILED)


class LinkLostError(Exception):
    """The connection, or the shell on it, was gone before anything was asked of it: asking again is safe."""


class SessionRefusedError(Exception):
    """The connection is fine, but the server opens no further session on it."""


class TerminalRefusedError(Exception):
    """The server opens sessions, but not this one: it gives no terminal, or no shell."""


class Channel(asyncssh.SSHClientSession[bytes]):
    """The near end of a session: tells when it is over, and how."""

    def __init__(self) -> None:
        self.exit_status: int | None = None
        self.signal: str | None = None
        self.over = asyncio.Event()
        self.raw: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The server has granted the session."""
        self.raw = chan

    def write(self, data: bytes) -> None:
        """Send bytes to the shell. Raises LinkLostError when it is gone."""
        if self.raw is None or self.raw.is_closing():
            raise LinkLostError
        self.raw.write(data)

    def end_input(self) -> None:
        """Tell the far side that no more input comes: its guard ends the script."""
        if self.raw is not None and not self.raw.is_closing():
            self.raw.write_eof()

    def abort(self) -> None:
        """Close the channel now; the connection stays."""
        if self.raw is not None:
            self.raw.abort()

    def eof_received(self) -> bool:
        """The end of output is not the end of input: answering it would set off the guard."""
        return True

    def exit_status_received(self, status: int) -> None:
        """The shell has ended by itself."""
        self.exit_status = status

    def exit_signal_received(self, signal: str, _core_dumped: bool, _msg: str, _lang: str) -> None:
        """The shell was killed; the name comes without SIG."""
        self.signal = signal

    def connection_lost(self, _exc: Exception | None) -> None:
        """The channel, or all of the connection, is closed."""
        self.over.set()


async def open_channel(
    connection: asyncssh.SSHClientConnection,
    channel: Channel,
    timeout: float,
    session: Mapping[str, Any] = SCRIPT,
) -> None:
    """Start a session on a channel of its own, as bytes.

    Raises LinkLostError, or SessionRefusedError when the server has enough sessions, or TimeoutError, or
    TerminalRefusedError.
    """
    opening = asyncio.create_task(connection.create_session(lambda: channel, encoding=None, **session))
    opening.add_done_callback(_forget)
    try:
        async with asyncio.timeout(timeout):
            await asyncio.shield(opening)
    except (asyncio.CancelledError, TimeoutError):
        # Cancelling would leave a half-open session on the server: let it open, then close it.
        opening.add_done_callback(lambda _: channel.abort())
        raise
    except asyncssh.ChannelOpenError as error:
        if connection.is_closed():
            raise LinkLostError from None
        if session is not SCRIPT and error.code in _NOT_THIS_SESSION:
            raise TerminalRefusedError(error.code == OPEN_REQUEST_PTY_FAILED) from None
        raise SessionRefusedError from None
    except (OSError, asyncssh.Error):
        raise (LinkLostError if connection.is_closed() else SessionRefusedError) from None


def _forget(opening: asyncio.Future[Any]) -> None:
    """Take note of an outcome that nobody may be waiting for any more."""
    if not opening.cancelled():
        opening.exception()
