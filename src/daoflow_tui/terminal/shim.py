"""Sequences that the native engine takes otherwise than xterm does: found in the bytes and written in others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daoflow_tui.terminal.sgr import sgr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daoflow_tui.terminal.values import Style

# What is looked at: full and soft reset, a picture of E, a tab stop cleared without a number, private modes, links.
_LOOKED_AT = re.compile(
    rb"\x1b(?:(?P<full>c)|(?P<align>#8)|\[(?:(?P<soft>!p)|(?P<tab>g)|\?(?P<modes>[0-9;]*)(?P<set>[hl]))|(?P<link>\]0*8;))"
)
# An escape that has not ended yet; a longer one is nothing that we look at.
_OPEN = re.compile(rb"\x1b(?:#|\]0*8?|\[[0-?]{0,64}[ -/]{0,2})?\Z")
# The engine faults natively when lines with links are deleted often (`docs/terminal.md`): links never reach it as
# such, but under a number that it does not know and hands to us.
LINK = 5118
_LINK = b"\x1b]%d;" % LINK
_MAX_OPEN = 70
# DECCOLM and the mode that allows it: the width is the view's, so only the clearing is left of it.
_COLUMNS, _ALLOW_COLUMNS = b"3", b"40"
_CLEARED = b"\x1b[?69l\x1b[?6l\x1b[r\x1b[2J\x1b[H"
# DECSTR, but for the cursor, which stays: keys, cursor, insert, wrap, origin, margins, colours, protection, charsets.
_SOFT = (
    b"\x1b[0$}"
    b'\x1b[?1l\x1b>\x1b[?25h\x1b[4l\x1b[?7h\x1b[?45l\x1b[?1045l\x1b[?66l\x1b[?69l\x1b[?6l\x1b[r\x1b[m\x1b[0"q'
    b'\x1b[1"q\x1b[0"q'
    b"\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[H\x1b7"
)


class Shim:
    """Rewrites one stream, cut anywhere. It asks where the cursor is (column, row, from zero) and what it writes in."""

    def __init__(self, place: Callable[[], tuple[int, int]], pen: Callable[[], Style]) -> None:
        self._place, self._pen, self._open, self._may_clear = place, pen, b"", False

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What to feed, in order; each piece must be fed before the next is asked for."""
        data, self._open = self._open + data, b""
        if (cut := _OPEN.search(data, max(len(data) - _MAX_OPEN, 0))) is not None:
            data, self._open = data[: cut.start()], cut[0]
        done = 0
        for found in _LOOKED_AT.finditer(data):
            if (instead := self._instead(found)) is None:
                continue
            yield data[done : found.start()]
            yield instead() if callable(instead) else instead
            done = found.end()
        yield data[done:] if done else data

    def _instead(self, found: re.Match[bytes]) -> bytes | Callable[[], bytes] | None:
        """What stands for a sequence; None leaves it as it is."""
        if found["full"]:
            self._may_clear = False
            return None
        if found["link"]:
            return _LINK
        if found["tab"]:
            return b"\x1b[0g"
        if found["align"]:
            return self._aligned
        if found["soft"]:
            return self._soft_reset
        modes = found["modes"].split(b";")
        if _COLUMNS not in modes and _ALLOW_COLUMNS not in modes:
            return None
        return self._without_columns(modes, found["set"])

    def _aligned(self) -> bytes:
        """DECALN in the default colours, whatever those of the cursor are."""
        return b"\x1b[m\x1b#8" + sgr(self._pen())

    def _soft_reset(self) -> bytes:
        column, row = self._place()
        return _SOFT + b"\x1b[%d;%dH" % (row + 1, column + 1)

    def _without_columns(self, modes: list[bytes], letter: bytes) -> bytes:
        """The same modes with `3` done by hand and `40` kept here."""
        done = b""
        for mode in modes:
            if mode == _ALLOW_COLUMNS:
                self._may_clear = letter == b"h"
            elif mode == _COLUMNS:
                done += _CLEARED if self._may_clear else b""
            else:
                done += b"\x1b[?" + mode + letter
        return done
