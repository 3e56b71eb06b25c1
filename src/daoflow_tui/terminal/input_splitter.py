"""Cuts what the outer terminal sends while a shell has the keyboard into keys, pastes and reports, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

ESC = "\x1b"
PASTE_BEGIN, PASTE_END = "\x1b[200~", "\x1b[201~"

_CSI = re.compile(r"\x1b\[(?:\[[A-Z]|[0-?]*[ -/]*[@-~])")
_SS3 = re.compile(r"\x1bO[0-9;]*[A-Za-z~]")
_CSI_BEGUN = re.compile(r"\x1b\[(?:\[|[0-?]*[ -/]*)?")
_SS3_BEGUN = re.compile(r"\x1bO[0-9;]*")
_MOUSE = re.compile(r"\x1b\[<[-\d;]+[Mm]")
_OLD_MOUSE = "\x1b[M"
_REPORT = re.compile(r"\x1b\[(?:[IO]|\?[\d;]*(?:\$y|u|c)|48;[\d:;]*t)")


class Part(Enum):
    """What a piece of input is: a key's own bytes, pasted text, or something the screen's driver understands."""

    KEY = "key"
    PASTE = "paste"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of input, complete."""

    part: Part
    text: str


class InputSplitter:
    """Takes input as it was read; an escape that may be the beginning of more waits for `flush`."""

    def __init__(self) -> None:
        self._rest = ""
        self._pasting = False

    @property
    def pending(self) -> bool:
        """Whether something waits for more, or for the moment that says there is no more."""
        return bool(self._rest)

    def feed(self, text: str) -> Iterator[Piece]:
        """The pieces that are complete now."""
        self._rest += text
        while self._rest:
            piece, length = self._pasted() if self._pasting else self._next()
            if not length:
                return
            self._rest = self._rest[length:]
            if piece is not None:
                yield piece

    def flush(self) -> Iterator[Piece]:
        """Nothing more came in time: what waits were keys; a paste goes on waiting for its end."""
        if self._pasting:
            return
        rest, self._rest = self._rest, ""
        if rest:
            alone = min(2, len(rest))  # an alt key that looks like the beginning of a sequence
            yield Piece(Part.KEY, rest[:alone])
            yield from (Piece(Part.KEY, sign) for sign in rest[alone:])

    def take_rest(self) -> str:
        """Give up what waits, for another reader to go on with."""
        rest, self._rest = self._rest, ""
        return rest

    def _pasted(self) -> tuple[Piece | None, int]:
        end = self._rest.find(PASTE_END)
        if end < 0:
            return None, 0
        self._pasting = False
        return Piece(Part.PASTE, self._rest[:end]), end + len(PASTE_END)

    def _next(self) -> tuple[Piece | None, int]:
        rest = self._rest
        if rest[0] != ESC:
            return Piece(Part.KEY, rest[0]), 1
        if len(rest) == 1:
            return None, 0
        if rest[1] == "[":
            return self._csi(rest)
        if rest[1] == "O":
            found = _SS3.match(rest)
            if found is None and _SS3_BEGUN.fullmatch(rest):
                return None, 0
            length = len(found.group()) if found else 2
            return Piece(Part.KEY, rest[:length]), length
        length = 1 if rest[1] == ESC else 2
        return Piece(Part.KEY, rest[:length]), length

    def _csi(self, rest: str) -> tuple[Piece | None, int]:
        if rest.startswith(_OLD_MOUSE):
            return (Piece(Part.REPORT, rest[:6]), 6) if len(rest) >= 6 else (None, 0)
        found = _CSI.match(rest)
        if found is None:
            return (None, 0) if _CSI_BEGUN.fullmatch(rest) else (Piece(Part.KEY, rest[:2]), 2)
        text = found.group()
        if text == PASTE_BEGIN:
            self._pasting = True
            return None, len(text)
        if text == PASTE_END:
            return None, len(text)
        is_report = _MOUSE.fullmatch(text) or _REPORT.fullmatch(text)
        return Piece(Part.REPORT if is_report else Part.KEY, text), len(text)
