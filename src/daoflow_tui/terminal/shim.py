"""Sequences that the native engine takes otherwise than xterm does: found in the bytes and written in others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from daoflow_tui.terminal.sgr import sgr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from daoflow_tui.terminal.ghostty_modes import Reader

_LOOKED_AT = re.compile(
    rb"\x1b(?:"
    rb"(?P<full>c)|(?P<align>#8)|(?P<link>\]0*8;)|"
    rb"\[(?:(?P<soft>!p)|(?P<tab>g)|(?P<zero>0+[ILMPSZ]|0*[ae])|(?P<repeat>[0-9]*b)|(?P<region>[0-9;]{0,40}r)|"
    rb"(?P<count>[0-9]{0,20})(?P<shift> [@A]|'[}~])|"
    rb">(?P<keys>0*4(?:;[0-9]{0,9}(?:;[0-9;]*)?)?m|0*4n)|\?(?P<asked>0*4m)|"
    rb"\?(?P<modes>[0-9;]*)(?P<set>[hl])))"
    rb"|(?P<flag>\xf0\x9f\x87[\xa6-\xbf])"
)
# What has not ended yet: an escape (a longer one is nothing that we look at), or a letter of a flag.
_OPEN = re.compile(rb"(?:\x1b(?:#|\]0*8?|\[[0-?]{0,64}[ -/]{0,2})?|\xf0(?:\x9f\x87?)?)\Z")
_REACH = 70  # bytes that either of these may be long
_SEQUENCE_BEFORE = re.compile(rb"(?:\x1b\[[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|[\x00-\x1f]|\A)\Z")
# The engine faults natively when lines with links are deleted often (`docs/terminal.md`): links never reach it as
# such, but under a number that it does not know and tells us of (`ghostty_links`).
LINK = b"5118;"
_PARAMETERS = b"0123456789;"
# DECCOLM and the mode that allows it: the width is the view's, so only the clearing is left of it.
_COLUMNS, _ALLOW_COLUMNS, _CLEARING_SCREEN, _OTHER_SCREEN = b"3", b"40", b"1047", b"1049"
_ORIGIN, _CLUSTERS = 6, 2027
_CLEARED = b"\x1b[?69l\x1b[?6l\x1b[r\x1b[2J\x1b[H"
# DECSTR, but for the cursor, which stays: status line, keys, insert, wrap, margins, colours, protection, charsets.
_SOFT = (
    b"\x1b[0$}\x1b[?1l\x1b>\x1b[?25h\x1b[4l\x1b[?7h\x1b[?45l\x1b[?1045l\x1b[?66l\x1b[?69l\x1b[?6l\x1b[r\x1b[m"
    b'\x1b[1"q\x1b[0"q\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[H\x1b7'
)


class Shim:
    """Rewrites one stream, cut anywhere, for a terminal that it may look at between two pieces."""

    def __init__(self, reader: Reader, rows: int, answer: Callable[[bytes], None]) -> None:
        self._reader, self._rows, self._answer = reader, rows, answer
        self._open, self._before = b"", b""
        self._may_clear = False
        self._region: tuple[int, int] | None = None
        self._instead: dict[str, Callable[[re.Match[bytes]], bytes]] = {
            "full": self._full_reset,
            "align": self._align,
            "link": lambda _: b"\x1b]" + LINK,
            "soft": self._soft_reset,
            "tab": lambda _: b"\x1b[0g",
            "zero": lambda found: b"\x1b[1" + found[0][-1:],
            "repeat": self._repeat,
            "region": self._keep_region,
            "shift": self._shift,
            "keys": self._other_keys,
            "asked": self._tell_other_keys,
            "set": self._set_modes,
            "flag": self._flag,
        }

    def resized(self, rows: int) -> None:
        """The terminal has another height, and with it no scroll region."""
        self._rows, self._region = rows, None

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What to feed, in order; each piece must be fed before the next is asked for."""
        if self._open:
            data, self._open = self._open + data, b""
        if b"\x7f" in data:
            data = data.replace(b"\x7f", b"")
        if (cut := _OPEN.search(data, max(len(data) - _REACH, 0))) is not None:
            data, self._open = data[: cut.start()], cut[0]
        done = 0
        for found in _LOOKED_AT.finditer(data) if _needs_a_look(data) else ():
            yield data[done : found.start()]
            yield self._instead[found.lastgroup or ""](found)
            done = found.end()
        yield data[done:] if done else data
        self._before = (self._before + data[-_REACH:])[-_REACH:]

    def _full_reset(self, found: re.Match[bytes]) -> bytes:
        self._may_clear, self._region = False, None
        self._reader.modify_other_keys = 0
        return found[0]

    def _align(self, found: re.Match[bytes]) -> bytes:
        """DECALN in the default colours, whatever those of the cursor are."""
        self._region = None
        return b"\x1b[m" + found[0] + sgr(self._reader.pen())

    def _soft_reset(self, _: re.Match[bytes]) -> bytes:
        self._region = None
        self._reader.modify_other_keys = 0
        return _SOFT + self._back()

    def _back(self) -> bytes:
        """What brings the cursor back to where it is now."""
        column, row = self._reader.place()
        return b"\x1b[%d;%dH" % (row + 1, column + 1)

    def _repeat(self, found: re.Match[bytes]) -> bytes:
        """REP repeats what stands right before it; after a control there is nothing to repeat."""
        before = (self._before + found.string[: found.start()][-_REACH:])[-_REACH:]
        return b"" if _SEQUENCE_BEFORE.search(before) else found[0]

    def _keep_region(self, found: re.Match[bytes]) -> bytes:
        """Know the scroll region; the engine sets it."""
        top, bottom = ([int(one or 0) for one in found["region"][:-1].split(b";")] + [0, 0])[:2]
        top, bottom = max(top, 1), min(bottom or self._rows, self._rows)
        if top < bottom:
            self._region = (top, bottom)
        return found[0]

    def _shift(self, found: re.Match[bytes]) -> bytes:
        """SL, SR, DECIC and DECDC: in every line of the region, characters put in or taken out at one column."""
        column, row = self._reader.place()
        top, bottom = self._region or (1, self._rows)
        if not top <= row + 1 <= bottom or self._reader.on(_ORIGIN):
            return b""
        at = column + 1 if found["shift"][:1] == b"'" else 1
        letter = b"@" if found["shift"] in (b" A", b"'}") else b"P"
        count = min(int(found["count"] or 1) or 1, 9999)
        lines = [b"\x1b[%d;%dH\x1b[%d%s" % (line, at, count, letter) for line in range(top, bottom + 1)]
        return b"".join(lines) + self._back()

    def _other_keys(self, found: re.Match[bytes]) -> bytes:
        """XTMODKEYS for keys other than those of the cursor: the library keeps it, and does not tell."""
        level = found["keys"][:-1].split(b";")[1:2]
        self._reader.modify_other_keys = int(level[0] or 0) if level else 0
        return found[0]

    def _tell_other_keys(self, _: re.Match[bytes]) -> bytes:
        """XTQMODKEYS, which vim asks for."""
        self._answer(b"\x1b[>4;%dm" % self._reader.modify_other_keys)
        return b""

    def _flag(self, found: re.Match[bytes]) -> bytes:
        """A letter of a flag: two of them take two columns together, not two each."""
        if self._reader.on(_CLUSTERS):
            return found[0]
        return b"\x1b[?2027h" + found[0] + b"\x1b[?2027l"

    def _enter_screen(self, sequence: bytes) -> bytes:
        """The other screen, cleared in the background that is selected and without a pending wrap."""
        stays = self._reader.pending() and not self._reader.on(_ORIGIN)
        return sequence + b"\x1b[2J" + (self._back() if stays else b"")

    def _set_modes(self, found: re.Match[bytes]) -> bytes:
        """The same modes: `3` by hand, `40` kept here, the other screen entered once."""
        modes, letter = found["modes"].split(b";"), found["set"]
        if _OTHER_SCREEN in modes and letter == b"h" and not self._reader.alternate():
            return self._enter_screen(found[0])
        again = _CLEARING_SCREEN in modes and letter == b"h" and self._reader.alternate()
        if not again and _COLUMNS not in modes and _ALLOW_COLUMNS not in modes:
            return found[0]
        done = b""
        for mode in modes:
            if again and mode == _CLEARING_SCREEN:
                continue
            if mode == _ALLOW_COLUMNS:
                self._may_clear = letter == b"h"
            elif mode == _COLUMNS:
                done += _CLEARED if self._may_clear else b""
            else:
                done += b"\x1b[?" + mode + letter
        return done


def _needs_a_look(data: bytes) -> bool:
    """Whether anything in it could be one of ours: text and colours, which is most of all output, are not."""
    escapes = data.count(b"\x1b")
    only_colours = not escapes or escapes == data.translate(None, _PARAMETERS).count(b"\x1b[m")
    return not only_colours or b"\xf0\x9f\x87" in data
