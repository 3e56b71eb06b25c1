"""The outer terminal's keyboard while a shell has it: every key with the bytes it was made of, Escape at once."""

from __future__ import annotations

import os
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterable, Iterator

from textual import constants, events
from textual._parser import ParseError
from textual.drivers.linux_driver import (
    KITTY_DISAMBIGUATE_ESCAPE_CODES,
    KITTY_REPORT_ALL_KEYS,
    KITTY_REPORT_ASSOCIATED_TEXT,
    LinuxDriver,
)
from textual.message import Message

from daoflow_tui import signals
from daoflow_tui.terminal.input_splitter import ESC, PASTE_BEGIN, PASTE_END, InputSplitter, Part, Piece
from daoflow_tui.terminal.outer_parser import IGNORED, OuterParser

ESCAPE_WAIT = 0.012
"""Seconds after which an escape was the key itself; sequences arrive in one piece but on the worst of links."""
IDLE_WAIT = 0.1
READ_BYTES = 64 * 1024
_OURS = KITTY_DISAMBIGUATE_ESCAPE_CODES | KITTY_REPORT_ALL_KEYS | KITTY_REPORT_ASSOCIATED_TEXT


class RawKey(events.Key):
    """A key with the bytes that the outer terminal sent for it; where those can't be had, `raw` is empty."""

    __slots__ = ("raw",)

    def __init__(self, key: str, character: str | None, raw: str) -> None:
        super().__init__(key, character)
        self.raw = raw

    def copy(self) -> RawKey:
        """The same key once more."""
        return RawKey(self.key, self.character, self.raw)


RawKey.handler_name = events.Key.handler_name  # whoever takes keys takes these


class KeyReader:
    """Makes events of the outer terminal's input while a shell has the keyboard."""

    def __init__(self, parser: OuterParser) -> None:
        self._parser = parser
        self._splitter = InputSplitter()

    @property
    def pending(self) -> bool:
        """Whether an escape waits to be told from a sequence."""
        return self._splitter.pending

    def feed(self, text: str) -> Iterator[Message]:
        """Events for what is complete."""
        for piece in self._splitter.feed(text):
            yield from self._events(piece)

    def flush(self) -> Iterator[Message]:
        """Nothing more came: what waited were keys."""
        for piece in self._splitter.flush():
            yield from self._events(piece)

    def take_rest(self) -> str:
        """What waits, for the usual reader."""
        return self._splitter.take_rest()

    def _events(self, piece: Piece) -> Iterable[Message]:
        if piece.part is Part.PASTE:
            return (events.Paste(piece.text.replace("\x00", "")),)
        if piece.part is Part.REPORT:
            return self._parser.feed(piece.text)
        return (self.key(piece.text),)

    def key(self, raw: str) -> RawKey:
        """The key as the rest of the program names it, with its bytes."""
        named = list(self._parser._sequence_to_key_events(raw))
        if named:
            return RawKey(named[0].key, named[0].character, raw)
        if raw == ESC:
            return RawKey("escape", ESC, raw)
        if len(raw) == 2 and raw[0] == ESC:
            return RawKey(f"alt+{self.key(raw[1]).key}", None, raw)
        return RawKey(IGNORED, None, raw)


class ShellDriver(LinuxDriver):
    """Textual's driver with a second way of reading keys, for the time that a shell has the keyboard."""

    raw = False
    """Whether a shell has the keyboard; set from the screen's thread, heeded with the next read."""
    _outer: tuple[int, bool] | None = None

    def give_to_shell(self, kitty_flags: int, *, keypad: bool) -> None:
        """Let the outer terminal encode keys as the program in the shell asked for."""
        self.raw = True
        if self._outer != (kitty_flags, keypad):
            self._outer = (kitty_flags, keypad)
            self._encode(kitty_flags, keypad=keypad)

    def take_from_shell(self) -> None:
        """Have keys encoded as Textual asked for."""
        self.raw = False
        if self._outer is not None:
            self._outer = None
            self._encode(_OURS, keypad=False)

    def _encode(self, kitty_flags: int, *, keypad: bool) -> None:
        kitty = "" if constants.DISABLE_KITTY_KEY else f"\x1b[={kitty_flags};1u"
        self.write(f"{kitty}\x1b{'=' if keypad else '>'}")
        self.flush()

    def stop_application_mode(self) -> None:
        """Leave nothing of a shell's wishes behind."""
        if self._writer_thread is not None:
            self.take_from_shell()
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """Read until told to stop; an escape waits for a hundredth of a second, not a tenth."""
        parser = OuterParser(self._debug)
        usual, shells = _UsualReader(parser), KeyReader(parser)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                waiting = shells.pending or usual.pending
                ready = selector.select(ESCAPE_WAIT if waiting else IDLE_WAIT)
                data = self._read_bytes() if ready else b""
                if ready and not data:
                    self._loop.call_soon_threadsafe(signals.end, self._app, 128 + signal.SIGHUP)
                    break
                text = decode(data)
                for event in self._read(text, usual, shells):
                    self.process_message(event)
        usual.close()

    def _read_bytes(self) -> bytes:
        """What was typed; nothing when the terminal is gone."""
        try:
            return os.read(self.fileno, READ_BYTES)
        except OSError:
            return b""

    def _read(self, text: str, usual: _UsualReader, shells: KeyReader) -> Iterator[Message]:
        if self.raw and not usual.in_paste:
            yield from usual.tick()
            yield from shells.feed(text) if text else shells.flush()
            return
        text = shells.take_rest() + text
        if text:
            yield from usual.feed(text)
        yield from usual.tick()


class _UsualReader:
    """Textual's own reading, which has to know when it is in the middle of a paste."""

    def __init__(self, parser: OuterParser) -> None:
        self._parser = parser
        self.in_paste = False

    @property
    def pending(self) -> bool:
        """Whether Textual waits to tell an escape from a sequence."""
        return self._parser._timeout_time is not None

    def feed(self, text: str) -> Iterable[Message]:
        """Events for this text."""
        begun, ended = text.rfind(PASTE_BEGIN), text.rfind(PASTE_END)
        self.in_paste = begun > ended or (self.in_paste and ended < 0)
        return self._parser.feed(text)

    def tick(self) -> Iterable[Message]:
        """Events that were only waiting."""
        return self._parser.tick()

    def close(self) -> None:
        """End the parser."""
        try:
            list(self._parser.feed(""))
        except (EOFError, ParseError):
            return
