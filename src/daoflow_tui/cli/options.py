"""Options that several commands share, and the parser classes that take the global ones anywhere on the line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from daoflow_tui.cli.call import current

_WHOLE = 1000
"""More characters than any first sentence has."""

HELP_NAMES = {"help_option_names": ["-h", "--help"]}

ServerRef = Annotated[str, typer.Option("--server", metavar="ID|NAME", help="The server, by id or name.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Confirm the change; without it nothing is done.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, do nothing; exit status 3.")]
Limit = Annotated[int, typer.Option("--limit", min=1, max=500, help="How many at most.")]
Fingerprint = Annotated[
    str,
    typer.Option("--fingerprint", metavar="SHA256:…", help="The key to trust, as `ssh-keygen -l` prints it."),
]
Opener = Annotated[
    str | None,
    typer.Option(
        "--passphrase-file", metavar="PATH|-", help="Open the vault with the passphrase in this file."
    ),
]

_GLOBALS = (
    (("--json",), "as_json", "Answer with one JSON document on stdout, also for errors."),
    (("--quiet", "-q"), "quiet", "Print the primary id only."),
    (("--no-color",), "no_color", "No colour; the command line uses none, so this changes nothing."),
    (("--read-only",), "read_only", "Refuse every change in this run."),
)


def _note(name: str) -> Callable[[Any, Any, bool], bool]:
    def callback(ctx: object, param: object, value: bool) -> bool:
        del ctx, param
        if value and name != "no_color":
            setattr(current(), name, True)
        return value

    return callback


def _note_token_file(ctx: object, param: object, value: str | None) -> str | None:
    del ctx, param
    if value is not None:
        current().token_file = value
    return value


def _token_file_option() -> TyperOption:
    return TyperOption(
        param_decls=["global_token_file", "--token-file"],
        type=str,
        default=None,
        metavar="PATH",
        is_eager=True,
        expose_value=False,
        callback=_note_token_file,
        help="Act with the rights of the token in this file; DAOFLOW_TOKEN does the same.",
    )


def _global_options(taken: set[str]) -> list[TyperOption]:
    """The global options less those that a command has for itself (`server update --read-only`)."""
    flags = [
        TyperOption(
            param_decls=[f"global_{name}", *names],
            is_flag=True,
            default=False,
            is_eager=True,
            expose_value=False,
            callback=_note(name),
            help=text,
        )
        for names, name, text in _GLOBALS
        if taken.isdisjoint(names)
    ]
    return [*flags, _token_file_option()]


class Leaf(TyperCommand):
    """A command that also takes the global options."""

    def __init__(self, *args: Any, **attributes: Any) -> None:  # noqa: ANN401 - typer's own signature
        super().__init__(*args, **attributes)
        self.params.extend(_global_options({name for one in self.params for name in one.opts}))


class Branch(TyperGroup):
    """A noun with commands under it, which also takes the global options."""

    def __init__(self, *args: Any, **attributes: Any) -> None:  # noqa: ANN401 - typer's own signature
        super().__init__(*args, **attributes)
        self.params.extend(_global_options({name for one in self.params for name in one.opts}))

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer vendors these types
        """Each command with its whole first sentence, wrapped: a sentence cut after a few words explains nothing."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [
            (name, one.get_short_help_str(_WHOLE))
            for name, one in found
            if one is not None and not one.hidden
        ]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def noun(help_text: str, **settings: Any) -> typer.Typer:  # noqa: ANN401 - typer's own settings
    """A group of commands in the one style of this program."""
    style: dict[str, Any] = {
        "add_completion": False,
        "rich_markup_mode": None,
        "pretty_exceptions_enable": False,
    }
    return typer.Typer(cls=Branch, help=help_text, context_settings=HELP_NAMES, **{**style, **settings})
