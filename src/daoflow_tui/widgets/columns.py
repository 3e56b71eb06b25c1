"""Columns of fixed width with one that stretches, and the order in which they go when it is narrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from daoflow_tui.widgets.cells import Align

GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `drop` 0 always stays, the highest number goes first; `flex` takes the room left."""

    key: str
    title: str
    width: int
    align: Align = "left"
    drop: int = 0
    flex: bool = False
    max_width: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A column that is shown: its place among the cells of a row, and its width on this screen."""

    column: Column
    index: int
    width: int


def place_columns(columns: Sequence[Column], width: int) -> tuple[Placed, ...]:
    """The columns that fit into `width` cells with their widths; the flexible one takes what is left."""
    kept = list(enumerate(columns))
    while _needed(kept) > width and any(column.drop for _, column in kept):
        kept.remove(max(kept, key=lambda pair: (pair[1].drop, pair[0])))
    spare = width - _needed(kept)
    return tuple(Placed(column, index, _stretched(column, spare)) for index, column in kept)


def _needed(kept: Sequence[tuple[int, Column]]) -> int:
    return sum(column.width for _, column in kept) + GAP * max(len(kept) - 1, 0)


def _stretched(column: Column, spare: int) -> int:
    """The width on this screen; a flexible column goes below its `width` only when nothing else fits."""
    if not column.flex:
        return column.width
    wanted = max(column.width + spare, 4)
    return wanted if column.max_width is None else min(wanted, column.max_width)
