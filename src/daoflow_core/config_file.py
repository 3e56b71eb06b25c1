"""The configuration file as dotted keys; anything that can't be read whole is an error, never half a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from daoflow_core.config_rules import TABLES
from daoflow_core.errors import ConfigInvalid
from daoflow_core.text import clean

MAX_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One value as given, its source, and its line there if it has one."""

    key: str
    value: object
    source: str
    line: int = 0

    @property
    def place(self) -> str:
        """Where the operator finds the value, in words."""
        return f"{self.source} line {self.line}" if self.line else self.source


def read_entries(file: Path) -> tuple[Entry, ...]:
    """Every value of the file, in its order; none when there is no file. Raises ConfigInvalid."""
    content = _read(file)
    if content is None:
        return ()
    import tomllib  # only an existing file pays for the parser

    try:
        text = content.decode("utf-8")
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise _unusable(file, "is not valid TOML", clean(str(error))) from None
    return tuple(
        Entry(key, value, str(file), _line_of(text, key)) for key, value in _leaves(document, prefix="")
    )


def _read(file: Path) -> bytes | None:
    """The bytes of a regular file of a sane size; opening never waits for a pipe's other end."""
    try:
        with open(file, "rb", opener=_open_at_once) as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise _unusable(file, "is not a regular file", "settings are read from a plain TOML file")
            content = opened.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _unusable(file, "can't be read", os.strerror(error.errno or 0)) from None
    if len(content) > MAX_BYTES:
        raise _unusable(file, "is too large", f"a configuration has at most {MAX_BYTES} bytes")
    return content


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)


def _unusable(file: Path, fault: str, why: str) -> ConfigInvalid:
    return ConfigInvalid(
        f"The configuration file {file} {fault}.",
        why=why,
        next_step="Correct it or move it away",
        source=str(file),
    )


def _leaves(table: dict[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    """Dotted keys with their values; an empty table counts as a value unless settings live in it."""
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict) and (value or key in TABLES):
            yield from _leaves(value, f"{key}.")
        else:
            yield key, value


def _line_of(text: str, key: str) -> int:
    """The line on which a dotted key is set, 0 when it stands in an unusual form."""
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.strip().replace('"', "").replace("'", "")
        if bare.startswith("["):
            section = bare.partition("#")[0].strip("[] ").replace(" ", "") + "."
        elif "=" in bare and (section + bare.partition("=")[0].replace(" ", "")) == key:
            return number
    return 0
