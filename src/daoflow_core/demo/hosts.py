"""Who is in the demo fleet: each host's facts, and what befalls it once it is registered."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from daoflow_core.model.server import Environment, ServerKind
from daoflow_core.secret import Secret

DEBIAN_12 = "Debian GNU/Linux 12 (bookworm)"
DEBIAN_13 = "Debian GNU/Linux 13 (trixie)"
UBUNTU_24 = "Ubuntu 24.04.2 LTS"
ALPINE_3_20 = "Alpine Linux v3.20"


class Patches(StrEnum):
    """What the host's package manager answers: many updates and a reboot due, a few, none, an error; apt or apk."""

    MANY = "many"
    FEW = "few"
    NONE = "none"
    BROKEN = "broken"
    ALPINE = "alpine"


class Incident(StrEnum):
    """What is wrong with a host from the moment the fleet unfolds."""

    NONE = ""
    HUNG = "hung"
    DOWN = "down"
    DENIED = "denied"
    PORT_CLOSED = "port-closed"
    KEY_REFUSED = "key-refused"
    KEY_CHANGED = "key-changed"
    UNAPPROVED = "unapproved"


@dataclass(frozen=True, slots=True)
class DemoHost:
    """All it takes to register one host; an `approved_fingerprint` of None leaves it waiting for approval."""

    name: str
    host: str
    port: int
    user: str
    region: str
    environment: Environment
    kind: ServerKind
    approved_fingerprint: str | None
    private_key: Secret = field(repr=False)
    jump: str | None = None
    """The host of the fleet that it is reached through."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One host as it shall be; memory and disk in percent, latency in seconds."""

    name: str
    region: str
    environment: Environment
    kind: ServerKind = ServerKind.ENGINE
    user: str = "deploy"
    os_name: str = DEBIAN_12
    cores: int = 4
    load: str = "0.42"
    memory_gib: int = 16
    memory_percent: int = 41
    swap_gib: int = 2
    swap_percent: int = 4
    uptime_days: float = 41.3
    disk_gib: int = 120
    disk_percent: int = 38
    docker: str = "28.2.2"
    compose: str | None = "2.36.2"
    standalone_compose: bool = False
    swarm_state: str = "inactive"
    swarm_manager: bool = False
    sudo: bool = False
    latency: float = 0.004
    incident: Incident = Incident.NONE
    patches: Patches = Patches.FEW
    lists_hours: int = 5
    jump: str | None = None


_PROD, _STAGING, _DEV = Environment.PROD, Environment.STAGING, Environment.DEV
_MANAGER = ServerKind.SWARM_MANAGER

PLANS = (
    Plan("edge-eu-1", "eu-west-1", _PROD, load="0.62", patches=Patches.NONE, lists_hours=2),
    Plan(
        "edge-us-1", "us-east-1", _PROD, os_name=UBUNTU_24, cores=8, load="2.31", memory_percent=63,
        docker="27.3.1", compose="2.29.7", sudo=True, incident=Incident.DENIED, latency=0.02,
    ),
    Plan(
        "edge-us-2", "us-west-2", _PROD, load="3.52", memory_percent=71, disk_percent=91, swap_percent=63,
        uptime_days=212.8, latency=0.03, patches=Patches.MANY, lists_hours=31,
    ),
    Plan(
        "swarm-mgr-a", "eu-west-1", _PROD, _MANAGER, os_name=DEBIAN_13, cores=2, docker="26.1.5+dfsg1",
        compose="2.26.1", swarm_state="active", swarm_manager=True,
    ),
    Plan(
        "swarm-wrk-1", "eu-west-1", _PROD, os_name=DEBIAN_13, cores=8, load="4.10", memory_percent=78,
        docker="26.1.5+dfsg1", compose="2.26.1", swarm_state="active",
    ),
    Plan(
        "swarm-wrk-2", "eu-west-1", _PROD, os_name=DEBIAN_13, cores=8, load="3.05", memory_percent=66,
        disk_percent=57, docker="26.1.5+dfsg1", compose="2.26.1", swarm_state="active",
    ),
    Plan(
        "legacy-1", "eu-west-1", _STAGING, cores=2, memory_gib=4, memory_percent=55, disk_percent=64,
        docker="20.10.24+dfsg1", compose=None, standalone_compose=True, swap_gib=0, uptime_days=603.5,
        patches=Patches.BROKEN, jump="edge-eu-1",
    ),
    Plan("cache-ap-1", "ap-south-1", _PROD, load="9.84", latency=0.04, incident=Incident.HUNG),
    Plan(
        "ci-runner-1", "eu-west-1", _DEV, user="ci", os_name=ALPINE_3_20, incident=Incident.DENIED,
        patches=Patches.ALPINE, lists_hours=240,
    ),
    Plan("build-1", "us-east-1", _DEV, incident=Incident.KEY_REFUSED),
    Plan("batch-3", "us-east-1", _STAGING, incident=Incident.PORT_CLOSED),
    Plan("db-eu-1", "eu-west-1", _PROD, incident=Incident.KEY_CHANGED),
    Plan("edge-ap-1", "ap-south-1", _STAGING, incident=Incident.UNAPPROVED),
)  # fmt: skip
"""The fleet, in the order in which it is registered."""
