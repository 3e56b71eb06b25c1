"""Putting the operator's own keys in force, and saying which of them could not be taken."""

from __future__ import annotations

from collections.abc import Mapping

from daoflow_tui.commands.keymap import resolve
from daoflow_tui.commands.node import CommandApp


def use_own_keys(app: CommandApp, keys: Mapping[str, tuple[str, ...]]) -> None:
    """Rebind what the configuration names; only a clashing pair falls back, and is told."""
    if not keys:
        return  # the usual case does not pay for loading every command
    from daoflow_tui.commands.catalog import live_together

    keymap = resolve(live_together(), keys)
    app.use_keymap(keymap)
    if keymap.faults:
        words = " ".join(fault.sentence for fault in keymap.faults)
        app.notify(words, title="Keys of your configuration", severity="warning", timeout=15, markup=False)
