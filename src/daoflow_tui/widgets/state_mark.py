"""Meaning in three cues: a mark, a word and a colour role, with an ASCII set for terminals that need it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from textual.dom import DOMNode

ASCII_CLASS = "-ascii"


class Role(StrEnum):
    """What a piece of text means; `theme/tokens.tcss` gives each role its colour and its NO_COLOR cue."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"
    UNKNOWN = "unknown"
    OLD = "old"
    RUNNING = "running"
    PROD = "prod"
    READ_ONLY = "read-only"
    PLAIN = "plain"
    MUTED = "muted"
    STRONG = "strong"
    KEY = "key"


class State(NamedTuple):
    """A status as it is told: its word and what it means; the mark follows from the role."""

    word: str
    role: Role


class Toned(NamedTuple):
    """Plain words drawn in a role, without a mark; never the only sign of a state."""

    text: str
    role: Role


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of characters for marks, pointers, bars and cuts; the sets are swapped whole, never mixed."""

    good: str
    look: str
    bad: str
    unknown: str
    old: str
    running: str
    cursor: str
    ticked: str
    folded: str
    unfolded: str
    ascending: str
    descending: str
    cut: str
    crumb: str
    dot: str
    full: str
    empty: str
    spark: str
    rule: str

    def mark(self, role: Role) -> str:
        """The one-cell mark of a role; a space for the roles that carry none."""
        marks = {
            Role.GOOD: self.good,
            Role.LOOK: self.look,
            Role.BAD: self.bad,
            Role.UNKNOWN: self.unknown,
            Role.OLD: self.old,
            Role.RUNNING: self.running,
            Role.MUTED: "-",
        }
        return marks.get(role, " ")


# The mark for "old" is U+22C5, not the middle dot U+00B7: that one is two cells wide in East Asian settings.
UNICODE = Glyphs(
    good="✓", look="!", bad="✗", unknown="?", old="⋅", running="~",
    cursor="▸", ticked="*", folded="▸", unfolded="▾", ascending="▴", descending="▾",
    cut="…", crumb="▸", dot="·", full="█", empty="░", spark="▁▂▃▄▅▆▇█", rule="─",
)  # fmt: skip

ASCII = Glyphs(
    good="+", look="!", bad="x", unknown="?", old=".", running="~",
    cursor=">", ticked="*", folded="+", unfolded="-", ascending="^", descending="v",
    cut="..", crumb=">", dot="-", full="#", empty=".", spark="_.-:=+*#", rule="-",
)  # fmt: skip


def glyphs_of(node: DOMNode) -> Glyphs:
    """The glyph set the running app asks for: ASCII when the app carries the class `-ascii`."""
    return ASCII if node.app.has_class(ASCII_CLASS) else UNICODE


def role_class(role: Role) -> str:
    """The component class that styles a role, such as `role--good`."""
    return f"role--{role.value}"


ROLE_CLASSES: set[str] = {role_class(role) for role in Role}
