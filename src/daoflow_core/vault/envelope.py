"""One sealed value: a fresh key each, wrapped by its generation's key, both bound to the value's place.

The blob is `dft1 | kid (9) | nonce (12) | wrapped key (48) | nonce (12) | ciphertext and tag`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from daoflow_core.errors import VaultDamaged
from daoflow_core.model.vault import Place
from daoflow_core.secret import Secret
from daoflow_core.vault.derive import FORMAT, KEY_BYTES, from_text, pack, to_text

MAGIC = b"dft1"
KID_BYTES = 9
NONCE_BYTES = 12
TAG_BYTES = 16
_WRAPPED = NONCE_BYTES + KEY_BYTES + TAG_BYTES
_BODY = len(MAGIC) + KID_BYTES + _WRAPPED


@dataclass(frozen=True, slots=True)
class Kek:
    """The key that wraps value keys, with its id."""

    kid: str
    key: Secret


def seal(kek: Kek, place: Place, secret: Secret) -> bytes:
    """The blob that only this key generation opens, only for this place."""
    dek = Secret(os.urandom(KEY_BYTES))
    return _head(kek, place, dek) + encrypt(dek, secret, _bound("value", place))


def open_sealed(keks: Mapping[str, Kek], place: Place, blob: bytes) -> Secret:
    """The secret sealed for this place. Raises VaultDamaged when the blob is not it, to the bit."""
    dek = _value_key(keks, place, blob)
    return _opened(dek, blob[_BODY:], _bound("value", place), place)


def rewrap(keks: Mapping[str, Kek], kek: Kek, place: Place, blob: bytes) -> bytes:
    """The same value under another key generation; only its small key is encrypted anew."""
    return _head(kek, place, _value_key(keks, place, blob)) + blob[_BODY:]


def kid_of(blob: bytes) -> str:
    """The id of the key generation a blob says it is under."""
    return to_text(blob[len(MAGIC) : len(MAGIC) + KID_BYTES])


def encrypt(key: Secret, secret: Secret, bound: bytes) -> bytes:
    """A random nonce, then AES-256-GCM's ciphertext and tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key.reveal()).encrypt(nonce, secret.reveal(), bound)


def decrypt(key: Secret, data: bytes, bound: bytes) -> Secret | None:
    """The secret of `encrypt`, or None when key, data or what it is bound to differ."""
    if len(data) < NONCE_BYTES + TAG_BYTES:
        return None
    try:
        return Secret(AESGCM(key.reveal()).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], bound))
    except InvalidTag:
        return None


def _head(kek: Kek, place: Place, dek: Secret) -> bytes:
    """Everything before the value: format, key id, wrapped key."""
    return MAGIC + from_text(kek.kid) + encrypt(kek.key, dek, _bound("wrap", place, kek.kid))


def _value_key(keks: Mapping[str, Kek], place: Place, blob: bytes) -> Secret:
    if not blob.startswith(MAGIC) or len(blob) < _BODY + NONCE_BYTES + TAG_BYTES:
        raise _damaged(place, "it is not a whole sealed value")
    kek = keks.get(kid_of(blob))
    if kek is None:
        raise _damaged(place, f"it names the key {kid_of(blob)}, which this vault does not have")
    wrapped = blob[len(MAGIC) + KID_BYTES : _BODY]
    return _opened(kek.key, wrapped, _bound("wrap", place, kek.kid), place)


def _opened(key: Secret, data: bytes, bound: bytes, place: Place) -> Secret:
    secret = decrypt(key, data, bound)
    if secret is None:
        raise _damaged(place, "it was changed, or sealed for another place")
    return secret


def _bound(purpose: str, place: Place, *more: str) -> bytes:
    return pack(FORMAT, purpose, place.table, place.row, place.field, place.version, *more)


def _damaged(place: Place, why: str) -> VaultDamaged:
    return VaultDamaged(
        f"The sealed {place.field} of {place.table} {place.row} can't be opened.",
        why=why,
        next_step="Restore the database from a backup, or enter this secret again",
        table=place.table,
        row=place.row,
        field=place.field,
    )
