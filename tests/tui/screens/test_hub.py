"""The hub: tabs that never move, digits that pick, and what is off saying why."""

from __future__ import annotations

import pytest

from daoflow_core.model.server import Environment
from daoflow_tui.screens.server import ServerScreen
from tui.painting import HOSTILE


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_digits_pick_tabs_and_the_way_is_told(open_hub, size):
    async with open_hub(size=size) as operator:
        for digit, name in (
            ("2", "Resources"),
            ("3", "Cleanup"),
            ("4", "Patches"),
            ("6", "History"),
            ("8", "Host key"),
            ("1", "Overview"),
        ):
            await operator.press(digit)
            await operator.sees(f"edge-1 ▸ {name}", f"[{digit} {name}]")


async def test_tabs_never_move(open_hub):
    async with open_hub() as operator:
        places = set()
        for digit in "123468":
            await operator.press(digit)
            line = operator.screen().splitlines()[2]
            places.add(tuple(line.index(f"{one} ") for one in "12345678"))
        assert len(places) == 1


async def test_a_plain_engine_says_why_it_has_no_swarm_and_stays_where_it_was(open_hub):
    async with open_hub() as operator:
        await operator.press("2", "5")
        await operator.told("registered as a plain engine, not a swarm manager")
        assert operator.app.screen.tab == "2"


async def test_the_terminal_says_which_scope_is_missing(open_hub):
    async with open_hub() as operator:
        await operator.press("7")
        await operator.sees(
            "No shell is open on edge-1", "It needs terminal:open, which is given for minutes"
        )


async def test_a_server_opens_on_the_tab_it_was_left_on(open_hub):
    async with open_hub() as operator:
        await operator.press("4", "escape")
        await operator.sees("Servers")
        await operator.press("enter")
        await operator.sees("[4 Patches]")


async def test_places_and_back_leave_the_tab_as_it_was(open_hub):
    async with open_hub() as operator:
        await operator.press("3", "A")
        await operator.sees("Audit")
        await operator.press("S")
        await operator.sees("[3 Cleanup]")


async def test_what_ends_elsewhere_marks_the_history_tab(open_hub):
    async with open_hub() as operator:
        await operator.press("2")
        await operator.sees("No full resource check")
        await operator.press("c")
        await operator.sees("6 History*")
        await operator.press("6")
        await operator.sees("resource check", "[6 History]")
        await operator.press("2")
        assert "History*" not in operator.screen()


async def test_the_header_tells_prod_address_and_who(open_hub):
    async with open_hub(env=Environment.PROD) as operator:
        head = operator.screen().splitlines()[0]
        assert "PROD" in head
        assert "127.0.0.1" in head
        assert isinstance(operator.app.screen, ServerScreen)


@pytest.mark.parametrize("hostile", [HOSTILE[0], HOSTILE[2], HOSTILE[5]], ids=["markup", "clipboard", "long"])
async def test_hostile_names_stay_plain_words_on_every_tab(open_hub, hostile):
    async with open_hub() as operator:
        operator.cleanup.name = hostile
        for digit in "234681":
            await operator.press(digit)
        await operator.press("3", "p")
        await operator.sees("stopped containers")
        await operator.press("enter")
        screen = operator.screen()
        assert "\x1b" not in screen
        assert "\u202e" not in screen
        assert operator.app.is_running
