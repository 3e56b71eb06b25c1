"""A real SSH server on loopback, in this process: the demo fleet and the tests talk to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.server import Endpoint
from daoflow_core.ssh.hostkeys import scanned
from daoflow_core.ssh.peer_command import PeerCommand, PeerShell
from daoflow_core.ssh.peer_program import PeerProgram
from daoflow_core.ssh.peer_terminal import PeerTerminal

LOOPBACK = "127.0.0.1"
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(slots=True)
class PeerLog:
    """What a peer was offered, in order: the proof that nothing left before the host key was right."""

    connections: int = 0
    users: list[str] = field(default_factory=list)
    key_offers: list[str] = field(default_factory=list)
    logins: int = 0
    commands: list[str] = field(default_factory=list)
    forwards: list[tuple[str, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PeerSetup:
    """How a peer behaves: who may log in, and in what surroundings its commands run."""

    authorized: Mapping[str, Sequence[str]]
    """User name to the public keys (OpenSSH lines) that open it."""
    environment: Mapping[str, str] = field(default_factory=lambda: {"PATH": DEFAULT_PATH})
    """The whole environment of every command: nothing is inherited from this process."""
    directory: Path | None = None
    """Where commands start; also their HOME unless the environment names one."""
    max_sessions: int = 10
    forwards: bool = False
    """Whether it lets its users connect further through it."""
    terminals: bool = True
    """Whether a client may have a terminal; a shell in one also gets `terminal_environment`."""
    terminal_environment: Mapping[str, str] = field(default_factory=dict)
    greeting: bytes = b""
    """What a shell under a terminal shows first."""
    latency: float = 0.0
    """Seconds between a client's bytes and their arrival at a command, and before a login is looked at."""


class Peer:
    """One listening SSH server; `start` it, and `aclose` it to end its connections and processes."""

    def __init__(self, setup: PeerSetup, host_keys: Iterable[asyncssh.SSHKey]) -> None:
        self.setup = setup
        self.log = PeerLog()
        self.port = 0
        self._keys = list(host_keys)
        self._allowed = {
            user: {asyncssh.import_public_key(line).public_data for line in lines}
            for user, lines in setup.authorized.items()
        }
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._commands: set[PeerProgram] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    @classmethod
    async def start(
        cls, setup: PeerSetup, *, algorithms: Sequence[str] = ("ssh-ed25519",), port: int = 0
    ) -> Peer:
        """A peer with fresh host keys of these algorithms, listening on 127.0.0.1 (port 0: any free one)."""
        peer = cls(setup, [make_host_key(algorithm) for algorithm in algorithms])
        await peer._listen(port)
        return peer

    async def _listen(self, port: int) -> None:
        self._acceptor = await asyncssh.listen(
            LOOPBACK,
            port,
            server_factory=lambda: _PeerServer(self),
            server_host_keys=self._keys,
            config=None,
            encoding=None,
            line_editor=False,
            gss_host=None,
            allow_scp=False,
            allow_pty=self.setup.terminals,
            agent_forwarding=False,
            compression_algs=None,
            x509_trusted_certs=None,
            keepalive_interval=0,
            login_timeout=30,
        )
        self.port = self._acceptor.get_port()

    @property
    def host_keys(self) -> tuple[ScannedKey, ...]:
        """The host keys shown to the next client."""
        return tuple(scanned(key) for key in self._keys)

    @property
    def connected(self) -> int:
        """How many clients are connected now."""
        return len(self._connections)

    @property
    def running(self) -> int:
        """How many sessions have a command running now."""
        return len(self._commands)

    def endpoint(self, user: str) -> Endpoint:
        """Where a client finds this peer."""
        return Endpoint(LOOPBACK, self.port, user)

    def rotate_host_key(self, *algorithms: str) -> tuple[ScannedKey, ...]:
        """Show new host keys to every later client, of the same algorithms unless others are named."""
        wanted = algorithms or tuple(key.get_algorithm() for key in self._keys)
        return self.use_host_keys([make_host_key(algorithm) for algorithm in wanted])

    def use_host_keys(self, keys: Sequence[asyncssh.SSHKey]) -> tuple[ScannedKey, ...]:
        """Show exactly these host keys to every later client."""
        self._keys = list(keys)
        if self._acceptor is not None:
            self._acceptor.update(server_host_keys=self._keys)
        return self.host_keys

    def authorize(self, user: str, *lines: str) -> None:
        """Let these public keys, and no others, in as a user from now on."""
        self._allowed[user] = {asyncssh.import_public_key(line).public_data for line in lines}

    def freeze(self) -> None:
        """Stop answering: commands neither hear nor say anything until `thaw`."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Answer again, beginning with what was held back."""
        self._flowing.set()

    def drop(self) -> None:
        """Cut every connection at once, as a crashed sshd would; the peer keeps listening."""
        for connection in list(self._connections):
            connection.abort()

    async def aclose(self) -> None:
        """Stop listening, cut every connection, end every command's process group, and wait for all of it."""
        if self._acceptor is not None:
            self._acceptor.close()
        self.thaw()
        self.drop()
        while self._connections:
            await asyncio.gather(*(connection.wait_closed() for connection in list(self._connections)))
        while self._commands:
            await asyncio.gather(*(command.ended(1.0) for command in list(self._commands)))
        if self._acceptor is not None:
            await self._acceptor.wait_closed()


class _PeerServer(asyncssh.SSHServer):
    """One client's conversation with a peer: it writes down every offer before it answers it."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._sessions = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._peer.log.connections += 1
        self._peer._connections.add(conn)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._peer._connections.discard(self._connection)

    async def begin_auth(self, username: str) -> bool:
        self._peer.log.users.append(username)
        await asyncio.sleep(self._peer.setup.latency)
        return True

    def auth_completed(self) -> None:
        self._peer.log.logins += 1

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        self._peer.log.key_offers.append(key.get_fingerprint("sha256"))
        return key.public_data in self._peer._allowed.get(username, ())

    def session_requested(self) -> PeerShell | bool:
        if self._sessions >= self._peer.setup.max_sessions:
            return False
        self._sessions += 1
        return PeerShell(self._begin, self._ended, self._peer.setup.latency)

    def connection_requested(self, dest_host: str, dest_port: int, _host: str, _port: int) -> bool:
        if not self._peer.setup.forwards:
            raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")
        self._peer.log.forwards.append((dest_host, dest_port))
        return True

    def _begin(self, shell: PeerShell, line: str | None) -> PeerProgram:
        setup = self._peer.setup
        self._peer.log.commands.append(line or "")
        home = {"HOME": str(setup.directory)} if setup.directory else {}
        environment = {**home, **setup.environment}
        command: PeerProgram
        if shell.size is None:
            command = PeerCommand(shell, line, environment, setup.directory, self._peer._flowing)
        else:
            asked = shell.channel.get_environment()
            terminal = {name: asked[name] for name in ("COLORTERM",) if name in asked}
            terminal |= {"TERM": shell.channel.get_terminal_type() or "dumb", **setup.terminal_environment}
            if line is None:
                shell.channel.write(setup.greeting)
            command = PeerTerminal(
                shell, line, {**environment, **terminal}, setup.directory, self._peer._flowing
            )
        self._peer._commands.add(command)
        command.when_ended(self._peer._commands.discard)
        return command

    def _ended(self) -> None:
        self._sessions -= 1


def make_host_key(algorithm: str) -> asyncssh.SSHKey:
    """A fresh key of one type, such as `ssh-ed25519`; RSA keys get 2048 bits, for speed."""
    if algorithm == "ssh-rsa":
        return asyncssh.generate_private_key(algorithm, key_size=2048)
    return asyncssh.generate_private_key(algorithm)
