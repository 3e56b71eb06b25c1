"""Which pane each tab of a server has; its module is loaded when the tab is first gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from daoflow_tui.widgets.tab_bar import Tab

if TYPE_CHECKING:
    from daoflow_tui.screens.panes.hub_pane import HubPane

TABS = (
    Tab("1", "Overview"),
    Tab("2", "Resources"),
    Tab("3", "Cleanup"),
    Tab("4", "Patches"),
    Tab("5", "Swarm"),
    Tab("6", "History"),
    Tab("7", "Terminal"),
    Tab("8", "Host key"),
)
NAMES = {**{tab.key: tab.name for tab in TABS}, "D": "Stacks"}
"""The tabs never move; the stacks are a pane beside them, reached by a letter that goes somewhere."""


def _overview() -> HubPane:
    from daoflow_tui.screens.panes.overview import OverviewPane

    return OverviewPane()


def _resources() -> HubPane:
    from daoflow_tui.screens.panes.resources import ResourcesPane

    return ResourcesPane()


def _cleanup() -> HubPane:
    from daoflow_tui.screens.panes.cleanup import CleanupPane

    return CleanupPane()


def _patches() -> HubPane:
    from daoflow_tui.screens.panes.patches import PatchesPane

    return PatchesPane()


def _swarm() -> HubPane:
    from daoflow_tui.screens.panes.swarm import SwarmPane

    return SwarmPane()


def _history() -> HubPane:
    from daoflow_tui.screens.panes.history import HistoryPane

    return HistoryPane()


def _terminal() -> HubPane:
    from daoflow_tui.screens.panes.terminal import TerminalPane

    return TerminalPane()


def _host_key() -> HubPane:
    from daoflow_tui.screens.panes.host_key import HostKeyPane

    return HostKeyPane()


def _stacks() -> HubPane:
    from daoflow_tui.screens.panes.stacks import StacksPane

    return StacksPane()


PANES: dict[str, Callable[[], HubPane]] = {
    "1": _overview,
    "2": _resources,
    "3": _cleanup,
    "4": _patches,
    "5": _swarm,
    "6": _history,
    "7": _terminal,
    "8": _host_key,
    "D": _stacks,
}
"""The tabs this version has something to show on."""
