"""From a row of an emulated terminal to a strip in the colours of the theme, with what is set off in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from daoflow_tui.terminal.values import Colour, Run, Style

LINK_SCHEMES = ("https://", "http://", "mailto:", "ftp://", "ssh://")
_LONGEST_LINK = 2000
_DIM = 0.55


@dataclass(frozen=True)
class Palette:
    """What the default and the first sixteen colours are; without `colours` the outer terminal's own are used."""

    foreground: str = ""
    background: str = ""
    colours: tuple[str, ...] = ()
    reverse: bool = False
    _made: dict[tuple[Style, str | None], RichStyle] = field(default_factory=dict, repr=False, compare=False)

    def style(self, style: Style, link: str | None = None) -> RichStyle:
        """How a cell is drawn."""
        made = self._made.get((style, link))
        if made is None:
            if len(self._made) > 20_000:
                self._made.clear()  # a program that shows every colour there is must not fill the memory
            made = self._made[style, link] = self._make(style, link)
        return made

    def _make(self, style: Style, link: str | None) -> RichStyle:
        foreground = self._colour(style.foreground) or _parsed(self.foreground)
        background = self._colour(style.background) or _parsed(self.background)
        if style.dim and self.colours:
            foreground = _blend(background, foreground)
        colours = RichStyle.from_color(foreground, background)
        if link is None and not self.reverse and _is_bare(style):
            return colours  # by far the most, and a full style takes five times as long to make
        return colours + RichStyle(
            bold=style.bold or None,
            dim=(style.dim and not self.colours) or None,
            italic=style.italic or None,
            underline=style.underline in (1, 3, 4, 5) or (link is not None) or None,
            underline2=style.underline == 2 or None,
            blink=style.blink or None,
            reverse=(style.inverse != self.reverse) or None,
            conceal=style.invisible or None,
            strike=style.strike or None,
            overline=style.overline or None,
            link=link if link and safe_link(link) else None,
        )

    def _colour(self, colour: Colour) -> Color | None:
        if isinstance(colour, int) and colour < 16 and self.colours:
            return _parsed(self.colours[colour])
        if isinstance(colour, int):
            return _indexed(colour)
        return None if colour is None else _parsed(colour)


def _is_bare(style: Style) -> bool:
    """Whether it is colours and nothing else."""
    drawn = style.bold or style.dim or style.italic or style.underline or style.inverse or style.invisible
    return not (drawn or style.blink or style.strike or style.overline)


@cache
def _indexed(number: int) -> Color:
    return Color.from_ansi(number)


@lru_cache(maxsize=4096)
def _parsed(colour: str) -> Color | None:
    if len(colour) == 7 and colour[0] == "#":
        # What `Color.parse` makes of it, without its pattern: a screen of true colours has thousands.
        value = int(colour[1:], 16)
        return Color(
            colour, ColorType.TRUECOLOR, None, ColorTriplet(value >> 16, value >> 8 & 255, value & 255)
        )
    return Color.parse(colour) if colour else None


def _blend(background: Color | None, foreground: Color | None, share: float = _DIM) -> Color | None:
    """A dim foreground, mixed by us: not every terminal draws dim, and our themes know their background."""
    if background is None or foreground is None:
        return foreground
    back, front = background.get_truecolor(), foreground.get_truecolor()
    mixed = [round(b + (f - b) * share) for b, f in zip(back, front, strict=True)]
    return Color.from_rgb(*mixed)


def blended(palette: Palette, share: float) -> Color | None:
    """A colour between the background and the foreground of a theme; None where the outer terminal has its own."""
    if not palette.background or not palette.foreground:
        return None
    return _blend(_parsed(palette.background), _parsed(palette.foreground), share)


def safe_link(link: str) -> bool:
    """Whether an address from a host may be handed to the outer terminal: plain signs, and a scheme we know."""
    known = link.lower().startswith(LINK_SCHEMES)
    return known and len(link) <= _LONGEST_LINK and link.isascii() and link.isprintable() and " " not in link


def strip_of(runs: Sequence[Run], palette: Palette, width: int) -> Strip:
    """One row, exactly `width` cells."""
    segments = [
        Segment(" " * run.columns if run.style.invisible else run.text, palette.style(run.style, run.link))
        for run in runs
    ]
    columns = sum(run.columns for run in runs)
    if columns == width:
        return Strip(segments, width)
    return Strip(segments, columns).adjust_cell_length(width, palette.style(Style()))


def set_off(strip: Strip, parts: Iterable[tuple[int, int]], style: RichStyle) -> Strip:
    """A strip with some columns, from and up to, drawn in another style."""
    for start, end in parts:
        if start < end:
            cuts = [cut for cut in (start, end, strip.cell_length) if cut > 0]
            pieces = list(strip.divide(cuts))
            at = 1 if start else 0
            pieces[at] = Strip([_turned(segment, style) for segment in pieces[at]], pieces[at].cell_length)
            strip = Strip.join(pieces)
    return strip


def _turned(segment: Segment, style: RichStyle) -> Segment:
    """Over what is there; reverse on reverse is turned back, or it would not be seen."""
    under = segment.style or RichStyle()
    over = style + RichStyle(reverse=False) if style.reverse and under.reverse else style
    return Segment(segment.text, under + over)
