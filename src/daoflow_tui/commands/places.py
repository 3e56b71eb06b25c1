"""Every place that offers commands, found by loading the front end: for the list of keys and its documentation."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

from daoflow_tui.commands.base import AnyCommand
from daoflow_tui.commands.node import CommandNode

NAMES = {
    "DaoFlowApp": "Everywhere, sheets too",
    "Place": "Every place",
    "CandidateTable": "First run, in the list of hosts",
    "VirtualTable": "Every list",
    "VirtualLog": "Every log",
}
"""Places whose class name would say less."""

ROOMS = ("daoflow_tui.widgets", "daoflow_tui.screens", "daoflow_tui.app")


def places() -> dict[str, tuple[AnyCommand, ...]]:
    """The commands of each screen, pane, widget and of the app, by the place's name."""
    _load()
    found = {_name(node): tuple(node.__dict__["OFFERS"]) for node in _nodes(CommandNode)}
    return dict(sorted(found.items()))


def _load() -> None:
    """Import every module that can define a place."""
    for room in ROOMS:
        if find_spec(room) is None:
            continue
        package = import_module(room)
        for module in pkgutil.walk_packages(getattr(package, "__path__", []), f"{room}."):
            import_module(module.name)


def _nodes(base: type[CommandNode]) -> Iterator[type[CommandNode]]:
    for node in base.__subclasses__():
        if node.__dict__.get("OFFERS") and node.__module__.startswith("daoflow_tui."):
            yield node
        yield from _nodes(node)


def _name(node: type[CommandNode]) -> str:
    """A class's name as words: `ServerTable` is `Server table`."""
    if node.__name__ in NAMES:
        return NAMES[node.__name__]
    words = re.findall(r"[A-Z][a-z0-9]*|[a-z0-9]+", node.__name__)
    return " ".join(words).capitalize()
