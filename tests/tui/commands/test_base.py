"""A command is checked when it is defined, and everything shown about it comes from its one declaration."""

from __future__ import annotations

import pytest

from daoflow_tui.commands.base import Command, Danger
from daoflow_tui.commands.keymap import Keymap
from daoflow_tui.commands.listing import keys_page
from tui.commands.example import AddServer, CheckServer


def declare(**attributes):
    return type("Wrong", (Command,), {"run": lambda self, node: None, **attributes})


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"id": "NoDot", "title": "x"}, "noun.verb"),
        ({"id": "a.b"}, "title"),
        ({"id": "a.b", "title": "x", "in_palette": False}, "nobody can reach"),
        ({"id": "a.b", "title": "x", "scope": "server.explode"}, "daoflow_core.scopes"),
    ],
)
def test_a_wrong_declaration_is_refused_when_the_class_is_made(attributes, words):
    with pytest.raises(TypeError, match=words):
        declare(**attributes)


def test_the_docstring_is_the_help_sentence():
    assert CheckServer.help == "Check the servers now."


def test_the_documentation_has_a_row_for_every_command():
    page = keys_page({"Servers": (CheckServer, AddServer)}, Keymap({"server.check": ("f5",)}))
    assert "| `f5` | Check the servers now. | `server.check` | 0 | server.check |" in page
    assert f"| `a` | Add a server. | `server.add` | {Danger.CHANGES.value} | server.register |" in page
