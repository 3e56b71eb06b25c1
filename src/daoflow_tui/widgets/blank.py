"""What a pane shows when it has no fresh data: always words, never an empty box or a bare spinner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from daoflow_tui.widgets.cells import plain
from daoflow_tui.widgets.state_mark import Glyphs, Role, glyphs_of


@dataclass(frozen=True, slots=True)
class NextKey:
    """A key that leads on, and what it does: `NextKey("c", "check the server again")`."""

    key: str
    does: str


@dataclass(frozen=True, slots=True)
class Loading:
    """The first question is under way: `Loading("asking docker for 3 things", seconds=2)`."""

    asking: str
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Empty:
    """There is nothing: what this is, why it may be empty, the keys that fill it."""

    what: str
    why: str = ""
    keys: Sequence[NextKey] = ()


@dataclass(frozen=True, slots=True)
class Stale:
    """The data below is old: `Stale("3h old", "server not reachable since 09:10")`."""

    age: str
    why: str
    keys: Sequence[NextKey] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A question failed: its command, exit code (None: it never came) and first line of stderr."""

    what: str
    command: str = ""
    exit_code: int | None = None
    stderr: str = ""
    keys: Sequence[NextKey] = ()


@dataclass(frozen=True, slots=True)
class Denied:
    """The principal may not see this: `Denied("Needs terminal:open; you have server:read.")`."""

    why: str
    keys: Sequence[NextKey] = ()


@dataclass(frozen=True, slots=True)
class NotHere:
    """The pane makes no sense for this server: `NotHere("Not a swarm manager; seen 3h ago.")`."""

    why: str
    keys: Sequence[NextKey] = ()


PaneState = Loading | Empty | Stale | Failed | Denied | NotHere
_Words = tuple[str, str]  # text, Textual style


class Blank(Widget):
    """Shows one `PaneState` in words; `show(None)` hides it, for a pane with fresh data."""

    DEFAULT_CSS = "Blank { height: auto; padding: 1 2; } Blank.-quiet { display: none; }"

    def __init__(
        self,
        state: PaneState | None = None,
        *,
        id: str | None = None,  # noqa: A002 - Textual's own name
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._state = state
        self.set_class(state is None, "-quiet")

    def show(self, state: PaneState | None) -> None:
        """Change what is said; None says nothing and takes no room."""
        if state != self._state:
            self._state = state
            self.set_class(state is None, "-quiet")
            self.refresh(layout=True)

    def render(self) -> RenderResult:
        """The words, a line each."""
        if self._state is None:
            return Content("")
        lines = [*_told(self._state, glyphs_of(self)), *_keys(getattr(self._state, "keys", ()))]
        return Content("\n").join(Content.assemble(*line) for line in lines)


def _told(state: PaneState, glyphs: Glyphs) -> Iterator[list[_Words]]:
    match state:
        case Loading(asking, seconds):
            age = "" if seconds is None else f", {seconds}s"
            yield [(f"{glyphs.mark(Role.RUNNING)} ", "$accent"), (f"{plain(asking)}{age}", "$muted")]
        case Empty(what, why):
            yield [(plain(what), "bold")]
            yield from _muted(why)
        case Stale(age, why):
            yield [(f"{glyphs.mark(Role.OLD)} {plain(age)}", "bold $muted"), (f"  {plain(why)}", "$muted")]
        case Failed():
            yield from _failure(state, glyphs)
        case Denied(why):
            yield [(f"{glyphs.mark(Role.LOOK)} ", "$warning"), (plain(why), "")]
        case NotHere(why):
            yield [(plain(why), "$muted")]


def _failure(state: Failed, glyphs: Glyphs) -> Iterator[list[_Words]]:
    yield [(f"{glyphs.mark(Role.BAD)} {plain(state.what)}", "bold $error")]
    if state.command:
        code = "no exit code came back" if state.exit_code is None else f"exit {state.exit_code}"
        yield [("command  ", "$muted"), (plain(state.command), "")]
        yield [("ended    ", "$muted"), (code, "")]
    if state.stderr:
        yield [("stderr   ", "$muted"), (plain(state.stderr.partition("\n")[0]), "")]


def _muted(words: str) -> Iterator[list[_Words]]:
    if words:
        yield [(plain(words), "$muted")]


def _keys(keys: Sequence[NextKey]) -> Iterator[list[_Words]]:
    if keys:
        yield []
    width = max((len(key.key) for key in keys), default=0)
    for key in keys:
        yield [(f"{plain(key.key):<{width}}", "bold $accent"), (f"  {plain(key.does)}", "")]
