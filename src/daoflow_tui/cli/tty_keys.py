"""The one thing that keys can do here instead of there: Enter, tilde, dot hangs up, as in `ssh`."""

from __future__ import annotations

ENTER, TILDE, DOT = b"\r\n", 0x7E, 0x2E


class Keys:
    """Looks for `~.` at the beginning of a line; everything else passes as it is, and `~~` as one tilde."""

    def __init__(self) -> None:
        self.hung_up = False
        self._at_start, self._held = True, False

    def feed(self, data: bytes) -> bytes:
        """What is to be sent to the host of the bytes that were typed."""
        sent = bytearray()
        for byte in data:
            if self._held:
                self._held = False
                if byte == DOT:
                    self.hung_up = True
                    break
                if byte != TILDE:
                    sent.append(TILDE)
            elif byte == TILDE and self._at_start:
                self._held = True
                self._at_start = False
                continue
            sent.append(byte)
            self._at_start = byte in ENTER
        return bytes(sent)
