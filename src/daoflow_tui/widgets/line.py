"""One line of words in roles, left and right: the base of top bar, breadcrumb, status line and footer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from daoflow_tui.widgets.cells import fit, plain
from daoflow_tui.widgets.state_mark import ROLE_CLASSES, Role, State, Toned, glyphs_of, role_class

Piece = str | Toned | State


class Line(Widget):
    """Pieces of words on one line; the right end is kept whole, the left is cut when both do not fit.

    A `str` is plain words (never markup), `Toned` words in a role, `State` a mark, a word and a role.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = ROLE_CLASSES
    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    def __init__(
        self,
        left: Iterable[Piece] = (),
        right: Iterable[Piece] = (),
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._left, self._right = tuple(left), tuple(right)

    def show(self, left: Iterable[Piece] = (), right: Iterable[Piece] = ()) -> None:
        """Draw other pieces."""
        self._left, self._right = tuple(left), tuple(right)
        self.refresh()

    def pieces(self, width: int) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """What is drawn on a line of that width; subclasses choose shorter words for narrow ones."""
        del width
        return self._left, self._right

    def render_line(self, y: int) -> Strip:
        """The only line, padded by one cell at both ends."""
        width = self.size.width
        if y:
            return Strip.blank(width, self.rich_style)
        left, right = self.pieces(width)
        ends, room = self._segments(right), width - 2
        ending = sum(segment.cell_length for segment in ends)
        begin = _cut(self._segments(left), max(room - ending - 1, 0), glyphs_of(self).cut)
        gap = max(room - ending - sum(segment.cell_length for segment in begin), 0)
        blank = Segment(" ", self.rich_style)
        fill = Segment(" " * gap, self.rich_style)
        return Strip([blank, *begin, fill, *ends, blank]).adjust_cell_length(width, self.rich_style)

    def _segments(self, pieces: Sequence[Piece]) -> list[Segment]:
        return [self._segment(piece) for piece in pieces]

    def _segment(self, piece: Piece) -> Segment:
        if isinstance(piece, State):
            return self._toned(f"{glyphs_of(self).mark(piece.role)} {piece.word}", piece.role)
        if isinstance(piece, Toned):
            return self._toned(piece.text, piece.role)
        return Segment(plain(piece), self.rich_style)

    def _toned(self, words: str, role: Role) -> Segment:
        style = self.get_component_rich_style(role_class(role), partial=True)
        return Segment(plain(words), self.rich_style + style)


def _cut(segments: list[Segment], width: int, sign: str) -> list[Segment]:
    """The segments within `width` cells; the one that does not fit is cut with the sign."""
    kept: list[Segment] = []
    for segment in segments:
        length = cell_len(segment.text)
        if length > width:
            kept.append(Segment(fit(segment.text, width, cut=sign), segment.style))
            break
        kept.append(segment)
        width -= length
    return kept
