"""The operator's keys: only what is wrong falls back, and every fault is one full sentence."""

from __future__ import annotations

import pytest

from daoflow_tui.commands.essentials import ESSENTIALS, Quit
from daoflow_tui.commands.keymap import check, resolve
from daoflow_tui.widgets.log_commands import LOG_COMMANDS
from daoflow_tui.widgets.table_commands import TABLE_COMMANDS
from tui.commands.example import AddServer, CheckServer

PLACES = {
    "Servers": (*TABLE_COMMANDS, CheckServer, AddServer, *ESSENTIALS),
    "History": (*LOG_COMMANDS, *ESSENTIALS),
}


def test_the_declared_keys_have_no_fault():
    assert check(PLACES, {}) == ()


def test_an_override_counts_in_any_spelling():
    keymap = resolve(PLACES, {"server.check": "exclamation_mark, ctrl+t", "server.add": ["f5"]})
    assert keymap.faults == ()
    assert keymap.keys_of(CheckServer) == ("!", "ctrl+t")
    assert keymap.keys_of(AddServer) == ("f5",)
    assert keymap.keys_of(Quit) == Quit.keys


def test_only_the_clashing_pair_falls_back():
    keymap = resolve(PLACES, {"server.check": "x", "server.add": "x", "app.quit": "f10"})
    assert keymap.keys_of(CheckServer) == ("c",)
    assert keymap.keys_of(AddServer) == ("a",)
    assert keymap.keys_of(Quit) == ("f10",)
    assert [set(fault.ids) for fault in keymap.faults] == [{"server.check", "server.add"}]


def test_a_clash_with_a_declared_key_falls_back_too():
    keymap = resolve(PLACES, {"server.check": "a"})
    assert keymap.keys_of(CheckServer) == ("c",)
    assert len(keymap.faults) == 1


def test_the_same_key_in_two_places_is_no_clash():
    assert check(PLACES, {"server.check": "w"}) == ()  # w folds lines in logs only


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"server.explode": "x"}, "No command is called 'server.explode'"),
        ({"server.check": ""}, "needs at least one key"),
        ({"server.check": "ctrl+i"}, "can't be told from tab"),
        ({"server.check": "ctrl+space"}, "terminals send nothing"),
        ({"server.check": "hyper+x"}, "is not the name of a key"),
        ({"server.check": "pagefoo"}, "is not the name of a key"),
    ],
)
def test_a_key_that_can_not_work_is_refused_with_a_sentence(override, words):
    keymap = resolve(PLACES, override)
    assert keymap.changed == {}
    assert words in keymap.faults[0].sentence
    assert keymap.faults[0].sentence.endswith(".")


def test_a_swap_of_two_keys_is_no_clash():
    keymap = resolve(PLACES, {"server.check": "a", "server.add": "c"})
    assert (keymap.keys_of(CheckServer), keymap.keys_of(AddServer)) == (("a",), ("c",))
    assert keymap.faults == ()


def test_plus_and_comma_are_keys():
    keymap = resolve(PLACES, {"server.check": ["+"], "server.add": [","]})
    assert (keymap.keys_of(CheckServer), keymap.keys_of(AddServer)) == (("+",), (",",))
