"""What the demo's swarm keeps when it begins: three managers, two workers, five services."""

from __future__ import annotations

import random
from pathlib import Path

from daoflow_core.demo.hosts import Plan

ENGINE = "26.1.5+dfsg1"
NODES = (
    ("swarm-mgr-a", "manager", "active", "10.0.4.11"),
    ("swarm-mgr-b", "manager", "drain", "10.0.4.12"),
    ("swarm-mgr-c", "manager", "drain", "10.0.4.13"),
    ("swarm-wrk-1", "worker", "active", "10.0.4.21"),
    ("swarm-wrk-2", "worker", "active", "10.0.4.22"),
)
SERVICES = (
    # name, mode, replicas, image, constraint, published, most a node, stack, volume
    ("edge_proxy", "global", "-", "traefik:3.1", "-", "443:443/host", "-", "edge", "-"),
    ("shop_api", "replicated", "3", "shop/api:4.2.1", "node.role==worker", "-", "-", "shop", "-"),
    (
        "shop_db",
        "replicated",
        "1",
        "postgres:16",
        "node.role==worker",
        "5432:5432/host",
        "1",
        "shop",
        "pgdata",
    ),
    ("shop_web", "replicated", "2", "shop/web:4.2.0", "node.role==worker", "-", "1", "shop", "-"),
    ("shop_worker", "replicated", "4", "shop/worker:4.2.1", "node.role==worker", "-", "-", "shop", "-"),
)
PLAIN = {"swarm-wrk-1": "node-exporter", "swarm-wrk-2": "db-dev redis"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def furnish_swarm(folder: Path, plan: Plan) -> None:
    """Write the swarm's part of one host's files; the tables lie with its manager."""
    facts = folder / "demo"
    (facts / "plain").write_text(f"{PLAIN.get(plan.name, '')}\n")
    if plan.swarm_state != "active":
        return
    (facts / "swarm-node").write_text(f"{_identity(plan.name)}\n")
    if not plan.swarm_manager:
        return
    place = facts / "swarm"
    place.mkdir()
    nodes = [(_identity(name), name, *rest[:2], "11", rest[2], ENGINE) for name, *rest in NODES]
    services = [(_identity(row[0]), *row[:7], "21", *row[7:]) for row in SERVICES]
    for name, rows in (("nodes", nodes), ("services", services), ("tasks", list(_tasks()))):
        (place / name).write_text("".join("\t".join(row) + "\n" for row in rows))


def _tasks() -> list[tuple[str, ...]]:
    """Where the tasks stand at first: spread over what fits."""
    rows: list[tuple[str, ...]] = []
    for service, mode, replicas, _image, constraint, *_ in SERVICES:
        fitting = [
            name
            for name, role, state, _ in NODES
            if state == "active" and constraint in ("-", f"node.role=={role}")
        ]
        places = (
            fitting if mode == "global" else [fitting[one % len(fitting)] for one in range(int(replicas))]
        )
        for slot, node in enumerate(places, 1):
            shown = "-" if mode == "global" else str(slot)
            identity = _identity(f"{service}.{slot}")
            rows.append((identity, _identity(service), shown, _identity(node), "running", "0", "-"))
    return rows


def _identity(name: str) -> str:
    """An id as a swarm gives them, the same for the same name."""
    return "".join(random.Random(f"swarm {name}").choices(_LETTERS, k=25))  # noqa: S311 - not for secrets
