"""A field for secret material: the path of a file, or the text itself, which is taken in and never drawn."""

from __future__ import annotations

import re

from textual import events
from textual.message import Message

from daoflow_core.secret import Secret
from daoflow_tui.widgets.fields import Field, FieldInput

BEGIN = "-----BEGIN"
_END = re.compile(r"-----END [A-Z0-9 ]{1,40}-----\n*\Z")
_TAKES_AWAY = frozenset({"backspace", "delete", "ctrl+u", "ctrl+w", "ctrl+h"})


class MaterialInput(FieldInput):
    """Types paths in sight; a paste of lines, or typing that begins as PEM does, goes out of sight."""

    class Taken(Message):
        """Text came in or was taken away."""

    def __init__(self, placeholder: str, max_length: int) -> None:
        super().__init__(placeholder=placeholder, max_length=max_length, compact=True)
        self._usual = placeholder
        self._hidden = bytearray()

    @property
    def pasted(self) -> Secret | None:
        """What was pasted; None when a path is typed instead."""
        return Secret(bytes(self._hidden)) if self._hidden else None

    @property
    def is_capturing(self) -> bool:
        """Whether keys still belong to a text that comes without being announced as a paste."""
        return bool(self._hidden) and not self._hidden.endswith(b"-----\n")

    def forget(self) -> None:
        """Overwrite what was pasted, as far as Python can."""
        self._hidden[:] = bytes(len(self._hidden))
        self._hidden.clear()
        self._tell()

    def _take(self, text: str) -> None:
        self._hidden += text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "surrogateescape")
        self._tell()

    def _tell(self) -> None:
        lines = self._hidden.count(b"\n") + (not self._hidden.endswith(b"\n"))
        counted = "1 line" if lines == 1 else f"{lines} lines"
        self.value = ""
        self.placeholder = (
            f"pasted: {counted}, not shown; backspace drops it" if self._hidden else self._usual
        )
        self.post_message(self.Taken())

    def _on_paste(self, event: events.Paste) -> None:
        if BEGIN in event.text or "\n" in event.text.strip():
            event.stop()
            event.prevent_default()
            self.forget()
            self._take(event.text.strip() + "\n")

    async def _on_key(self, event: events.Key) -> None:
        if not self._hidden:
            if event.is_printable and (self.value + (event.character or "")).startswith(BEGIN):
                self._mine(event)
                self._take(self.value + (event.character or ""))
            return
        if event.key in _TAKES_AWAY:
            self._mine(event)
            self.forget()
        elif event.is_printable:
            self._mine(event)
            if not (self._is_whole and event.character != "-"):
                self._take(event.character or "")
        elif event.key == "enter" and self.is_capturing:
            self._mine(event)
            self._take("\n")

    @property
    def _is_whole(self) -> bool:
        """Whether its last line ends a block: what is typed then is no part of it, but for another block."""
        return _END.search(self._hidden[-80:].decode("ascii", "replace")) is not None

    @staticmethod
    def _mine(event: events.Key) -> None:
        event.stop()
        event.prevent_default()


class MaterialField(Field):
    """Label and `MaterialInput`: `value` is a path, `pasted` the text that came instead."""

    def __init__(self, label: str, *, hint: str = "", placeholder: str = "") -> None:
        super().__init__(label, hint=hint)
        self.input: MaterialInput = MaterialInput(placeholder or "path of its file, or paste it here", 4096)
        self.input.cursor_blink = False

    @property
    def pasted(self) -> Secret | None:
        """The text that was pasted."""
        return self.input.pasted

    def forget(self) -> None:
        """Let go of it."""
        self.input.forget()
