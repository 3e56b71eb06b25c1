"""What an operator can do, declared once: key, footer, palette, help and documentation come from it."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from enum import IntEnum
from inspect import isabstract
from typing import Any, ClassVar, Generic, TypeVar

from daoflow_core.scopes import ACTIONS

NodeT = TypeVar("NodeT")

_ID = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+\Z")


class Danger(IntEnum):
    """What a command can do to a server, and so what stands between the key and the deed."""

    READS = 0
    RECORDS = 1
    CHANGES = 2
    FINAL = 3


class Command(ABC, Generic[NodeT]):
    """One thing an operator can do in one kind of place; `NodeT` is the screen, pane or widget it acts on.

    A subclass states `id`, `keys` and `title`; its docstring is the help sentence. The class is checked when
    it is defined, so a wrong scope or id never reaches a user. `footer` is the place in the footer (lower is
    more to the left and stays longer when narrow), None keeps it out; `pinned` commands always stay, at the
    end. `short` is the title on a narrow screen. Keys of `ahead` are taken before the focused field sees them,
    so that what is typed right after them can't land in the field before.
    """

    id: ClassVar[str] = ""
    keys: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str] = ""
    short: ClassVar[str] = ""
    help: ClassVar[str] = ""
    group: ClassVar[str] = ""
    danger: ClassVar[Danger] = Danger.READS
    scope: ClassVar[str | None] = None
    footer: ClassVar[int | None] = None
    pinned: ClassVar[bool] = False
    in_palette: ClassVar[bool] = True
    ahead: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if not cls.__dict__.get("help"):
            cls.help = (cls.__doc__ or cls.title).strip().partition("\n")[0]
        if not isabstract(cls) and cls.id:
            _check_declaration(cls)

    def applies(self, node: NodeT) -> bool:
        """Whether the command belongs to this node at all; one that does not is neither shown nor run."""
        del node
        return True

    def why_off(self, node: NodeT) -> str | None:
        """The full sentence that tells why the command can't run now, or None when it can."""
        del node
        return None

    @abstractmethod
    def run(self, node: NodeT) -> Awaitable[None] | None:
        """Do it: asks the node, which owns every worker and every question to the core."""


AnyCommand = type[Command[Any]]


def _check_declaration(command: AnyCommand) -> None:
    """A command that could not be bound, found or permitted is refused while the program is loaded."""
    name = command.__qualname__
    if not _ID.match(command.id):
        raise TypeError(f"{name}: the id {command.id!r} is not of the form noun.verb")
    if not command.title:
        raise TypeError(f"{name}: a command needs a title")
    if not command.keys and not command.in_palette:
        raise TypeError(f"{name}: without a key or a palette entry nobody can reach it")
    if command.scope is not None and command.scope not in ACTIONS:
        raise TypeError(f"{name}: {command.scope!r} is not an action of daoflow_core.scopes")


_LABELS = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "escape": "esc",
}


def key_label(key: str) -> str:
    """A key as it is written for people: `pageup` is `pgup`, `escape` is `esc`."""
    return _LABELS.get(key, key)
