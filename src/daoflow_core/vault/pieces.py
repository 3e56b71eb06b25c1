"""A long sealed value in pieces that are written as they come: each bound to its place, the last one to the end."""

from __future__ import annotations

import os

from daoflow_core.secret import Secret
from daoflow_core.vault.derive import FORMAT, KEY_BYTES, pack
from daoflow_core.vault.envelope import decrypt, encrypt


def fresh_key() -> Secret:
    """The key of one long value."""
    return Secret(os.urandom(KEY_BYTES))


def seal_piece(key: Secret, name: str, index: int, data: bytes, *, last: bool) -> bytes:
    """One piece, good for this place in this value only."""
    return encrypt(key, Secret(data), _bound(name, index, last=last))


def open_piece(key: Secret, name: str, index: int, sealed: bytes) -> tuple[bytes, bool] | None:
    """What is in a piece and whether it is the last one; None when it was changed, moved, or is of another value."""
    for last in (False, True):
        found = decrypt(key, sealed, _bound(name, index, last=last))
        if found is not None:
            return found.reveal(), last
    return None


def _bound(name: str, index: int, *, last: bool) -> bytes:
    return pack(FORMAT, "piece", name, index, "last" if last else "more")
