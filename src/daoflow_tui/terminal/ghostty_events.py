"""What the ghostty engine calls us for: replies to the program, questions about us, titles, the bell, the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daoflow_core import text
from daoflow_tui.terminal.replies import honest
from daoflow_tui.terminal.shim import LINK
from daoflow_tui.terminal.values import Bell, Clipboard, Directory, Notification, Title

if TYPE_CHECKING:
    from collections.abc import Callable

    from daoflow_tui.terminal.ghostty_library import Native
    from daoflow_tui.terminal.values import Event

MAX_EVENTS = 256  # a program may ring for ever between two paints
MAX_REPLIES = 64 * 1024  # a program that asks and never reads must not fill our memory
MAX_TITLE = 1024
NAME = b"daoflow-tui"
_MAX_LINK = 8192


class Callbacks:
    """Gathers what one terminal says; keeps the callbacks alive as long as itself."""

    def __init__(self, ffi: Native, lib: Native, terminal: Native, size: tuple[int, int]) -> None:
        self._ffi, self._lib, self._terminal = ffi, lib, terminal
        self._replies = bytearray()
        self._events: list[Event] = []
        self._fault: BaseException | None = None
        self.size = size
        self.on_link: Callable[[bytes], None] = lambda _: None
        self._name = ffi.new("char[]", NAME)
        lib.ghostty_terminal_set(
            terminal, lib.GHOSTTY_TERMINAL_OPT_UNKNOWN_MAX_BYTES, ffi.new("size_t*", _MAX_LINK)
        )
        self._kept = [self._connect(*one) for one in self._wanted()]

    def take_replies(self) -> bytes:
        """Everything to be written to the program, once."""
        taken, self._replies = bytes(self._replies), bytearray()
        return taken

    def take_events(self) -> list[Event]:
        """Everything the program asked of the console, once."""
        taken, self._events = self._events, []
        return taken

    def _wanted(self) -> list[tuple[str, str, Native]]:
        """Option, C type and function of every callback. None reads the clipboard: that is not answered."""
        return [
            ("WRITE_PTY", "GhosttyTerminalWritePtyFn", self._reply),
            ("BELL", "GhosttyTerminalBellFn", lambda *_: self._say(Bell())),
            ("TITLE_CHANGED", "GhosttyTerminalTitleChangedFn", self._title),
            ("PWD_CHANGED", "GhosttyTerminalPwdChangedFn", self._directory),
            ("CLIPBOARD_WRITE", "GhosttyTerminalClipboardWriteFn", self._clipboard),
            ("DESKTOP_NOTIFICATION", "GhosttyTerminalDesktopNotificationFn", self._notification),
            ("SIZE", "GhosttyTerminalSizeFn", self._size),
            ("DEVICE_ATTRIBUTES", "GhosttyTerminalDeviceAttributesFn", self._attributes),
            ("UNKNOWN_SEQUENCE", "GhosttyTerminalUnknownSequenceFn", self._unknown),
            ("XTVERSION", "GhosttyTerminalXtversionFn", self._version),
        ]

    def _connect(self, option: str, kind: str, function: Native) -> Native:
        callback = self._ffi.callback(kind, function, onerror=self._failed)
        self._lib.ghostty_terminal_set(
            self._terminal, getattr(self._lib, f"GHOSTTY_TERMINAL_OPT_{option}"), callback
        )
        return callback

    def _failed(self, _kind: Native, error: BaseException, _trace: Native) -> None:
        """Keep a fault of ours: raised through native code it would be lost, printed it would spoil the screen."""
        self._fault = self._fault or error

    def raise_fault(self) -> None:
        """Raise what failed while the engine called us."""
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault

    def _say(self, event: Event) -> None:
        """Keep an event; a second bell at once, or a title that is replaced at once, is dropped."""
        if self._events and (
            event == self._events[-1]
            or isinstance(event, Title) is isinstance(self._events[-1], Title) is True
        ):
            self._events.pop()
        if len(self._events) < MAX_EVENTS:
            self._events.append(event)

    def _reply(self, _terminal: Native, _user: Native, data: Native, size: int) -> None:
        self.answer(honest(bytes(self._ffi.buffer(data, size))))

    def answer(self, said: bytes) -> None:
        """Keep an answer to the program until it is taken."""
        if len(self._replies) + len(said) <= MAX_REPLIES:
            self._replies += said

    def _told(self, kind: int) -> bytes:
        said = self._ffi.new("GhosttyString*")
        self._lib.ghostty_terminal_get(self._terminal, kind, said)
        return self._bytes(said[0])

    def _bytes(self, said: Native, limit: int = MAX_TITLE) -> bytes:
        return bytes(self._ffi.buffer(said.ptr, min(said.len, limit))) if said.len else b""

    def _title(self, _terminal: Native, _user: Native) -> None:
        self._say(Title(text.decode(self._told(self._lib.GHOSTTY_TERMINAL_DATA_TITLE))))

    def _directory(self, _terminal: Native, _user: Native) -> None:
        self._say(Directory(text.decode(self._told(self._lib.GHOSTTY_TERMINAL_DATA_PWD))))

    def _clipboard(self, _terminal: Native, _user: Native, write: Native) -> None:
        """Hand on a text; the program is told no: whether it may is decided later, by a person."""
        reply = self._ffi.new("GhosttyClipboardWriteReply*")
        reply.size = self._ffi.sizeof("GhosttyClipboardWriteReply")
        reply.result = self._lib.GHOSTTY_CLIPBOARD_WRITE_RESULT_DENIED
        for one in write.contents[0 : write.contents_len]:
            if self._bytes(one.mime).startswith(b"text/plain"):
                self._say(
                    Clipboard(text.clean_lines(self._bytes(one.data, 1 << 20).decode("utf-8", "replace")))
                )
                break
        write.reply(write, reply)

    def _notification(self, _terminal: Native, _user: Native, said: Native) -> None:
        self._say(Notification(text.decode(self._bytes(said.title)), text.decode(self._bytes(said.body))))

    def _unknown(self, _terminal: Native, _user: Native, sequence: Native) -> None:
        """Hand on a link, which comes under a number that only we know."""
        if sequence.tag == self._lib.GHOSTTY_TERMINAL_UNKNOWN_SEQUENCE_OSC:
            said = sequence.value.osc
            if not said.truncated and (told := self._bytes(said.content, _MAX_LINK)).startswith(LINK):
                self.on_link(told[len(LINK) :])

    def _size(self, _terminal: Native, _user: Native, size: Native) -> bool:
        """The size in cells; what a cell measures in pixels we do not know."""
        size.columns, size.rows = self.size
        size.cell_width = size.cell_height = 0
        return True

    def _attributes(self, _terminal: Native, _user: Native, said: Native) -> bool:
        """A VT220 with colours, no firmware to tell of."""
        said.primary.conformance_level = 62
        said.primary.features[0], said.primary.num_features = 22, 1
        said.secondary.device_type, said.secondary.firmware_version, said.secondary.rom_cartridge = 1, 0, 0
        said.tertiary.unit_id = 0
        return True

    def _version(self, _terminal: Native, _user: Native) -> Native:
        name = self._ffi.new("GhosttyString*")
        name.ptr, name.len = self._ffi.cast("uint8_t*", self._name), len(NAME)
        return name[0]
