"""A whole core over real in-process SSH servers, with a stand-in `docker` on their PATH."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret
from daoflow_core.services.access import Principal
from daoflow_core.ssh.peer import Peer, PeerSetup

DOCKER = r"""#!/bin/sh
case "$*" in
  compose*) echo 2.26.1 ;;
  'system df'*) echo '{"Active":"1","Reclaimable":"0B (0%)","Size":"21.4MB","TotalCount":"3","Type":"Images"}' ;;
  *) eval "last=\${$#}"
     printf '%s\n' "$last" | sed 's/{{.Server.Version}}/26.1.5/; s/{{.Swarm.LocalNodeState}}/active/; s/{{.Swarm.ControlAvailable}}/true/; s/{{.Swarm.Error}}//; s/{{.ManagerStatus}}/Leader/' ;;
esac
"""
"""The templates of `--format` filled in, as the real client does."""


@dataclass(frozen=True)
class Login:
    """A client key: its private part, and the line that lets it in."""

    pem: bytes
    line: str

    @classmethod
    def make(cls) -> Login:
        """A fresh ed25519 key."""
        key = asyncssh.generate_private_key("ssh-ed25519")
        return cls(key.export_private_key("openssh"), key.export_public_key("openssh").decode().strip())

    @property
    def material(self) -> KeyMaterial:
        """The key as it comes from a file."""
        return KeyMaterial(Secret(self.pem))


@pytest.fixture
def login() -> Login:
    return Login.make()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
async def start_peer(tmp_path: Path, login: Login) -> AsyncIterator[Callable[..., Awaitable[Peer]]]:
    """Starts peers that let `login` in as deploy and answer as a healthy Docker host."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    async with contextlib.AsyncExitStack() as peers:

        async def start(*, algorithms: tuple[str, ...] = ("ssh-ed25519",), docker: bool = True) -> Peer:
            path = f"{programs}:/usr/bin:/bin" if docker else "/nonexistent:/usr/bin:/bin"
            setup = PeerSetup({"deploy": [login.line]}, {"PATH": path})
            peer = await Peer.start(setup, algorithms=algorithms)
            peers.push_async_callback(peer.aclose)
            return peer

        yield start


@pytest.fixture
async def open_core(home: Path) -> AsyncIterator[Callable[..., Awaitable[Console]]]:
    """Opens consoles on one store and closes them."""
    async with contextlib.AsyncExitStack() as consoles:

        async def start(principal: Principal | None = None) -> Console:
            environ = {"DAOFLOW_HOME": str(home), "HOME": str(home)}
            return await consoles.enter_async_context(
                await open_console(Opening(environ, principal=principal))
            )

        yield start


@pytest.fixture
async def core(open_core: Callable[..., Awaitable[Console]]) -> Console:
    return await open_core()


@pytest.fixture
def draft(login: Login) -> Callable[..., ServerDraft]:
    """Wishes to register a peer."""

    def make(name: str, endpoint: Endpoint, **changes: object) -> ServerDraft:
        fields: dict[str, object] = {
            "region": "default",
            "kind": ServerKind.ENGINE,
            "environment": Environment.NONE,
            "key_material": login.material,
            **changes,
        }
        return ServerDraft(name, endpoint, **fields)  # type: ignore[arg-type]

    return make
