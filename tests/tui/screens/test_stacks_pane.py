"""The stacks pane over the real core and a stand-in host: plan, review, apply, look back, roll back, remove."""

from __future__ import annotations

import contextlib

import pytest

from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_core.model.server import Environment
from daoflow_core.services import stack_watch
from daoflow_core.services.stack_watch import Rhythm

SECRET = "s3cr3t-canary-77"


@pytest.fixture
def files(tmp_path):
    """A compose file and its values; `write` makes another version of it."""
    env = tmp_path / "shop.env"
    env.write_text(f"PW={SECRET}\n")
    compose = tmp_path / "shop.yml"

    def write(tag: str, more: str = "") -> tuple[str, str]:
        compose.write_text(f"services:\n  web:\n    image: app:{tag}\n    environment: {{PW: $PW}}\n{more}")
        return str(compose), str(env)

    return write


@pytest.fixture
def open_stacks(start_peer, register, sit_down, tmp_path, monkeypatch):
    monkeypatch.setattr(stack_watch, "Rhythm", lambda: Rhythm(between=0.02, steady=0.05))

    @contextlib.asynccontextmanager
    async def open_it(env=Environment.NONE, size=(120, 36)):
        peer = await start_peer()
        folder = tmp_path / "engine"
        furnish(folder, PLANS[0])
        peer.setup.environment.update(environment(folder))
        await register("edge-1", peer, env=env)
        async with sit_down(size=size) as operator:
            await operator.opened()
            await operator.press("enter")
            await operator.press("D")
            await operator.sees("No stack was deployed to this server from here yet.")
            yield operator

    return open_it


async def plan(operator, files, tag, more=""):
    compose, env = files(tag, more)
    await operator.press("p")
    await operator.sees("Plan a deploy", "Compose file")
    fields = operator.app.screen._fields
    if not fields["stack"].value:
        fields["compose"].value, fields["env"].value = compose, env
        await operator.type("shop")
    await operator.press("enter")


async def apply(operator, title, *words):
    await operator.press("exclamation_mark")
    await operator.sees(title, *words)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_stack_is_planned_applied_rolled_back_and_removed_by_keyboard(open_stacks, files, size):
    async with open_stacks(size=size) as operator:
        await plan(operator, files, "1")
        await operator.sees("Plan: deploy of shop", "+ web", "app:1")
        await apply(operator, "Deploy shop on edge-1?", "web added", "by removing the stack")
        await operator.press("enter")  # on Cancel
        await operator.sees("Plan: deploy of shop")
        await apply(operator, "Deploy shop on edge-1?")
        await operator.press("y")
        await operator.sees("shop is deployed on edge-1 as revision 1.", "1/1", "Revisions of shop")

        await plan(operator, files, "2")
        await operator.sees("app:1  becomes  app:2", "none seen: what runs is as revision 1 says")
        await apply(operator, "Deploy shop on edge-1?", "rollback to revision 1")
        await operator.press("y")
        await operator.sees("as revision 2.")

        await operator.press("enter", "down", "enter")
        await operator.sees("Revision 1 of shop", "variables", "PW")
        assert SECRET not in operator.screen()
        await operator.press("escape")
        await operator.press("b")
        await operator.sees("Plan: rollback of shop to revision 1", "app:2  becomes  app:1")
        await apply(operator, "Roll back shop on edge-1?")
        await operator.press("y")
        await operator.sees("as revision 3.")

        await operator.press("x")
        await operator.sees("Plan: removal of shop", "shop_data", "stays")
        await apply(operator, "Remove shop on edge-1?", "shop_data", "the stack's name")
        await operator.press("y")  # a removal takes no y
        await operator.press("tab")
        await operator.type("shop")
        await operator.press("enter")
        await operator.sees("shop is removed from edge-1.", "removed")
        await operator.press("exclamation_mark")
        await operator.told("There is no plan on screen")


async def test_a_change_in_prod_asks_the_server_s_name_and_a_used_plan_is_off(open_stacks, files):
    async with open_stacks(env=Environment.PROD) as operator:
        await plan(operator, files, "1")
        await operator.sees("Plan: deploy of shop")
        await apply(operator, "Deploy shop on edge-1?", "type the server's name")
        await operator.press("tab")
        await operator.type("edge-1")
        await operator.press("enter")
        await operator.sees("as revision 1.")


async def test_a_refused_plan_says_why_and_can_not_be_applied(open_stacks, files):
    async with open_stacks() as operator:
        await plan(operator, files, "$TAG", "    volumes: ['./data:/data']\n")
        await operator.sees(
            "refused", "TAG has no value, at services.web.image.", "./data is no absolute path"
        )
        await operator.press("exclamation_mark")
        await operator.told("was refused")


async def test_what_can_not_be_read_is_told_in_the_pane(open_stacks, files):
    async with open_stacks() as operator:
        await plan(operator, files, "1\n\tx")
        await operator.sees("The compose file can't be used (line 4).", "tab")
        await operator.press("p")
        await operator.sees("Plan a deploy")
        field = operator.app.screen._fields["probes"]
        field.input.value = "http://"
        await operator.press("enter")
        await operator.sees("is no probe")


async def test_a_read_only_server_takes_plans_and_no_change(open_stacks, files, monkeypatch):
    async with open_stacks() as operator:
        await plan(operator, files, "1")
        await operator.sees("Plan: deploy of shop")
        monkeypatch.setattr(
            operator.app.session,
            "why_not",
            lambda action, **_: None if action.endswith("plan") else "It is read-only.",
        )
        await operator.press("exclamation_mark")
        await operator.told("It is read-only.")
