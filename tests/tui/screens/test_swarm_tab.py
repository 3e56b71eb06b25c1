"""The swarm tab by keyboard alone, over the real core and the demo's swarm: observe, plan, apply, and every refusal."""

from __future__ import annotations

import contextlib

import pytest

from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_core.model.server import Environment, ServerKind
from daoflow_core.services.swarm_changes import SwarmChangeService


@pytest.fixture
def open_swarm(sit_down, start_peer, register, tmp_path, monkeypatch):
    """The hub of a manager on its fifth tab."""
    monkeypatch.setitem(SwarmChangeService.__init__.__kwdefaults__, "poll_seconds", 0.1)

    @contextlib.asynccontextmanager
    async def open_it(
        *, env: Environment = Environment.NONE, size: tuple[int, int] = (120, 36), **settings: object
    ):
        folder = tmp_path / "manager"
        furnish(folder, next(one for one in PLANS if one.name == "swarm-mgr-a"))
        (folder / "demo" / "swarm-pace").write_text("0\n")
        peer = await start_peer()
        peer.setup.environment.update(environment(folder))
        await register("mgr-1", peer, env=env, kind=ServerKind.SWARM_MANAGER)
        async with sit_down(size=size, **settings) as operator:
            operator.tables = folder / "demo" / "swarm"
            await operator.press("enter")
            await operator.press("5")
            await operator.sees("Nodes of swarm 'mgr-1'", "swarm-mgr-a", "shop_api")
            yield operator

    return open_it


async def planned(operator, *keys: str, words: str) -> None:
    """Press keys until a plan with these words stands there, and nothing runs any more."""
    await operator.press(*keys)
    await operator.sees(words)
    await operator.until(lambda: not operator.app.desk.asked)


def availability(operator) -> str:
    """Of the second worker, as the swarm itself has it."""
    rows = map(str.split, (operator.tables / "nodes").read_text().splitlines())
    return next(row[3] for row in rows if row[1] == "swarm-wrk-2")


async def test_nodes_services_and_quorum_are_drawn_from_the_store(open_swarm):
    async with open_swarm() as operator:
        screen = await operator.sees("leader", "10.0.4.11", "26.1.5+dfsg1", "✓ 3/3", "No plan was made yet")
        assert "Managers 3 of 3 reachable: quorum holds, 1 more may be lost." in screen
        await operator.press("c")
        await operator.until(lambda: not operator.app.desk.asked)
        await operator.sees("observed 0s ago")


async def test_a_drain_is_chosen_planned_typed_and_told_as_it_went(open_swarm):
    async with open_swarm() as operator:
        await operator.press("G", "d")
        await operator.sees("Availability of swarm-wrk-2", "active (now)")
        await planned(operator, "G", "enter", words="Plan: drain swarm-wrk-2")
        await operator.sees(
            "shop_web 1, 1 WITHOUT A PLACE", "Whether plain containers run on", "p plan again"
        )
        assert availability(operator) == "active"
        await operator.press("!")
        await operator.sees("Set swarm-wrk-2 to drain through mgr-1?", "type the server's name")
        await operator.press("enter")
        assert availability(operator) == "active", "enter never confirms"
        await operator.press("!", "tab")
        await operator.type("mgr-1")
        await operator.press("enter")
        await operator.sees("✓ settled", "1 without a place", "✓ as planned")
        await operator.until(lambda: not operator.app.desk.asked)
        await operator.press("!")
        await operator.told("was applied by")


async def test_replicas_are_chosen_from_a_list_and_a_small_change_is_confirmed(open_swarm):
    async with open_swarm() as operator:
        await operator.press("tab", "down", "r")
        await operator.sees("Replicas of shop_api", "3 (now)", "1 more")
        await planned(operator, "down", "enter", words="Plan: shop_api 3 to 4")
        await operator.press("!")
        await operator.sees("Scale shop_api from 3 to 4", "[ Apply  y ]")
        await operator.press("y")
        await operator.sees("shop_api: 4 of 4 run (3 before).")


@pytest.mark.parametrize(("env", "number"), [(Environment.NONE, "home"), (Environment.PROD, "down")])
async def test_scaling_to_nothing_and_anything_in_prod_asks_for_the_name(open_swarm, env, number):
    async with open_swarm(env=env) as operator:
        await operator.press("tab", "down", "r")
        await operator.sees("Replicas of shop_api")
        await planned(operator, number, "enter", words="Plan: shop_api 3 to")
        await operator.press("!")
        await operator.sees("type the server's name")


async def test_what_has_no_number_and_what_has_no_plan_says_so(open_swarm):
    async with open_swarm() as operator:
        await operator.press("r")
        await operator.told("edge_proxy is global")
        for key, words in (("!", "There is no plan to apply"), ("p", "There is no plan to make again")):
            await operator.press(key)
            await operator.told(words)


async def test_a_plan_whose_ground_is_gone_is_refused_in_the_pane(open_swarm):
    async with open_swarm() as operator:
        await operator.press("tab", "down", "r")
        await operator.sees("Replicas of shop_api")
        await planned(operator, "down", "enter", words="Plan: shop_api 3 to 4")
        rows = (operator.tables / "nodes").read_text()
        (operator.tables / "nodes").write_text(rows.replace("worker\tactive", "worker\tpause", 1))
        await operator.press("!")
        await operator.sees("[ Apply  y ]")
        await operator.press("y")
        await operator.sees("no longer", "worker, pause, ready", "plan again")


async def test_enter_shows_the_tasks_of_a_node_and_of_a_service(open_swarm):
    async with open_swarm() as operator:
        await operator.press("G", "enter")
        await operator.sees("Tasks of swarm-wrk-2", "shop_worker.")
        await operator.press("escape", "tab", "enter")
        await operator.sees("Tasks of edge_proxy", "swarm-mgr-a")


async def test_on_a_small_screen_everything_is_there(open_swarm):
    async with open_swarm(size=(80, 24)) as operator:
        await operator.sees("Nodes of swarm", "Services", "No plan was made yet")
        await operator.press("G", "d")
        await planned(operator, "G", "enter", words="Plan: drain swarm-wrk-2")
        await operator.until(
            lambda: operator.app.screen.query_one("#plan").size.height >= 8, "room to read it"
        )
        await operator.sees("good for 29m", "docker node update", "1 WITHOUT A PLACE", "! 1 of 1 tasks")
        await operator.press("shift+tab", "shift+tab")
        await operator.until(lambda: operator.app.focused.id == "node-table", "tab goes back to the nodes")
