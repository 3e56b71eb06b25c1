"""Which screen each place begins with; its module is loaded when the place is first gone to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen


def servers() -> Screen[Any]:
    """The fleet."""
    from daoflow_tui.screens.servers import ServersScreen

    return ServersScreen()


def tunnels() -> Screen[Any]:
    """The managed tunnels."""
    from daoflow_tui.screens.tunnels import TunnelsScreen

    return TunnelsScreen()


def keys() -> Screen[Any]:
    """The managed SSH keys."""
    from daoflow_tui.screens.keys import KeysScreen

    return KeysScreen()


def audit() -> Screen[Any]:
    """The audit trail."""
    from daoflow_tui.screens.audit import AuditScreen

    return AuditScreen()


MODES: dict[str, str | Callable[[], Screen[Any]]] = {
    "servers": servers,
    "tunnels": tunnels,
    "keys": keys,
    "audit": audit,
}
