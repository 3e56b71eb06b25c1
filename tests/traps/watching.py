"""What a process touched: files opened below a folder (inotify), and calls at a socket that stands for an agent."""

from __future__ import annotations

import asyncio
import ctypes
import os
import struct
from pathlib import Path

IN_ACCESS, IN_OPEN, IN_NONBLOCK = 0x1, 0x20, 0o4000
HEADER = struct.Struct("iIII")


class OpenedFiles:
    """Writes down every file of one folder that anybody opens or reads."""

    def __init__(self, folder: Path) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._handle = libc.inotify_init1(IN_NONBLOCK)
        added = libc.inotify_add_watch(self._handle, os.fsencode(folder), IN_ACCESS | IN_OPEN)
        assert self._handle >= 0 and added >= 0, os.strerror(ctypes.get_errno())

    def names(self) -> set[str]:
        """The files opened since the last time this was asked; the folder itself is `.`."""
        found: set[str] = set()
        while True:
            try:
                data = os.read(self._handle, 65536)
            except BlockingIOError:
                return found
            at = 0
            while at < len(data):
                *_, length = HEADER.unpack_from(data, at)
                name = data[at + HEADER.size : at + HEADER.size + length].rstrip(b"\0")
                found.add(os.fsdecode(name) or ".")
                at += HEADER.size + length

    def close(self) -> None:
        """Stop watching."""
        os.close(self._handle)


class FakeAgent:
    """A socket where an SSH agent would be: it answers nobody and counts who called."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.calls = 0

    async def __aenter__(self) -> FakeAgent:
        self._server = await asyncio.start_unix_server(self._called, self.path)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _called(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls += 1
        writer.close()
