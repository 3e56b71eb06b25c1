"""The protocols between the services and the world: hosts, the store, the vault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from daoflow_core.model.host import DEFAULT_LIMIT, CommandResult, ProbeReply, Target
from daoflow_core.model.identity import ScannedKey
from daoflow_core.model.terminal import Foreground, ShellEnd, ShellRequest
from daoflow_core.model.tunnel import TunnelAddress
from daoflow_core.model.vault import Place
from daoflow_core.secret import Secret

if TYPE_CHECKING:
    from daoflow_core.model.tunnel_sync import Observation  # pydantic costs a start 80 ms

T = TypeVar("T")
Row = Mapping[str, Any]
OutputSink = Callable[[str, bytes], None]
"""Called with `"stdout"` or `"stderr"` and the bytes as they come."""
Feed = Callable[[bytes], None]
"""Called with what a terminal shows, as it comes."""


class Scanner(Protocol):
    """Asks a server for its host keys; no user name and no credential ever leaves."""

    async def scan(self, host: str, port: int, jump: Target | None = None) -> tuple[ScannedKey, ...]:
        """Every host key offered, ed25519 first, asked through the hop `jump`. Raises Unreachable when none came."""
        ...


class Shell(Protocol):
    """A program on a host under a terminal of its own; every call is made in the core's event loop."""

    def write(self, data: bytes) -> None:
        """Type bytes, as they are; after the end nothing happens."""
        ...

    def resize(self, columns: int, rows: int) -> None:
        """Change the size of the terminal; the program there is told."""
        ...

    def pause_reading(self) -> None:
        """Hear nothing more for now: the host is held back once what may be under way is full."""
        ...

    def resume_reading(self) -> None:
        """Hear what comes."""
        ...

    def pace(self, rate: float) -> None:
        """So many bytes a second are shown at most: no more of them than a moment's worth should be under way."""
        ...

    async def foreground(self) -> Foreground:
        """Whether a program runs in the shell now, as far as that can be known; takes 3 seconds at most."""
        ...

    async def ended(self) -> ShellEnd:
        """How it ended, once everything it showed was heard."""
        ...

    async def close(self) -> None:
        """Hang up, and wait until it has ended, for a few seconds at most."""
        ...


class Hosts(Protocol):
    """Pinned, pooled connections to servers; every failure is a DaoflowError with a specific code."""

    async def probe(
        self, target: Target, sections: Sequence[str], *, timeout: float, patient: bool, anew: bool = False
    ) -> ProbeReply:
        """One round trip over the resident shell. `patient` waits for a handshake slot; user checks go first.

        `anew` ends the open connection first, so that the host key and the login are proven again.
        """
        ...

    async def run(
        self,
        target: Target,
        script: str,
        *,
        timeout: float,
        sink: OutputSink | None = None,
        survive: bool = False,
        limit: int = DEFAULT_LIMIT,
    ) -> CommandResult:
        """Run a POSIX sh script on a channel of its own; at most `limit` bytes of each stream are kept.

        It ends on the host when the channel ends; with `survive` it is left to finish there.
        """
        ...

    async def open_shell(self, target: Target, request: ShellRequest, feed: Feed) -> Shell:
        """A shell under a terminal, on a pinned connection of its own; `feed` is called inline, in the core's loop.

        Not returning from `feed` is what holds the host back. Raises what `run` does, and TerminalRefused.
        """
        ...

    async def knock(self, target: Target, address: str, port: int, said: bytes, *, timeout: float) -> bytes:
        """Have the host connect to a port of its own, say `said`, and give the first bytes of the answer.

        Empty: the connection was taken and kept, and nothing came within a moment. Raises Unreachable with the
        `reason` refused, closed (taken and ended at once) or forbidden (the SSH service forwards nothing), TimedOut,
        and what `probe` does.
        """
        ...

    async def prove(self, target: Target) -> None:
        """Log in once, on a connection of its own, run an empty script, and leave. Raises what `probe` does."""
        ...

    async def close(self, server_id: str) -> None:
        """Drop every connection of one server, and those through it (its key, address or host key changed)."""
        ...

    async def aclose(self) -> None:
        """Drop every connection."""
        ...


class LocalHost(Protocol):
    """The machine this program runs on, as a server: same scripts, no SSH."""

    async def probe(self, sections: Sequence[str], *, timeout: float) -> ProbeReply:
        """One run of the probe script here."""
        ...

    async def run(
        self,
        script: str,
        *,
        timeout: float,
        sink: OutputSink | None = None,
        survive: bool = False,
        limit: int = DEFAULT_LIMIT,
    ) -> CommandResult:
        """Run a POSIX sh script here; it ends with its caller, or with `survive` is left to finish."""
        ...

    async def open_shell(self, request: ShellRequest, feed: Feed) -> Shell:
        """A shell here under a terminal of its own. Raises TerminalRefused."""
        ...

    async def knock(self, address: str, port: int, said: bytes, *, timeout: float) -> bytes:
        """Connect to a port here, as `Hosts.knock` does."""
        ...


class Transaction(Protocol):
    """One write transaction: all of it lands or nothing does."""

    async def run(self, sql: str, parameters: Sequence[object] = ()) -> int:
        """Execute one statement; returns the number of rows it touched."""
        ...

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Read inside the transaction."""
        ...


class Database(Protocol):
    """The store: any number of readers, one writer at a time."""

    async def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Read the newest committed rows."""
        ...

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one immediate transaction: it commits or rolls back whole, also for a cancelled caller."""
        ...

    async def fold_log(self) -> None:
        """Move the write-ahead log into the file, so that what was overwritten is gone from both."""
        ...

    async def keep_room(self) -> None:
        """Have a reserve on the disk for outcomes. Raises StoreFull: begin nothing then."""
        ...

    async def make_room(self) -> bool:
        """Give the reserve up, so that an outcome fits on a full disk; False when it was spent."""
        ...

    async def close(self) -> None:
        """Finish what is queued and close."""
        ...


class Vault(Protocol):
    """Seals secrets, each bound to its place."""

    def seal(self, place: Place, secret: Secret) -> bytes:
        """The sealed form of a secret. Raises VaultLocked."""
        ...

    def open(self, place: Place, blob: bytes) -> Secret:
        """The secret sealed for exactly this place. Raises VaultLocked or VaultDamaged."""
        ...

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A keyed fingerprint under the vault's root, for the audit head. Raises VaultLocked."""
        ...


class TunnelProvider(Protocol):
    """Asks who runs a tunnel's far end; every failure is a DaoflowError, and never holds a credential."""

    async def observe(self, address: TunnelAddress, credential: Secret) -> Observation:
        """Everything the provider shows of a tunnel, whole or not at all.

        Raises ProviderUnavailable, ProviderRefused or ProviderAnswerUnusable.
        """
        ...

    async def replace_secret(self, address: TunnelAddress, credential: Secret, secret: Secret) -> None:
        """Give a tunnel a new secret. Raises OutcomeUnknown when it may or may not have been taken."""
        ...

    async def has_secret(self, address: TunnelAddress, credential: Secret, secret: Secret) -> bool:
        """Whether the tunnel has exactly this secret now."""
        ...

    async def drop_connections(self, address: TunnelAddress, credential: Secret) -> None:
        """End every connection of the tunnel's connectors; those with the new token come back."""
        ...

    def connector_token(self, address: TunnelAddress, secret: Secret) -> Secret:
        """What a connector runs with once the tunnel has this secret."""
        ...
