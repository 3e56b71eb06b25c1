"""The border where a host's bytes become text: nothing that drives a terminal, or hides, comes through."""

from __future__ import annotations

import codecs
import re
import unicodedata

MAX_LINE = 16 * 1024  # bytes of one line that are kept
TYPE_CHECKING = (
    False  # `typing` costs milliseconds that a hot read does not have; type checkers know this name
)
if TYPE_CHECKING:
    from typing import Literal

# Terminal sequences, 7 and 8 bit, whole or cut short. Every part after the introducer is optional and the
# classes do not overlap, so no match can fail late: the time is linear in the text.
_SEQUENCE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\r\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI
    r"|\x1b[ -/]*[0-~]?"  # every other escape
)
# What is left and can't be seen for what it is: controls, bidi controls, surrogates, tags, no width at all.
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_UNSEEN_IN_LINE = re.compile(f"[{_UNSEEN}\n]")
_UNSEEN_IN_LINES = re.compile(f"[{_UNSEEN}]")


def decode(data: bytes) -> str:
    """One piece of host text as a safe line; bytes that are not UTF-8 are shown in hexadecimal."""
    return clean(data.decode("utf-8", "backslashreplace"))


def clean(text: str) -> str:
    r"""Text safe on one line of a terminal: sequences gone, what is unseen shown (`\x07`, `\u202e`)."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN_IN_LINE.sub(_show, _SEQUENCE.sub("", text))


def clean_lines(text: str) -> str:
    r"""Text safe on several lines: as `clean`, but line ends (`\n`, `\r\n`) stay line ends (`\n`)."""
    return _UNSEEN_IN_LINES.sub(_show, _SEQUENCE.sub("", text).replace("\r\n", "\n"))


def _show(match: re.Match[str]) -> str:
    """One unseen character as Python would write it in a literal."""
    point = ord(match[0])
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


class LineDecoder:
    """Turns a stream of bytes, cut anywhere, into safe lines; one over `MAX_LINE` bytes is cut, visibly."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._cut = 0

    def feed(self, data: bytes) -> list[str]:
        """The lines that end within these bytes, oldest first."""
        *ended, rest = data.split(b"\n")
        lines = []
        for piece in ended:
            self._keep(piece)
            lines.append(self._take())
        self._keep(rest)
        return lines

    def flush(self) -> list[str]:
        """The last line, when the stream ended without a line end."""
        return [self._take()] if self._kept or self._cut else []

    def _keep(self, piece: bytes) -> None:
        room = self._limit - len(self._kept)
        self._kept += piece[:room]
        self._cut += max(0, len(piece) - room)

    def _take(self) -> str:
        kept, cut = bytes(self._kept), self._cut
        self._kept, self._cut = bytearray(), 0
        if not cut:
            return decode(kept.removesuffix(b"\r"))
        whole, used = codecs.utf_8_decode(
            kept, "backslashreplace", False
        )  # leaves a character cut in half alone
        return f"{clean(whole)}… [{cut + len(kept) - used} more bytes cut]"


def cell_width(text: str) -> int:
    """The terminal cells a safe line takes; a tab counts as one, because `shorten` turns it into a space."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def _cells(character: str) -> int:
    if unicodedata.east_asian_width(character) in "WF":
        return 2
    jamo = "\u1160" <= character <= "\u11ff"  # vowels and finals are drawn into the syllable before them
    return 0 if jamo or unicodedata.category(character) in ("Mn", "Me", "Cf") else 1


def shorten(text: str, cells: int, where: Literal["start", "middle", "end"] = "end", mark: str = "…") -> str:
    """A safe line in at most that many cells; `mark` stands where something was left out."""
    text = text.replace("\t", " ")
    if cell_width(text) <= cells:
        return text
    room = cells - cell_width(mark)
    if room < 0:
        return ""
    tail = {"start": room, "middle": room // 2, "end": 0}[where]
    return _head(text, room - tail) + mark + _tail(text, tail)


def _head(text: str, cells: int) -> str:
    """The longest beginning that fits, with the accents that belong to its last character."""
    used = 0
    for index, character in enumerate(text):
        used += _cells(character)
        if used > cells:
            return text[:index]
    return text


def _tail(text: str, cells: int) -> str:
    """The longest end that fits, never beginning with an accent that lost its character."""
    used, start = 0, len(text)
    for index in range(len(text) - 1, -1, -1):
        width = _cells(text[index])
        used += width
        if used > cells:
            break
        start = index if width else start
    return text[start:]
