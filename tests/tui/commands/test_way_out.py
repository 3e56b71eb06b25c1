"""The keys that give the keyboard back from a shell can be changed, but never lost."""

import pytest

from daoflow_tui.commands.catalog import live_together
from daoflow_tui.commands.keymap import resolve
from daoflow_tui.widgets.terminal_commands import Leader


@pytest.mark.parametrize("key", ["ctrl+g", "f10", "ctrl+\\"])
def test_another_control_or_function_key_is_taken(key):
    keymap = resolve(live_together(), {"terminal.leader": (key,)})
    assert keymap.keys_of(Leader) == (key,) and not keymap.faults


@pytest.mark.parametrize("key", ["q", "escape", "ctrl+c", "enter", "alt+x", "ctrl+m", "space"])
def test_a_key_that_people_type_in_a_shell_is_refused_and_says_so(key):
    keymap = resolve(live_together(), {"terminal.leader": (key,)})
    assert keymap.keys_of(Leader) == Leader.keys
    assert "terminal.leader" in keymap.faults[0].ids and "it keeps ctrl+]" in keymap.faults[0].sentence
