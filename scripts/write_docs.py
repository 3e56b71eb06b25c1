"""Write docs/cli.md and docs/keys.md from the code, or with --check say which of them is not current."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from daoflow_core.scopes import ACTIONS
from daoflow_tui.cli.app import build
from daoflow_tui.cli.scopes import ACTION_OF
from daoflow_tui.commands.keymap import Keymap
from daoflow_tui.commands.listing import keys_page
from daoflow_tui.commands.places import places

DOCS = Path(__file__).resolve().parent.parent / "docs"
NOTE = "<!-- Written by `make docs` from the code; change it there. -->"
INTRODUCTION = """\
Every command takes `--json` (one document on stdout, also for errors), `--quiet`, `--no-color`, `--read-only`
and `--token-file PATH`, before or after the subcommand. `--server` takes an id or a name. Every change needs `--yes`;
without it nothing is sent or written. At a terminal, what can't be undone (cleanup, drain, scale to 0,
removing a stack or server, deleting or rotating a key, certificate or tunnel's credential, replacing a host key)
asks for a name to type instead, after showing the preview or plan where there is one.

| exit status | means |
|---|---|
| 0 | done |
| 1 | failed; the `code` says how |
| 2 | not permitted: scope or read-only |
| 3 | dry run that recorded nothing |
| 64 | wrong usage |
| 130 | interrupted |

`daoflow-tui schema COMMAND` prints the JSON Schema of a command's answer.
"""


def main() -> int:
    """Write or compare both pages; 1 when one is not current."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    check = parser.parse_args().check
    pages = {DOCS / "cli.md": cli_page(), DOCS / "keys.md": keys_document()}
    old = [file for file, text in pages.items() if not file.exists() or file.read_text("utf-8") != text]
    for file in old:
        if check:
            sys.stderr.write(f"{file} is not current: run `make docs`\n")
        else:
            file.write_text(pages[file], "utf-8")
    return 1 if check and old else 0


def keys_document() -> str:
    """docs/keys.md."""
    page = keys_page(places(), Keymap.default()).rstrip()
    return (
        f"# Keys\n\n{NOTE}\n\nRebind any of them by its id under `[keys]` in the configuration.\n\n{page}\n"
    )


def cli_page() -> str:
    """docs/cli.md."""
    root = get_command(build())
    parts = ["# The command line", "", NOTE, "", INTRODUCTION]
    for words, command in _leaves(root, ()):
        parts += _section(words, command)
    return "\n".join(parts).rstrip() + "\n"


def _leaves(command: TyperGroup | TyperCommand, words: tuple[str, ...]) -> Iterator[tuple[str, TyperCommand]]:
    """Every command that does something, by its words."""
    if isinstance(command, TyperCommand):
        yield " ".join(words), command
        return
    for name, child in command.commands.items():
        yield from _leaves(child, (*words, name))


def _section(words: str, command: TyperCommand) -> list[str]:
    action = ACTION_OF[words]
    scope = f"Scope `{ACTIONS[action]}` (action `{action}`)." if action else "Needs no scope."
    own = [one for one in command.params if not (one.name or "").startswith("global_")]
    rows = [f"| `{_usage(one)}` | {_meaning(one)} |" for one in own]
    table = ["| option | meaning |", "|---|---|", *rows, ""] if rows else []
    return [f"## daoflow-tui {words}", "", (command.help or "").strip(), "", scope, "", *table]


def _usage(one: TyperOption | TyperArgument) -> str:
    if isinstance(one, TyperArgument):
        return _cell(one.metavar or one.name or "")
    metavar = (
        "" if one.is_flag else one.metavar or {"int": "NUMBER", "path": "PATH"}.get(one.type.name, "TEXT")
    )
    return _cell(" ".join(filter(None, (", ".join([*one.opts, *one.secondary_opts]), metavar))))


def _meaning(one: TyperOption | TyperArgument) -> str:
    default = one.default if one.default not in (None, False, "", ()) else None
    tail = " Required." if one.required else f" Default: `{default}`." if default is not None else ""
    return f"{_cell(one.help or '')}{tail}"


def _cell(text: str) -> str:
    """Text that does not end a cell of a table."""
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main())
