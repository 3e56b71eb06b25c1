"""Services and tasks of a swarm from the lines of `docker service inspect`, `service ls` and `service ps`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from daoflow_core.model.swarm import Mode, PublishedPort, SwarmService, SwarmTask
from daoflow_core.text import clean

SERVICE_ID = re.compile(r"[a-z0-9]{25}")
_REPLICAS = re.compile(r"(?P<running>\d{1,9})/(?P<wanted>\d{1,9})(?: .*)?")
_NAME = re.compile(r"(?P<service>[a-z0-9]{25})\.(?:(?P<slot>\d{1,9})|[a-z0-9]{25})")
_MODES: dict[str, Mode] = {
    "Replicated": "replicated",
    "Global": "global",
    "ReplicatedJob": "replicated-job",
    "GlobalJob": "global-job",
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """What a task reserves, or a node offers; `generic` are resources that the operator named."""

    nano_cpus: int | None = None
    memory_bytes: int | None = None
    generic: dict[str, int] = field(default_factory=dict)


def read_services(
    inspected: Sequence[Mapping[str, Any]], listed: Sequence[Mapping[str, Any]]
) -> tuple[SwarmService, ...]:
    """Every service by name; the engine's own count of its tasks comes from the list."""
    counts = {_word(one.get("Name")): _word(one.get("Replicas")) for one in listed}
    found = [_service(one, counts) for one in inspected if SERVICE_ID.fullmatch(str(one.get("ID", "")))]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.name, one.id)))


def read_tasks(rows: Sequence[Mapping[str, Any]]) -> tuple[SwarmTask, ...]:
    """Every task that was told with a whole id, jobs' ended ones left out."""
    found = (_task(one) for one in rows)
    return tuple(one for one in found if one is not None and one.state != "complete")


def number(value: object) -> int | None:
    """A whole number that is none below zero; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def reservations(told: Mapping[str, Any]) -> Amounts:
    """The resources of a node's description, or of a service's reservations."""
    generic: dict[str, int] = {}
    for one in told.get("GenericResources") or ():
        if not isinstance(one, dict):
            continue
        for kind in ("DiscreteResourceSpec", "NamedResourceSpec"):
            spec = one.get(kind)
            if isinstance(spec, dict):
                name = _word(spec.get("Kind"))
                amount = number(spec.get("Value")) if kind.startswith("Discrete") else 1
                generic[name] = generic.get(name, 0) + (amount or 0)
    return Amounts(number(told.get("NanoCPUs")), number(told.get("MemoryBytes")), generic)


def _service(told: Mapping[str, Any], counts: Mapping[str, str]) -> SwarmService | None:
    mode = next((name for key, name in _MODES.items() if key in _part(told, "Mode")), None)
    if mode is None:
        return None
    name = _word(told.get("Name"))
    counted = _REPLICAS.fullmatch(counts.get(name, ""))
    placement = _part(told, "Placement")
    reserved = reservations(_part(_part(told, "Resources"), "Reservations"))
    return SwarmService(
        id=str(told["ID"]),
        name=name,
        stack=_word(told.get("Stack")) or None,
        mode=mode,
        running=int(counted["running"]) if counted else None,
        replicas=_wanted(told, mode, counted),
        image=_image(_word(told.get("Image"))),
        ports=tuple(_ports(told.get("Ports") or told.get("Wanted"))),
        constraints=tuple(clean(str(one)) for one in placement.get("Constraints") or ()),
        platforms=tuple(_platforms(placement.get("Platforms"))),
        max_per_node=number(placement.get("MaxReplicas")) or None,
        nano_cpus=reserved.nano_cpus or 0,
        memory_bytes=reserved.memory_bytes or 0,
        generic=reserved.generic,
        local_volumes=tuple(_local_volumes(told.get("Mounts"))),
        update_state=_word(told.get("Update")) or None,
        version=number(told.get("Version")),
    )


def _wanted(told: Mapping[str, Any], mode: Mode, counted: re.Match[str] | None) -> int | None:
    """The number of tasks wanted: the service's own, or for a global one what the engine counts."""
    if mode == "replicated":
        return number(_part(_part(told, "Mode"), "Replicated").get("Replicas"))
    return int(counted["wanted"]) if counted else None


def _image(reference: str) -> str:
    """An image as people call it, without the digest that a manager adds."""
    return reference.partition("@")[0]


def _ports(told: object) -> Iterable[PublishedPort]:
    for one in told if isinstance(told, list) else ():
        target = number(one.get("TargetPort")) if isinstance(one, dict) else None
        if target is not None:
            yield PublishedPort(
                published=number(one.get("PublishedPort")) or None,
                target=target,
                protocol=_word(one.get("Protocol")) or "tcp",
                mode=_word(one.get("PublishMode")) or "ingress",
            )


def _platforms(told: object) -> Iterable[tuple[str, str]]:
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict):
            yield _word(one.get("OS")), _word(one.get("Architecture"))


def _local_volumes(told: object) -> Iterable[str]:
    """Named volumes of the node itself: what a task wrote there does not move with it."""
    for one in told if isinstance(told, list) else ():
        if isinstance(one, dict) and one.get("Type") == "volume" and one.get("Driver") in ("", "local"):
            name = _word(one.get("Source"))
            if name:
                yield name


def _task(row: Mapping[str, Any]) -> SwarmTask | None:
    name = _NAME.fullmatch(_word(row.get("Name")))
    task_id, node = _word(row.get("ID")), _word(row.get("Node"))
    if name is None or not SERVICE_ID.fullmatch(task_id):
        return None
    return SwarmTask(
        id=task_id,
        service_id=name["service"],
        node_id=node if SERVICE_ID.fullmatch(node) else None,
        slot=int(name["slot"]) if name["slot"] else None,
        desired=_word(row.get("DesiredState")).lower(),
        state=_word(row.get("CurrentState")).partition(" ")[0].lower(),
        error=_word(row.get("Error")).strip('"') or None,
    )


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _word(value: object) -> str:
    return clean(value) if isinstance(value, str) else ""
