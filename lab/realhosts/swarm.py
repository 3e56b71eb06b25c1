"""Joining hosts to a real swarm and parting them again."""

from concurrent.futures import ThreadPoolExecutor

from realhosts.inside import run_inside
from realhosts.records import Host

JOIN_SECONDS = 120.0


def form_swarm(manager: Host, workers: list[Host]) -> None:
    """Make the manager's swarm, unless it has one, and join the workers that are in none."""
    if not is_in_swarm(manager):
        init = ["docker", "swarm", "init", "--advertise-addr", manager.address]
        run_inside(manager, init, timeout=JOIN_SECONDS)
    token = run_inside(manager, ["docker", "swarm", "join-token", "--quiet", "worker"]).stdout.strip()
    join = ["docker", "swarm", "join", "--token", token, f"{manager.address}:2377"]
    for worker in workers:
        if not is_in_swarm(worker):
            run_inside(worker, join, timeout=JOIN_SECONDS)


def leave_swarm(hosts: list[Host]) -> None:
    """Take hosts out of their swarm, the manager's work and all."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(_leave, hosts))


def is_in_swarm(host: Host) -> bool:
    """Tell whether the host's engine belongs to a swarm."""
    state = run_inside(host, ["docker", "info", "--format", "{{.Swarm.LocalNodeState}}"]).stdout
    return state.strip() != "inactive"


def _leave(host: Host) -> None:
    if is_in_swarm(host):
        run_inside(host, ["docker", "swarm", "leave", "--force"], timeout=JOIN_SECONDS)
