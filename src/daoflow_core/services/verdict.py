"""The verdict on one check: from what a server answered, or why it did not, to its readiness. Pure."""

from __future__ import annotations

from daoflow_core.errors import (
    AgentUnavailable,
    AuthFailed,
    DaoflowError,
    HostIdentityChanged,
    HostIdentityUnapproved,
    NoCredentials,
    OutcomeUnknown,
    TimedOut,
    Unreachable,
)
from daoflow_core.jump_errors import JumpHostUnusable
from daoflow_core.model.facts import ComposeFacts, EngineFacts, Fault, LoadFacts, SwarmFacts
from daoflow_core.model.host import ProbeReply
from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.model.server import Server, ServerKind
from daoflow_core.parse.docker import read_compose, read_engine, read_swarm
from daoflow_core.parse.host import read_load, read_os
from daoflow_core.services import docker_issues, ssh_issues
from daoflow_core.services.issues import said


def judge(server: Server, outcome: ProbeReply | DaoflowError, now: str) -> Readiness:
    """The readiness of a server at the stamp `now`, from a probe's reply or the error in its place."""
    if isinstance(outcome, DaoflowError):
        return _judge_error(server, outcome, now)
    return _judge_reply(server, outcome, now)


def _judge_error(server: Server, error: DaoflowError, now: str) -> Readiness:
    """Without SSH nothing else was asked: Docker and Compose stay unknown."""
    status = ReadinessStatus.BLOCKED
    reachable: bool | None = None  # nothing was tried, or what was tried tells nothing about the server
    match error:
        case HostIdentityUnapproved():
            issue, status = said(ssh_issues.HOST_KEY_UNAPPROVED, server), ReadinessStatus.UNKNOWN
        case HostIdentityChanged():
            issue, reachable = said(ssh_issues.HOST_KEY_CHANGED, server), False
        case NoCredentials():
            issue = said(ssh_issues.NO_KEY, server)
        case AgentUnavailable():  # a fault of this machine: it says nothing about the server
            issue, status = ssh_issues.check_failed(error), ReadinessStatus.UNKNOWN
        case AuthFailed():
            issue, reachable = said(ssh_issues.KEY_REFUSED, server), False
        case Unreachable():
            issue = ssh_issues.unreachable(server, error)
            reachable = None if isinstance(error, JumpHostUnusable) else False
        case TimedOut():
            issue, reachable = said(ssh_issues.TIMED_OUT, server), False
        case OutcomeUnknown():
            issue, reachable = said(ssh_issues.LINK_LOST, server), False
        case _:
            issue = ssh_issues.check_failed(error)
    return Readiness(server.id, status, now, issues=(issue,), ssh_reachable=reachable)


def _judge_reply(server: Server, reply: ProbeReply, now: str) -> Readiness:
    sections = reply.sections
    engine = read_engine(sections["docker"]) if "docker" in sections else None
    compose = read_compose(sections["compose"]) if "compose" in sections else None
    swarm = read_swarm(sections["swarm"]) if "swarm" in sections else None
    if engine is not None and engine.fault is Fault.MISSING:
        compose = None  # no Docker to ask through: one issue, not two for one reason
    load = read_load(sections.get("res"))
    found = _issues(server, engine, compose, swarm, load)
    return Readiness(
        server_id=server.id,
        status=ReadinessStatus.ATTENTION if found else ReadinessStatus.READY,
        checked_at=now,
        issues=found,
        ssh_reachable=None if server.is_local else True,  # this machine is not asked by SSH
        docker_reachable=None if engine is None else engine.version is not None,
        compose_reachable=None if compose is None else compose.version is not None,
        docker_version=engine.version if engine else None,
        compose_version=compose.version if compose else None,
        latency_ms=None if server.is_local else reply.latency_ms,
        uses_sudo=engine is not None and engine.way == "sudo",
        cpu_percent=load.cpu_percent,
        memory_percent=load.memory_percent,
        disk_percent=load.disk_percent,
        os_name=read_os(sections.get("os")).name,
        swarm_state=swarm.state if swarm else None,
    )


def _issues(
    server: Server,
    engine: EngineFacts | None,
    compose: ComposeFacts | None,
    swarm: SwarmFacts | None,
    load: LoadFacts,
) -> tuple[Issue, ...]:
    """Everything wrong, most pressing first; what another fault kept from being asked is left out."""
    found: list[Issue | None] = []
    found.append(
        docker_issues.engine_issue(server, engine) if engine else docker_issues.unanswered(server, "Docker")
    )
    if compose is not None:
        found.append(docker_issues.compose_issue(server, compose))
    elif engine is None or engine.fault is not Fault.MISSING:
        found.append(docker_issues.unanswered(server, "Compose"))
    if server.kind is ServerKind.SWARM_MANAGER and engine is not None and engine.version is not None:
        found.append(
            docker_issues.swarm_issue(server, swarm) if swarm else docker_issues.unanswered(server, "Swarm")
        )
    found.append(docker_issues.disk_issue(server, load.disk_percent))
    return tuple(issue for issue in found if issue is not None)
