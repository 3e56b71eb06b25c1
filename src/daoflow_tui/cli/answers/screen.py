"""The answer of `recordings screen`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from daoflow_tui.cli.answers.base import Answer

Palette = Annotated[int, Field(ge=0, le=255)]
Direct = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}", max_length=7)]
Colour = Palette | Direct | None
"""null is the terminal's own colour, a number the palette's, `#rrggbb` itself."""
Flag = Literal["bold", "dim", "italic", "underline", "blink", "inverse", "invisible", "strike", "overline"]


class Size(Answer):
    """The size of the screen in cells."""

    columns: int
    rows: int


class Cursor(Answer):
    """Where the cursor is, from zero; after the last column was written it is still in it."""

    column: int
    row: int
    visible: bool


class Cell(Answer):
    """One cell: a blank has the text " ", the tail of a wide one has none and the width 0."""

    text: str
    width: Literal[0, 1, 2]
    foreground: Colour
    background: Colour
    flags: list[Flag]


class Screen(Answer):
    """`recordings screen`: every cell of the screen, row by row, each of exactly `size.columns` cells."""

    size: Size
    cursor: Cursor
    rows: list[list[Cell]]
    engine: Literal["ghostty", "bittty"]
