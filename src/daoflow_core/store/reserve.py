"""A little room beside the database, given up on a full disk so that outcomes can still be written."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from daoflow_core.store import faults, files

SIZE = 1024 * 1024  # bytes: an outcome, its audit row and the log around it take a few pages


def fill(path: str) -> None:
    """Have the reserve of this database. Raises StoreFull when the disk has no room for it."""
    name = Path(f"{path}.reserve")
    with contextlib.suppress(FileNotFoundError):
        if name.lstat().st_blocks * 512 >= SIZE:
            return
    try:
        name.unlink(missing_ok=True)
        files.make_private(str(name))
        _allocate(name)
    except (FileExistsError, FileNotFoundError):
        return  # somebody else, here or in another process, makes it at this moment, or has begun it anew
    except OSError as error:
        with contextlib.suppress(OSError):
            name.unlink()
        raise faults.from_os(error, path) from error


def spend(path: str) -> bool:
    """Free the reserve; False when there was none."""
    try:
        Path(f"{path}.reserve").unlink()
    except OSError:
        return False
    return True


def _allocate(name: Path) -> None:
    handle = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.posix_fallocate(handle, 0, SIZE)  # not truncate: a hole would keep no room
    finally:
        os.close(handle)
