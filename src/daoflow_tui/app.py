"""The console in the terminal: one app, three places, the core in a thread of its own behind them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from textual.message import Message
from textual.signal import Signal

from daoflow_core.errors import DaoflowError
from daoflow_core.events import Event
from daoflow_core.model.operation import LET_FINISH
from daoflow_tui import collector, signals
from daoflow_tui.commands.essentials import ESSENTIALS
from daoflow_tui.commands.node import CommandApp
from daoflow_tui.crash import QuietCrash
from daoflow_tui.desk import Desk
from daoflow_tui.own_keys import use_own_keys
from daoflow_tui.screens.operations import OperationView
from daoflow_tui.screens.places import MODES
from daoflow_tui.session import Session
from daoflow_tui.start import LATEST, Start, prepare

if TYPE_CHECKING:
    from textual.driver import Driver

    from daoflow_core.console import Console
    from daoflow_core.secret import Secret
    from daoflow_core.services.vault_service import VaultStatus
    from daoflow_tui.screens.host_shell import HostShell

T = TypeVar("T")
SETTLING = 0.2
"""Seconds between two reads of the store while news keep coming."""


class DaoFlowApp(QuietCrash, CommandApp):
    """Owns the desk and the session; screens draw the one and ask the other."""

    OFFERS = ESSENTIALS
    TITLE = "DaoFlow"
    MODES = MODES

    class News(Message):
        """The core says that something was written; handled once however many came."""

        def __init__(self, events: tuple[Event, ...]) -> None:
            super().__init__()
            self.events = events

    def __init__(self, start: Start) -> None:
        super().__init__(theme=start.settings.theme, ascii_only=start.settings.ascii)
        self.start = start
        self.desk = Desk.laid(start)
        self.session = Session(start, lambda events: self.post_message(self.News(events)))
        self.news: Signal[tuple[Event, ...]] = Signal(self, "news")
        self.seconds: Signal[None] = Signal(self, "seconds")
        self.closing = False
        self.wants_demo = False
        self._reading = False
        self._read_again = False

    def get_driver_class(self) -> type[Driver]:
        """The usual driver, able to hand keys to a shell as they are."""
        usual = super().get_driver_class()
        if usual.__name__ != "LinuxDriver":
            return usual
        from daoflow_tui.terminal.keyboard import ShellDriver

        return ShellDriver

    async def on_mount(self) -> None:
        """Show the first look at once; the core starts after it is painted."""
        use_own_keys(self, self.start.settings.keys)
        signals.heed(self)
        await self.switch_mode("servers")
        if self.start.look.missing:
            from daoflow_tui.screens.first_run import FirstRun

            await self.push_screen(FirstRun())
        self.call_after_refresh(self._painted)
        self.set_interval(1.0, self._each_second)

    def _painted(self) -> None:
        """The first look is on screen: now what is heavy may begin."""
        collector.resume()
        self.run_worker(self._open(), group="core")

    # The core

    async def _open(self, passphrase: Secret | None = None) -> None:
        from daoflow_tui.screens.opening import OpeningFailed

        try:
            await (self.session.open() if passphrase is None else self.session.open_with(passphrase))
            vault = await self.session.ask(lambda console: console.vault_service.status())
        except DaoflowError as error:
            if not self.closing:
                await self.push_screen(OpeningFailed(error))
            return
        self.desk.learn(self.session)
        self.desk.vault_locked = vault.locked
        if vault.locked:
            self._ask_for(vault)
        await self.read_now()

    def _ask_for(self, vault: VaultStatus) -> None:
        from daoflow_tui.screens.opening import ask_passphrase

        ask_passphrase(self, vault, lambda words: self.run_worker(self._open(words), group="core"))

    async def unlock(self) -> None:
        """Ask for the vault's passphrase again, after it was not given at the start."""
        vault = await self.ask_or_tell(lambda console: console.vault_service.status())
        if vault is not None and vault.locked:
            self._ask_for(vault)

    def on_dao_flow_app_news(self, message: News) -> None:
        """Read the store again, soon and not too often; the screens are told once, of what the reading found."""
        del message
        self.read_soon()

    def _each_second(self) -> None:
        if self.session.console is not None and self.session.changed_elsewhere():
            self.read_soon()
        self.seconds.publish(None)

    def read_soon(self) -> None:
        """Read the store again; asked for while it is being read, once more afterwards."""
        if self._reading:
            self._read_again = True
        elif self.session.console is not None and not self.closing:
            self._reading = True
            self.run_worker(self._read_until_quiet(), group="read")

    async def _read_until_quiet(self) -> None:
        try:
            while True:
                self._read_again = False
                await self.read_now()
                await asyncio.sleep(SETTLING)
                if not self._read_again:
                    return
        finally:
            self._reading = False

    async def read_now(self) -> None:
        """Take over what the store holds at this moment."""
        try:
            rows = await self.session.ask(lambda console: console.fleet.rows("server.status"))
            latest = await self.session.ask(lambda console: console.history.operations(limit=LATEST))
            certificates = await self.session.ask(lambda console: console.fleet.certificates())
        except DaoflowError as error:
            if not self.closing and self.session.console is not None:  # else it is being opened again
                self.tell_error(error)
            return
        self.desk.fleet.take(rows)
        self.desk.certificates = certificates
        self.desk.operations = tuple(OperationView.of(one) for one in latest)
        self.desk.loaded = True
        self.news.publish(())

    # What screens and commands ask

    def why_denied(self, action: str) -> str | None:
        """Why the principal may not do an action now."""
        return self.session.why_not(action)

    def tell_error(self, error: DaoflowError) -> None:
        """What happened, why, what next: in a sheet over whatever is shown."""
        from daoflow_tui.screens.sheets.message import ErrorSheet

        self.push_screen(ErrorSheet(error))

    async def ask_or_tell(self, question: Callable[[Console], Coroutine[Any, Any, T]]) -> T | None:
        """The core's answer; an error is told in a sheet, and the answer is None."""
        try:
            return await self.session.ask(question)
        except DaoflowError as error:
            self.tell_error(error)
            return None

    async def go(self, mode: str) -> None:
        """Go to a place; it stands as it was left."""
        if self.current_mode != mode:
            await self.switch_mode(mode)

    async def show_server(self, server_id: str) -> None:
        """Open the detail of a server."""
        from daoflow_tui.screens.server import ServerScreen

        await self.go("servers")
        await self.push_screen(ServerScreen(server_id))

    async def begin_errand(self, server_id: str, kind: str) -> None:
        """Open the tab of a server that shows an operation, and begin it there."""
        from daoflow_tui.screens.server import ServerScreen

        await self.go("servers")
        if not (isinstance(self.screen, ServerScreen) and self.screen.server_id == server_id):
            await self.push_screen(ServerScreen(server_id))
        if isinstance(self.screen, ServerScreen):
            await self.screen.begin_errand(kind)

    async def show_terminal(self, server_id: str, shell: HostShell | None = None) -> None:
        """Open the terminal tab of a server with one of its shells; without one it gets the keyboard or is opened."""
        from daoflow_tui.screens.server import ServerScreen

        await self.go("servers")
        if not (isinstance(self.screen, ServerScreen) and self.screen.server_id == server_id):
            await self.push_screen(ServerScreen(server_id, "7"))
        if isinstance(self.screen, ServerScreen):
            self.screen.begin_terminal(shell)

    async def show_log(self, operation_id: str) -> None:
        """Open the log of an operation over what is shown."""
        from daoflow_tui.screens.log import LogScreen

        await self.push_screen(LogScreen(operation_id))

    def turn_times(self) -> None:
        """The next way of showing times, everywhere."""
        self.desk.times = self.desk.times.following
        self.notify(f"Times are shown as {self.desk.times.value}.", timeout=2, markup=False)
        self.news.publish(())

    async def leave(self) -> None:
        """Quit; asks first when something that was asked for here still runs."""
        from daoflow_tui.screens.sheets.leaving import LeavingSheet
        from daoflow_tui.screens.shells import words_of

        running = self.desk.under_way()
        shells = [f"{one.server_name} ({words_of(self, one)})" for one in self.desk.shells if one.is_open]
        if not running and not self.desk.checking and not shells:
            self.exit()
            return
        changing = any(kind in LET_FINISH for _, kind in self.desk.asked)
        sheet = LeavingSheet(running, len(self.desk.checking), changing=changing, shells=shells)
        self.push_screen(sheet, lambda yes: self.exit() if yes else None)

    async def on_unmount(self) -> None:
        """Let the core finish what it writes before the program ends."""
        self.closing = True
        await self.session.close()


def run(environ: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None) -> int:
    """Open the console on the operator's own store; returns the exit status. Raises ConfigInvalid."""
    start = prepare(os.environ if environ is None else environ, overrides)
    app = DaoFlowApp(start)
    app.run(mouse=start.settings.mouse)
    if app.wants_demo:
        from daoflow_tui import demo

        return demo.run(overrides=overrides)
    return app.return_code or 0
