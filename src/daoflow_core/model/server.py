"""A registered server and where it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from daoflow_core.model.places import LOCAL_NAMES, PENDING_APPROVAL, is_local_address

__all__ = [
    "LOCAL_NAMES",
    "PENDING_APPROVAL",
    "Endpoint",
    "Environment",
    "Server",
    "ServerKind",
    "is_local",
]


class ServerKind(StrEnum):
    """What a server is registered as: it decides what is asked of it."""

    ENGINE = "docker-engine"
    SWARM_MANAGER = "docker-swarm-manager"


class Environment(StrEnum):
    """How much care a server asks for; `prod` raises every danger level by one."""

    NONE = ""
    PROD = "prod"
    STAGING = "staging"
    DEV = "dev"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where SSH is spoken: a name or address, a port, and a user on the far side."""

    host: str
    port: int
    user: str

    @property
    def address(self) -> str:
        """Host and port as people read them; brackets keep an IPv6 address apart from its port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Server:
    """One row of the inventory; `removed_at` keeps its history readable after removal.

    `jump_server_id` is the server through whose connection it is reached; None when it is reached directly.
    """

    id: str
    name: str
    endpoint: Endpoint
    region: str
    kind: ServerKind
    environment: Environment
    ssh_key_id: str | None
    read_only: bool
    created_at: str
    updated_at: str
    removed_at: str | None = None
    agent_fingerprint: str | None = None
    jump_server_id: str | None = None

    @property
    def is_local(self) -> bool:
        """True when commands run on this machine, without SSH."""
        return is_local(self.endpoint)


def is_local(endpoint: Endpoint) -> bool:
    """Whether an endpoint is this machine: `localhost` on the default port; any other port is an SSH server here."""
    return is_local_address(endpoint.host, endpoint.port)
