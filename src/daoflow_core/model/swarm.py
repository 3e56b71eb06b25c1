"""A swarm as its manager told it at one moment: nodes, services, tasks, quorum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from daoflow_core.model.stored import Stored

Role = Literal["manager", "worker"]
Availability = Literal["active", "pause", "drain", "unknown"]
Reachability = Literal["reachable", "unreachable", "unknown"]
ManagerStatus = Literal["leader", "reachable", "unreachable", "none", "unknown"]
Mode = Literal["replicated", "global", "replicated-job", "global-job"]
Source = Literal["registration", "manual", "discovered"]

ENDED = frozenset({"complete", "shutdown", "failed", "rejected", "remove", "orphaned"})
"""States in which a task holds nothing any more."""


class SwarmNode(Stored):
    """One node. `host` is the address that the manager sees it at; resources are what it offers in all.

    `state` is the engine's own word: ready, down, unknown or disconnected. `tasks` counts what runs there.
    """

    id: str
    name: str
    host: str | None = None
    role: Role
    availability: Availability
    reachability: Reachability
    manager_status: ManagerStatus
    state: str = "unknown"
    manager_address: str | None = None
    engine_version: str | None = None
    labels: Mapping[str, str] = {}
    engine_labels: Mapping[str, str] = {}
    os: str | None = None
    architecture: str | None = None
    nano_cpus: int | None = None
    memory_bytes: int | None = None
    generic: Mapping[str, int] = {}
    tasks: int | None = None
    is_self: bool = False
    version: int | None = None


class PublishedPort(Stored):
    """One published port; in mode `host` it is taken on each node that runs a task."""

    published: int | None = None
    target: int
    protocol: str = "tcp"
    mode: str = "ingress"


class SwarmService(Stored):
    """One service. `running` and `replicas` (the tasks wanted) are the engine's count; None where it told none.

    `local_volumes` are named volumes that live on the node of a task and stay there when it moves.
    """

    id: str
    name: str
    stack: str | None = None
    mode: Mode
    running: int | None = None
    replicas: int | None = None
    image: str = ""
    ports: tuple[PublishedPort, ...] = ()
    constraints: tuple[str, ...] = ()
    platforms: tuple[tuple[str, str], ...] = ()
    max_per_node: int | None = None
    nano_cpus: int = 0
    memory_bytes: int = 0
    generic: Mapping[str, int] = {}
    local_volumes: tuple[str, ...] = ()
    update_state: str | None = None
    version: int | None = None

    @property
    def is_global(self) -> bool:
        """Whether it has a task on every node that fits, not a number of its own."""
        return self.mode in ("global", "global-job")

    @property
    def is_job(self) -> bool:
        """Whether its tasks are meant to end."""
        return self.mode in ("replicated-job", "global-job")

    @property
    def host_ports(self) -> frozenset[tuple[int, str]]:
        """The ports that a task takes on its node."""
        taken = (one for one in self.ports if one.mode == "host" and one.published)
        return frozenset((one.published or 0, one.protocol) for one in taken)


class SwarmTask(Stored):
    """One task that the swarm wants or that still runs; `node_id` is None until it has a place."""

    id: str
    service_id: str
    node_id: str | None = None
    slot: int | None = None
    desired: str
    state: str
    error: str | None = None

    @property
    def holds(self) -> bool:
        """Whether it has a place on a node and has not ended."""
        return self.node_id is not None and self.state not in ENDED


class Quorum(Stored):
    """The managers' majority: how many there are, answer, and must answer; how many more may be lost."""

    managers: int
    reachable: int
    needed: int
    holds: bool
    spare: int


class Summary(Stored):
    """The nodes in numbers, by the reference product's rules."""

    node_count: int
    manager_count: int
    worker_count: int
    active_node_count: int
    reachable_node_count: int


class SwarmTopology(Stored):
    """The whole snapshot, as it is kept and answered."""

    cluster_id: str
    cluster_name: str
    source: Source = "manual"
    default_namespace: str | None = None
    observed_at: str
    summary: Summary
    quorum: Quorum
    nodes: tuple[SwarmNode, ...]
    services: tuple[SwarmService, ...] = ()
    tasks: tuple[SwarmTask, ...] = ()

    def node(self, node_id: str | None) -> SwarmNode | None:
        """The node with this id."""
        return next((one for one in self.nodes if one.id == node_id), None)

    def service(self, service_id: str) -> SwarmService | None:
        """The service with this id."""
        return next((one for one in self.services if one.id == service_id), None)

    def tasks_of(self, service_id: str) -> list[SwarmTask]:
        """What is wanted of a service and has not ended."""
        return [one for one in self.tasks if one.service_id == service_id and one.state not in ENDED]

    def tasks_on(self, node_id: str) -> list[SwarmTask]:
        """What has its place on a node and has not ended."""
        return [one for one in self.tasks if one.node_id == node_id and one.holds]


def summary_of(nodes: Sequence[SwarmNode]) -> Summary:
    """Counts over the nodes."""
    managers = sum(one.role == "manager" for one in nodes)
    return Summary(
        node_count=len(nodes),
        manager_count=managers,
        worker_count=len(nodes) - managers,
        active_node_count=sum(one.availability == "active" for one in nodes),
        reachable_node_count=sum(one.reachability == "reachable" for one in nodes),
    )


def quorum_of(nodes: Sequence[SwarmNode]) -> Quorum:
    """Whether a majority of the managers answers."""
    states = [one.manager_status for one in nodes if one.role == "manager"]
    reachable = sum(one in ("leader", "reachable") for one in states)
    needed = len(states) // 2 + 1
    return Quorum(
        managers=len(states),
        reachable=reachable,
        needed=needed,
        holds=reachable >= needed,
        spare=max(0, reachable - needed),
    )
