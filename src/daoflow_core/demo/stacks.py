"""The demo's stacks: one on the swarm in its second revision, one on an engine; each really deployed to its host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core.secret import Secret
from daoflow_core.services.stack_source import StackRequest

if TYPE_CHECKING:
    from daoflow_core.console import Console

_INTRANET = """\
services:
  web:
    image: registry.example/intranet-web:{tag}
    ports: ["8088:80"]
    environment: {{LOG_LEVEL: info}}
    deploy: {{replicas: 2}}
  jobs:
    image: registry.example/intranet-jobs:2.0.1
"""
_STATUS = """\
services:
  page:
    image: registry.example/status-page:1.4.0
    ports: ["8090:8080"]
"""
DEPLOYS = (
    ("swarm-mgr-a", "intranet", _INTRANET.format(tag="2.0.0")),
    ("swarm-mgr-a", "intranet", _INTRANET.format(tag="2.1.0")),
    ("edge-eu-1", "status", _STATUS),
)


async def lay_in(console: Console) -> None:
    """Deploy them, exactly as an operator would."""
    for server, stack, compose in DEPLOYS:
        await console.stacks.deploy(server, StackRequest(stack, Secret(compose.encode()), None, (), 60))
