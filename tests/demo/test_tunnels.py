"""The demo's tunnels: each stands for one state, and everything that can be done with one is real there."""

from __future__ import annotations

import base64

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.demo.provider import DemoProvider
from daoflow_core.demo.tunnels import lay_in, there


@pytest.fixture
async def demo(tmp_path):
    """A console over the demo's provider, its tunnels laid in."""
    tunnels = there()
    async with DemoProvider(tunnels) as provider:
        environ = {
            "DAOFLOW_HOME": str(tmp_path),
            "HOME": str(tmp_path),
            "DAOFLOW_CLOUDFLARE_URL": provider.url,
        }
        async with await open_console(Opening(environ)) as console:
            await lay_in(console, tunnels)
            yield console, tunnels


async def test_each_demo_tunnel_stands_for_one_state(demo):
    console, _ = demo
    found = {view.tunnel.name: view.state.value for view in await console.tunnels.list()}
    assert found == {"edge": "in step", "partner": "drifted", "factory": "unavailable", "lab": "in step"}


async def test_a_plan_is_applied_and_a_secret_rotated_there(demo):
    console, tunnels = demo
    partner = tunnels[1]
    plan = await console.tunnel_sync.plan("partner")
    await console.tunnel_sync.apply("partner", plan.id)
    assert (await console.tunnels.show("partner")).state.value == "in step"
    await console.tunnel_rotation.rotate("partner", compromised=True)
    token = (await console.tunnel_rotation.token(await console.tunnels.find("partner"))).reveal()
    assert base64.b64encode(partner.secret) in base64.b64decode(token)
    await console.tunnel_sync.sync("partner")
    assert (await console.tunnels.show("partner")).tunnel.connections == 0
