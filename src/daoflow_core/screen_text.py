"""Terminal output as text: whole for an emulator, and without what acts beyond the screen for a real terminal."""

from __future__ import annotations

import codecs
import re


class ScreenText:
    """Bytes of a terminal, cut anywhere, as text with every control in it: for an emulator or a file, not to print."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> str:
        """The text that is whole by now."""
        return self._decoder.decode(data)

    def close(self) -> str:
        """What a cut character left, as one mark."""
        return self._decoder.decode(b"", final=True)


LONGEST = 64 * 1024
"""Characters of a sequence without its end, after which it is taken for one that never ends."""
_MODES = frozenset({1, 4, 5, 6, 7, 12, 20, 25, 45, 47, 69, 1047, 1048, 1049, 2026})
"""Modes that change how the screen is drawn; those that make a terminal send something are not among them."""
_DRAWING = frozenset("@ABCDEFGHIJKLMPSTXZ`abdefgmrsu")
_SEQUENCE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?P<string>[^\x07\x1b\x9c]*)(?P<end>\x07|\x1b\\|\x9c|(?=\x1b[^\\])|\x1b?\Z)"
    r"|(?:\x1b\[|\x9b)(?P<csi>[0-?]*)(?P<middle>[ -/]*)(?P<final>[@-~]|\Z|(?=[^ -~]))"
    r"|\x1b(?P<between>[ -/]*)(?P<escape>(?<=[ -/])[0-~]|[0-Z\\`-~]|\Z|(?=[^ -~]))"
    r"|[\x05\x7f-\x9f]"  # an enquiry makes a terminal answer; the rest are 8 bit controls
)


class Harmless:
    """Lets through what draws on the screen, and nothing that a terminal would answer, keep, or obey beyond it.

    Gone are titles, the clipboard, reports and queries, mouse and paste modes, printing, window moves, keyboard
    protocols, downloads, images and every private string.
    """

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """What may go to a real terminal of a piece of output; a sequence that is cut waits for its rest."""
        text, self._held = self._held + text, ""
        return _SEQUENCE.sub(self._judge, text)

    def _judge(self, match: re.Match[str]) -> str:
        whole = match.group()
        if self._is_cut(match):
            self._held = whole if len(whole) <= LONGEST else whole[:2]
            return ""
        if match["final"]:
            draws = _draws(match["csi"], match["middle"], match["final"])
            return f"\x1b[{match['csi']}{match['final']}" if draws else ""
        if match["escape"]:
            return whole if _is_plain(match["between"], match["escape"]) else ""
        return ""

    @staticmethod
    def _is_cut(match: re.Match[str]) -> bool:
        if match.end() != len(match.string):
            return False
        if match["string"] is not None:
            return match["end"] in ("", "\x1b")
        return match["final"] == "" or match["escape"] == ""


def _draws(parameters: str, middle: str, final: str) -> bool:
    """Whether a control sequence does nothing but draw."""
    if middle:
        return False
    if final in "hl":
        numbers = parameters.removeprefix("?").split(";")
        return all(number.isascii() and number.isdigit() and int(number) in _MODES for number in numbers)
    return final in _DRAWING and not parameters.startswith(("<", "=", ">", "?"))


def _is_plain(between: str, final: str) -> bool:
    """Whether an escape moves, saves, resets or picks a character set."""
    return between in ("(", ")", "*", "+", "#") or (not between and final in "78=>DEHMc")
