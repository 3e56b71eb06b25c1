"""The tabs of one server: digits pick, and one that is off says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from daoflow_tui.commands.base import AnyCommand, Command

if TYPE_CHECKING:
    from daoflow_tui.screens.server import ServerScreen


class _GoTab(Command["ServerScreen"]):
    group = "Tabs"
    tab: ClassVar[str] = ""

    def why_off(self, hub: ServerScreen) -> str | None:
        return hub.why_no_tab(self.tab)

    def run(self, hub: ServerScreen) -> None:
        hub.show_tab(self.tab)


class GoOverview(_GoTab):
    """Why the server stands as it does, what is known of it, and what was asked of it last."""

    id, keys, title, tab = "tab.overview", ("1",), "overview", "1"


class GoResources(_GoTab):
    """CPU, memory, disk and Docker's use of it, with their trends and what this server needs."""

    id, keys, title, tab = "tab.resources", ("2",), "resources", "2"


class GoCleanup(_GoTab):
    """What a cleanup would remove, exactly, and the runs so far."""

    id, keys, title, tab = "tab.cleanup", ("3",), "cleanup", "3"


class GoPatches(_GoTab):
    """Which package updates the server could take."""

    id, keys, title, tab = "tab.patches", ("4",), "patches", "4"


class GoSwarm(_GoTab):
    """The nodes and services of a swarm manager."""

    id, keys, title, tab = "tab.swarm", ("5",), "swarm", "5"


class GoHistory(_GoTab):
    """Every operation on this server beside the log of the one under the cursor."""

    id, keys, title, tab, footer = "tab.history", ("6",), "history", "6", 65


class GoTerminal(_GoTab):
    """A shell on the server."""

    id, keys, title, tab = "tab.terminal", ("7",), "terminal tab", "7"


class GoHostKey(_GoTab):
    """The host keys the server showed, and the one it is trusted by."""

    id, keys, title, tab = "tab.host-key", ("8",), "host key tab", "8"


class GoStacks(_GoTab):
    """The stacks that were deployed to the server from here: plan, deploy, roll back, remove."""

    id, keys, title, tab, footer = "tab.stacks", ("D",), "stacks", "D", 66


HUB_COMMANDS: tuple[AnyCommand, ...] = (
    GoOverview, GoResources, GoCleanup, GoPatches, GoSwarm, GoHistory, GoTerminal, GoHostKey, GoStacks,
)  # fmt: skip
