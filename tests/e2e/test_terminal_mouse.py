"""The mouse in a real terminal, over the console, over a shell: who gets it, what it selects, what is copied."""

from pathlib import Path

import pytest

from daoflow_tui.terminal.values import Cell, Clipboard, Style

from .outer import Outer, read_by_program

pytestmark = pytest.mark.e2e
PRESS, RELEASE = "M", "m"
DRAG, HOVER, SHIFT, WHEEL_UP, WHEEL_DOWN = 32, 35, 4, 64, 65
Place = tuple[int, int]


def report(code: int, place: Place, letter: str = PRESS) -> bytes:
    """What an xterm sends; places count from zero here."""
    return f"\x1b[<{code};{place[0] + 1};{place[1] + 1}{letter}".encode()


def place_of(outer: Outer, text: str) -> Place:
    """Where a text begins on the outer screen."""
    return next((line.index(text), y) for y, line in enumerate(outer.screen()) if text in line)


def right(place: Place, columns: int) -> Place:
    return place[0] + columns, place[1]


def drag(start: Place, end: Place, modifiers: int = 0) -> bytes:
    return (
        report(modifiers, start)
        + report(DRAG + modifiers, right(start, 1))
        + report(DRAG + modifiers, end)
        + report(modifiers, end, RELEASE)
    )


def click(place: Place) -> bytes:
    return report(0, place) + report(0, place, RELEASE)


def row_cells(outer: Outer, place: Place, columns: int) -> list[Cell]:
    return outer.look(lambda engine: engine.cells(place[1]))[place[0] : place[0] + columns]


def run(outer: Outer, line: str, answer: str) -> None:
    outer.send(f"{line}\r".encode())
    outer.until(lambda: any(answer in shown for shown in outer.screen()), answer)


def copied(outer: Outer, place: Place, plain: Style) -> str:
    """Once its last cell is selected, copy with the key, and take what the outer terminal was handed."""
    outer.until(lambda: row_cells(outer, place, 1)[0].style != plain, "the selection is drawn")
    outer.send(b"\x1d")
    outer.until(lambda: any("the keyboard is yours" in line for line in outer.screen()), "the way out")
    outer.send(b"y")
    text = handed_over(outer)
    outer.send(b"\r")
    outer.until(lambda: any("THE SHELL HAS" in line for line in outer.screen()), "the keyboard again")
    return text


def handed_over(outer: Outer) -> str:
    """What comes to the outer terminal's clipboard."""
    found: list[str] = []

    def handed() -> bool:
        told = outer.look(lambda engine: engine.events())
        found.extend(event.text for event in told if isinstance(event, Clipboard))
        return bool(found)

    outer.until(handed, "OSC 52")
    return found[0]


def test_dragging_selects_and_what_is_selected_is_seen_and_copied(outer: Outer) -> None:
    run(outer, "PS1='$ '; clear; echo alpha beta-$((1+1)) gamma", "beta-2")
    start = place_of(outer, "alpha beta-2")
    plain = [cell.style for cell in row_cells(outer, start, 18)]
    outer.send(drag(start, right(start, 11)))
    assert copied(outer, right(start, 11), plain[11]) == "alpha beta-2"
    outer.send(drag(start, right(start, 11)))

    def drawn() -> list[bool]:
        return [one.style != was for one, was in zip(row_cells(outer, start, 18), plain, strict=True)]

    outer.until(lambda: drawn() == [True] * 12 + [False] * 6, "what is selected is drawn, and nothing else")
    outer.send(click(right(start, 15)))
    outer.until(lambda: row_cells(outer, start, 1)[0].style == plain[0], "a click ends it")

    outer.send(drag(start, right(start, 4)))
    outer.until(lambda: row_cells(outer, start, 1)[0].style != plain[0], "selected again")
    outer.send(report(2, right(start, 2)) + report(2, right(start, 2), RELEASE))
    assert handed_over(outer) == "alpha"
    assert any("THE SHELL HAS" in line for line in outer.screen()), "the shell keeps the keyboard"

    outer.send(click(right(start, 7)) * 2)
    assert copied(outer, right(start, 7), plain[7]) == "beta-2"
    outer.send(click(right(start, 8)) * 3)  # elsewhere, or it were the third to fifth
    assert copied(outer, start, plain[0]) == "alpha beta-2 gamma"
    outer.send(b"xyz")
    outer.until(lambda: outer.screen()[start[1] + 1].startswith("║$ xyz"), "the line")
    at = (6, start[1] + 1)
    outer.until(lambda: outer.look(lambda engine: engine.cursor())[:2] == at, "where input methods open")


def test_the_wheel_scrolls_what_was_shown_until_a_program_asks_for_the_mouse(
    outer: Outer, tmp_path: Path
) -> None:
    run(outer, "PS1='$ '; seq 1 200; echo end-$((1+1))", "end-2")
    last = place_of(outer, "end-2")
    outer.send(report(WHEEL_UP, last) * 4)
    outer.until(lambda: any("12 of" in line and "lines up" in line for line in outer.screen()), "scrolled")
    assert not any("end-2" in line for line in outer.screen())
    outer.send(report(WHEEL_DOWN, last) * 4)
    outer.until(lambda: not any("lines up" in line for line in outer.screen()), "the end")

    place = (5, 6)
    mine = [report(WHEEL_UP, place), click(place), drag(place, right(place, 3)), report(HOVER, place)]
    word = (1, 4)  # where the program wrote "reading"
    shifted = drag(word, right(word, 6), SHIFT)
    read = read_by_program(outer, tmp_path, "\\x1b[?1002h\\x1b[?1006h", [*mine, shifted])
    moved = [
        one.replace(b";6;7", b";5;3").replace(b";7;7", b";6;3").replace(b";9;7", b";8;3") for one in mine
    ]
    assert read == b"".join(moved[:3])  # a mouse that only moves was not asked for
    outer.send(b"printf '\\033[?1002l'\r")
    plain = row_cells(outer, (40, 20), 1)[0].style
    assert copied(outer, right(word, 6), plain) == "reading"


def test_a_link_shows_where_it_leads_whatever_it_says(outer: Outer) -> None:
    link = "printf '\\033]8;;%s\\033\\\\%s\\033]8;;\\033\\\\\\n' "
    run(outer, f"PS1='$ '; clear; {link} https://evil.example/a https://good.example", "good")
    run(outer, f"{link} file:///etc/shadow readme-$((1+1))", "readme-2")
    good, bad = place_of(outer, "https://good.example"), place_of(outer, "readme-2")
    shows = lambda words: any(words in line for line in outer.screen())  # noqa: E731
    outer.send(report(HOVER, right(good, 3)))
    outer.until(lambda: shows("link: https://evil.example/a"), "the address")
    assert row_cells(outer, good, 1)[0].link is None  # cells come without links; runs have them
    linked = outer.look(lambda engine: (engine.changed(), [run.link for run in engine.runs(good[1])])[1])
    assert "https://evil.example/a" in linked
    outer.send(report(HOVER, right(bad, 3)))
    outer.until(lambda: shows("link, not handed on: file:///etc/shadow"), "the address")
    outer.send(report(HOVER, (60, 20)))
    outer.until(lambda: not shows("file:///etc/shadow─") and not shows("not handed on"), "no link")
