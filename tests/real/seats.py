"""A seat at a shell on a lab host: the console's own engine shows it, and keys reach it as the console sends them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from daoflow_core.console import Console
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.model.terminal import Notice, ShellRequest
from daoflow_core.secret import Secret
from daoflow_core.services.terminal_session import TerminalSession
from daoflow_tui.terminal import keys, mouse, pasting
from daoflow_tui.terminal.choice import choose
from daoflow_tui.terminal.emulation import Emulation
from daoflow_tui.terminal.values import Cell

from .lab_hosts import LabHost

DRAWN = 15.0
"""Seconds until a screen has to show what is waited for."""


async def enrol(console: Console, host: LabHost, name: str) -> None:
    """Register a host with the key it came up with, and give the leave to open shells there."""
    await console.servers.add(
        ServerDraft(
            name,
            Endpoint(host.address, host.port, "deploy"),
            region="default",
            kind=ServerKind.ENGINE,
            environment=Environment.NONE,
            key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
            approve_fingerprint=host.fingerprints["ed25519"],
        )
    )
    await console.grants.terminal(name, 900, "a test")


class Seat:
    """A sink that draws; every wait is for what the screen shows, and is woken by output."""

    def __init__(self, columns: int, rows: int) -> None:
        self._woken = asyncio.Event()
        self.emulation = Emulation(choose(columns, rows), self._woken.set, self._reply)
        self.session: TerminalSession | None = None

    async def sit_down(self, console: Console, server: str) -> None:
        """Open the login shell, with a prompt that can be told from everything else."""
        size = self.emulation
        with size.engine() as engine:
            wish = ShellRequest(engine.columns, engine.rows)
        self.session = await console.terminals.open(server, wish, self)
        self.line("rm -rf ~/seat; mkdir ~/seat; cd ~/seat; PS1='$ '; clear; echo rea''dy")
        await self.shows("ready")

    async def leave(self) -> None:
        """Hang up."""
        assert self.session is not None
        await self.session.close()
        self.emulation.close()

    def feed(self, data: bytes) -> None:
        """Draw what the host sends."""
        self.emulation.feed(data)

    def notice(self, notice: Notice) -> None:
        """No test here stays that long."""

    def _reply(self, data: bytes) -> None:
        assert self.session is not None
        self.session.write(data)

    # The operator's hands

    def type(self, text: str) -> None:
        """Type text as it stands."""
        assert self.session is not None
        self.session.write(text.encode())

    def press(self, *names: str) -> None:
        """Press keys by Textual's names, in the form that the program asked for."""
        assert self.session is not None
        for name in names:
            self.session.write(keys.to_program(keys.raw_of(name, None), self.emulation.modes))

    def line(self, text: str) -> None:
        """Type text, and enter."""
        self.type(text)
        self.press("enter")

    def paste(self, text: str) -> None:
        """Paste as the console does."""
        assert self.session is not None
        self.session.write(pasting.to_program(text, self.emulation.modes))

    def click(self, column: int, row: int) -> None:
        """Press and release the left button there."""
        assert self.session is not None
        for act in (mouse.Act.PRESS, mouse.Act.RELEASE):
            self.session.write(mouse.to_program(self.emulation.modes, mouse.Happening(act, 0, column, row)))

    def resize(self, columns: int, rows: int) -> None:
        """Give the shell another size."""
        assert self.session is not None
        self.emulation.resize(columns, rows)
        self.session.resize(columns, rows)

    # The operator's eyes

    def rows(self) -> list[str]:
        """The text of every row, without blanks at its end."""
        with self.emulation.engine() as engine:
            rows = range(engine.rows)
            return ["".join(cell.text for cell in engine.cells(row)).rstrip() for row in rows]

    def cells(self, row: int) -> list[Cell]:
        """Every cell of a row."""
        with self.emulation.engine() as engine:
            return engine.cells(row)

    def cursor(self) -> tuple[int, int]:
        """Column and row."""
        with self.emulation.engine() as engine:
            at = engine.cursor()
        return at.column, at.row

    async def until(self, holds: Callable[[list[str]], bool]) -> list[str]:
        """The rows as soon as something holds for them; fails with the screen at the deadline."""
        try:
            async with asyncio.timeout(DRAWN):
                while True:
                    self._woken.clear()
                    self.emulation.look()
                    rows = self.rows()
                    if holds(rows):
                        return rows
                    await self._woken.wait()
        except TimeoutError:
            raise AssertionError("never shown:\n" + "\n".join(self.rows())) from None

    async def shows(self, *texts: str) -> list[str]:
        """The rows once every text stands in one of them."""
        return await self.until(lambda rows: all(any(text in row for row in rows) for text in texts))

    async def prompts(self) -> list[str]:
        """The rows once the shell waits for a line."""
        return await self.until(lambda rows: rows[self.cursor()[1]] == "$")
