"""What the console starts from: its settings, and one look into the store before anything heavy is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from daoflow_core import config
from daoflow_core.clock import Clock, SystemClock
from daoflow_core.errors import DaoflowError, NotFound, TokenRefused
from daoflow_core.model.settings import Settings
from daoflow_core.paths import Paths, database_path
from daoflow_core.store.reader import Reader
from daoflow_core.token_source import TOKEN_VARIABLE

if TYPE_CHECKING:
    from daoflow_tui.bridge import Opener

LATEST = 30
"""Operations shown beside the list."""


@dataclass(frozen=True, slots=True)
class FirstLook:
    """The store as it was at the start; `missing`: it has no server yet; neither: opening it says what is wrong."""

    found: bool = False
    missing: bool = False
    servers: tuple[Mapping[str, Any], ...] = ()
    operations: tuple[Mapping[str, Any], ...] = ()
    certificates: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Start:
    """Everything an app needs to begin; `opener` opens another console than the operator's own,
    such as the demo's, and `beside` holds what ends with it.
    """

    environ: Mapping[str, str]
    settings: Settings
    overrides: Mapping[str, object] = field(default_factory=dict)
    look: FirstLook = field(default_factory=FirstLook)
    opener: Opener | None = None
    beside: AsyncExitStack | None = None
    clock: Clock = field(default_factory=SystemClock)
    poll: bool = True
    demo: bool = False


def prepare(environ: Mapping[str, str], overrides: Mapping[str, object] | None = None) -> Start:
    """Read the settings and look into the store. Raises ConfigInvalid or TokenRefused.

    A bad store is met again when it is opened.
    """
    refuse_token(given=TOKEN_VARIABLE in environ)
    settings = config.load(Paths.locate(environ).config_file, environ, overrides)
    return Start(environ, settings, dict(overrides or {}), first_look(environ))


def refuse_token(*, given: bool) -> None:
    """Raise TokenRefused: the console draws from the whole store, which a token may have no right to."""
    if given:
        raise TokenRefused(
            "The console does not open with a token.",
            why="Tokens are for commands; the console is the owner's.",
            next_step=f"Use a command such as `status --json`, or unset {TOKEN_VARIABLE}.",
        )


def first_look(environ: Mapping[str, str]) -> FirstLook:
    """Servers and latest operations by the light reader, in one moment of the store."""
    try:
        with Reader(database_path(environ)) as reader:
            servers, latest = reader.fleet(), reader.operations(limit=LATEST)
            ending = reader.certificates()
            return FirstLook(True, not servers, tuple(servers), tuple(latest), tuple(ending))
    except NotFound:
        return FirstLook(missing=True)
    except DaoflowError:
        return FirstLook()
