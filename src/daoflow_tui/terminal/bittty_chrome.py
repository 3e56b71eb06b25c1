"""What is plugged into the bittty engine's machine: it keeps what scrolled off and gathers replies and events."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from daoflow_core import text
from daoflow_tui.terminal.replies import honest
from daoflow_tui.terminal.values import Bell, Clipboard, Directory, Notification, Title

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from daoflow_tui.terminal.values import Event

MAX_EVENTS = 256
MAX_REPLIES = 64 * 1024
MAX_TITLE = 1024
# Answers that would put what a program wrote, or what is on the clipboard, into its own input.
_LEAKS = re.compile(r"\x1b\](?:[lL]|52;)")
_ATTRIBUTES = re.compile(r"\x1b\[\?[0-9;]*c")


class Line(NamedTuple):
    """A row that scrolled off, or one of the screen."""

    cells: Sequence[tuple[Any, str]]
    wrapped: bool

    @property
    def texts(self) -> Sequence[str]:
        """One text a column."""
        return [text for _, text in self.cells]


class Chrome:
    """The display and the host line of one machine, in one."""

    keeps_scrollback = True
    closed = False

    def __init__(self, board: Any, lines: int) -> None:  # noqa: ANN401 - the library brings no types
        self.history: deque[Line] = deque(maxlen=lines)
        self.scrolled = 0
        self._replies = bytearray()
        self._events: list[Event] = []
        self._heard: dict[str, Callable[[Any], None]] = {
            "RowsScrolledOff": self._keep,
            "ScrollbackCleared": lambda _: self.history.clear(),
            "Bell": lambda _: self._say(Bell()),
            "TitleChanged": lambda told: self._say(Title(text.clean(told.title[:MAX_TITLE]))),
            "CwdChanged": lambda told: self._say(Directory(text.clean(told.cwd[:MAX_TITLE]))),
            "Notification": lambda told: self._say(Notification("", text.clean(told.text[:MAX_TITLE]))),
            "ClipboardChanged": lambda told: self._say(Clipboard(text.clean_lines(told.text[: 1 << 20]))),
        }
        board.attach_display(self)
        board.host.attach(self)

    def present(self, event: object) -> None:
        """Take what the machine tells; most of it is not for us."""
        if heard := self._heard.get(type(event).__name__):
            heard(event)

    def write(self, data: str) -> int:
        """Take an answer to the program."""
        self._answer(_ATTRIBUTES.sub("\x1b[?62;22c", data))
        return len(data)

    def write_bytes(self, data: bytes) -> int:
        """Take an answer that is bytes."""
        return self.write(data.decode("latin-1"))

    def flush(self) -> None:
        """Nothing is held back."""

    def configure_line(self, line: object) -> None:
        """There is no modem."""

    def resize(self, rows: int, columns: int) -> None:
        """Whoever resizes the engine tells the program."""

    def take_replies(self) -> bytes:
        """Everything to be written to the program, once."""
        taken, self._replies = bytes(self._replies), bytearray()
        return taken

    def take_events(self) -> list[Event]:
        """Everything the program asked of the console, once."""
        taken, self._events = self._events, []
        return taken

    def _answer(self, data: str) -> None:
        if not _LEAKS.search(data) and len(self._replies) + len(data) <= MAX_REPLIES:
            self._replies += honest(data.encode("utf-8", "replace"))

    def _keep(self, event: Any) -> None:  # noqa: ANN401 - as above
        self.scrolled += len(event.lines)
        self.history.extend(Line(line.cells, line.wrapped) for line in event.lines)

    def _say(self, event: Event) -> None:
        if self._events and self._events[-1] == event:
            return
        if len(self._events) < MAX_EVENTS:
            self._events.append(event)
