"""Store-only answers without the parser, the loop or any library: `--version`, `status --json`, `server list --json`,
and, by `hot_records.py`, what was recorded.

Whatever is not plain (a configuration file, a token, a store that is missing, newer or odd) is left to the full path,
which answers the same bytes or says precisely what is wrong.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from daoflow_core import __version__
from daoflow_core.errors import DaoflowError
from daoflow_tui.cli import envelope

TYPE_CHECKING = False  # `typing` costs milliseconds; type checkers know this name
if TYPE_CHECKING:
    from typing import Any

POLL_VARIABLE = "SERVER_READINESS_POLL_INTERVAL_MS"
DEFAULT_POLL_MS = 60_000
SHORTEST_POLL_MS, LONGEST_POLL_MS = 5_000, 86_400_000
OTHER_VARIABLES = (
    "DAOFLOW_THEME",
    "DAOFLOW_ASCII",
    "DAOFLOW_MOUSE",
    "DAOFLOW_READ_ONLY",
    "DAOFLOW_CONFIRM",
    "DAOFLOW_TOKEN",
)
"""Set, each of these has to be judged by the full path; a test compares them with the settings' own table."""


def answer(what: str, *, as_json: bool) -> int | None:
    """Answer one hot command line and return the exit status; None leaves it to the full path, with nothing written."""
    if what == "version":
        return envelope.say({"version": __version__}, [f"daoflow-tui {__version__}"], as_json=as_json)
    try:
        data = read(what, os.environ)
    except (DaoflowError, OSError, ValueError, LookupError):
        return None  # the full path meets the same fault and says it in words
    if data is None:
        return None
    return envelope.say(data, (), as_json=True)


def answer_records(what: str, words: tuple[str, ...]) -> int | None:
    """Answer `history`, `logs` or `audit` in JSON and return the exit status; None leaves it to the full path."""
    from daoflow_core.paths import database_path
    from daoflow_core.store.reader import Reader
    from daoflow_tui import hot_records

    given = hot_records.options(what, words)
    if given is None or _poll_interval(os.environ) is None or not _is_plain(os.environ):
        return None
    try:
        with Reader(database_path(os.environ)) as reader:
            data = hot_records.look(reader, what, given)
    except (DaoflowError, OSError, ValueError, LookupError):
        return None  # the full path meets the same fault and says it in words
    return None if data is None else envelope.say(data, (), as_json=True)


def read(what: str, environ: Mapping[str, str]) -> dict[str, Any] | None:
    """The answer's data from the store; None when the environment asks for more than a plain read."""
    interval = _poll_interval(environ)
    if interval is None or not _is_plain(environ):
        return None
    return look(what, environ, interval)


def look(what: str, environ: Mapping[str, str], interval: int) -> dict[str, Any]:
    """One look into the store, which writes nothing: it works on a full disk and on a read-only one."""
    from daoflow_core import documents
    from daoflow_core.paths import database_path
    from daoflow_core.store.reader import Reader

    with Reader(database_path(environ)) as reader:
        rows = reader.fleet()
        certificates = reader.certificates() if what == "status" else []
    if what == "servers":
        return documents.server_list(rows, now=_now())
    return documents.status(rows, now=_now(), poll_interval_ms=interval, certificates=certificates)


def _is_plain(environ: Mapping[str, str]) -> bool:
    from daoflow_core.paths import config_folder

    if any(name in environ for name in OTHER_VARIABLES):
        return False
    return not os.path.lexists(os.path.join(config_folder(environ), "config.toml"))  # noqa: PTH118 - pathlib costs


def _poll_interval(environ: Mapping[str, str]) -> int | None:
    given = environ.get(POLL_VARIABLE)
    if given is None:
        return DEFAULT_POLL_MS
    if not (given.isascii() and given.isdigit() and len(given) <= len(str(LONGEST_POLL_MS))):
        return None
    return int(given) if SHORTEST_POLL_MS <= int(given) <= LONGEST_POLL_MS else None


def _now() -> Any:  # noqa: ANN401 - a datetime, whose import sqlite3 has paid for
    import time
    from datetime import UTC, datetime

    return datetime.fromtimestamp(time.time(), UTC)
