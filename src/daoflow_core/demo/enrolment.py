"""Taking the demo's hosts into a console, exactly as an operator would."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.demo.hosts import DemoHost
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint

if TYPE_CHECKING:
    from daoflow_core.console import Console


RECORDED = "edge-us-1"
"""The host of the demo whose rule has every shell recorded."""


async def enrol(console: Console, host: DemoHost) -> None:
    """Register one host, and trust its key when its plan says so."""
    await console.servers.add(
        ServerDraft(
            name=host.name,
            endpoint=Endpoint(host.host, host.port, host.user),
            region=host.region,
            kind=host.kind,
            environment=host.environment,
            key_material=KeyMaterial(host.private_key, None, "demo"),
            approve_fingerprint=host.approved_fingerprint,
            jump=host.jump,
        )
    )
    if host.name == RECORDED:
        await console.recordings.set_rule(host.name, is_always=True)
