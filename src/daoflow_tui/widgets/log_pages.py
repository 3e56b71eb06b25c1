"""Lines of a log of any length, read a page at a time and forgotten again, so that a million never load."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from daoflow_tui.widgets.state_mark import Role

PAGE_LINES = 200
_KEPT_PAGES = 64


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: when it was written, its kind (run, stdout, stderr, exit, ...), its text, and its meaning."""

    when: str
    kind: str
    text: str
    role: Role = Role.PLAIN


ReadPage = Callable[[int, int], Sequence[LogLine] | None]


class LogPages:
    """A window on `read(offset, limit)`, which may give None for "not here yet": `fill` brings it later."""

    def __init__(self, read: ReadPage) -> None:
        self._read = read
        self._kept: OrderedDict[int, Sequence[LogLine]] = OrderedDict()

    def line(self, number: int) -> LogLine | None:
        """The line with this number, counted from 0; None while its page is on its way."""
        start, within = number - number % PAGE_LINES, number % PAGE_LINES
        page = self._page(start)
        return page[within] if page is not None and within < len(page) else None

    def fill(self, offset: int, lines: Sequence[LogLine]) -> None:
        """Take a page that was read elsewhere; `offset` is a multiple of `PAGE_LINES`."""
        self._keep(offset, lines)

    def grown(self, before: int) -> None:
        """Forget the page that was not full when the log had `before` lines."""
        self._kept.pop(before - before % PAGE_LINES, None)

    def forget(self) -> None:
        """Forget all pages: the log is another one now."""
        self._kept.clear()

    def _page(self, start: int) -> Sequence[LogLine] | None:
        if start in self._kept:
            self._kept.move_to_end(start)
            return self._kept[start]
        page = self._read(start, PAGE_LINES)
        if page is not None:
            self._keep(start, page)
        return page

    def _keep(self, start: int, page: Sequence[LogLine]) -> None:
        self._kept[start] = page
        self._kept.move_to_end(start)
        if len(self._kept) > _KEPT_PAGES:
            self._kept.popitem(last=False)
