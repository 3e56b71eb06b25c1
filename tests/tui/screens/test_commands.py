"""Every command is reachable, explained and free of clashes where it lives."""

from __future__ import annotations

import pytest

from daoflow_core.scopes import ACTIONS, RECORDS_ONLY, SERVER_READ, SERVER_WRITE, TERMINAL_OPEN
from daoflow_core.services.access import Principal
from daoflow_tui.commands.base import AnyCommand, Danger
from daoflow_tui.commands.catalog import live_together
from daoflow_tui.commands.keymap import Keymap, resolve
from daoflow_tui.commands.listing import footer_keys, help_rows, keys_page
from daoflow_tui.commands.node import CommandNode, live_commands
from daoflow_tui.commands.places import places
from daoflow_tui.screens.base import Place
from daoflow_tui.screens.places import MODES


def test_no_two_commands_of_a_place_want_the_same_key():
    assert resolve(live_together(), {}).faults == ()


def test_every_command_of_the_program_is_in_the_catalogue_and_the_documentation():
    catalogued = {command.id for commands in live_together().values() for command in commands}
    offered = {command.id for commands in places().values() for command in commands}
    assert offered <= catalogued
    page = keys_page(live_together(), Keymap.default())
    assert all(f"`{command_id}`" in page for command_id in catalogued)


@pytest.mark.parametrize(
    "key", ["ctrl+a", "ctrl+b", "ctrl+s", "ctrl+z", "ctrl+j", "ctrl+h", "ctrl+i", "ctrl+m"]
)
def test_keys_that_multiplexers_own_are_left_alone(key):
    assert not [c.id for commands in live_together().values() for c in commands if key in c.keys]


OPENS_ONLY = {
    "server.host-key": "shows host keys; its sheet asks for the approval's own action",
    "server.terminal": "goes to the shell's tab, which asks for server.terminal.open and offers the grant",
    "terminal.another": "as the shell's tab",
    "terminal.close": "ends what server.terminal.open allowed",
    "terminal.take": "as the shell's tab",
    "sheet.yes": "agrees to what another command opened, which named its action",
}
"""Commands that look dangerous and are no action themselves, and why."""


def every_command() -> set[AnyCommand]:
    return {command for commands in live_together().values() for command in commands}


def test_every_command_that_changes_or_records_something_names_its_action():
    recording = {command for command in every_command() if command.danger >= Danger.RECORDS}
    assert {command.id for command in recording if command.scope is None} == set(OPENS_ONLY)
    assert {command.scope for command in recording if command.scope} <= set(ACTIONS)
    named = {command.scope for command in every_command() if command.scope}
    assert {action for action in named if ACTIONS[action] == TERMINAL_OPEN} <= {"server.terminal.open"}


@pytest.mark.parametrize("read_only", [False, True])
async def test_whoever_may_not_change_anything_finds_every_such_command_dimmed_with_the_reason(
    sit_down, start_peer, register, monkeypatch, read_only
):
    await register("edge-1", await start_peer())
    scopes = frozenset({SERVER_READ, SERVER_WRITE} if read_only else {SERVER_READ})
    monkeypatch.setattr(
        "daoflow_core.console.owner", lambda **_: Principal("somebody", scopes, read_only=read_only)
    )
    why = "read-only" if read_only else "This needs server:write; somebody has server:read."
    seen: set[str] = set()

    def look(operator) -> None:
        screen = operator.app.screen
        for live in live_commands(screen):
            action = live.command.scope
            if action is None or ACTIONS[action] == SERVER_READ or (read_only and action in RECORDS_ONLY):
                continue
            seen.add(live.command.id)
            assert why in (live.why_off or ""), live.command.id
        shown = {key.command_id: key.on for key in footer_keys(screen)}
        assert not [one for one in seen if shown.get(one)]

    async with sit_down() as operator:
        await operator.sees("edge-1")
        look(operator)
        for mode in MODES:
            await operator.app.go(mode)
            await operator.press("tab")
            look(operator)
            await operator.press("tab")
            look(operator)
        await operator.press("S", "enter")
        for tab in "12345678":
            await operator.press(tab)
            look(operator)
    assert {"server.add", "server.remove", "ssh-key.rotate", "certificate.add", "cleanup.run"} <= seen


async def test_help_and_palette_know_every_key_that_is_live(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await operator.sees("edge-1")
        screen = operator.app.screen
        assert isinstance(screen, Place)
        live = {each.command.id for each in live_commands(screen)}
        assert live == {row.command_id for row in help_rows(screen)}
        expected = {command.id for command in live_together()["Servers"]}
        assert live == expected


async def test_the_footer_and_the_place_answer_to_a_click(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await operator.sees("edge-1")
        await operator.pilot.click("TopBar", offset=(37, 0))
        await operator.sees("SSH keys")
        assert isinstance(operator.app.screen, CommandNode)


async def test_a_key_that_means_something_elsewhere_says_so_where_it_does_nothing(
    sit_down, start_peer, register
):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await operator.opened()
        await operator.press("tab", "space", "c", "G", "K", "tab", "S")
        await operator.sees("edge-1")
        assert not [toast for toast in operator.toasts() if "does nothing" in toast]
        await operator.press("o")
        await operator.told("o does nothing here. Elsewhere it is: rotate… (Keys, Certificates)")
        await operator.press("slash", "o")
        assert operator.app.screen.search_bar.is_open and "does nothing" in operator.toasts()[-1]
