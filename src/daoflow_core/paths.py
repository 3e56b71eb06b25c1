"""Where this program keeps its files: XDG folders, or one folder named by `DAOFLOW_HOME`."""

# pathlib and dataclasses cost milliseconds that a hot read does not have:
# ruff: noqa: PTH102, PTH111, PTH117, PTH118, PTH120

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping

from daoflow_core.errors import ConfigInvalid, StoreFull, StoreReadOnly, StoreUnusable, UnsafePermissions

TYPE_CHECKING = False  # type checkers know this name
if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "daoflow-tui"
DATABASE = "daoflow.db"
HOME_VARIABLE = "DAOFLOW_HOME"


def config_folder(environ: Mapping[str, str]) -> str:
    """The folder of the configuration file."""
    return _home(environ) or _xdg(environ, "XDG_CONFIG_HOME", ".config")


def state_folder(environ: Mapping[str, str]) -> str:
    """The folder of the database and everything beside it."""
    return _home(environ) or _xdg(environ, "XDG_STATE_HOME", os.path.join(".local", "state"))


def database_path(environ: Mapping[str, str]) -> str:
    """The database file, for reads that can't afford to build `Paths`."""
    return os.path.join(state_folder(environ), DATABASE)


def _home(environ: Mapping[str, str]) -> str:
    home = environ.get(HOME_VARIABLE, "")
    if home and not os.path.isabs(home):
        raise ConfigInvalid(
            f"{HOME_VARIABLE} must be an absolute path",
            why="A relative one would name another store in every folder.",
            next_step=f'export {HOME_VARIABLE}="$PWD/…"',
            field=HOME_VARIABLE,
        )
    return os.path.normpath(home) if home else ""


def _xdg(environ: Mapping[str, str], variable: str, fallback: str) -> str:
    base = environ.get(variable, "")
    if not os.path.isabs(base):  # the XDG specification: a relative path is ignored
        base = os.path.join(environ.get("HOME") or os.path.expanduser("~"), fallback)
    return os.path.join(base, FOLDER)


class Paths:
    """Every file of this installation, as `Path`s; frozen."""

    __slots__ = ("_config", "_state")
    _config: str
    _state: str

    def __init__(self, config: str, state: str) -> None:
        object.__setattr__(self, "_config", config)
        object.__setattr__(self, "_state", state)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"paths are frozen: {name}")

    def __repr__(self) -> str:
        return f"Paths(config={self._config!r}, state={self._state!r})"

    @classmethod
    def locate(cls, environ: Mapping[str, str]) -> Paths:
        """The paths that this environment asks for; nothing is created."""
        return cls(config_folder(environ), state_folder(environ))

    @property
    def config_file(self) -> Path:
        """The settings, TOML; it need not exist."""
        return _path(self._config, "config.toml")

    @property
    def state_dir(self) -> Path:
        """The folder of the database, 0700."""
        return _path(self._state)

    @property
    def database(self) -> Path:
        """The SQLite database, 0600."""
        return _path(self._state, DATABASE)

    @property
    def run_dir(self) -> Path:
        """The lock files by which living processes own their operations, 0700."""
        return _path(self._state, "run")

    @property
    def recordings_dir(self) -> Path:
        """What was kept of shells, sealed, one file a recording; made with the first."""
        return _path(self._state, "recordings")

    @property
    def anchors_file(self) -> Path:
        """Audit heads kept outside the database, so that a rolled-back database shows."""
        return _path(self._state, "anchors.jsonl")

    @property
    def key_file(self) -> Path:
        """The vault's default key file, 0600."""
        return _path(self._state, "vault.key")

    def prepare(self) -> None:
        """Make the folders, 0700. Raises UnsafePermissions, StoreReadOnly, StoreFull or StoreUnusable."""
        for folder in (self._state, os.path.join(self._state, "run")):
            _make_folder(folder)
            refuse_unsafe_folder(folder)


def refuse_unsafe_folder(folder: str) -> None:
    """Raise UnsafePermissions for a folder in which somebody else could put or swap files."""
    found = os.lstat(folder)
    name = _quoted(folder)
    if stat.S_ISLNK(found.st_mode):
        target = os.path.realpath(folder)
        raise _unsafe(
            folder, "is a symbolic link", f"name the folder itself: export {HOME_VARIABLE}={_quoted(target)}"
        )
    if not stat.S_ISDIR(found.st_mode):
        raise StoreUnusable(
            f"{folder} is not a folder", next_step=f"Move it away: mv {name} {name}.old", path=folder
        )
    if found.st_uid != os.geteuid():
        line = f"sudo chown {os.geteuid()} {name}"
        raise _unsafe(folder, f"belongs to user id {found.st_uid}, not to you ({os.geteuid()})", line)
    if found.st_mode & 0o022:
        raise _unsafe(
            folder, f"can be written by others (mode {stat.S_IMODE(found.st_mode):04o})", f"chmod 700 {name}"
        )


def _path(*parts: str) -> Path:
    from pathlib import Path

    return Path(*parts)


def _make_folder(folder: str) -> None:
    """Create a folder and what is missing above it, each 0700 as the XDG specification asks."""
    missing = []
    while not os.path.lexists(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for name in reversed(missing):
        try:
            os.mkdir(name, 0o700)
        except FileExistsError:
            continue  # another process was faster
        except OSError as error:
            raise _not_made(name, error) from error


def _not_made(folder: str, error: OSError) -> StoreUnusable:
    words = f"The folder {folder} can't be made."
    why = os.strerror(error.errno or 0)
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return StoreReadOnly(
            words, why=why, next_step=f"Set {HOME_VARIABLE} to a folder you can write", path=folder
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(words, why=why, next_step="Free some space and start again", path=folder)
    return StoreUnusable(words, why=why, next_step=f"Set {HOME_VARIABLE} to another folder", path=folder)


def _unsafe(folder: str, fault: str, next_step: str) -> UnsafePermissions:
    return UnsafePermissions(
        f"The folder {folder} {fault}.",
        why="It guards the database and the vault's key.",
        next_step=next_step,
        path=folder,
    )


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)
