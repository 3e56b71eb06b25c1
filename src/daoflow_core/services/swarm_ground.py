"""The facts that a plan of a swarm rests on, in words, and what has changed of them; pure functions."""

from __future__ import annotations

from collections.abc import Mapping

from daoflow_core.model.swarm import SwarmNode, SwarmService, SwarmTopology
from daoflow_core.services.swarm_judgement import Consequences
from daoflow_core.services.swarm_placement import holding


def ground_of_node(topology: SwarmTopology, node: SwarmNode, found: Consequences) -> dict[str, str]:
    """The facts that a plan for a node rests on: the nodes, and the services whose tasks it touches."""
    touched = found.touched()
    here = holding(topology.tasks_on(node.id))
    services = (one for one in topology.services if one.id in touched or here[one.id])
    told = {f"service {one.name}": f"{_service_words(one)}, {here[one.id]} here" for one in services}
    return {**_ground_of_nodes(topology), **told}


def ground_of_service(topology: SwarmTopology, service: SwarmService, *, grows: bool) -> dict[str, str]:
    """The facts that a plan for a service rests on; the nodes only where new tasks need a place."""
    told = {"swarm": topology.cluster_id, f"service {service.name}": _service_words(service)}
    return {**(_ground_of_nodes(topology) if grows else {}), **told}


def changed_ground(planned: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, each in words; empty when a plan still holds."""
    told = [
        f"{name} is {now[name]!r}, was {planned[name]!r}" if name in now else f"{name} is gone"
        for name in planned
        if now.get(name) != planned[name]
    ]
    return [*told, *(f"{name} is new" for name in now if name not in planned)]


def _ground_of_nodes(topology: SwarmTopology) -> dict[str, str]:
    names = [one.name for one in topology.nodes]
    told = {"swarm": topology.cluster_id}
    for one in topology.nodes:
        name = one.name if names.count(one.name) == 1 else f"{one.name} {one.id}"
        standing = f", {_answers(one)}" if one.role == "manager" else ""
        told[f"node {name}"] = f"{one.role}, {one.availability}, {one.state}{standing}"
    return told


def _answers(node: SwarmNode) -> str:
    return "answers" if node.manager_status in ("leader", "reachable") else "does not answer"


def _service_words(service: SwarmService) -> str:
    """What decides about the places of a service's tasks, in words."""
    parts = [service.mode, f"{service.replicas} wanted", *service.constraints]
    parts += [f"port {port}/{protocol}" for port, protocol in sorted(service.host_ports)]
    if service.max_per_node is not None:
        parts.append(f"at most {service.max_per_node} a node")
    if service.nano_cpus or service.memory_bytes:
        parts.append(f"reserves {service.nano_cpus / 1e9:g} CPU and {service.memory_bytes} bytes")
    return ", ".join(parts)
