"""The live commands as other places show them: the footer's keys and the rows of the help sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.screen import Screen

from daoflow_tui.commands.base import AnyCommand, Danger, key_label
from daoflow_tui.commands.keymap import Keymap
from daoflow_tui.commands.node import Live, live_commands
from daoflow_tui.widgets.footer import FooterKey


def footer_keys(screen: Screen[Any]) -> list[FooterKey]:
    """What `KeyFooter` shows for a screen, in the order that the commands ask for."""
    shown = [live for live in live_commands(screen) if live.command.footer is not None and live.keys]
    return [_footer_key(live) for live in sorted(shown, key=lambda live: live.command.footer or 0)]


def _footer_key(live: Live) -> FooterKey:
    command = live.command
    return FooterKey(
        command.id,
        key_label(live.keys[0]),
        command.title,
        command.short,
        on=live.why_off is None,
        pinned=command.pinned,
    )


@dataclass(frozen=True, slots=True)
class HelpRow:
    """A command as the help sheet and `docs/keys.md` tell it; `why_off` is empty when it would run now."""

    command_id: str
    keys: str
    title: str
    help: str
    group: str
    danger: Danger
    scope: str
    why_off: str = ""


def help_rows(screen: Screen[Any]) -> list[HelpRow]:
    """Every command within reach, the focused pane's first, with the reason of those that are off."""
    return [help_row(type(live.command), live.keys, live.why_off or "") for live in live_commands(screen)]


def help_row(command: AnyCommand, keys: tuple[str, ...], why_off: str = "") -> HelpRow:
    """One command with the keys that reach it."""
    labels = " ".join(map(key_label, keys))
    scope = command.scope or ""
    return HelpRow(
        command.id, labels, command.title, command.help, command.group, command.danger, scope, why_off
    )


def keys_page(places: dict[str, tuple[AnyCommand, ...]], keymap: Keymap) -> str:
    """The tables of `docs/keys.md`: one for every place, a row for every command."""
    lines: list[str] = []
    for place, commands in places.items():
        lines += [f"## {place}", "", "| key | does | id | danger | scope |", "|---|---|---|---|---|"]
        rows = [help_row(command, keymap.keys_of(command)) for command in commands]
        lines += [
            f"| {_code(row.keys)} | {row.help} | `{row.command_id}` | {row.danger.value} | {row.scope} |"
            for row in rows
        ]
        lines.append("")
    return "\n".join(lines)


def _code(keys: str) -> str:
    return " ".join(f"`{key}`" for key in keys.replace("|", "\\|").split())
