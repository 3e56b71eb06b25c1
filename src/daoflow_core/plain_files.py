"""Files that an operator names: only regular ones are read, so that none can make the program wait."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from daoflow_core.errors import InvalidInput


def read_plain_file(path: str, limit: int, *, what: str, field: str) -> bytes:
    """The first `limit` + 1 bytes of a file, `~` expanded. Raises InvalidInput about `what`, naming the `field`."""
    if not path or "\0" in path:
        raise _unusable(path, what, field, "No file has such a name.", "Check the path.")
    try:
        place = Path(path).expanduser()
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, RuntimeError) as error:
        raise _unusable(path, what, field, *_reason(error)) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise _unusable(path, what, field, "It is a directory.", "Give the path of the file in it.")
        if not stat.S_ISREG(mode):
            raise _unusable(
                path, what, field, "It is not a regular file.", "Give the path of a regular file."
            )
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    except OSError as error:
        raise _unusable(path, what, field, *_reason(error)) from None
    finally:
        os.close(descriptor)


def _reason(error: OSError | RuntimeError) -> tuple[str, str]:
    """Why a file could not be opened or read, and what to do."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "There is no such file.", "Check the path; `ls -l ~/.ssh` shows the usual ones."
    if isinstance(error, PermissionError):
        return "This user may not read it.", "Run as its owner, or give a copy that this user may read."
    if isinstance(error, RuntimeError):
        return "It names the home of a user who does not exist.", "Give the whole path."
    return f"{os.strerror(error.errno or 0)}.", "Check the path."


def _unusable(path: str, what: str, field: str, why: str, next_step: str) -> InvalidInput:
    shown = ascii(path if len(path) <= 80 else path[:80] + "…")
    return InvalidInput(f"The {what} {shown} can't be read.", why=why, next_step=next_step, field=field)
