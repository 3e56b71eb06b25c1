"""Where Swarm can put tasks: its own filters and its spreading, as a forecast; pure."""

from __future__ import annotations

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from daoflow_core.model.swarm import SwarmNode, SwarmService, SwarmTask, SwarmTopology

_CONSTRAINT = re.compile(r"\s*(?P<key>[^=!\s]+)\s*(?P<sign>==|!=)\s*(?P<value>.*?)\s*", re.DOTALL)
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_FACTS = ("node.id", "node.hostname", "node.role", "node.platform.os", "node.platform.arch")


@dataclass(slots=True)
class _Room:
    """What a node has taken so far."""

    node: SwarmNode
    tasks: int = 0
    services: Counter[str] = field(default_factory=Counter)
    ports: set[tuple[int, str]] = field(default_factory=set)
    nano_cpus: int = 0
    memory_bytes: int = 0
    generic: Counter[str] = field(default_factory=Counter)

    def take(self, service: SwarmService) -> None:
        """Put one task of a service here."""
        self.tasks += 1
        self.services[service.id] += 1
        self.ports |= service.host_ports
        self.nano_cpus += service.nano_cpus
        self.memory_bytes += service.memory_bytes
        self.generic.update(service.generic)


@dataclass(frozen=True, slots=True)
class Placed:
    """How tasks of one service find places: nodes that can take one more, how many each gets, how many get none."""

    candidates: tuple[str, ...]
    likely: Mapping[str, int]
    unplaced: int
    reason: str | None


class Forecast:
    """The rooms of a swarm's nodes, filled task by task in the order that it is asked."""

    def __init__(self, topology: SwarmTopology, *, without: str | None = None) -> None:
        """`without` is a node that takes nothing: it is being emptied. What it ran is not counted anywhere."""
        self._rooms = [_Room(one) for one in topology.nodes if one.id != without]
        by_id = {room.node.id: room for room in self._rooms}
        services = {one.id: one for one in topology.services}
        for task in topology.tasks:
            room, service = by_id.get(task.node_id or ""), services.get(task.service_id)
            if room is not None and service is not None and task.holds:
                room.take(service)

    def place(self, service: SwarmService, tasks: int) -> Placed:
        """Give so many tasks of a service a place, each on the node that has the fewest of it, then the fewest."""
        first = [room for room in self._rooms if self._why_not(room, service) is None]
        likely: Counter[str] = Counter()
        for placed in range(tasks):
            open_rooms = [room for room in self._rooms if self._why_not(room, service) is None]
            if not open_rooms:
                return Placed(_names(first), likely, tasks - placed, self.why_full(service))
            room = min(open_rooms, key=lambda one: (one.services[service.id], one.tasks, one.node.name))
            room.take(service)
            likely[room.node.name] += 1
        return Placed(_names(first), likely, 0, None)

    def why_full(self, service: SwarmService) -> str:
        """Why no node takes a task of a service, as Swarm counts it: each reason with its number of nodes."""
        counts = Counter(self._why_not(room, service) or "" for room in self._rooms)
        told = [f"{reason} on {number} of {len(self._rooms)}" for reason, number in counts.items() if reason]
        return "; ".join(told) or "there is no other node"

    def _why_not(self, room: _Room, service: SwarmService) -> str | None:
        """Why a node takes no task of a service; None when it takes one."""
        node = room.node
        if node.state != "ready":
            return "node not ready"
        if node.availability != "active":
            return "node paused or drained"
        if not fits(node, service):
            return "constraints or platform do not fit"
        if service.host_ports & room.ports:
            return "host port in use"
        if service.max_per_node is not None and room.services[service.id] >= service.max_per_node:
            return f"at most {service.max_per_node} a node"
        return _too_little(room, service)


def fits(node: SwarmNode, service: SwarmService) -> bool:
    """Whether constraints and platform let a service's tasks onto a node."""
    return all(_meets(node, one) for one in service.constraints) and _runs(node, service)


def holding(tasks: Iterable[SwarmTask]) -> Counter[str]:
    """How many tasks each service has among these."""
    return Counter(one.service_id for one in tasks)


def _too_little(room: _Room, service: SwarmService) -> str | None:
    node = room.node
    if service.nano_cpus and (node.nano_cpus or 0) - room.nano_cpus < service.nano_cpus:
        return "too little CPU left"
    if service.memory_bytes and (node.memory_bytes or 0) - room.memory_bytes < service.memory_bytes:
        return "too little memory left"
    for name, amount in service.generic.items():
        if node.generic.get(name, 0) - room.generic[name] < amount:
            return f"too little {name} left"
    return None


def _meets(node: SwarmNode, constraint: str) -> bool:
    """One constraint, by Swarm's rules: words compare without case, and one it does not know fits no node."""
    found = _CONSTRAINT.fullmatch(constraint)
    if found is None:
        return False
    key, wanted, equal = found["key"], found["value"], found["sign"] == "=="
    lowered = key.lower()
    if lowered == "node.ip":
        return _is_within(node.host, wanted) is equal
    if lowered.startswith("node.labels."):
        return (node.labels.get(key[12:], "").lower() == wanted.lower()) is equal
    if lowered.startswith("engine.labels."):
        return (node.engine_labels.get(key[14:], "").lower() == wanted.lower()) is equal
    if lowered not in _FACTS:
        return False
    facts = (node.id, node.name, node.role, node.os or "", node.architecture or "")
    return (dict(zip(_FACTS, facts, strict=True))[lowered].lower() == wanted.lower()) is equal


def _is_within(address: str | None, wanted: str) -> bool:
    try:
        return ipaddress.ip_address(address or "") in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _runs(node: SwarmNode, service: SwarmService) -> bool:
    """Whether one of the image's platforms is the node's; an image without any runs everywhere."""
    mine = (node.os or "").lower(), _architecture(node.architecture or "")
    return not service.platforms or any(
        system.lower() in ("", mine[0]) and _architecture(machine) in ("", mine[1])
        for system, machine in service.platforms
    )


def _architecture(name: str) -> str:
    lowered = name.lower()
    return _ARCHITECTURES.get(lowered, lowered)


def _names(rooms: Iterable[_Room]) -> tuple[str, ...]:
    return tuple(sorted(room.node.name for room in rooms))
