"""What the steps of `dft_swarm_observe` say: the swarm's identity, its nodes, and with them the whole topology."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, cast

from daoflow_core.model.facts import Fault, SwarmFacts
from daoflow_core.model.steps import TIMED_OUT, Step, StepReply
from daoflow_core.model.swarm import (
    Availability,
    ManagerStatus,
    Reachability,
    Source,
    SwarmNode,
    SwarmService,
    SwarmTopology,
    quorum_of,
    summary_of,
)
from daoflow_core.parse.swarm_services import number, read_services, read_tasks, reservations
from daoflow_core.text import clean, decode

NODE_ID = re.compile(r"[a-z0-9]{25}")
UNNAMED = "default"
"""What Docker calls every swarm unless somebody named it."""
_AVAILABILITY = ("active", "pause", "drain")
_REACHABLE = {
    "ready": "reachable",
    "down": "unreachable",
    "unknown": "unreachable",
    "disconnected": "unreachable",
}


def documents(step: Step) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a step, one a line; whatever else the client says between them is passed over."""
    for line in step.stdout.split(b"\n"):
        if line.startswith(b"{"):
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(found, dict):
                yield found


def read_self(step: Step) -> SwarmFacts:
    """What the engine says of its own place in a swarm."""
    told = next(documents(step), None)
    if not step.succeeded or told is None:
        words = decode((step.stderr.strip() or step.stdout.strip()).split(b"\n")[-1])
        fault = Fault.HUNG if step.status == TIMED_OUT else Fault.OTHER
        return SwarmFacts(fault=fault, words=words or "no answer")
    return SwarmFacts(
        state=_word(told.get("State")) or None,
        manager=told.get("Manager") is True,
        words=_word(told.get("Error")),
    )


def read_topology(
    reply: StepReply, *, observed_at: str, unnamed: str, source: Source
) -> SwarmTopology | None:
    """The topology, or None when a question stayed unanswered; `unnamed` is what a swarm without a name is called."""
    asked = [reply[name] for name in ("swarm", "nodes", "services", "replicas")]
    told = next(documents(reply["swarm"]), {})
    cluster = told.get("Cluster")
    if not all(step.succeeded for step in asked) or not isinstance(cluster, dict):
        return None
    services = read_services(list(documents(reply["services"])), list(documents(reply["replicas"])))
    if services and not reply["tasks"].succeeded:
        return None
    tasks = read_tasks(list(documents(reply["tasks"])))
    running = Counter(one.node_id for one in tasks if one.state == "running")
    myself = _word(told.get("NodeID"))
    nodes = tuple(
        _node(one, myself, running[str(one["ID"])])
        for one in documents(reply["nodes"])
        if NODE_ID.fullmatch(str(one.get("ID", "")))
    )
    name = _word(cluster.get("Name"))
    return SwarmTopology(
        cluster_id=_word(cluster.get("ID")),
        cluster_name=unnamed if name in ("", UNNAMED) else name,
        source=source,
        default_namespace=_only_stack(services),
        observed_at=observed_at,
        summary=summary_of(nodes),
        quorum=quorum_of(nodes),
        nodes=tuple(sorted(nodes, key=lambda one: (one.role, one.name, one.id))),
        services=services,
        tasks=tasks,
    )


def _only_stack(services: tuple[SwarmService, ...]) -> str | None:
    """The stack that new work would belong to: the only one there is."""
    stacks = {one.stack for one in services if one.stack}
    return stacks.pop() if len(stacks) == 1 else None


def _node(told: Mapping[str, Any], myself: str, tasks: int) -> SwarmNode:
    status, platform = _part(told, "Status"), _part(told, "Platform")
    manager = _part(told, "ManagerStatus")
    state = _word(status.get("State")).lower()
    availability = _word(told.get("Availability")).lower()
    offers = reservations(_part(told, "Resources"))
    return SwarmNode(
        id=str(told["ID"]),
        name=_word(told.get("Hostname")) or str(told["ID"]),
        host=_address(_word(status.get("Addr")), _word(manager.get("Addr"))),
        role="manager" if _word(told.get("Role")) == "manager" else "worker",
        availability=cast(Availability, availability if availability in _AVAILABILITY else "unknown"),
        reachability=cast(Reachability, _REACHABLE.get(state, "unknown")),
        manager_status=_standing(told, manager),
        state=state or "unknown",
        manager_address=_word(manager.get("Addr")) or None,
        engine_version=_word(told.get("EngineVersion")) or None,
        labels=_labels(told.get("Labels")),
        engine_labels=_labels(told.get("EngineLabels")),
        os=_word(platform.get("OS")) or None,
        architecture=_word(platform.get("Architecture")) or None,
        nano_cpus=offers.nano_cpus,
        memory_bytes=offers.memory_bytes,
        generic=offers.generic,
        tasks=tasks,
        is_self=str(told["ID"]) == myself,
        version=number(told.get("Version")),
    )


def _standing(told: Mapping[str, Any], manager: Mapping[str, Any]) -> ManagerStatus:
    """A node's place among the managers; one that is a manager without a word of it is not known."""
    if not manager:
        return "unknown" if _word(told.get("Role")) == "manager" else "none"
    reachability = _word(manager.get("Reachability")).lower()
    if reachability == "reachable":
        return "leader" if manager.get("Leader") is True else "reachable"
    return "unreachable" if reachability == "unreachable" else "unknown"


def _address(told: str, manager: str) -> str | None:
    """Where a node is; a leader that was restarted knows itself by 0.0.0.0 only, and by its manager address."""
    if told not in ("", "0.0.0.0", "127.0.0.1", "::", "::1"):  # noqa: S104 - compared, never bound
        return told
    return manager.rpartition(":")[0].strip("[]") or told or None


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _labels(told: object) -> dict[str, str]:
    if not isinstance(told, dict):
        return {}
    return {clean(str(name)): clean(str(value)) for name, value in sorted(told.items())}


def _word(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""
