"""The real app over the real core, with real SSH peers in this process."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest
from textual import events
from textual.pilot import Pilot

from daoflow_core.console import Opening, open_console
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Environment, ServerKind
from daoflow_core.secret import Secret
from daoflow_core.ssh.peer import Peer, PeerSetup
from daoflow_tui.app import DaoFlowApp
from daoflow_tui.start import prepare

DEADLINE = 20.0
DOCKER = r"""#!/bin/sh
case "$*" in
  compose*) echo 2.26.1 ;;
  *) eval "last=\${$#}"
     printf '%s\n' "$last" | sed 's/{{.Server.Version}}/26.1.5/' ;;
esac
"""


@dataclass(frozen=True)
class Home:
    """One operator's home: its store, its key file, and the environment that leads there."""

    folder: Path
    key: Path
    public: str

    @property
    def environ(self) -> dict[str, str]:
        return {"DAOFLOW_HOME": str(self.folder / "daoflow"), "HOME": str(self.folder)}

    def material(self) -> KeyMaterial:
        return KeyMaterial(Secret(self.key.read_bytes()))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("HOME", str(tmp_path))  # no ssh_config of whoever runs the tests
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "id_ed25519"
    path.write_bytes(key.export_private_key("openssh"))
    path.chmod(0o600)
    return Home(tmp_path, path, key.export_public_key("openssh").decode().strip())


@pytest.fixture
async def start_peer(home: Home) -> AsyncIterator[Callable[..., Awaitable[Peer]]]:
    """Starts healthy Docker hosts that let the operator's key in as deploy."""
    programs = home.folder / "programs"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    async with contextlib.AsyncExitStack() as peers:

        async def start(*algorithms: str, forwards: bool = False) -> Peer:
            path = f"{programs}:/usr/bin:/bin"
            setup = PeerSetup({"deploy": [home.public]}, {"PATH": path}, forwards=forwards)
            peer = await Peer.start(setup, algorithms=algorithms or ("ssh-ed25519",))
            peers.push_async_callback(peer.aclose)
            return peer

        yield start


@pytest.fixture
def register(home: Home):
    """Registers a peer in the store as the command line would, before the app looks at it."""

    async def add(
        name: str,
        peer: Peer,
        *,
        env: Environment = Environment.NONE,
        approve: bool = True,
        jump: str | None = None,
        kind: ServerKind = ServerKind.ENGINE,
    ) -> str:
        async with await open_console(Opening(home.environ)) as console:
            done = await console.servers.add(
                ServerDraft(
                    name,
                    peer.endpoint("deploy"),
                    "default",
                    kind,
                    env,
                    home.material(),
                    approve_fingerprint=peer.host_keys[0].fingerprint if approve else None,
                    jump=jump,
                )
            )
            return done.server.id

    return add


class Operator:
    """A person at the keyboard: presses, types, and waits for what they see."""

    def __init__(self, app: DaoFlowApp, pilot: Pilot[None]) -> None:
        self.app, self.pilot = app, pilot

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, words: str) -> None:
        for letter in words:
            await self.pilot.press({" ": "space"}.get(letter, letter))
        await self.pilot.pause()

    async def fill(self, words: str) -> None:
        """A line pasted into the field that has the keyboard: one event, where typing costs one a letter."""
        self.app._driver.send_message(events.Paste(words))
        await self.pilot.pause()

    def screen(self) -> str:
        """What is painted now."""
        return "\n".join(strip.text.rstrip() for strip in self.app.screen._compositor.render_strips())

    async def sees(self, *words: str) -> str:
        """Wait until all words are on screen."""
        await self.until(lambda: all(word in self.screen() for word in words), words)
        return self.screen()

    async def until(self, condition: Callable[[], bool], what: object = "") -> None:
        """Wait for a condition, with a deadline."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"not within {DEADLINE} s: {what}\n{self.screen()}"
            await self.pilot.pause(0.02)

    async def opened(self) -> None:
        """Wait for the core."""
        await self.until(lambda: self.app.session.console is not None and self.app.desk.loaded, "the core")
        await self.pilot.pause()

    async def resources_check(self) -> None:
        """One resource check of edge-1, by the core alone."""
        await self.app.session.ask(lambda console: console.resources.check("edge-1"))

    async def told(self, words: str) -> None:
        """Wait for a toast with these words."""
        await self.until(lambda: any(words in toast for toast in self.toasts()), (words, self.toasts()))

    def toasts(self) -> list[str]:
        return [note.message for note in self.app._notifications]


@pytest.fixture
def sit_down(home: Home):
    """Opens the app; the poller rests unless a test wants it."""

    @contextlib.asynccontextmanager
    async def open_app(
        *, size: tuple[int, int] = (120, 36), poll: bool = False, wait: bool = True, **overrides: object
    ):
        from dataclasses import replace

        settings = {name.replace("__", "."): value for name, value in overrides.items()}
        app = DaoFlowApp(replace(prepare(home.environ, settings), poll=poll))
        async with app.run_test(size=size) as pilot:
            operator = Operator(app, pilot)
            if wait:
                await operator.opened()
            yield operator

    return open_app


@pytest.fixture
def open_hub(sit_down, start_peer, register):
    """The hub of one healthy server, with services that answer from given values."""
    from tui.screens import hub_doubles

    @contextlib.asynccontextmanager
    async def open_it(
        *, env: Environment = Environment.NONE, size: tuple[int, int] = (120, 36), **settings: object
    ):
        await register("edge-1", await start_peer(), env=env)
        async with sit_down(size=size, **settings) as operator:
            console = operator.app.session.console
            operator.resources = console.resources = hub_doubles.Resources(console)
            operator.cleanup = console.cleanup = hub_doubles.Cleanup(console)
            operator.patches = console.patches = hub_doubles.Patches(console)
            operator.loop = operator.app.session._bridge._loop
            await operator.press("enter")
            await operator.sees("[1 Overview]")
            yield operator

    return open_it
