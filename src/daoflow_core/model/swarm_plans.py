"""Changes of a swarm as they are foretold and as they went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from daoflow_core.model.stored import Stored
from daoflow_core.model.swarm import Availability, Mode, Quorum, Role

PLAN_MINUTES = 30
"""How old a plan may be when it is applied."""


class ServiceMove(Stored):
    """Tasks of one service that need a place: `candidates` are nodes that fit, `likely` where Swarm would put them.

    `unplaced` have none, for `reason`. `leaves_behind` are local volumes whose data stays on the old node.
    """

    service_id: str
    service: str
    mode: Mode
    tasks: int
    candidates: tuple[str, ...] = ()
    likely: Mapping[str, int] = {}
    unplaced: int = 0
    reason: str | None = None
    leaves_behind: tuple[str, ...] = ()


class ServiceTasks(Stored):
    """So many tasks of one service."""

    service_id: str
    service: str
    tasks: int


class PlainContainers(Stored):
    """Containers on a node that belong to no service and so never move; `known` False means that nobody could ask."""

    known: bool
    reason: str | None = None
    server: str | None = None
    names: tuple[str, ...] = ()


class SwarmPlan(Stored):
    """What every plan of a swarm's change holds: the reference's three fields, then what it rests on.

    `ground` are the facts the plan rests on, each in words; another word at the apply makes it stale. The last three
    fields say which host it was made on, and when by the clock that nobody can set.
    """

    dry_run: bool = True
    command: str
    summary: str
    cluster_id: str
    warnings: tuple[str, ...] = ()
    quorum_before: Quorum
    quorum_after: Quorum
    reversible: bool
    undo: str
    danger: Literal[2, 3]
    changes: bool = True
    ground: Mapping[str, str] = {}
    planned_at: str
    expires_at: str
    host_key_fingerprint: str | None = None
    boot_id: str | None = None
    monotonic_seconds: float | None = None


class NodePlan(SwarmPlan):
    """What another availability of a node does."""

    kind: Literal["node"] = "node"
    node_id: str
    node: str
    role: Role
    before: Availability
    after: Availability
    moves: tuple[ServiceMove, ...] = ()
    stops: tuple[ServiceTasks, ...] = ()
    starts: tuple[ServiceTasks, ...] = ()
    unplaced: int = 0
    stay: PlainContainers


class ScalePlan(SwarmPlan):
    """What another number of replicas does; `capacity` is how many more tasks have a place now, None past counting."""

    kind: Literal["service"] = "service"
    service_id: str
    service: str
    before: int
    running: int | None
    after: int
    adds: ServiceMove | None = None
    removes: int = 0
    capacity: int | None = None
    unplaced: int = 0


class ServiceNow(Stored):
    """One service after a change: what runs of what is wanted, on which nodes; `pending` wait for `reason`."""

    service_id: str
    service: str
    running: int | None
    replicas: int | None
    nodes: Mapping[str, int] = {}
    moved_to: Mapping[str, int] = {}
    pending: int = 0
    reason: str | None = None


class SwarmUpdate(Stored):
    """How an apply went: the reference's fields, then what became of every service that it touched."""

    dry_run: bool = False
    plan_id: str
    command: str
    summary: str
    exit_code: int | None
    converged: bool
    seconds: float
    before: str
    after: str | None
    as_planned: bool | None
    services: tuple[ServiceNow, ...] = ()
    left_on_node: int | None = None
    quorum_after: Quorum | None = None
