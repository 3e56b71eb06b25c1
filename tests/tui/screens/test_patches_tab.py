"""The patches tab: four answers that are told apart, and a list one can narrow, sort and carry away."""

from __future__ import annotations

import contextlib
from functools import partial

import pytest

from daoflow_core.model.patches import PatchStatus
from tui import hub_values as values


@pytest.fixture
def open_patches(open_hub):
    @contextlib.asynccontextmanager
    async def open_it(**named):
        async with open_hub(**named) as operator:
            await operator.press("4")
            await operator.sees("No patch plan was made for this server yet.", "make one")
            yield operator

    return open_it


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_a_plan_lists_every_package_and_how_old_the_lists_are(open_patches, size):
    async with open_patches(size=size) as operator:
        await operator.press("p")
        screen = await operator.sees(
            "made 41m ago", "openssl", "FROM", "3.0.15-1", "6 updates", "2 security", "1 held", "1 kept back"
        )
        assert "refreshed on the host 6h ago" in screen
        assert "older than 4h" in screen
        assert "it does not install packages" in screen
        names = [line for line in screen.splitlines() if any(one.name in line for one in values.PACKAGES)]
        assert len(names) >= len(values.PACKAGES)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PatchStatus.NONE, "Nothing to update"),
        (PatchStatus.FAILED, "Could not get lock"),
        (PatchStatus.UNSUPPORTED, "No package manager this program knows"),
    ],
)
async def test_the_other_three_answers_are_told_apart(open_patches, status, words):
    async with open_patches() as operator:
        operator.patches.plan_value = partial(values.plan, status=status)
        await operator.press("p")
        screen = await operator.sees(words)
        others = {"Nothing to update", "Could not get lock", "No package manager this program knows"} - {
            words
        }
        assert not any(other in screen for other in others)


async def test_it_narrows_sorts_and_opens_details(open_patches):
    async with open_patches() as operator:
        await operator.press("p")
        await operator.sees("openssl")
        await operator.press("slash")
        await operator.type("security !linux")
        await operator.until(lambda: operator.app.screen.pane.table.rows.shown == ["openssl:amd64"])
        await operator.press("enter")
        await operator.sees("1 of 6 shown")
        await operator.press("enter")
        await operator.sees("Security  yes", "Debian-Security")
        await operator.press("escape", "escape")
        await operator.sees("filter: (none)")
        await operator.press("s")
        await operator.sees("Sort by")
        await operator.press("j", "enter")
        await operator.until(lambda: operator.app.screen.pane.table.rows.shown[0].startswith("containerd.io"))


async def test_the_commands_for_the_change_window_can_be_carried_away(open_patches):
    async with open_patches() as operator:
        await operator.press("p")
        await operator.sees("openssl")
        await operator.press("y")
        await operator.sees("Copy", "commands", "apt-get update")
        await operator.press("enter")
        await operator.told("The commands was sent")
        assert "apt-get install openssl=3.0.15-1" in operator.app.clipboard
