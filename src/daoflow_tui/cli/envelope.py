"""The only writer to stdout and stderr of the command line: one JSON document, or lines for people."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable

from daoflow_core.errors import EXIT_DONE, DaoflowError


def document(data: object) -> str:
    """A success as the one JSON line that stands on stdout; ASCII only, so no control character can leave."""
    return json.dumps({"ok": True, "data": data}, ensure_ascii=True, separators=(",", ":"))


def write_line(line: str) -> None:
    """One line to stdout, at once; a reader that went away ends the program quietly."""
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader closed the pipe (`| head`): point stdout at nothing, so that the exit flush is quiet as well.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say(data: object, lines: Iterable[str], *, as_json: bool, status: int = EXIT_DONE) -> int:
    """A result: the JSON document, or its lines for people; returns the exit status."""
    if as_json:
        write_line(document(data))
    else:
        for line in lines:
            write_line(line)
    return status


def fail(error: DaoflowError, *, as_json: bool) -> int:
    """An error: the JSON document on stdout, or what, why and next on stderr; returns the exit status."""
    if as_json:
        write_line(json.dumps(error.document(), ensure_ascii=True, separators=(",", ":")))
        return error.exit_status
    for prefix, text in (("error: ", error.message), ("  why: ", error.why), (" next: ", error.next_step)):
        if text:
            sys.stderr.write(f"{prefix}{text}\n")
    return error.exit_status


def warn(line: str) -> None:
    """A note for people beside the result: progress, a warning; never on stdout."""
    sys.stderr.write(f"{line}\n")
