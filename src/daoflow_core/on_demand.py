"""The services that a session loads when they are first asked for, so that a start doesn't pay for them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from daoflow_core.clock import Clock
    from daoflow_core.model.settings import Settings
    from daoflow_core.paths import Paths
    from daoflow_core.ports import Database, Hosts, LocalHost, Vault
    from daoflow_core.providers.choice import Providers
    from daoflow_core.services.access import Access
    from daoflow_core.services.certificates import CertificateService
    from daoflow_core.services.doctor import Check
    from daoflow_core.services.host_scripts import HostScripts
    from daoflow_core.services.identity import IdentityService
    from daoflow_core.services.inventory import Inventory
    from daoflow_core.services.key_inventory import KeyInventory
    from daoflow_core.services.key_rotation import KeyRotation
    from daoflow_core.services.keys import KeyService
    from daoflow_core.services.operations import Operations
    from daoflow_core.services.recorder import Recorder
    from daoflow_core.services.recordings import RecordingService
    from daoflow_core.services.resources import ResourceService
    from daoflow_core.services.rights import Rights
    from daoflow_core.services.servers import ServerService
    from daoflow_core.services.stacks import StackService
    from daoflow_core.services.swarm import SwarmService
    from daoflow_core.services.swarm_changes import SwarmChangeService
    from daoflow_core.services.swarm_plans import SwarmPlanService
    from daoflow_core.services.targets import Targets
    from daoflow_core.services.terminals import TerminalService
    from daoflow_core.services.tunnels import TunnelService
    from daoflow_core.services.tunnels_check import TunnelCheckService
    from daoflow_core.services.tunnels_credentials import TunnelCredentials
    from daoflow_core.services.tunnels_ground import Ground
    from daoflow_core.services.tunnels_prune import TunnelPruning
    from daoflow_core.services.tunnels_rotation import TunnelRotationService
    from daoflow_core.services.tunnels_sync import TunnelSyncService


class OnDemand:
    """What `Console` builds late; the parts named here are wired by it before."""

    paths: Paths
    settings: Settings
    clock: Clock
    database: Database
    vault: Vault
    recorder: Recorder
    access: Access
    inventory: Inventory
    keys: KeyService
    servers: ServerService
    identity: IdentityService
    targets: Targets
    scripts: HostScripts
    operations: Operations
    _hosts: Hosts
    _local: LocalHost
    _rights: Rights
    _provider_url: str | None

    @cached_property
    def key_inventory(self) -> KeyInventory:
        """The verbs on managed SSH keys but rotation."""
        from daoflow_core.services.key_inventory import KeyInventory

        base = (self.database, self._hosts, self.recorder, self.access)
        return KeyInventory(*base, self.inventory, self.keys, self.servers, self.clock)

    @cached_property
    def key_rotation(self) -> KeyRotation:
        """Rotation of managed SSH keys."""
        from daoflow_core.services.key_rotation import KeyRotation

        base = (self.database, self._hosts, self.recorder, self.access)
        return KeyRotation(*base, self.keys, self.targets, self.clock)

    @cached_property
    def certificates(self) -> CertificateService:
        """The certificate inventory."""
        from daoflow_core.services.certificates import CertificateService

        base = (self.database, self.vault, self.recorder, self.access)
        return CertificateService(*base, self.inventory, self.clock)

    @cached_property
    def resources(self) -> ResourceService:
        """Resource checks; loaded when they are asked for, because pydantic costs a start 80 ms."""
        from daoflow_core.services.resources import ResourceService

        ground = (self.database, self.operations, self.scripts, self.inventory, self.identity)
        return ResourceService(*ground, self.settings, self.clock)

    @cached_property
    def terminals(self) -> TerminalService:
        """Shells on servers."""
        from daoflow_core.services.terminal_watch import TerminalWatch
        from daoflow_core.services.terminals import TerminalService

        minutes = self.settings.terminal_idle_minutes
        watch = TerminalWatch(self.access, self._rights, self.inventory, self.clock, minutes)
        world = (self._hosts, self._local, self.targets)
        base = (self.operations, self.access, self.inventory)
        return TerminalService(*base, *world, watch, self.recordings, self.clock)

    @cached_property
    def recordings(self) -> RecordingService:
        """What was shown in shells, where it was kept."""
        from daoflow_core.services.recordings import RecordingService

        base = (self.database, self.vault, self.recorder, self.access, self.inventory)
        return RecordingService(*base, self._rights, self.clock, self.paths.recordings_dir)

    @cached_property
    def swarm(self) -> SwarmService:
        """The topology of swarms."""
        from daoflow_core.services.swarm import SwarmService

        ground = (self.database, self.operations, self.scripts, self.inventory)
        return SwarmService(*ground, self.access, self.clock)

    @cached_property
    def swarm_plans(self) -> SwarmPlanService:
        """Plans of changes of swarms."""
        from daoflow_core.services.swarm_plain import PlainContainerService
        from daoflow_core.services.swarm_plans import SwarmPlanService

        plain = PlainContainerService(self.scripts, self.inventory, self.access)
        ground = (self.database, self.operations, self.swarm, plain)
        return SwarmPlanService(*ground, self.targets, self.clock)

    @cached_property
    def swarm_changes(self) -> SwarmChangeService:
        """Changes of swarms."""
        from daoflow_core.services.swarm_changes import SwarmChangeService

        ground = (self.database, self.operations, self.scripts, self.inventory, self.swarm)
        return SwarmChangeService(*ground, self.targets, self.access, self.clock)

    @cached_property
    def stacks(self) -> StackService:
        """Deploys, rollbacks and removals of stacks; loaded late, because PyYAML and pydantic cost a start."""
        from daoflow_core.services.stack_change import StackChange
        from daoflow_core.services.stack_planner import StackPlanner
        from daoflow_core.services.stack_source import StackSources
        from daoflow_core.services.stack_watch import StackWatch
        from daoflow_core.services.stacks import StackGround, StackService

        sources = StackSources(self.database, self.vault)
        asked = (self.database, self.operations, self.scripts, self.inventory, self.targets)
        watch = StackWatch(self.scripts, self._hosts, self._local, self.targets, self.clock)
        return StackService(
            StackGround(
                self.database,
                self.operations,
                self.inventory,
                self.targets,
                self.access,
                self.clock,
                sources,
                StackPlanner(*asked, sources, self.clock),
                StackChange(self.scripts, self.targets, watch, self.clock),
            )
        )

    @cached_property
    def tunnel_credentials(self) -> TunnelCredentials:
        """The sealed secrets of tunnels."""
        from daoflow_core.services.tunnels_credentials import TunnelCredentials

        return TunnelCredentials(self.database, self.vault)

    @cached_property
    def tunnels(self) -> TunnelService:
        """The inventory of tunnels."""
        from daoflow_core.services.tunnels import TunnelService

        base = (self.database, self.tunnel_credentials, self.recorder, self.access)
        return TunnelService(*base, self.clock)

    @cached_property
    def tunnel_pruning(self) -> TunnelPruning:
        """Removal of stale routes."""
        from daoflow_core.services.tunnels_prune import TunnelPruning

        return TunnelPruning(self.database, self.tunnels, self.recorder, self.access, self.clock)

    @cached_property
    def tunnel_providers(self) -> Providers:
        """Who can be asked about tunnels; httpx is loaded when the first one is."""
        from daoflow_core.providers.choice import Providers

        return Providers(self._provider_url)

    @cached_property
    def _tunnel_ground(self) -> Ground:
        from daoflow_core.services.tunnels_ground import Ground

        own = (self.tunnels, self.tunnel_credentials, self.tunnel_providers)
        return Ground(self.database, self.operations, *own, self.clock)

    @cached_property
    def tunnel_sync(self) -> TunnelSyncService:
        """Plans and syncs of tunnels."""
        from daoflow_core.services.tunnels_sync import TunnelSyncService

        return TunnelSyncService(self._tunnel_ground)

    @cached_property
    def tunnel_rotation(self) -> TunnelRotationService:
        """Rotation of the credentials of tunnels."""
        from daoflow_core.services.tunnels_rotation import TunnelRotationService

        return TunnelRotationService(self._tunnel_ground, self.recorder, self.access)

    async def check_tunnels(self) -> Check | None:
        """The doctor's finding over all tunnels; nothing is loaded when there is none."""
        from daoflow_core.store import tunnels

        if not await tunnels.list_all(self.database):
            return None
        from daoflow_core.services.tunnels_diagnosis import check_tunnels

        own = (self.tunnels, self.tunnel_credentials, self.tunnel_providers)
        return await check_tunnels(*own, self.clock)

    @cached_property
    def tunnel_check(self) -> TunnelCheckService:
        """Whether what tunnels expose answers."""
        from daoflow_core.services.tunnels_check import TunnelCheckService

        return TunnelCheckService(self._tunnel_ground)
