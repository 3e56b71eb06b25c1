"""Where a token comes from: the environment or a file that nobody else can read, never the command line."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from daoflow_core.errors import ConfigInvalid, InvalidInput, UnsafePermissions
from daoflow_core.plain_files import read_plain_file
from daoflow_core.secret import Secret

TOKEN_VARIABLE = "DAOFLOW_TOKEN"  # noqa: S105 - the name of a variable
LONGEST = 1024


def take_token(environ: Mapping[str, str], file: str | None = None) -> Secret | None:
    """The token that was given, None without one; it leaves the environment, so no child inherits it.

    Raises ConfigInvalid for two, InvalidInput for a file without one, UnsafePermissions for one open to others.
    """
    text = environ.get(TOKEN_VARIABLE)
    for place in (environ, os.environ):
        if isinstance(place, MutableMapping):
            place.pop(TOKEN_VARIABLE, None)
    if text is not None and file is not None:
        raise ConfigInvalid(
            f"A token is given twice: in {TOKEN_VARIABLE} and by --token-file.",
            why="Only one can be meant.",
            next_step="Give one of them.",
            field="token",
        )
    if file is not None:
        return _read(file)
    return None if text is None else Secret(text.strip().encode("utf-8", "surrogateescape"))


def _read(file: str) -> Secret:
    data = read_plain_file(file, LONGEST, what="token file", field="token-file").strip()
    mode = stat.S_IMODE(Path(file).expanduser().stat().st_mode)
    if mode & 0o077:
        raise UnsafePermissions(
            f"The token file {file} is open to others (mode {mode:04o}).",
            why="Who reads it has the rights of the token.",
            next_step=f"chmod 600 {shlex.quote(file)}",
            path=file,
        )
    if not data:
        raise InvalidInput(
            "The token file is empty.", next_step="Put the token on its first line.", field="token-file"
        )
    return Secret(data)
