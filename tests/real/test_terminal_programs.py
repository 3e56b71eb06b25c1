"""What people run in a shell, the real ones, on a real OpenSSH host, drawn by the console's own engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from daoflow_core.console import Console, Opening, open_console

from .lab_hosts import RealLab
from .seats import Seat, enrol

COLUMNS, ROWS = 100, 30
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def console(tmp_path_factory: pytest.TempPathFactory, lab: RealLab) -> AsyncIterator[Console]:
    """One console with the leave to open shells on alpha; it is not changed by what runs in them."""
    home = str(tmp_path_factory.mktemp("home"))
    lab["alpha"].pardon()
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        await enrol(opened, lab["alpha"], "one")
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def seat(console: Console) -> AsyncIterator[Seat]:
    """A login shell in a folder of its own."""
    seat = Seat(COLUMNS, ROWS)
    await seat.sit_down(console, "one")
    yield seat
    await seat.leave()


async def test_vim_edits_in_a_window_that_changes_its_size_and_saves(seat: Seat, lab: RealLab) -> None:
    seat.line("vim -i NONE note.txt")
    await seat.until(lambda rows: '"note.txt" [New]' in rows[-1] and set(rows[1:-1]) == {"~"})
    seat.type("ifirst")
    await seat.shows("-- INSERT --", "first")
    seat.press("enter")
    seat.type("日本語 é 👍 end")
    await seat.shows("日本語 é 👍 end")
    assert seat.cursor() == (15, 1)
    seat.resize(60, 12)
    await seat.until(lambda rows: len(rows) == 12 and rows[-1].startswith("-- INSERT --"))
    seat.paste("\n    pasted\n    twice")
    await seat.shows("    twice")
    seat.press("escape", "up", "up")
    seat.type("Ax\x1b:echo &columns &lines\r")
    rows = await seat.until(lambda rows: rows[11].startswith("60 12"))
    assert rows[:5] == ["first", "日本語 é 👍 endx", "    pasted", "    twice", "~"]
    seat.resize(COLUMNS, ROWS)
    seat.line(":wq")
    rows = await seat.prompts()
    assert rows[:2] == ["ready", "$ vim -i NONE note.txt"]  # the screen before it is back
    written = lab["alpha"].exec("cat", "/home/deploy/seat/note.txt")
    assert written == "first\n日本語 é 👍 endx\n    pasted\n    twice\n"


async def test_htop_draws_its_table_follows_the_size_and_quits_by_key_and_mouse(seat: Seat) -> None:
    seat.line("htop")
    rows = await seat.shows("Tasks:", "Load average:", "F10Quit", "/lib/systemd/systemd")
    assert rows[-1].startswith("F1Help  F2Setup F3Search")
    (head,) = [row for row, text in enumerate(rows) if "PID" in text and "Command" in text]
    assert "USER" in rows[head]
    assert {cell.style.background for cell in seat.cells(head)} <= {2, 6}  # coloured to its last column
    assert len({cell.style.background for cell in seat.cells(ROWS - 1)}) > 1
    seat.resize(80, 20)
    await seat.until(lambda rows: len(rows) == 20 and rows[-1].startswith("F1Help"))
    seat.press("f10")
    await seat.prompts()
    seat.resize(COLUMNS, ROWS)
    seat.line("htop")
    await seat.shows("F10Quit")
    seat.type("q")
    await seat.prompts()
    seat.line("htop")
    rows = await seat.shows("F10Quit")
    seat.click(rows[-1].index("Quit"), ROWS - 1)
    await seat.prompts()


async def test_less_sets_off_what_is_found_and_gives_the_screen_back(seat: Seat) -> None:
    seat.line("seq 1 5000 | less")
    await seat.until(lambda rows: rows[0] == "1" and rows[-1] == ":")
    seat.line("/432[12]")
    await seat.until(lambda rows: rows[0] == "4321" and rows[-1] == ":")
    for row, found in ((0, True), (1, True), (2, False)):
        assert [cell.style.inverse for cell in seat.cells(row)[:5]] == [found] * 4 + [False]
    seat.press("down")
    await seat.until(lambda rows: rows[0] == "4322")
    seat.type("G")
    await seat.until(lambda rows: rows[-2] == "5000" and rows[-1] == "(END)")
    assert all(cell.style.inverse for cell in seat.cells(ROWS - 1)[:5])
    seat.type("q")
    rows = await seat.prompts()
    assert rows[:2] == ["ready", "$ seq 1 5000 | less"]


async def test_tmux_splits_and_its_session_outlives_the_shell_that_left_it(seat: Seat, lab: RealLab) -> None:
    seat.line("tmux -L seat kill-server; clear; tmux -f /dev/null -L seat new -s kept")
    await seat.until(lambda rows: rows[-1].startswith("[kept] 0:bash"))
    assert {cell.style.background for cell in seat.cells(ROWS - 1)} == {2}
    seat.type("\x02%")
    await seat.until(lambda rows: rows[0].count("│") == 1 and rows[0].endswith("$"))
    seat.line("PS1='$ '; clear; echo second-$((1+1))")
    await seat.until(lambda rows: rows[0].endswith("│second-2"))
    seat.resize(80, 20)
    rows = await seat.until(lambda rows: "[kept]" in rows[-1] and rows[0].endswith("│second-2"))
    assert (len(rows), rows[0].index("│")) == (20, 40)
    seat.type("\x02d")
    await seat.shows("[detached (from session kept)]")
    assert lab["alpha"].exec("ls", "/tmp/tmux-2001").split().count("seat") == 1
    seat.line("clear; tmux -L seat attach")
    await seat.until(lambda rows: rows[0].endswith("│second-2"))
    seat.type("\x02:")
    await seat.until(lambda rows: rows[-1] == ":")  # many keys at once are a paste to it
    seat.line("kill-server")
    await seat.shows("[server exited]")


async def test_mc_shows_two_panels_and_the_shell_below_and_quits_only_when_told_twice(seat: Seat) -> None:
    seat.line("mkdir a-folder; mkdir -p .config/mc; echo words > a-file")
    seat.line("printf '[Midnight-Commander]\\nconfirm_exit=true\\n' > .config/mc/ini")
    seat.line("MC_PROFILE_ROOT=$PWD mc")
    rows = await seat.shows("Command", "10Quit", "/a-folder")
    assert rows[0].split() == ["Left", "File", "Command", "Options", "Right"]
    assert {cell.style.background for cell in seat.cells(0)} == {6}
    assert (rows[1][0], rows[1][-1]) == ("┌", "┐")
    seat.press("ctrl+o")
    await seat.until(lambda rows: rows[0] == "ready")
    seat.press("ctrl+o")
    await seat.shows("10Quit")
    seat.press("f9", "down")
    await seat.shows("Quick view")
    seat.press("escape", "escape")
    await seat.until(lambda rows: "Quick view" not in "".join(rows))
    seat.press("f10")
    await seat.shows("Do you really want to quit")
    seat.press("enter")
    await seat.prompts()


async def test_control_keys_interrupt_stop_quit_and_end(seat: Seat) -> None:
    seat.line("clear; echo go; cat")
    await seat.until(lambda rows: rows[0] == "go")
    seat.line("typed")
    await seat.until(lambda rows: rows[1:3] == ["typed", "typed"])
    seat.press("ctrl+d")
    await seat.prompts()
    signals = (("ctrl+c", 130, "^C"), ("ctrl+z", 148, "Stopped"), ("ctrl+backslash", 131, "Quit"))
    for key, status, told in signals:
        seat.line(f"clear; sh -c 'echo go-{status}; exec sleep 60'")
        await seat.until(lambda rows, status=status: rows[0] == f"go-{status}")
        seat.press(key)
        await seat.shows(told)
        seat.line("echo was-$?")
        await seat.shows(f"was-{status}")
    seat.line("clear; fg")
    await seat.until(lambda rows: rows[0].startswith("sh -c"))
    seat.press("ctrl+c")
    await seat.prompts()


async def test_wide_characters_keep_their_columns_while_a_line_is_edited(seat: Seat) -> None:
    seat.line("clear; printf '%s|\\n' 日本語 'ｆｕｌｌ' e$'\\u0301' 👍 ─│")
    rows = await seat.until(lambda rows: rows[4:5] == ["─│|"])
    with seat.emulation.engine() as engine:
        bars = [[cell.text for cell in engine.cells(row)].index("|") for row in range(5)]
    assert (bars, rows[:3]) == ([6, 8, 1, 2, 2], ["日本語|", "ｆｕｌｌ|", "e\u0301|"])
    seat.type("echo 日本x語")
    await seat.shows("$ echo 日本x語")
    assert seat.cursor() == (14, 5)
    seat.press("left", "left", "backspace")
    await seat.shows("$ echo 日x語")
    assert seat.cursor() == (9, 5)
    seat.press("end", "enter")
    await seat.until(lambda rows: rows[6] == "日x語")
