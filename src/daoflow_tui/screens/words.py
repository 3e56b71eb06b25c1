"""Lines of words in roles, wrapped under their label: never markup, marks from the glyph set in force."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.cells import cell_len, chop_cells
from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.line import Piece
from daoflow_tui.widgets.state_mark import Glyphs, Role, State, Toned, glyphs_of

Words = Sequence[Piece]
Styled = tuple[str, str]
LABEL = 10

_STYLES = {
    Role.GOOD: "$success",
    Role.LOOK: "$warning",
    Role.BAD: "$error",
    Role.UNKNOWN: "$muted",
    Role.OLD: "$muted",
    Role.RUNNING: "$accent",
    Role.PROD: "bold $error",
    Role.READ_ONLY: "bold $warning",
    Role.MUTED: "$muted",
    Role.STRONG: "bold",
    Role.KEY: "bold $accent",
}


class Told(Widget):
    """Some lines of words; a line too long goes on under its own beginning, not under its label."""

    DEFAULT_CSS = "Told { height: auto; width: 1fr; }"

    def __init__(
        self,
        lines: Iterable[Words] = (),
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self.lines = list(lines)

    def show(self, lines: Iterable[Words]) -> None:
        """Say other words."""
        new = list(lines)
        if new != self.lines:
            self.lines = new
            self.refresh(layout=True)

    @property
    def text(self) -> str:
        """The words alone, unwrapped."""
        return "\n".join("".join(text for text, _ in _pieces(line, glyphs_of(self))) for line in self.lines)

    def on_resize(self) -> None:
        """Wrap anew."""
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the words take at this width."""
        return len(self._wrapped(width))

    def render(self) -> RenderResult:
        """The words at the width there is."""
        lines = self._wrapped(self.content_size.width)
        return Content("\n").join(Content.assemble(*line) for line in lines)

    def _wrapped(self, width: int) -> list[list[Styled]]:
        glyphs = glyphs_of(self)
        return [part for line in self.lines for part in wrap(_pieces(line, glyphs), width)]


def _pieces(line: Words, glyphs: Glyphs) -> list[Styled]:
    return [_styled(piece, glyphs) for piece in line]


def _styled(piece: Piece, glyphs: Glyphs) -> Styled:
    if isinstance(piece, State):
        return f"{glyphs.mark(piece.role)} {plain(piece.word)}", _STYLES.get(piece.role, "")
    if isinstance(piece, Toned):
        return plain(piece.text), _STYLES.get(piece.role, "")
    return plain(piece), ""


def wrap(pieces: Sequence[Styled], width: int) -> list[list[Styled]]:
    """The pieces in lines of at most `width` cells, broken between words; later lines stand under the first's words."""
    if width < 1 or sum(cell_len(text) for text, _ in pieces) <= width:
        return [list(pieces)]
    indent = min(_indent(pieces), width // 2)
    lines: list[list[Styled]] = [[]]
    room = width
    for text, style in _chunks(pieces, max(width - indent, 1)):
        taken = cell_len(text)
        if cell_len(text.rstrip()) > room and lines[-1]:
            lines.append([(" " * indent, "")])
            room, text = width - indent, text.lstrip()
            taken = cell_len(text)
        lines[-1].append((text, style))
        room -= taken
    return lines


def _chunks(pieces: Sequence[Styled], longest: int) -> Iterator[Styled]:
    """The pieces cut after each blank; a word longer than a line is cut wherever it must be."""
    for text, style in pieces:
        start = 0
        for end in [*(index + 1 for index, sign in enumerate(text) if sign == " "), len(text)]:
            if end > start and not (end < len(text) and not text[start:end].strip()):
                word = text[start:end]
                yield from (
                    (part, style)
                    for part in (chop_cells(word, longest) if cell_len(word) > longest else [word])
                )
                start = end


def _indent(pieces: Sequence[Styled]) -> int:
    """Where the words of a line begin: after its label, else after its mark or its blanks."""
    first = pieces[0][0]
    if first.endswith(" "):
        second = pieces[1][0] if len(pieces) > 1 else ""
        return len(first) + (2 if second[1:2] == " " else 0)
    return 2 if first[1:2] == " " else 0


def labelled(label: str, *pieces: Piece) -> list[Piece]:
    """A line that begins with its label in a fixed column."""
    return [Toned(f"{label:<{LABEL}}", Role.MUTED), *pieces]


def key_line(key: str, does: str, label: str = "") -> list[Piece]:
    """A key and what it does."""
    return [Toned(f"{label:<{LABEL}}", Role.MUTED), Toned(f"{key:<3}", Role.KEY), does]
