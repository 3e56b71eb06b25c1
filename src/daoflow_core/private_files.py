"""Files this program makes for an operator: 0600, whole or not there, and never written over another one unasked."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path

from daoflow_core.errors import Conflict, InvalidInput, StoreFull

_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS)


class Draft:
    """A file under another name until it is whole; `file` is open for reading and writing bytes."""

    def __init__(self, path: Path, *, replace: bool = False) -> None:
        """Begin. Raises Conflict when the name is taken, InvalidInput or StoreFull when it can't be written."""
        self.path = path.expanduser().absolute()
        self._replace = replace
        if not replace and os.path.lexists(self.path):
            raise _taken(self.path)
        self.draft = self.path.with_name(f".{self.path.name[:200]}.{secrets.token_hex(6)}")
        try:
            handle = os.open(self.draft, _CREATE, 0o600)
            os.fchmod(handle, 0o600)
        except OSError as error:
            raise unwritable(self.path, error) from None
        self.file = os.fdopen(handle, "w+b")

    def publish(self) -> None:
        """Make it durable and give it its name. Raises Conflict when somebody took the name meanwhile."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self._name()
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except FileExistsError:
            raise _taken(self.path) from None
        except OSError as error:
            raise unwritable(self.path, error) from None

    def discard(self) -> None:
        """Close it, and remove what was not published."""
        with contextlib.suppress(OSError):
            self.file.close()
        self.draft.unlink(missing_ok=True)

    def _name(self) -> None:
        if self._replace:
            self.draft.replace(self.path)
            return
        try:
            os.link(self.draft, self.path, follow_symlinks=False)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            if os.path.lexists(self.path):  # a disk without hard links, such as a memory stick
                raise FileExistsError(errno.EEXIST, "exists", str(self.path)) from None
            self.draft.rename(self.path)


def unwritable(path: Path, error: OSError) -> InvalidInput | StoreFull:
    """A failed write to a file that an operator named, in words."""
    words, why = f"{path} can't be written.", f"{os.strerror(error.errno or 0)}."
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(words, why=why, next_step="Free some space, or name a file on another disk.")
    return InvalidInput(words, why=why, next_step="Name a file in a folder that you can write.", field="out")


def _taken(path: Path) -> Conflict:
    return Conflict(
        f"{path} exists.",
        why="Nothing is written over without being asked to.",
        next_step="Name another file, or pass --replace.",
        path=str(path),
    )
