"""Fleets for the benchmarks: rows in a real store, made through the real services."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from daoflow_core.clock import SystemClock, stamp
from daoflow_core.console import Opening, open_console
from daoflow_core.ids import new_id
from daoflow_core.model.identity import HostKey, HostKeyStatus, ScannedKey
from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.model.registration import KeyMaterial
from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.ports import Transaction
from daoflow_core.secret import Secret
from daoflow_core.store import host_keys
from daoflow_core.store import readiness as readiness_rows
from daoflow_core.store import servers as server_rows

STATUSES = (*[ReadinessStatus.READY] * 3, ReadinessStatus.ATTENTION, ReadinessStatus.BLOCKED)


async def fill(environ: Mapping[str, str], size: int) -> None:
    """A store with `size` servers, each checked once, in one transaction."""
    async with await open_console(Opening(environ)) as console:
        now = stamp(SystemClock().now())

        async def write(transaction: Transaction) -> None:
            for number in range(size):
                server = _server(number, now)
                await server_rows.insert(transaction, server)
                await readiness_rows.record(transaction, _readiness(server, number, now))

        await console.database.write(write)


async def fill_from_peers(environ: Mapping[str, str], line: str) -> None:
    """A store with the servers that `bench.peers` announced, trusted and with their key, none checked yet."""
    said = json.loads(line)
    material = KeyMaterial(Secret(said["key"].encode()))
    async with await open_console(Opening(environ)) as console:
        now = stamp(SystemClock().now())
        adoption = await console.keys.examine(material, "bench")

        async def write(transaction: Transaction) -> None:
            await console.keys.insert(transaction, adoption)
            for number, peer in enumerate(said["peers"]):
                endpoint = Endpoint("127.0.0.1", peer["port"], "deploy")
                server = replace(_server(number, now), endpoint=endpoint, ssh_key_id=adoption.key.id)
                await server_rows.insert(transaction, server)
                await _trust(transaction, server.id, ScannedKey(*peer["hostKey"]), now)

        await console.database.write(write)


async def _trust(transaction: Transaction, server_id: str, key: ScannedKey, now: str) -> None:
    shown = HostKey(
        new_id("hk"),
        server_id,
        key.algorithm,
        key.public_key,
        key.fingerprint,
        HostKeyStatus.OBSERVED,
        now,
        now,
    )
    await host_keys.observe(transaction, shown)
    await host_keys.approve(transaction, replace(shown, approved_at=now, approved_by="bench"))


def _server(number: int, now: str) -> Server:
    endpoint = Endpoint(f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}", 22, "deploy")
    environment = list(Environment)[number % 4]
    return Server(
        new_id("srv"),
        f"srv-{number:05d}",
        endpoint,
        "default",
        ServerKind.ENGINE,
        environment,
        None,
        False,
        now,
        now,
    )


def _readiness(server: Server, number: int, now: str) -> Readiness:
    status = STATUSES[number % len(STATUSES)]
    down = Issue("docker-down", f"Docker on {server.name} is down.", "Start it.")
    issues = () if status is ReadinessStatus.READY else (down,)
    return Readiness(
        server.id,
        status,
        now,
        issues,
        ssh_reachable=status is not ReadinessStatus.BLOCKED,
        docker_reachable=status is ReadinessStatus.READY,
        compose_reachable=status is ReadinessStatus.READY,
        docker_version="26.1.5",
        compose_version="2.26.1",
        latency_ms=number % 90,
        cpu_percent=number % 100,
        memory_percent=number % 90,
        disk_percent=number % 95,
    )
