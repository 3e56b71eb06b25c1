"""The file of one recording: sealed pieces, each whole or not there, readable up to the moment of a kill."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from daoflow_core.errors import NotFound, StoreFull, VaultDamaged
from daoflow_core.model.recordings import Frame, Part
from daoflow_core.secret import Secret
from daoflow_core.vault.pieces import open_piece, seal_piece

MAGIC = b"daoflow recording 1\n"
LEAST_FREE = 64 * 1024 * 1024
"""Bytes of the disk that a recording leaves to the database, which must be able to record its end."""
LARGEST_PIECE = 32 * 1024 * 1024
_FRAME = struct.Struct(">dcI")
_LENGTH = struct.Struct(">I")
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class RecordingFile:
    """The writing end; every call blocks, so make it on a thread."""

    def __init__(self, path: Path, recording_id: str, key: Secret) -> None:
        """Make the file, 0600. Raises OSError or StoreFull."""
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._id = recording_id
        self._key = key
        self._index = 0
        self._handle = os.open(path, _CREATE, 0o600)
        self._refuse_full()
        self._write(MAGIC)

    def append(self, frames: Iterable[Frame], *, last: bool = False) -> None:
        """Seal frames as one piece and have it on the disk. Raises OSError or StoreFull."""
        self._refuse_full()
        packed = b"".join(_pack(frame) for frame in frames)
        sealed = seal_piece(self._key, self._id, self._index, zlib.compress(packed, 1), last=last)
        self._write(_LENGTH.pack(len(sealed)) + sealed)
        os.fdatasync(self._handle)
        self._index += 1

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._handle, view) :]

    def _refuse_full(self) -> None:
        disk = os.fstatvfs(self._handle)
        if disk.f_bavail * disk.f_frsize < LEAST_FREE:
            raise StoreFull(
                "The disk has no room left for a recording.",
                why=f"The last {LEAST_FREE // 1024 // 1024} MiB are kept for the record of what is done.",
                next_step="Free some space on the disk of the store.",
            )


def read_frames(path: Path, recording_id: str, key: Secret, *, is_complete: bool) -> Iterator[Frame]:
    """The frames of a recording, up to the last whole piece; `is_complete` says that it must have its end.

    Raises NotFound, or VaultDamaged for a piece that was changed, moved or taken away.
    """
    try:
        file = path.open("rb")
    except OSError:
        raise missing(recording_id) from None
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            raise _damaged(recording_id, 0)
        index, last = 0, False
        while not last and len(head := file.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            if length > LARGEST_PIECE:
                raise _damaged(recording_id, index)
            sealed = file.read(length)
            if len(sealed) < length:
                break  # the program was killed while it wrote this piece
            found = open_piece(key, recording_id, index, sealed)
            if found is None:
                raise _damaged(recording_id, index)
            packed, last = found
            yield from _unpack(zlib.decompress(packed))
            index += 1
        if is_complete and not last:
            raise _damaged(recording_id, index)


def missing(recording_id: str) -> NotFound:
    """The refusal for a recording whose file is gone."""
    return NotFound(
        f"The file of recording {recording_id} is not there.",
        why="Recordings lie beside the database and are not part of a backup.",
        next_step="Bring the file back to the recordings folder, or delete the recording.",
        recording=recording_id,
    )


def _pack(frame: Frame) -> bytes:
    return _FRAME.pack(frame.seconds, frame.part.value.encode(), len(frame.data)) + frame.data


def _unpack(packed: bytes) -> Iterator[Frame]:
    at = 0
    while at < len(packed):
        seconds, part, length = _FRAME.unpack_from(packed, at)
        at += _FRAME.size
        yield Frame(seconds, Part(part.decode()), packed[at : at + length])
        at += length


def _damaged(recording_id: str, piece: int) -> VaultDamaged:
    return VaultDamaged(
        f"Recording {recording_id} is damaged.",
        why=f"Piece {piece + 1} was changed, moved or taken away; what is before it is whole.",
        next_step="Bring the file back from where it was copied to.",
        recording=recording_id,
    )
