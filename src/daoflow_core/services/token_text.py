"""What a token looks like: `dft_`, 256 random bits, and a checksum that finds typing mistakes before any look-up."""

from __future__ import annotations

import re
import secrets
import zlib

from daoflow_core.secret import Secret

MARK = "dft_"
PREFIX = 12
"""Characters that lists show and the store looks up by; the rest is never kept."""
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM, _CHECK = 43, 6
_FORM = re.compile(rf"{MARK}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")


def new_token() -> Secret:
    """A fresh token."""
    body = MARK + _base62(secrets.randbits(256), _RANDOM)
    return Secret((body + _checksum(body)).encode())


def prefix_of(token: Secret) -> str | None:
    """The part to look a token up by, or None for anything that no token of this program can be."""
    text = token.reveal().decode("ascii", "replace")
    if not _FORM.fullmatch(text) or _checksum(text[:-_CHECK]) != text[-_CHECK:]:
        return None
    return text[:PREFIX]


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK)


def _base62(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(_ALPHABET[rest])
    return "".join(reversed(letters))
