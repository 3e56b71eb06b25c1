"""What can be wrong with Docker, Compose, Swarm and the disk behind a good login, and what to do about it."""

from __future__ import annotations

from dataclasses import replace

from daoflow_core.model.facts import ComposeFacts, EngineFacts, Fault, SwarmFacts
from daoflow_core.model.readiness import Issue
from daoflow_core.model.server import Server
from daoflow_core.parse.docker import COMPOSE_FLOOR, DOCKER_FLOOR, meets
from daoflow_core.services.issues import Words, said

DISK_LIMIT = 90  # percent of `/` in use from which image pulls and logs are in danger

_INSTALL = "https://docs.docker.com/engine/install/"
_PLUGIN = "docker-compose-plugin, docker-compose-v2 or docker-cli-compose, as the system calls it"

ENGINE = {
    Fault.MISSING: Words(
        "docker-missing",
        "Docker is not installed on {name}, or not on the PATH of {user}.",
        f"Install Docker Engine 20.10 or newer ({_INSTALL}); `command -v docker` must find it for {{user}}.",
    ),
    Fault.DOWN: Words(
        "docker-down",
        "The Docker daemon on {name} is not running.",
        "Start it on the server: `sudo systemctl start docker`; `journalctl -u docker` says why it ended.",
    ),
    Fault.DENIED: Words(
        "docker-denied",
        "{user} may not use Docker on {name}: permission denied on the socket, and sudo is no way around it.",
        "On the server: `sudo usermod -aG docker {user}` (that gives {user} the powers of root there), "
        "then check again.",
    ),
    Fault.HUNG: Words(
        "docker-hung",
        "Docker on {name} hangs: {told}.",
        "Look at `journalctl -u docker` on the server; `sudo systemctl restart docker` ends the hang, and "
        "stops containers unless live-restore is on.",
    ),
    Fault.OTHER: Words(
        "docker-failed",
        "Docker on {name} answered with an error: {told}",
        "Run `docker version` as {user} on the server: it shows the whole message.",
    ),
}
COMPOSE = {
    Fault.MISSING: Words(
        "compose-missing",
        "The Docker Compose plugin is not installed on {name}.",
        f"Install it ({_PLUGIN}); `docker compose version` must answer.",
    ),
    Fault.STANDALONE: Words(
        "compose-missing",
        "{name} has only the standalone docker-compose {told}, not the Docker Compose plugin.",
        f"Install the plugin beside it ({_PLUGIN}); `docker compose version` must answer.",
    ),
    Fault.HUNG: Words(
        "compose-hung",
        "Docker Compose on {name} hangs: {told}.",
        "Run `docker compose version` as {user} on the server: it must answer at once.",
    ),
    Fault.OTHER: Words(
        "compose-failed",
        "Docker Compose on {name} answered with an error: {told}",
        "Run `docker compose version` as {user} on the server: it shows the whole message.",
    ),
}
COMPOSE_ONE = Words(
    "compose-too-old",
    "{name} has only docker-compose {told}, the first generation, not the Docker Compose plugin.",
    f"Install the plugin beside it ({_PLUGIN}); `docker compose version` must answer.",
)
TOO_OLD = Words(
    "{what}-too-old",
    "{title} {version} on {name} is older than {floor}, the oldest that is supported.",
    f"Upgrade it on the server: {_INSTALL}.",
)
SWARM = {
    "active": Words(
        "swarm-worker",
        "{name} is registered as a Swarm manager, but is a worker.",
        "Promote it, on a manager: `docker node promote NODE`; "
        "or register it as an engine: `{change} --kind docker-engine`.",
    ),
    "inactive": Words(
        "swarm-inactive",
        "{name} is registered as a Swarm manager, but is in no swarm.",
        "Start a swarm on the server: `docker swarm init`; "
        "or register it as an engine: `{change} --kind docker-engine`.",
    ),
    "locked": Words(
        "swarm-locked",
        "The swarm on {name} is locked since its engine was restarted.",
        "Unlock it on the server: `docker swarm unlock`.",
    ),
}
SWARM_FAILED = Words(
    "swarm-failed",
    "{name} is registered as a Swarm manager, but its swarm does not work: {told}.",
    "`docker info` on the server says more in its Swarm part, `journalctl -u docker` says why.",
)
SWARM_NO_QUORUM = Words(
    "swarm-quorum-lost",
    "The swarm of {name} has no leader: fewer than half of its managers and one more answer, so nothing in it can be "
    "changed. What runs goes on.",
    "Bring the other managers back. If they are lost for good, on this server: "
    "`docker swarm init --force-new-cluster` (it makes this one the only manager).",
)
SWARM_NO_LEADER = Words(
    "swarm-leader-unreachable",
    "{name} does not reach the leader of its swarm: {told}.",
    "Check the network between the managers (TCP 2377, TCP and UDP 7946); an election takes seconds: check again.",
)
SWARM_MANAGERS_DOWN = Words(
    "swarm-managers-unreachable",
    "{reachable} of {managers} managers of the swarm of {name} answer; {left}.",
    "`docker node ls` on {name} names them; bring them back, or replace them: `docker node demote NODE`.",
)
SWARM_BLOCKERS = frozenset(
    {
        "swarm-worker",
        "swarm-inactive",
        "swarm-locked",
        "swarm-failed",
        "swarm-quorum-lost",
        "swarm-leader-unreachable",
    }
)
"""Issues with which a manager can't speak for its swarm at all."""
_NO_LEADER = "does not have a leader"
DISK_NEARLY_FULL = Words(
    "disk-nearly-full",
    "Disk / of {name} is {percent}% full, over the limit of {limit}%.",
    "See what Docker holds there (`docker system df`), and what else does "
    "(`sudo du -xh --max-depth=2 / | sort -h`).",
)
UNANSWERED = Words(
    "{part}-unanswered",
    "The answer of {name} had no word about {title}.",
    "Check again; if it happens again, look for a login script on the server that changes or ends the shell.",
)


def engine_issue(server: Server, engine: EngineFacts) -> Issue | None:
    """What is wrong with the Docker engine; None when it answered and is new enough."""
    if engine.version is not None:
        return _age_issue(server, "Docker", engine.version, DOCKER_FLOOR)
    words = ENGINE.get(engine.fault or Fault.OTHER, ENGINE[Fault.OTHER])
    return said(words, server, told=engine.words)


def compose_issue(server: Server, compose: ComposeFacts) -> Issue | None:
    """What is wrong with Docker Compose; None when the plugin answered and is new enough."""
    if compose.version is not None:
        return _age_issue(server, "Compose", compose.version, COMPOSE_FLOOR)
    words = COMPOSE.get(compose.fault or Fault.OTHER, COMPOSE[Fault.OTHER])
    if compose.fault is Fault.STANDALONE and compose.words and not meets(compose.words, COMPOSE_FLOOR):
        words = COMPOSE_ONE
    return said(words, server, told=compose.words or "of an unknown version")


def swarm_issue(server: Server, swarm: SwarmFacts) -> Issue | None:
    """Why a server registered as a Swarm manager can't be worked with as one; None when it can."""
    if swarm.state == "active" and swarm.manager:
        return _managers_issue(server, swarm)
    if swarm.state == "active" and _NO_LEADER in swarm.words:
        return said(SWARM_NO_QUORUM, server)
    words = swarm.words or f"its state is {swarm.state}"
    return said(SWARM.get(swarm.state or "", SWARM_FAILED), server, told=words)


def _managers_issue(server: Server, swarm: SwarmFacts) -> Issue | None:
    """What keeps a manager from managing, or is about to: no leader, no way to it, too few managers."""
    if _NO_LEADER in swarm.words:
        return said(SWARM_NO_QUORUM, server)
    if swarm.words:
        return said(SWARM_NO_LEADER, server, told=swarm.words.rstrip("."))
    if swarm.managers is None or swarm.reachable is None or swarm.reachable >= swarm.managers:
        return None
    spare = swarm.reachable - (swarm.managers // 2 + 1)
    left = f"{spare} more may be lost" if spare > 0 else "losing one more stops it"
    numbers = {"managers": str(swarm.managers), "reachable": str(swarm.reachable)}
    return said(SWARM_MANAGERS_DOWN, server, left=left, **numbers)


def engine_down(server: Server, told: str) -> Issue:
    """Docker did not answer an operation."""
    return said(ENGINE[Fault.OTHER], server, told=told)


def with_trouble(facts: SwarmFacts, told: str, *, timed_out: bool) -> SwarmFacts:
    """What an engine says of itself, with the words of a question that it could not answer."""
    return replace(facts, words=told or ("no answer in time" if timed_out else "an error without words"))


def disk_issue(server: Server, percent: int | None) -> Issue | None:
    """A root disk that is nearly full; None when it is not, or when that is not known."""
    if percent is None or percent < DISK_LIMIT:
        return None
    return said(DISK_NEARLY_FULL, server, percent=str(percent), limit=str(DISK_LIMIT))


def unanswered(server: Server, title: str) -> Issue:
    """A check came back without a part that was asked for: `Docker`, `Compose` or `Swarm`."""
    return said(UNANSWERED, server, part=title.lower(), title=title)


def _age_issue(server: Server, title: str, version: str, floor: tuple[int, int]) -> Issue | None:
    if meets(version, floor):
        return None
    oldest = ".".join(map(str, floor))
    return said(TOO_OLD, server, what=title.lower(), title=title, version=version, floor=oldest)
