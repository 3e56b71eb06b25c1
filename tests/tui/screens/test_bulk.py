"""The same for many: marks, one key, a view of the progress, and cancelling what is left."""

from __future__ import annotations

import contextlib

import pytest

from daoflow_core.errors import Unreachable
from tui.screens import hub_doubles


@pytest.fixture
def open_fleet(sit_down, start_peer, register):
    """Three healthy servers, two of them marked."""

    @contextlib.asynccontextmanager
    async def open_it(**named):
        for name in ("alpha", "beta", "gamma"):
            await register(name, await start_peer())
        async with sit_down(**named) as operator:
            console = operator.app.session.console
            operator.resources = console.resources = hub_doubles.Resources(console)
            operator.cleanup = console.cleanup = hub_doubles.Cleanup(console)
            operator.patches = console.patches = hub_doubles.Patches(console)
            operator.loop = operator.app.session._bridge._loop
            await operator.press("g", "space", "space")
            await operator.sees("2 marked")
            yield operator

    return open_it


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_p_on_marks_previews_each_and_shows_how_far_it_is(open_fleet, size):
    async with open_fleet(size=size) as operator:
        release = operator.cleanup.script.hold(operator.loop)
        await operator.press("p")
        await operator.sees("Look ahead on 2 servers", "cleanup preview", "patch plan")
        await operator.press("enter")
        await operator.sees("Cleanup previews of 2 servers", "2 running", "0 of 2", "esc leaves it running")
        release()
        await operator.sees("2 done", "2 of 2", "Cleanup preview of alpha d", "every server has its outcome")
        await operator.press("enter")
        await operator.sees("▸ cleanup preview", "docker ps -a")


async def test_one_failure_stops_no_other_and_its_log_opens(open_fleet):
    async with open_fleet() as operator:
        broken = hub_doubles.Resources(operator.resources.console)
        broken.script.error = Unreachable("alpha does not answer.")
        whole = operator.resources.check

        async def check(reference):
            name = (await broken.console.inventory.find(reference)).name
            return await (broken.check(reference) if name == "alpha" else whole(reference))

        operator.resources.check = check
        operator.app.screen.begin_bulk("resource_check")
        screen = await operator.sees("1 done", "1 failed", "alpha does not answer.")
        assert screen.index("✗ failed") < screen.index("✓ done")
        await operator.press("g", "enter")
        await operator.sees("alpha ▸ resource check")


async def test_cancelling_asks_and_leaves_no_server_without_an_outcome(open_fleet):
    async with open_fleet() as operator:
        operator.patches.script.hold(operator.loop)
        operator.app.screen.begin_bulk("patch_plan")
        await operator.sees("2 running")
        await operator.press("x")
        await operator.sees("Cancel the rest?", "2 running and 0 not begun")
        await operator.press("enter")
        await operator.sees("2 running")
        await operator.press("x", "y")
        await operator.sees("2 cancelled", "2 of 2")
        ended = operator.app.desk.operations
        await operator.until(
            lambda: [one.status for one in operator.app.desk.operations[:2]] == ["cancelled"] * 2, ended
        )
        await operator.press("x")
        await operator.told("Nothing is left to cancel")


async def test_left_running_it_is_found_again_and_quitting_names_it(open_fleet):
    async with open_fleet() as operator:
        release = operator.patches.script.hold(operator.loop)
        operator.app.screen.begin_bulk("patch_plan")
        await operator.sees("2 running")
        await operator.press("escape", "q")
        await operator.sees("Quit while something runs?", "patch plans of 2 servers")
        await operator.press("escape")
        operator.app.screen.open_progress()
        await operator.sees("Patch plans of 2 servers", "2 running")
        release()
        await operator.told("2 done")


async def test_one_server_alone_is_planned_on_its_tab(open_fleet):
    async with open_fleet() as operator:
        await operator.press("escape", "G", "p", "j", "enter")
        await operator.sees("gamma ▸ Patches", "openssl")
