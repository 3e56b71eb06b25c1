"""Operations: everything that was asked of a server, durable, with its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class OperationKind(StrEnum):
    """What an operation is: the reference product's names, and three of our own for checks, scans and key proofs."""

    READINESS_CHECK = "readiness_check"
    HOST_KEY_SCAN = "host_key_scan"
    RESOURCE_CHECK = "resource_check"
    CLEANUP_PREVIEW = "cleanup_preview"
    CLEANUP_RUN = "cleanup_run"
    PATCH_PLAN = "patch_plan"
    SWARM_TOPOLOGY_REFRESH = "swarm_topology_refresh"
    SWARM_NODE_AVAILABILITY_PLAN = "swarm_node_availability_plan"
    SWARM_NODE_AVAILABILITY_UPDATE = "swarm_node_availability_update"
    SWARM_SERVICE_SCALE_PLAN = "swarm_service_scale_plan"
    SWARM_SERVICE_SCALE_UPDATE = "swarm_service_scale_update"
    HOST_TERMINAL = "host_terminal"
    SSH_KEY_PROOF = "ssh_key_proof"
    STACK_PLAN = "stack_plan"
    STACK_DEPLOY = "stack_deploy"
    STACK_ROLLBACK = "stack_rollback"
    STACK_REMOVE = "stack_remove"
    TUNNEL_SYNC_PLAN = "tunnel_sync_plan"
    TUNNEL_SYNC = "tunnel_sync"
    TUNNEL_CHECK = "tunnel_check"
    TUNNEL_CREDENTIALS_ROTATE = "tunnel_credentials_rotate"


LET_FINISH = frozenset({OperationKind.CLEANUP_RUN, OperationKind.TUNNEL_CREDENTIALS_ROTATE})
"""Kinds that change a host or a provider: one that has begun goes on to its end whoever stops listening."""


class OperationStatus(StrEnum):
    """Where an operation stands; only `running` may still change."""

    RUNNING = "running"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    CANCELLED = "cancelled"


class Stream(StrEnum):
    """Where a log line came from."""

    INFO = "info"
    RUN = "run"
    STDOUT = "stdout"
    STDERR = "stderr"
    EXIT = "exit"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Subject:
    """What an operation is of: `target` for the audit trail; without a server its id is empty."""

    target: str
    server_id: str
    server_name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One recorded operation; `server_name` is a copy, so that history outlives the server.

    Of an operation without a server `server_id` is empty and `server_name` is the name of what it is of.
    """

    id: str
    server_id: str
    server_name: str
    kind: OperationKind
    status: OperationStatus
    dry_run: bool
    requested_by: str
    permission_scope: str
    summary: str
    started_at: str
    completed_at: str | None = None
    result: Mapping[str, object] = field(default_factory=dict)
    error: str | None = None
    error_code: str | None = None
    owner: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an operation's log; `sequence` has no gaps."""

    operation_id: str
    sequence: int
    at: str
    stream: Stream
    message: str
