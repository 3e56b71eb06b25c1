"""The demo fleet: a dozen SSH servers on loopback that live as long as the program, and then leave nothing behind."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType

from daoflow_core.demo.folders import environment, furnish, greeting, terminal_environment, trouble
from daoflow_core.demo.hosts import PLANS, DemoHost, Incident, Plan
from daoflow_core.secret import Secret
from daoflow_core.ssh.peer import LOOPBACK, Peer, PeerSetup, make_host_key

KEY_TYPE = "ssh-ed25519"


class DemoFleet:
    """Starts every host in good order; `unfold` then lets each one's incident happen."""

    def __init__(self, plans: Sequence[Plan] = PLANS) -> None:
        self._plans = tuple(plans)
        self._peers: dict[str, Peer] = {}
        self._reserved: list[socket.socket] = []
        self._exit = AsyncExitStack()
        self._folder = Path()
        self.hosts: tuple[DemoHost, ...] = ()

    async def __aenter__(self) -> DemoFleet:
        """Make the folders and start the servers; on failure nothing stays behind."""
        async with AsyncExitStack() as stack:
            self._folder = Path(tempfile.mkdtemp(prefix="daoflow-demo-"))
            stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
            stack.callback(self._free_ports)
            key = make_host_key(KEY_TYPE)  # the operator's login key, one for the whole fleet
            public = key.export_public_key("openssh").decode("ascii").strip()
            secret = Secret(key.export_private_key("openssh"))
            for plan in self._plans:
                peer = await self._start(plan, public)
                self._peers[plan.name] = peer
                stack.push_async_callback(peer.aclose)
            self.hosts = tuple(self._described(plan, secret) for plan in self._plans)
            self._exit = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every server, end what ran on it, remove the folders."""
        await self._exit.aclose()

    def peer(self, name: str) -> Peer:
        """The server behind one host, for tests."""
        return self._peers[name]

    async def seed(self, register: Callable[[DemoHost], Awaitable[object]]) -> None:
        """Register every host with a callback, one after the other, then `unfold`."""
        for host in self.hosts:
            await register(host)
        await self.unfold()

    async def unfold(self) -> None:
        """Let the incidents of the plans happen: from now on each host shows the state it stands for."""
        for plan in self._plans:
            await self._befall(plan)

    async def _start(self, plan: Plan, public: str) -> Peer:
        folder = self._folder / plan.name
        furnish(folder, plan)
        setup = PeerSetup(
            authorized={plan.user: [public]},
            environment=environment(folder),
            directory=folder / "home",
            terminal_environment=terminal_environment(plan),
            greeting=greeting(plan),
            latency=plan.latency,
            forwards=any(other.jump == plan.name for other in self._plans),
        )
        return await Peer.start(setup)

    def _described(self, plan: Plan, secret: Secret) -> DemoHost:
        peer = self._peers[plan.name]
        approved = None if plan.incident is Incident.UNAPPROVED else peer.host_keys[0].fingerprint
        return DemoHost(
            name=plan.name,
            host=LOOPBACK,
            port=peer.port,
            user=plan.user,
            region=plan.region,
            environment=plan.environment,
            kind=plan.kind,
            approved_fingerprint=approved,
            private_key=secret,
            jump=plan.jump if plan.jump in self._peers else None,
        )

    async def _befall(self, plan: Plan) -> None:
        peer = self._peers[plan.name]
        match plan.incident:
            case Incident.HUNG | Incident.DOWN | Incident.DENIED:
                trouble(self._folder / plan.name, plan.incident)
                return  # the login stays good
            case Incident.KEY_CHANGED:
                peer.rotate_host_key()
            case Incident.KEY_REFUSED:
                peer.authorize(plan.user)
            case Incident.PORT_CLOSED:
                await self._close_port(peer)
            case _:
                return
        peer.drop()  # so that the next check has to log in again

    async def _close_port(self, peer: Peer) -> None:
        """Stop the server, and hold its port without listening: every connection is refused, nobody else gets it."""
        await peer.aclose()
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._reserved.append(holder)
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOOPBACK, peer.port))

    def _free_ports(self) -> None:
        for holder in self._reserved:
            holder.close()
        self._reserved.clear()
