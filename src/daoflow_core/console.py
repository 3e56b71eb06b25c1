"""The console: ports and services wired for one principal, the single thing a front end holds."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from daoflow_core import config
from daoflow_core.clock import Clock, SystemClock
from daoflow_core.errors import AuditBroken, StoreUnusable, TokenRefused, VaultLocked
from daoflow_core.events import Events
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.server import Server, ServerKind
from daoflow_core.model.settings import Settings
from daoflow_core.on_demand import OnDemand
from daoflow_core.paths import Paths
from daoflow_core.ports import Database, Hosts, LocalHost, Scanner, Vault
from daoflow_core.secret import Secret
from daoflow_core.services.access import Access, Principal, owner
from daoflow_core.services.audit import AuditService
from daoflow_core.services.backup import BackupService
from daoflow_core.services.cleanup import CleanupService
from daoflow_core.services.doctor import Check
from daoflow_core.services.fleet import FleetService
from daoflow_core.services.grants import GrantService
from daoflow_core.services.history import HistoryService
from daoflow_core.services.host_scripts import HostScripts
from daoflow_core.services.identity import IdentityService
from daoflow_core.services.importing import ImportService
from daoflow_core.services.inventory import Inventory
from daoflow_core.services.jumps import Jumps
from daoflow_core.services.keys import KeyService
from daoflow_core.services.operations import Operations
from daoflow_core.services.patches import PatchService
from daoflow_core.services.readiness import ReadinessService
from daoflow_core.services.recorder import Recorder
from daoflow_core.services.rights import Rights
from daoflow_core.services.servers import ServerService
from daoflow_core.services.targets import Targets
from daoflow_core.services.terms import Terms
from daoflow_core.services.tokens import TokenService, admit
from daoflow_core.services.unlocking import open_vault
from daoflow_core.services.vault_rotation import VaultRotation
from daoflow_core.services.vault_service import VaultService
from daoflow_core.services.vault_slots import VaultSlots
from daoflow_core.services.watch import Watch
from daoflow_core.store.engine import open_database
from daoflow_core.store.instance import Instance
from daoflow_core.vault.sources import VaultSources

TEND_SECONDS = 30.0
"""How often operations of dead processes are looked for."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How a console is to be opened; `overrides` are settings given on the command line.

    With a `token` its rights hold, and not the owner's.
    """

    environ: Mapping[str, str]
    overrides: Mapping[str, object] | None = None
    vault: VaultSources | None = None
    principal: Principal | None = None
    clock: Clock | None = None
    token: Secret | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a console is made of: where, for whom, and the ports to the world."""

    paths: Paths
    settings: Settings
    principal: Principal
    clock: Clock
    database: Database
    vault: Vault
    instance: Instance
    scanner: Scanner
    hosts: Hosts
    local: LocalHost
    agent_path: str | None = None
    provider_url: str | None = None


class Console(OnDemand):
    """One session: settings, services, events. Open it with `open_console`, end it with `close`."""

    def __init__(self, parts: Parts) -> None:
        self.paths, self.settings, self.principal = parts.paths, parts.settings, parts.principal
        self.clock, self.database, self.vault = parts.clock, parts.database, parts.vault
        self.instance, self._hosts, self._local = parts.instance, parts.hosts, parts.local
        self._agent_path, self._provider_url = parts.agent_path, parts.provider_url
        self.events = Events()
        self.recorder = Recorder(
            self.database, self.vault, self.events, self.clock, self.instance.id, self.paths.anchors_file
        )
        terms = Terms(self.clock)
        rights = self._rights = Rights(self.database, self.vault, terms)
        self.access = Access(self.principal, self.recorder, rights)
        self.inventory = Inventory(self.database)
        entitled = (self.database, self.vault, self.recorder, self.access, self.inventory, terms, rights)
        self.tokens, self.grants = TokenService(*entitled), GrantService(*entitled)
        self.keys = KeyService(self.database, self.vault, self.access, self.clock)
        self._wire_servers(parts)
        self.importing = ImportService(self.servers, self.keys, self.access, self.inventory)
        self.fleet = FleetService(self.database, self.access, self.inventory)
        self.history = HistoryService(self.database, self.recorder, self.access, self.inventory, self.clock)
        self.patches = PatchService(self.database, self.operations, self.scripts)
        self.cleanup = CleanupService(
            self.database,
            self.operations,
            self.scripts,
            self.inventory,
            self.targets,
            self.access,
            self.clock,
        )
        self.audit = AuditService(
            self.database, self.vault, self.access, self.recorder, self.paths.anchors_file
        )
        self._wire_vault()

    def _wire_vault(self) -> None:
        """What is done with the vault itself."""
        base = (self.database, self.vault, self.access)
        recording = (self.recorder, self.clock)
        self.vault_service = VaultService(*base)
        self.vault_slots = VaultSlots(*base, *recording, self.paths.key_file)
        self.vault_rotation = VaultRotation(*base, *recording)
        self.backups = BackupService(self.paths, self.vault, self.access, *recording)

    def _wire_servers(self, parts: Parts) -> None:
        """The three services that build on each other: trust, then checks, then the inventory's writer."""
        base = (self.recorder, self.access, self.inventory)
        jumps = Jumps(self.database, self.keys)
        self.identity = IdentityService(self.database, parts.scanner, parts.hosts, *base, jumps, self.clock)
        self.targets = Targets(self.identity, self.keys, jumps)
        self.readiness = ReadinessService(
            self.database, parts.hosts, parts.local, *base, self.targets, self.clock
        )
        self.readiness.follow = self._look_at_swarm
        self.scripts = HostScripts(parts.hosts, parts.local, self.targets)
        self.operations = Operations(*base)
        self.servers = ServerService(
            self.database, parts.hosts, *base, self.keys, self.identity, self.readiness, self.clock
        )

    async def __aenter__(self) -> Console:
        """Use the console and close it whatever happens."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        await self.close()

    async def close(self) -> None:
        """End open shells, drop connections, finish writes, give up the locks."""
        if "terminals" in vars(self):  # nothing is loaded only to be closed
            await self.terminals.aclose()
        await self._hosts.aclose()
        await self.recorder.close()
        await self.database.close()
        self.instance.close()

    async def diagnose(self) -> list[Check]:
        """Check everything live, the program's own ground first, then every server."""
        from daoflow_core.services.diagnosis import Diagnosis, Ground

        ground = Ground(
            self.paths,
            self.settings,
            self.database,
            self.vault_service,
            self.audit,
            self.access,
            self.instance,
            self.clock,
            self.readiness.check,
            self.certificates,
            self.check_tunnels,
            self._agent_path,
        )
        return await Diagnosis(ground).run()

    async def _look_at_swarm(self, server: Server, readiness: Readiness, registering: bool) -> None:
        """A check of a Swarm manager refreshes its topology, too."""
        if server.kind is ServerKind.SWARM_MANAGER:  # pydantic, which a check of an engine does not need
            await self.swarm.after_check(server, readiness, registering=registering)

    async def poll(self) -> None:
        """Keep every server's readiness current until cancelled; stands by while another process polls this store."""
        await self._watch().poll()

    async def poll_once(self) -> int:
        """Check every server once; returns how many were checked, 0 when another process polls."""
        return await self._watch().poll_once()

    def _watch(self) -> Watch:
        interval = self.settings.poll_interval_ms / 1000
        parts = (self.database, self.instance, self.access, self.inventory, self.readiness, self.events)
        return Watch(*parts, self.clock, interval)

    async def tend(self) -> None:
        """End what processes that die meanwhile leave running, until cancelled."""
        while True:
            await asyncio.sleep(TEND_SECONDS)
            await self.recover()

    async def recover(self) -> None:
        """End what dead processes left running; with a trail that can't be written that waits, and reading goes on."""
        with contextlib.suppress(AuditBroken, VaultLocked, StoreUnusable):
            await self.recorder.recover(self.instance)


async def open_console(opening: Opening) -> Console:
    """Open the store (made when missing), unlock the vault, recover what a dead process left, wire the services."""
    from daoflow_core.local import LocalShell
    from daoflow_core.ssh.pool import HostPool
    from daoflow_core.ssh.scan import KeyScanner
    from daoflow_core.ssh.transport import Transport

    _leave_no_core_dump()
    clock = opening.clock or SystemClock()
    paths = Paths.locate(opening.environ)
    settings = config.load(paths.config_file, opening.environ, opening.overrides)
    paths.prepare()
    async with contextlib.AsyncExitStack() as undo:
        database = await open_database(paths.database)
        undo.push_async_callback(database.close)
        sources = opening.vault or VaultSources.from_environment(opening.environ)
        vault = await open_vault(database, paths, sources, clock)
        instance = Instance(paths.run_dir)
        undo.callback(instance.close)
        agent = opening.environ.get("SSH_AUTH_SOCK")
        # One transport for scans and connections: they share the handshake slots.
        transport = Transport(agent_path=agent)
        principal, refused = opening.principal or owner(read_only=settings.read_only), None
        if opening.token is not None:
            try:
                principal = await admit(database, vault, clock, opening.token, read_only=settings.read_only)
            except TokenRefused as error:
                principal, refused = _stranger(error), error
        hosts = HostPool(transport)
        scanner, provider_url = KeyScanner(routes=hosts.routes), opening.environ.get("DAOFLOW_CLOUDFLARE_URL")
        world = (scanner, hosts, LocalShell(), agent, provider_url)
        console = Console(Parts(paths, settings, principal, clock, database, vault, instance, *world))
        hosts.routes.when_logged_in = console.keys.note_login
        if refused is not None:
            undo.push_async_callback(console.close)
            await console.access.refuse("token.use", refused)
        await console.recover()
        undo.pop_all()
        return console


def _stranger(error: TokenRefused) -> Principal:
    """Whoever came with a token that does not stand: a name for the record, and no scope."""
    return Principal(f"token {error.details.get('token', '(unknown)')}", frozenset())


def _leave_no_core_dump() -> None:
    """A crash of the interpreter must not write the open vault to disk."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
