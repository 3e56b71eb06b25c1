"""What a key means that does nothing here: a letter keeps its meaning, and says so where it can't apply."""

from __future__ import annotations

from daoflow_tui.commands.catalog import live_together
from daoflow_tui.commands.keymap import Keymap

_SHOWN = 2


def meaning_elsewhere(key: str, keymap: Keymap) -> str | None:
    """A sentence for a key that nothing here answers; None for one that means nothing anywhere."""
    titles: dict[str, list[str]] = {}
    for place, commands in live_together().items():
        for command in commands:
            if key in keymap.keys_of(command):
                titles.setdefault(command.title, []).append(place)
    if not titles:
        return None
    meanings = [f"{title} ({', '.join(places[:_SHOWN])})" for title, places in titles.items()]
    return f"{key} does nothing here. Elsewhere it is: {'; '.join(meanings[:_SHOWN])}."
