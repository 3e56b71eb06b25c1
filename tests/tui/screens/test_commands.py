"""Every command is reachable, explained and free of clashes where it lives."""

from __future__ import annotations

import pytest

from daoflow_tui.commands.base import AnyCommand, Danger
from daoflow_tui.commands.catalog import live_together
from daoflow_tui.commands.keymap import Keymap, resolve
from daoflow_tui.commands.listing import help_rows, keys_page
from daoflow_tui.commands.node import CommandNode, live_commands
from daoflow_tui.commands.places import places
from daoflow_tui.screens.base import Place


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


def test_every_command_that_changes_something_declares_its_scope():
    dangerous: set[AnyCommand] = {
        command
        for commands in live_together().values()
        for command in commands
        if command.danger >= Danger.FINAL
    }
    assert dangerous
    assert all(command.scope for command in dangerous)


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
