"""The vault's key file: 32 random bytes in a file and folder that nobody else can touch, or it is refused."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from daoflow_core.errors import DaoflowError, StoreFull, StoreReadOnly, UnsafePermissions, VaultLocked
from daoflow_core.vault.derive import KEY_BYTES, read_master_key, to_text
from daoflow_core.vault.slots import KEYFILE, MasterKey

_MAX_BYTES = 256
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe must not make us wait
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_key_file(path: Path) -> MasterKey:
    """The key of an existing file. Raises UnsafePermissions, or VaultLocked when it is missing or no key."""
    with _folder_of(path) as folder:
        return _read(folder, path)


def make_key_file(path: Path) -> MasterKey:
    """The key of this file, made when missing; two processes that start at once get the same key."""
    with _folder_of(path) as folder:
        fcntl.flock(folder, fcntl.LOCK_EX)
        if not _exists(folder, path.name):
            _write(folder, path, to_text(secrets.token_bytes(KEY_BYTES)).encode() + b"\n")
        return _read(folder, path)


@contextmanager
def _folder_of(path: Path) -> Iterator[int]:
    """The file's folder, open and found safe: what is opened within it can't be swapped by others."""
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        _refuse_open_folder(path, os.fstat(folder))
        yield folder
    finally:
        os.close(folder)


def _exists(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _read(folder: int, path: Path) -> MasterKey:
    try:
        handle = os.open(path.name, _READ, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _unsafe(path, "is a symbolic link", f"--key-file {_quoted(path.resolve())}") from None
        raise _unreadable(path, error) from None
    try:
        _refuse_unsafe(path, os.fstat(handle))
        content = os.read(handle, _MAX_BYTES)
    finally:
        os.close(handle)
    try:
        return MasterKey(KEYFILE, read_master_key(content.removesuffix(b"\n")))
    except ValueError as error:
        raise VaultLocked(
            f"The key file {path} holds no key.",
            why=str(error),
            next_step="Restore it from your backup",
            path=str(path),
        ) from None


def _write(folder: int, path: Path, content: bytes) -> None:
    """Put a whole file in place or none; the caller holds the folder's lock, so nothing is overwritten."""
    draft = f".{path.name}.{secrets.token_hex(8)}"
    try:
        handle = os.open(draft, _CREATE, 0o600, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as opened:
                os.fchmod(handle, 0o600)
                opened.write(content)
                opened.flush()
                os.fsync(handle)
            os.rename(draft, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(draft, dir_fd=folder)
            raise
        os.fsync(folder)
    except OSError as error:
        raise _unwritable(path, error) from None


def _refuse_open_folder(path: Path, found: os.stat_result) -> None:
    """Raise for a folder in which somebody else could swap the file."""
    folder = _quoted(path.parent)
    if found.st_uid not in (os.geteuid(), 0):
        fault = f"lies in a folder of user id {found.st_uid}"
        raise _unsafe(path, fault, f"sudo chown {os.geteuid()} {folder}")
    if found.st_mode & stat.S_ISVTX and found.st_mode & 0o022:
        fault = f"lies in {path.parent}, which everybody shares"
        raise _unsafe(path, fault, f"mkdir -m 700 ~/.daoflow && mv {_quoted(path)} ~/.daoflow/")
    if found.st_mode & 0o022:
        fault = f"lies in a folder that others can write (mode {stat.S_IMODE(found.st_mode):04o})"
        raise _unsafe(path, fault, f"chmod go-w {folder}")


def _refuse_unsafe(path: Path, found: os.stat_result) -> None:
    """Raise for a file that others could read or write, now or under another name."""
    name = _quoted(path)
    if not stat.S_ISREG(found.st_mode):
        raise _unsafe(path, "is not a regular file", f"mv {name} {name}.old")
    if found.st_uid != os.geteuid():
        raise _unsafe(path, f"belongs to user id {found.st_uid}", f"sudo chown {os.geteuid()} {name}")
    if found.st_nlink != 1:
        fault = f"has {found.st_nlink} names (hard links)"
        raise _unsafe(path, fault, f"cp -p {name} {name}.new && mv {name}.new {name}")
    if stat.S_IMODE(found.st_mode) & ~0o600:
        fault = f"has mode {stat.S_IMODE(found.st_mode):04o} instead of 0600"
        raise _unsafe(path, fault, f"chmod 600 {name}")


def _unsafe(path: Path, fault: str, next_step: str) -> UnsafePermissions:
    why = "Who reads it can open the vault; if others could read it, make a new one."
    return UnsafePermissions(f"The key file {path} {fault}.", why=why, next_step=next_step, path=str(path))


def _unreadable(path: Path, error: OSError) -> VaultLocked:
    return VaultLocked(
        f"The key file {path} can't be read.",
        why=os.strerror(error.errno or 0),
        next_step="Restore it from your backup, or name the right file in DAOFLOW_KEY_FILE",
        path=str(path),
    )


def _unwritable(path: Path, error: OSError) -> DaoflowError:
    words, why = f"The key file {path} can't be made.", os.strerror(error.errno or 0)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StoreFull(words, why=why, next_step="Free some space and start again", path=str(path))
    return StoreReadOnly(words, why=why, next_step=f"Make {path.parent} writable for you", path=str(path))


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
