"""The resources tab in each of its six states, and what it never does: show unknown as zero, or old as now."""

from __future__ import annotations

import contextlib

import pytest

from daoflow_core.errors import TimedOut
from daoflow_core.model.operation import Stream
from daoflow_core.model.resources import DockerUse, Swap
from daoflow_core.services.access import Principal
from tui import hub_values as values


@pytest.fixture
def open_resources(open_hub):
    @contextlib.asynccontextmanager
    async def open_it(**named):
        async with open_hub(**named) as operator:
            await operator.press("2")
            await operator.sees("No full resource check was made of this server yet.", "check them now")
            yield operator

    return open_it


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_never_asked_asking_then_fresh_with_its_age(open_resources, size):
    async with open_resources(size=size) as operator:
        release = operator.resources.script.hold(operator.loop)
        await operator.press("c")
        await operator.sees("asking edge-1 for CPU, memory, disk and Docker")
        await operator.press("c")
        await operator.told("under way already")
        operator.resources.age = 16
        release()
        screen = await operator.sees(
            "checked 1", "88%", "3.52 of 4 cores", "5.5 GiB of 7.8 GiB", "last 17 checks, 1m apart"
        )
        assert "✗ 72.8 GiB of 80.0 GiB" in screen, "over the hard limit is told by a mark, too"
        assert "21.4 GB" in screen


async def test_the_needs_stand_worst_first_with_the_key_that_leads_on(open_resources):
    async with open_resources() as operator:
        await operator.press("c")
        screen = await operator.sees(
            "What this server needs", "over the hard limit of 90%", "4  open the patch plan"
        )
        assert screen.index("over the hard limit") < screen.index("Host key approved")
        await operator.press("p")
        await operator.sees("[3 Cleanup]", "stopped containers")
        assert operator.cleanup.asked == [{"preview": False}]


async def test_old_numbers_are_called_old(open_resources):
    async with open_resources() as operator:
        operator.resources.age = 3 * 3600
        await operator.press("c")
        await operator.sees("3h old", "stale; these are from 3h ago", "88%")
        assert operator.app.screen.pane.has_class("-stale")


async def test_a_failed_check_shows_command_exit_code_and_stderr_above_the_old_numbers(open_resources):
    async with open_resources() as operator:
        operator.resources.age = 60
        await operator.press("c")
        await operator.sees("88%")
        script = operator.resources.script
        script.lines = (
            (Stream.RUN, "docker system df"), (Stream.STDERR, "Cannot connect to the daemon"), (Stream.EXIT, "exit 1 after 3.0 s"),
        )  # fmt: skip
        script.error = TimedOut("edge-1 did not answer in time.")
        await operator.press("c")
        await operator.sees(
            "edge-1 did not answer in time.", "docker system df", "exit 1", "Cannot connect to the daemon",
            "the last check failed; these are from 1m ago", "88%", "try again",
        )  # fmt: skip
        await operator.press("L")
        await operator.sees("▸ resource check", "Cannot connect to the daemon")


async def test_without_the_scope_it_says_which_is_missing(open_resources):
    async with open_resources() as operator:
        operator.app.session.console.access.principal = Principal("mara", frozenset())
        operator.app.screen.pane.tick()
        await operator.sees("This needs server:read; mara has no scope.")


async def test_what_could_not_be_read_is_a_question_mark_with_its_reason(open_resources):
    async with open_resources() as operator:
        operator.resources.docker = DockerUse(reachable=False, reason="permission denied on the socket")
        made = values.snapshot
        values.snapshot = lambda now, **named: made(now, **named).model_copy(
            update={"swap": Swap(reason="/proc/meminfo says nothing of swap")}
        )
        try:
            await operator.press("c")
            screen = await operator.sees(
                "does not answer", "permission denied on the socket", "/proc/meminfo says nothing of swap"
            )
        finally:
            values.snapshot = made
        assert "Swap         ?" in screen


async def test_raw_numbers_open_as_json(open_resources):
    async with open_resources() as operator:
        await operator.press("c")
        await operator.sees("88%")
        await operator.press("J")
        await operator.sees("Resources as JSON", '"loadPercent": 88')
        await operator.press("escape", "y")
        await operator.sees("resources as JSON", "server's name")
