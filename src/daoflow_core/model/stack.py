"""Stacks: what a compose file asks for, what runs, what a change was planned to do and how it went."""

from __future__ import annotations

from enum import StrEnum

from daoflow_core.model.stored import Stored

PLAN_MINUTES = 30
"""How old a plan may be when its change begins."""


class StackTarget(StrEnum):
    """Which of Docker's own tools keeps a stack."""

    COMPOSE = "compose"
    SWARM = "swarm"


class StackVerb(StrEnum):
    """What a plan is for."""

    DEPLOY = "deploy"
    ROLLBACK = "rollback"
    REMOVE = "remove"


class Published(Stored):
    """One port that answers on the host; `host_ip` is empty where it answers on every address."""

    port: int
    protocol: str = "tcp"
    host_ip: str = ""


class ServiceFacts(Stored):
    """One service as its file asks for it, without any value that could be a secret.

    `replicas` None: one a node. `environment` holds names only; `mounts` are `source:target`. `started` False: its
    profile keeps it from being started.
    """

    name: str
    started: bool = True
    image: str | None = None
    replicas: int | None = 1
    ports: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()


class FieldChange(Stored):
    """One thing that differs; `before` or `after` is empty for what comes or goes."""

    field: str
    before: str = ""
    after: str = ""


class ServiceChange(Stored):
    """What becomes of one service: `added`, `changed`, `removed` or `same`."""

    service: str
    change: str
    fields: tuple[FieldChange, ...] = ()


class Finding(Stored):
    """Something a plan refuses, or warns of."""

    code: str
    message: str
    service: str | None = None


class RunningService(Stored):
    """One service as it runs now; `desired` None where nobody tells, `good` None where it can't be judged."""

    service: str
    image: str | None = None
    running: int = 0
    desired: int | None = None
    good: bool | None = None
    state: str = ""
    detail: str = ""


class StackPlan(Stored):
    """What a change would do, and what it rests on; a change names a completed plan of half an hour, once.

    `digest` is keyed: it says that two sources are the same, and nothing about what is in them. `drift` None: what
    runs could not be compared with the last revision, and `drift_reason` says why.
    """

    verb: StackVerb
    stack: str
    target: StackTarget
    digest: str | None = None
    base_revision: int = 0
    to_revision: int | None = None
    probes: tuple[str, ...] = ()
    timeout_seconds: int = 300
    changes: tuple[ServiceChange, ...] = ()
    refusals: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    validated_by: str | None = None
    running: tuple[RunningService, ...] | None = None
    drift: tuple[str, ...] | None = None
    drift_reason: str = ""
    networks: tuple[str, ...] = ()
    volumes: tuple[str, ...] | None = None
    commands: tuple[str, ...] = ()
    expires_at: str = ""
    host_key_fingerprint: str | None = None
    boot_id: str | None = None
    monotonic_seconds: float | None = None


class ProbeResult(Stored):
    """How a readiness probe ended; `passed` None: it could not be asked."""

    probe: str
    passed: bool | None
    detail: str
    seconds: float | None = None


class StackRun(Stored):
    """How a deploy, a rollback or a removal went; None is *not known*.

    `running` is what runs now, also after a failure.
    """

    verb: StackVerb
    stack: str
    target: StackTarget
    plan_id: str
    revision: int | None = None
    exit_status: int | None = None
    converged: bool | None = None
    reason: str = ""
    running: tuple[RunningService, ...] | None = None
    probes: tuple[ProbeResult, ...] = ()
    volumes: tuple[str, ...] | None = None


class StackRevision(Stored):
    """One recorded deploy of a stack: numbers count from 1 and are never used again; `outcome` is its operation's.

    `again_of` is the revision that a rollback applied again.
    """

    id: str
    server_id: str
    stack: str
    number: int
    target: StackTarget
    operation_id: str
    plan_id: str
    again_of: int | None = None
    digest: str
    services: tuple[ServiceFacts, ...] = ()
    probes: tuple[str, ...] = ()
    timeout_seconds: int = 300
    at: str
    by: str
    outcome: str = "running"


class StackStanding(Stored):
    """A stack with its newest revision, the newest good one, and when it was removed, if it was."""

    stack: str
    target: StackTarget
    newest: StackRevision
    good: int | None = None
    removed_at: str | None = None
