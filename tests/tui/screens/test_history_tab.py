"""The history: pages of operations, the log beside, live from any process, searched without being loaded."""

from __future__ import annotations

import contextlib

import pytest

from daoflow_core.console import Opening, open_console
from daoflow_core.model.operation import Stream
from daoflow_tui.screens.panes.history_words import wanted
from tui.screens.hub_doubles import Resources


@pytest.fixture
def open_history(open_hub):
    @contextlib.asynccontextmanager
    async def open_it(**named):
        async with open_hub(**named) as operator:
            await operator.press("6")
            await operator.sees("host key scan", "kind=any state=any")
            yield operator

    return open_it


async def test_the_log_follows_the_cursor(open_history):
    async with open_history() as operator:
        await operator.sees("readiness check  ✓ done", "the log is closed")
        await operator.press("G")
        await operator.sees("host key scan  ✓ done")
        await operator.press("enter")
        await operator.sees("esc goes back to the list")
        await operator.press("escape")
        await operator.sees("enter goes into the log", "[6 History]")


async def test_on_a_narrow_screen_enter_opens_the_log(open_history):
    async with open_history(size=(80, 24)) as operator:
        await operator.press("enter")
        await operator.sees("▸ readiness check", "lines, by")
        await operator.press("escape")
        await operator.sees("[6 History]")


async def test_a_filter_asks_the_store_and_says_what_it_did_not_understand(open_history):
    async with open_history() as operator:
        await operator.press("slash")
        await operator.type("kind=host-key")
        await operator.press("enter")
        await operator.sees("kind=host_key_scan state=any")
        assert "readiness check" not in operator.screen().split("╭─ ")[1].split("││")[0]
        await operator.press("slash")
        await operator.type("kind=host-key state=failed nonsense")
        await operator.press("enter")
        await operator.sees("No operation with kind=host_key_scan state=failed", "not understood: nonsense")
        await operator.press("escape")
        await operator.sees("kind=any state=any", "readiness check")


@pytest.mark.parametrize(
    ("words", "kinds", "states"),
    [
        ("kind=cleanup", {"cleanup_preview", "cleanup_run"}, set()),
        ("kind=cleanup-run state=done", {"cleanup_run"}, {"completed"}),
        ("kind:patch state:fail", {"patch_plan"}, {"failed"}),
        ("", set(), set()),
    ],
)
def test_filters_take_beginnings_and_the_words_on_screen(words, kinds, states):
    found = wanted(words)
    assert {one.value for one in found.kinds} == kinds
    assert {one.value for one in found.states} == states


async def test_an_operation_of_another_process_is_followed_while_it_runs(open_history, home):
    async with open_history() as operator, await open_console(Opening(home.environ)) as other:
        import asyncio

        double = Resources(other)
        release = double.script.hold(asyncio.get_running_loop())
        double.script.lines = tuple((Stream.STDOUT, f"line {number}") for number in range(300))
        running = asyncio.create_task(double.check("edge-1"))
        await operator.sees("resource check", "running")
        await operator.press("g")
        await operator.sees("line 299", "following")
        await operator.press("enter", "k")
        await operator.sees("paused, f follows")
        release()
        await running
        await operator.sees("+1 line  f follows")


async def test_search_reads_stride_by_stride_and_finds_what_was_never_on_screen(open_history, home):
    async with open_history() as operator:
        operator.resources.script.lines = tuple(
            (Stream.STDOUT, f"line {number}" if number != 4321 else "the needle") for number in range(5000)
        )
        await operator.resources_check()
        await operator.press("g")
        await operator.sees("resource check  ✓ done", "5,002 lines")
        await operator.press("enter", "slash")
        await operator.type("NEEDLE")
        await operator.press("enter")
        await operator.sees("'NEEDLE' stands in line 4,323", "the needle")
        await operator.press("n")
        await operator.sees("no more 'NEEDLE'")
        assert len(operator.app.screen.pane.log_of.view._pages._kept) <= 64
        await operator.press("escape")
        await operator.until(lambda: "NEEDLE" not in operator.screen())


async def test_only_what_runs_can_be_cancelled(open_history):
    async with open_history() as operator:
        await operator.press("x")
        await operator.told("has ended; only what still runs can be cancelled")


async def test_cancelling_asks_first_and_then_ends_it(open_history):
    async with open_history() as operator:
        operator.resources.script.hold(operator.loop)
        await operator.press("2", "c", "6")
        await operator.sees("~ running")
        await operator.press("g", "x")
        await operator.sees("Cancel this resource check?", "[ Let it run  esc ]")
        await operator.press("enter")
        await operator.sees("~ running")
        await operator.press("x", "y")
        await operator.sees("cancelled")
