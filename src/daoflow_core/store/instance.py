"""Which processes live: each locks a file of its own, so that a dead one's work can be told apart."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

from daoflow_core.ids import new_id
from daoflow_core.store import faults

_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
POLLER = "poller.lock"


class Instance:
    """One process among others on a store: the kernel gives its locks up however it ends."""

    def __init__(self, run_dir: Path) -> None:
        self.id = new_id("run")
        self._folder = run_dir
        self._poller: int | None = None
        try:
            run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock: int | None = _take_own(run_dir / f"{self.id}.lock")
            self._sweep()
        except OSError as error:
            raise faults.from_os(error, str(run_dir)) from error

    def dead_owners(self, owners: Iterable[str]) -> set[str]:
        """Those of these instance ids whose process has ended: stopped and slow ones still live."""
        return {owner for owner in owners if owner != self.id and _is_dead(self._folder / f"{owner}.lock")}

    def take_poller_lock(self) -> bool:
        """Become the one process that polls this store; False while another one does."""
        if self._poller is None:
            handle = os.open(self._folder / POLLER, _FLAGS | os.O_CREAT, 0o600)
            if not _lock(handle):
                os.close(handle)
                return False
            self._poller = handle
        return True

    def release_poller_lock(self) -> None:
        """Let another process poll."""
        if self._poller is not None:
            os.close(self._poller)
            self._poller = None

    def close(self) -> None:
        """Give every lock up; what this instance still has running counts as interrupted from here on."""
        self.release_poller_lock()
        if self._lock is not None:
            with contextlib.suppress(FileNotFoundError):
                (self._folder / f"{self.id}.lock").unlink()
            os.close(self._lock)
            self._lock = None

    def _sweep(self) -> None:
        """Remove the lock files that killed processes left."""
        for file in self._folder.glob("run_*.lock"):
            if file.stem != self.id:
                _is_dead(file)


def _take_own(file: Path) -> int:
    """Create a lock file and lock it; begin again when a sweep of another process was between the two."""
    while True:
        handle = os.open(file, _FLAGS | os.O_CREAT, 0o600)
        if _lock(handle) and _is_named(handle, file):
            return handle
        os.close(handle)


def _is_dead(file: Path) -> bool:
    """Whether nobody holds this lock file; a dead one's file is removed."""
    try:
        handle = os.open(file, _FLAGS)
    except FileNotFoundError:
        return True
    try:
        if not _lock(handle):
            return False
        if _is_named(handle, file):
            file.unlink()
        return True
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_named(handle: int, file: Path) -> bool:
    """Whether the open file is still the one of that name."""
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), file.stat())
    return False
