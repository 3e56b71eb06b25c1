"""One command line from its words to its exit status: parsing, answering, and every way it can fail."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from daoflow_core.errors import EXIT_INTERRUPTED, DaoflowError, Interrupted, UsageError
from daoflow_tui.cli import envelope
from daoflow_tui.cli.call import CURRENT, Call, Result, has_screen
from daoflow_tui.cli.crash import explain

if TYPE_CHECKING:
    from typer import TyperException
    from typer._click.core import Command

PROGRAM = "daoflow-tui"


def run(arguments: list[str]) -> int:
    """Run one command line and return the exit status; never raises, never shows a traceback."""
    call = Call(as_json="--json" in _before_end_of_options(arguments))
    token = CURRENT.set(call)
    try:
        return finish(_parse_and_run(arguments), call)
    except DaoflowError as error:
        return envelope.fail(error, as_json=call.as_json)
    except (KeyboardInterrupt, EOFError):
        return _interrupted(call)
    except Exception as error:  # noqa: BLE001 - the one boundary where a fault of the program becomes an answer
        return envelope.fail(explain(error, call.environ), as_json=call.as_json)
    finally:
        CURRENT.reset(token)


def _parse_and_run(arguments: list[str]) -> object:
    """What the arguments ask for; with none, at a terminal, the console, which does not wait for the parser to load."""
    if not arguments and has_screen():
        from daoflow_tui import collector

        collector.rest()
        from daoflow_tui.app import run as open_console

        return open_console()
    from typer import TyperException

    try:
        return _parser().main(args=arguments, prog_name=PROGRAM, standalone_mode=False)
    except TyperException as error:
        raise _usage(error) from None


@cache
def _parser() -> Command:
    """The parser of the whole command line, which is made of a hundred signatures and keeps nothing of a line."""
    from typer.main import get_command

    from daoflow_tui.cli.app import build

    return get_command(build())


def finish(answer: object, call: Call) -> int:
    """Write a command's answer; an integer is the parser's own exit status (help, Ctrl-C)."""
    if isinstance(answer, Result):
        if call.quiet and not call.as_json:
            return envelope.say(None, answer.primary, as_json=False, status=answer.status)
        for note in answer.notes if not call.as_json else ():
            envelope.warn(note)
        return envelope.say(answer.data, answer.lines, as_json=call.as_json, status=answer.status)
    if answer == EXIT_INTERRUPTED:
        return _interrupted(call)
    return answer if isinstance(answer, int) else 0


def _interrupted(call: Call) -> int:
    """Ctrl-C: a stream ends without another word, anything else says that it was cut short."""
    if call.streaming:
        return EXIT_INTERRUPTED
    return envelope.fail(
        Interrupted("Interrupted.", next_step="`server ops history` shows what was begun."),
        as_json=call.as_json,
    )


def _usage(error: TyperException) -> UsageError:
    """The parser's complaint in our form, with the help to look at."""
    context: Any = getattr(error, "ctx", None)
    path = context.command_path if context is not None else PROGRAM
    return UsageError(_sentence(error.format_message()), next_step=f"`{path} --help` lists what it takes.")


def _sentence(text: str) -> str:
    from daoflow_core.text import clean, shorten

    line = " ".join(clean(piece) for piece in text.splitlines() if piece.strip())
    return shorten(line, 400)


def _before_end_of_options(arguments: list[str]) -> list[str]:
    return arguments[: arguments.index("--")] if "--" in arguments else arguments
