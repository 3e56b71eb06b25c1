"""The database as files: made private, refused when open to others, told apart from strangers."""

# pathlib costs milliseconds that a hot read does not have:
# ruff: noqa: PTH120, PTH123

from __future__ import annotations

import os
import stat

from daoflow_core.errors import StoreUnusable, UnsafePermissions
from daoflow_core.store import faults

APPLICATION_ID = 0x44465431  # "DFT1", in SQLite's own place for whose file it is
BESIDE = ("-wal", "-shm")
_SHARED_FILE_SYSTEMS = ("nfs", "cifs", "smb", "afs", "9p")


def refuse_strange(path: str) -> None:
    """Raise unless the file is private and not empty, by its name alone.

    The file is never opened here: POSIX drops all locks of a process on a file with the first descriptor that is
    closed, and SQLite's own locks with them. Another process would then delete the log under our feet.
    """
    refuse_unsafe(path)
    for suffix in BESIDE:
        if os.path.lexists(path + suffix):
            refuse_unsafe(path + suffix)
    if os.lstat(path).st_size == 0:
        raise faults.damaged(path, "the file is empty")


def refuse_unsafe(path: str) -> None:
    """Raise UnsafePermissions, with the command that mends it, for a file that others could read or swap."""
    try:
        found = os.lstat(path)
    except OSError as error:
        raise faults.from_os(error, path) from error
    if stat.S_ISLNK(found.st_mode):
        target = os.path.realpath(path)
        raise _unsafe(path, "is a symbolic link", f"mv {_quoted(target)} {_quoted(path)}")
    if not stat.S_ISREG(found.st_mode):
        raise faults.damaged(path, "it is not a regular file")
    if found.st_uid != os.geteuid():
        why = f"belongs to user id {found.st_uid}, not to you ({os.geteuid()})"
        raise _unsafe(path, why, f"sudo chown {os.geteuid()} {_quoted(path)}")
    if found.st_mode & 0o077:
        why = f"is open to others (mode {stat.S_IMODE(found.st_mode):04o})"
        raise _unsafe(path, why, f"chmod 600 {_quoted(path)}")


def make_private(path: str) -> None:
    """Create an empty file that only its owner can open. Raises FileExistsError, also for a dangling link."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(handle, 0o600)  # a umask such as 0777 must not lock us out of our own file
    finally:
        os.close(handle)


def flush_folder(path: str) -> None:
    """Make the name of a file durable, not only its content."""
    handle = os.open(os.path.dirname(path) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def refuse_shared_file_system(path: str) -> None:
    """Raise StoreUnusable on a network file system: the write-ahead log needs shared memory."""
    kind = _file_system(os.path.realpath(os.path.dirname(path) or "."))
    if kind.startswith(_SHARED_FILE_SYSTEMS):
        raise StoreUnusable(
            f"{path} lies on a network file system ({kind})",
            why="Its locks can't keep two machines from damaging the database.",
            next_step="Name a folder on a local disk with DAOFLOW_HOME",
            path=path,
        )


def is_frozen(path: str) -> bool:
    """True when nothing can change the file: mounted read-only, and no write-ahead log beside it."""
    if not os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    return not os.path.lexists(path + "-wal")


def is_cut(path: str, size: int) -> bool:
    """True when the file is shorter than its own header says, and no write-ahead log may hold the rest."""
    try:
        if os.lstat(path + "-wal").st_size:
            return False
    except FileNotFoundError:
        pass
    return os.lstat(path).st_size < size


def _file_system(folder: str) -> str:
    """The type of the file system a folder is on, empty where the system does not tell."""
    try:
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as mounts:
            places = [line.split(" ")[1:3] for line in mounts]
    except OSError:
        return ""
    inside = [(len(at), kind) for at, kind in places if f"{folder}/".startswith(at.rstrip("/") + "/")]
    return max(inside, default=(0, ""), key=lambda found: found[0])[1]


def _unsafe(path: str, fault: str, command: str) -> UnsafePermissions:
    why = "the database tells which servers there are and holds their sealed keys"
    return UnsafePermissions(f"{path} {fault}", why=why, next_step=command, path=path)


def _quoted(path: str) -> str:
    import shlex

    return shlex.quote(path)
