"""A framed part of a screen whose title is plain words, whatever a host put into them."""

from __future__ import annotations

from textual.containers import Vertical
from textual.content import Content

from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.state_mark import State, glyphs_of


def title_content(name: str, note: str = "", state: State | None = None, mark: str = "") -> Content:
    """A border title: the name strong, the state with its mark, the note after it; never read as markup."""
    parts = [Content.styled(plain(name), "bold")]
    if state is not None:
        parts.append(Content(f"  {mark} {plain(state.word)}"))
    if note:
        parts.append(Content.styled(f"  {plain(note)}", "$muted"))
    return Content("").join(parts)


class Pane(Vertical):
    """A rounded frame with a title at the top left and a note at the bottom right.

    Its frame brightens while the keyboard is inside; the class `-danger` makes it double and red.
    """

    def __init__(
        self,
        title: str = "",
        note: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._first = (title, note)

    def on_mount(self) -> None:
        """Show the title given at first; the glyph set is known only now."""
        if self.border_title is None:
            self.name_it(*self._first)

    def name_it(self, title: str, note: str = "", state: State | None = None) -> None:
        """Change the title: its name, a note such as an age or a count, and the state of what is inside."""
        mark = "" if state is None else glyphs_of(self).mark(state.role)
        self.border_title = title_content(title, note, state, mark) if title or note else None

    def foot(self, words: str) -> None:
        """Change the note at the bottom right; empty words remove it."""
        self.border_subtitle = Content(plain(words)) if words else None
