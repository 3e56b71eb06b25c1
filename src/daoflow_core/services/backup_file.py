"""A backup as one file: a plain tar whose first member lists the others with their digests."""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from daoflow_core.errors import InvalidInput
from daoflow_core.store.rows import to_json

FORMAT = "daoflow-backup-v1"
MANIFEST, DATABASE, ANCHORS, SETTINGS, KEY_FILE = (
    "manifest.json",
    "daoflow.db",
    "anchors.jsonl",
    "config.toml",
    "vault.key",
)
MEMBERS = (DATABASE, ANCHORS, SETTINGS, KEY_FILE)
_LARGEST_MANIFEST = 64 * 1024
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `files` are names with size and SHA-256."""

    created_at: str
    database: str
    program: str
    sequence: int
    opens_by: tuple[str, ...]
    files: Mapping[str, tuple[int, str]]

    @property
    def holds_key_file(self) -> bool:
        """Whether whoever has this file can open everything in it."""
        return KEY_FILE in self.files


def write_backup(file: BinaryIO, manifest: Manifest, folder: Path) -> None:
    """Write the files that the manifest names, from a folder."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        head = _encoded(manifest)
        tar.addfile(_member(MANIFEST, len(head)), io.BytesIO(head))
        for name, (size, _) in manifest.files.items():
            with (folder / name).open("rb") as content:
                tar.addfile(_member(name, size), content)


def read_backup(path: Path, folder: Path | None = None) -> Manifest:
    """Check every byte of a backup, and put its files, 0600, into a folder when one is given. Raises InvalidInput."""
    with _opened(path) as tar:
        first = tar.next()
        if first is None or first.name != MANIFEST or not first.isreg() or first.size > _LARGEST_MANIFEST:
            raise _unusable(path, "It does not begin with a manifest.")
        manifest = _parsed(path, _content(path, tar, first).read(_LARGEST_MANIFEST))
        names = list(manifest.files)
        while (member := tar.next()) is not None:
            if not names or member.name != names.pop(0) or not member.isreg():
                raise _unusable(
                    path, f"It holds {member.name[:40]!a}, which its manifest does not name there."
                )
            _take(
                path,
                _content(path, tar, member),
                manifest.files[member.name],
                folder and folder / member.name,
            )
        if names:
            raise _unusable(path, f"{names[0]} is missing.")
    return manifest


def digest_of(file: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    with file.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
        return content.tell(), digest


def _take(path: Path, content: BinaryIO, expected: tuple[int, str], target: Path | None) -> None:
    digest, size = hashlib.sha256(), 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(os.devnull, os.O_WRONLY) if target is None else os.open(target, flags, 0o600)
    with os.fdopen(handle, "wb") as out:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            out.write(chunk)
        out.flush()
        if target is not None:
            os.fsync(out.fileno())
    if (size, digest.hexdigest()) != expected:
        raise _unusable(path, "A file in it is not what was backed up.")


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with path.expanduser().open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
            yield tar
    except OSError as error:
        raise _unusable(path, f"{os.strerror(error.errno or 0)}.") from None
    except (tarfile.TarError, EOFError, UnicodeError, ValueError) as error:
        raise _unusable(path, f"It is damaged: {type(error).__name__}.") from None


def _content(path: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> BinaryIO:
    content = tar.extractfile(member)
    if content is None:
        raise _unusable(path, "A member of it has no content.")
    return content  # type: ignore[return-value]  # the stubs give IO[bytes]


def _member(name: str, size: int) -> tarfile.TarInfo:
    """A member that says nothing about whoever made it."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _encoded(manifest: Manifest) -> bytes:
    """The manifest with its own digest, so that it is as good as what it lists."""
    body = _document(manifest)
    return to_json({**body, "sha256": hashlib.sha256(to_json(body).encode()).hexdigest()}).encode()


def _document(manifest: Manifest) -> dict[str, object]:
    return {
        "format": FORMAT,
        "createdAt": manifest.created_at,
        "database": manifest.database,
        "program": manifest.program,
        "sequence": manifest.sequence,
        "opensBy": list(manifest.opens_by),
        "files": [[name, size, digest] for name, (size, digest) in manifest.files.items()],
    }


def _parsed(path: Path, data: bytes) -> Manifest:
    try:
        value = json.loads(data)
        files = {str(name): (int(size), str(digest)) for name, size, digest in value["files"]}
        manifest = Manifest(
            str(value["createdAt"]),
            str(value["database"]),
            str(value["program"]),
            int(value["sequence"]),
            tuple(str(kind) for kind in value["opensBy"]),
            files,
        )
        known = value["format"] == FORMAT and _encoded(manifest) == data
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _unusable(path, "Its manifest can't be read.") from None
    if not known or DATABASE not in files or _strange(list(files)):
        raise _unusable(path, "Its manifest is of another format.")
    return manifest


def _strange(names: Sequence[str]) -> bool:
    return not set(names) <= set(MEMBERS)


def _unusable(path: Path, why: str) -> InvalidInput:
    return InvalidInput(
        f"{path} can't be used as a backup.",
        why=why,
        next_step="Take another copy of it, or an older backup.",
        field="file",
    )
