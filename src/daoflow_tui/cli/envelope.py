"""The only writer to stdout and stderr of the command line: one JSON document, or lines for people."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable

from daoflow_core.errors import EXIT_DONE, DaoflowError


def document(data: object) -> str:
    """A success as the one JSON line that stands on stdout; ASCII only, so no control character can leave."""
    return encode({"ok": True, "data": data})


def encode(value: object) -> str:
    """A value as one line of JSON without spaces."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def write_line(line: str) -> bool:
    """One line to stdout, at once; False when the reader went away, which ends the program quietly."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe (`| head`): point stdout at nothing, so that the exit flush is quiet as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def say(data: object, lines: Iterable[str], *, as_json: bool, status: int = EXIT_DONE) -> int:
    """A result: the JSON document, or its lines for people; returns the exit status."""
    if as_json:
        write_line(document(data))
        return status
    for line in lines:
        if not say_line(line):
            break
    return status


def say_line(line: str) -> bool:
    """One line for people, at once; False when the reader went away."""
    return write_line(_printable(line))


def fail(error: DaoflowError, *, as_json: bool) -> int:
    """An error: the JSON document on stdout, or what, why, next and its code on stderr; returns the exit status."""
    if as_json:
        write_line(encode(error.document()))
        return error.exit_status
    told = (
        ("error: ", error.message),
        ("  why: ", error.why),
        (" next: ", error.next_step),
        (" code: ", error.code),
    )
    for prefix, text in told:
        if text:
            warn(f"{prefix}{text}")
    return error.exit_status


def warn(line: str) -> None:
    """A note for people beside the result: progress, a warning; never on stdout."""
    from daoflow_core.text import clean  # its tables cost milliseconds that a JSON answer does not have

    sys.stderr.write(f"{clean(line)}\n")


def _printable(line: str) -> str:
    """A line with nothing that acts on a terminal, and nothing that stdout's encoding can't carry."""
    from daoflow_core.text import clean

    encoding = sys.stdout.encoding or "ascii"
    return clean(line).encode(encoding, "backslashreplace").decode(encoding)
