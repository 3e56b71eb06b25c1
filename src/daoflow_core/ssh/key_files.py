"""Private keys out of files: only regular files, never one that could make the program wait."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from daoflow_core.errors import InvalidInput
from daoflow_core.ssh.key_armour import MAX_BYTES
from daoflow_core.ssh.key_refusals import refusal


def load_key_file(path: str) -> bytes:
    """The bytes of a key file, `~` expanded. Raises InvalidInput, or KeyRejected when it is over 64 KiB."""
    if not path or "\0" in path:
        raise _unusable(path, "No file has such a name.", "Give the path of a private key file.")
    try:
        place = Path(path).expanduser()
        descriptor = os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, RuntimeError) as error:
        raise _unopened(path, error) from None
    with os.fdopen(descriptor, "rb") as file:
        _refuse_special(path, os.fstat(descriptor).st_mode)
        try:
            data = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise _unopened(path, error) from None
    if len(data) > MAX_BYTES:
        raise refusal("too-big")
    return data


def _refuse_special(path: str, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise _unusable(path, "It is a directory.", "Give the path of the file in it.")
    if not stat.S_ISREG(mode):
        raise _unusable(
            path,
            "It is not a regular file.",
            "Give a regular file, or `-` to read the key from standard input.",
        )


def _unopened(path: str, error: OSError | RuntimeError) -> InvalidInput:
    """Why a file could not be opened or read."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return _unusable(
            path, "There is no such file.", "Check the path; `ls -l ~/.ssh` shows the usual ones."
        )
    if isinstance(error, PermissionError):
        return _unusable(path, "This user may not read it.", "Run as its owner, or copy the key.")
    if isinstance(error, RuntimeError):
        return _unusable(path, "There is no such user whose home it names.", "Give the whole path.")
    return _unusable(path, f"{os.strerror(error.errno or 0)}.", "Check the path.")


def _unusable(path: str, why: str, next_step: str) -> InvalidInput:
    shown = ascii(path if len(path) <= 80 else path[:80] + "…")
    return InvalidInput(
        f"The key file {shown} can't be read.", why=why, next_step=next_step, field="private_key_file"
    )
