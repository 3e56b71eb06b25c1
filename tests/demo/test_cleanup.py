"""A cleanup on the demo fleet: the stand-ins keep what they show in files, so that a run really removes it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.demo.enrolment import enrol
from daoflow_core.demo.fleet import DemoFleet
from daoflow_core.demo.hosts import PLANS
from daoflow_core.model.cleanup import CleanupPreview, CleanupRun, ItemOutcome
from daoflow_core.model.operation import OperationStatus

DOCKERS = {"edge-us-2", "legacy-1", "edge-us-1"}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    home = str(tmp_path / "home")
    async with (
        DemoFleet([plan for plan in PLANS if plan.name in DOCKERS]) as fleet,
        await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened,
    ):
        await fleet.seed(lambda host: enrol(opened, host))
        yield opened


@pytest.mark.parametrize("name", sorted(DOCKERS))
async def test_a_preview_and_a_run_really_change_what_a_demo_host_keeps(console: Console, name: str) -> None:
    operation = await console.cleanup.preview(name, include_volumes=True)
    assert operation.status is OperationStatus.COMPLETED, operation.error
    plan = CleanupPreview.of(operation.result)
    titles = {group.title: len(group.items) for group in plan.groups}
    assert titles == {"stopped containers": 6, "dangling images": 9, "build cache": 20, "unused volumes": 3}
    assert {one.reason for one in plan.kept} >= {"it is running", "shared with an image that stays"}
    done = await console.cleanup.run(name, include_volumes=True)
    run = CleanupRun.of(done.result)
    assert {one.outcome for one in run.results} == {ItemOutcome.REMOVED}, done.error
    assert run.foretold_bytes is not None
    assert run.freed_bytes is not None
    assert abs(run.freed_bytes / run.foretold_bytes - 1) < 0.01
    again = CleanupPreview.of((await console.cleanup.preview(name, include_volumes=True)).result)
    assert again.item_count == 0
    usage = (await console.resources.check(name)).result["docker"]["diskUsage"]
    assert [row["totalCount"] for row in usage] == [14, 9, 4, 4]
