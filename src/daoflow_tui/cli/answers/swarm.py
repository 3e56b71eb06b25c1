"""Answers about swarms: snapshots, plans and changes."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, RootModel

from daoflow_core.model.swarm import (
    Availability,
    ManagerStatus,
    Quorum,
    Reachability,
    Role,
    Source,
    Summary,
    SwarmTopology,
)
from daoflow_core.model.swarm_plans import NodePlan, ScalePlan, SwarmUpdate
from daoflow_tui.cli.answers.base import Answer, Moment
from daoflow_tui.cli.answers.records import Operation


class BriefNode(Answer):
    """One node, in the reference product's fields."""

    id: str
    name: str
    host: str | None
    role: Role
    availability: Availability
    reachability: Reachability
    managerStatus: ManagerStatus


class SwarmBrief(Answer):
    """What is kept of a manager's swarm; null before the first look, and for a plain engine."""

    clusterId: str
    clusterName: str
    source: Source
    defaultNamespace: str | None
    summary: Summary
    quorum: Quorum
    observedAt: Moment
    ageSeconds: int | None
    nodes: list[BriefNode]


class Topology(SwarmTopology):
    """A snapshot, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class Seen(Answer):
    """The result of a refresh."""

    topology: Topology


class Refreshed(Answer):
    """`server ops swarm refresh-topology`: the swarm as its manager told it."""

    status: Literal["completed"]
    operation: Operation
    result: Seen


class NodePlanResult(NodePlan):
    """A node's plan, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class ScalePlanResult(ScalePlan):
    """A service's plan, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class Update(SwarmUpdate):
    """How a change went, exactly as it is stored."""

    model_config = ConfigDict(extra="forbid")


class NodePlanned(Answer):
    """`--dry-run` for a node."""

    status: Literal["completed"]
    operation: Operation
    result: NodePlanResult


class ServicePlanned(Answer):
    """`--dry-run` for a service."""

    status: Literal["completed"]
    operation: Operation
    result: ScalePlanResult


class Updated(Answer):
    """`--yes`: a change after which everything came to its place."""

    status: Literal["completed"]
    operation: Operation
    result: Update


class NodeAvailability(RootModel[NodePlanned | Updated]):
    """`server ops swarm node availability`: a plan, or a change."""


class ServiceScale(RootModel[ServicePlanned | Updated]):
    """`server ops swarm service scale`: a plan, or a change."""
