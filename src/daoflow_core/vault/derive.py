"""Keys from keys: every key has one purpose, and every message says where each of its parts ends."""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from daoflow_core.secret import Secret

FORMAT = "daoflow-tui/v1"
KEY_BYTES = 32
_KEY_TEXT = re.compile(rb"[A-Za-z0-9_-]{43}=?")


def derive(key: Secret, *context: str, salt: bytes = b"", length: int = KEY_BYTES) -> Secret:
    """The key for one purpose, by HKDF-SHA256; nothing about any other key follows from it."""
    return Secret(HKDF(SHA256(), length, salt or None, pack(FORMAT, *context)).derive(key.reveal()))


def pack(*parts: str | int | bytes) -> bytes:
    """Parts as one message that no other parts give: each is preceded by its length."""
    packed = bytearray()
    for part in parts:
        data = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        packed += len(data).to_bytes(4, "big") + data
    return bytes(packed)


def to_text(data: bytes) -> str:
    """Bytes as records keep them: base64url without padding."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes behind `to_text`. Raises ValueError for anything it would not have written."""
    try:
        data = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64url") from None
    if to_text(data) != text:
        raise ValueError("not base64url in its one form")
    return data


def read_master_key(text: bytes) -> Secret:
    """A 32-byte key from base64url. Raises ValueError, in words that don't hold the key."""
    if not _KEY_TEXT.fullmatch(text):
        raise ValueError("it must be base64url of exactly 32 bytes (43 characters)")
    key = base64.urlsafe_b64decode(text.rstrip(b"=") + b"=")
    if to_text(key).encode() != text.rstrip(b"="):
        raise ValueError("it must be base64url of exactly 32 bytes, in its one form")
    if len(set(key)) == 1:
        raise ValueError("all of its bytes are equal, so it is a placeholder and not a key")
    return Secret(key)
