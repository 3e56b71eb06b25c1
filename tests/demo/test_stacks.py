"""The demo's stacks and its server behind a jump host: there from the start, and real."""

from __future__ import annotations

from daoflow_core.console import Opening, open_console
from daoflow_core.demo import tunnels
from daoflow_core.demo.enrolment import enrol
from daoflow_core.demo.fleet import DemoFleet
from daoflow_core.demo.hosts import PLANS
from daoflow_core.demo.stacks import DEPLOYS, lay_in
from daoflow_core.services import stack_watch
from daoflow_core.services.stack_watch import Rhythm

NAMES = {"legacy-1", "edge-eu-1", "swarm-mgr-a"}


async def test_the_demo_has_stacks_a_hop_and_routes_of_every_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.02, steady=0.05))
    environ = {"DAOFLOW_HOME": str(tmp_path), "HOME": str(tmp_path)}
    async with (
        DemoFleet([plan for plan in PLANS if plan.name in NAMES]) as fleet,
        await open_console(Opening(environ)) as console,
    ):
        await fleet.seed(lambda host: enrol(console, host))
        legacy, hop = [await console.inventory.find(name) for name in ("legacy-1", "edge-eu-1")]
        assert legacy.jump_server_id == hop.id
        assert (await console.readiness.check("legacy-1")).ssh_reachable
        assert fleet.peer("edge-eu-1").setup.forwards and not fleet.peer("swarm-mgr-a").setup.forwards
        await lay_in(console)
        for server in ("swarm-mgr-a", "edge-eu-1"):
            (standing,) = await console.stacks.standings(server)
            wanted = sum(name == server for name, _, _ in DEPLOYS)
            assert (standing.newest.outcome, standing.good) == ("completed", wanted)
        await tunnels.lay_in_by_hand(console)
        view = await console.tunnels.show("lab")
        found = {route.hostname: (route.status.value, mapping.state.value) for route, mapping in view.routes}
        assert found["shop.lab.example.net"] == ("active", "mapped")
        assert found["lab.example.net"][1] != "mapped"
        assert found["wiki.lab.example.net"][0] == "stale"
