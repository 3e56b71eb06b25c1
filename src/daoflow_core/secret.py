"""Bytes that must not be seen: keys, passphrases and tokens travel inside a `Secret`."""

from __future__ import annotations

MASK = "<secret>"


class Secret:
    """A secret value: every way of printing it gives `<secret>`, only `reveal` gives the bytes."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = bytes(value)

    def reveal(self) -> bytes:
        """The bytes themselves: call it where they are used, and let go of them there."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        import hmac  # here, because it loads OpenSSL and most readers of this module never compare

        return hmac.compare_digest(self._value, other._value)

    def __reduce_ex__(self, protocol: object) -> tuple[object, ...]:
        raise TypeError("a secret is never pickled or copied")
