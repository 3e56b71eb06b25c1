"""The width guard: every run is as wide as the cells it stands for, and nothing in it drives a terminal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from daoflow_tui.terminal.values import Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from daoflow_tui.terminal.values import Style

# Controls, bidi controls and others without a picture. Joiners and variation selectors are judged by their width.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U000e0000-\U000e0fff]"
)
_JOINERS = re.compile("[\u200d\ufe00-\ufe0f]")


class Piece(NamedTuple):
    """A run before it is measured; `cells` are its characters with their widths, if not one column each."""

    text: str
    columns: int
    style: Style
    link: str | None = None
    cells: Sequence[tuple[str, int]] | None = None


def fit(pieces: Iterable[Piece]) -> tuple[Run, ...]:
    """Runs that Rich measures as wide as told; one it measures otherwise is put right, cell for cell."""
    from rich.cells import cell_len

    runs = []
    for text, columns, style, link, cells in pieces:
        if _UNSEEN.search(text) or cell_len(text) != columns:
            text = _forced(cells or [(letter, 1) for letter in text])
        runs.append(Run(text, columns, style, link))
    return tuple(runs)


def _forced(cells: Sequence[tuple[str, int]]) -> str:
    """The text of these cells, each cluster padded to the columns of all cells that Rich draws as one."""
    from rich.cells import cell_len

    done, cluster, columns = [], "", 0
    for text, width in cells:
        joined = cluster + _UNSEEN.sub("", text)
        if cluster and joined != cluster and cell_len(joined) <= cell_len(cluster):
            cluster, columns = joined, columns + width
            continue
        done.append(cluster + " " * (columns - cell_len(cluster)))
        cluster, columns = _alone(text, width), width
    done.append(cluster + " " * (columns - cell_len(cluster)))
    return "".join(done)


def _alone(text: str, width: int) -> str:
    """One cell as text of at most its width; what can't be drawn in it is its base, or a replacement."""
    from rich.cells import cell_len

    seen = _UNSEEN.sub("", text)
    if seen and cell_len(seen) == width:
        return seen
    for shorter in (_JOINERS.sub("", seen), seen[:1]):
        if shorter and 0 < cell_len(shorter) <= width:
            return shorter
    return "\N{REPLACEMENT CHARACTER}"
