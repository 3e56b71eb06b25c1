"""The terminal tab on real SSH peers with real pseudo-terminals: who has the keyboard, and what becomes of a shell."""

import contextlib

import pytest
from textual import events
from textual.geometry import Region
from textual.widgets import Input

from daoflow_core.model.terminal import EndReason
from daoflow_tui.screens.host_shell import ShellState

OUT = "ctrl+right_square_bracket"


@pytest.fixture
def at_shell(sit_down, start_peer, register):
    """A shell that has the keyboard, on one server."""

    @contextlib.asynccontextmanager
    async def open_it(*, size=(120, 36), **settings):
        peer = await start_peer()
        await register("edge-1", peer)
        async with sit_down(size=size, **settings) as operator:
            operator.peer = peer
            await take(operator)
            yield operator

    return open_it


async def take(operator):
    """From the list to a shell that answers; the leave is asked for on the way."""
    await operator.press("t")
    await operator.sees("A shell needs terminal:open")
    await operator.until(lambda: isinstance(operator.app.focused, Input), "the field for the reason")
    await operator.type("a full disk")
    await operator.press("enter")
    await operator.sees("THE SHELL HAS THE KEYBOARD", "every key goes to edge-1")
    await run(operator, "PS1='$ '; echo ready-$((40+2))", "ready-42")


async def run(operator, line, *answer):
    """A line as a fast typist's terminal would send it; single keys have tests of their own."""
    operator.app.desk.shells[-1].type(f"{line}\r".encode())
    return await operator.sees(*answer)


def shell_of(operator):
    return operator.app.desk.shells[0]


async def test_a_shell_opens_after_its_leave_was_given_and_answers(at_shell):
    async with at_shell() as operator:
        assert "double" in str(operator.app.screen.query_one("#shell").styles.border.top)
        await run(operator, "stty size", "29 118")


async def test_no_key_of_the_console_works_while_the_shell_has_the_keyboard(at_shell):
    async with at_shell() as operator:
        await run(operator, "stty -icanon -echo -isig -ixon; od -An -tx1 -v -w1 -N13", "")
        await operator.pilot.pause(0.2)
        keys = ["ctrl+q", "ctrl+p", "ctrl+c", "escape", "tab", "question_mark", "colon", "f1", "S", "1", "q"]
        await operator.press(*keys)
        screen = await operator.sees("1b", "09", "53")
        words = [line.strip(" ║") for line in screen.splitlines() if len(line.strip(" ║")) == 2]
        assert words == ["11", "10", "03", "1b", "09", "3f", "3a", "1b", "4f", "50", "53", "31", "71"]
        assert operator.app.screen.tab == "7" and not operator.app.screen.is_modal


@pytest.mark.parametrize("key", [OUT, "f12"])
async def test_one_press_gives_the_keyboard_back_and_enter_takes_it_again(at_shell, key):
    async with at_shell() as operator:
        await operator.press(key)
        await operator.sees("the keyboard is yours", "enter give the keyboard to the shell")
        await operator.press("1")
        await operator.sees("[1 Overview]", "1 shell open")
        await operator.press("7", "enter")
        await operator.sees("THE SHELL HAS THE KEYBOARD")
        await run(operator, "echo still-$((1+1))", "still-2")


async def test_the_leader_pressed_twice_is_typed_into_the_shell(at_shell):
    async with at_shell() as operator:
        await operator.type("cat -v")
        await operator.press("enter", OUT, OUT)
        await operator.sees("THE SHELL HAS THE KEYBOARD")
        await operator.press("enter")
        await operator.sees("^]")


async def test_a_toast_takes_nothing_from_the_shell_while_the_shell_has_the_keyboard(at_shell):
    async with at_shell() as operator:
        operator.app.notify("a cleanup ended elsewhere", markup=False)
        await operator.told("a cleanup ended elsewhere")
        await run(operator, "echo on-$((1+1))", "on-2", "THE SHELL HAS THE KEYBOARD")


async def test_several_lines_are_pasted_only_after_a_yes(at_shell):
    async with at_shell() as operator:
        shell = operator.app.focused
        await run(operator, "exec env PS1='plain> ' sh", "\u2551plain> ")
        await run(operator, "printf '\\033[?2004l'")
        await operator.until(lambda: not shell.modes.bracketed_paste)
        operator.app.post_message(events.Paste("echo one-$((1+0))\necho two-$((1+1))\n"))
        await operator.sees("Paste several lines?", "echo one-$((1+0))", "2 lines")
        await operator.press("escape")
        await operator.sees("THE SHELL HAS THE KEYBOARD")
        operator.app.post_message(events.Paste("echo one-$((1+0))\necho two-$((1+1))\n"))
        await operator.sees("Paste several lines?")
        await operator.press("y")
        await operator.sees("one-1", "two-2")


async def test_a_program_that_asked_for_it_gets_a_paste_in_brackets_and_nothing_is_asked(at_shell):
    async with at_shell() as operator:
        await run(operator, "printf '\\033[?2004h'; cat -v")
        await operator.until(lambda: operator.app.focused.modes.bracketed_paste)
        operator.app.post_message(events.Paste("a\nb\x1b[201~c\n"))
        await operator.press("enter")
        await operator.sees("^[[200~a", "b[201~c", "^[[201~")


async def test_the_clipboard_is_written_only_after_a_yes_and_asked_once(at_shell):
    async with at_shell() as operator:
        line = "printf '\\033]52;c;%s\\007' $(printf hello | base64)"
        await run(operator, line)
        await operator.sees("write to your clipboard?", "hello")
        await operator.press("y")
        await operator.until(lambda: operator.app.clipboard == "hello")
        await run(operator, line.replace("hello", "again"), "")
        await operator.until(lambda: operator.app.clipboard == "again")


async def test_a_lost_link_keeps_the_screen_and_enter_opens_a_new_session(at_shell):
    async with at_shell() as operator:
        await run(operator, "echo before-$((3+4))", "before-7")
        first = shell_of(operator).operation_id
        operator.peer.drop()
        screen = await operator.sees("--- connection lost", "your screen is kept", "before-7")
        assert "THE SHELL HAS THE KEYBOARD" not in screen
        assert shell_of(operator).end.reason is EndReason.LINK_LOST
        await operator.press("enter")
        await operator.sees("THE SHELL HAS THE KEYBOARD", "before-7")
        await operator.until(lambda: shell_of(operator).state is ShellState.OPEN)
        await run(operator, "echo after-$((3+5))", "after-8")
        assert shell_of(operator).operation_id not in ("", first)


async def test_exit_ends_the_shell_and_x_puts_it_away(at_shell):
    async with at_shell() as operator:
        await operator.type("exit 3")
        await operator.press("enter")
        await operator.sees("the shell ended with status 3")
        await operator.press("x")
        await operator.sees("No shell is open on edge-1")
        assert not operator.app.desk.shells


async def test_the_last_words_of_a_flood_stand_above_the_rule_that_tells_of_the_end(at_shell):
    async with at_shell() as operator:
        await run(operator, "seq 1 150000; exit 3", "the shell ended with status 3")
        with shell_of(operator).emulation.engine() as engine:
            lines = [engine.line(line) for line in range(engine.history() + engine.rows)]
        at = next(index for index, line in enumerate(lines) if "ended with status 3" in line)
        assert [line for line in lines[:at] if line][-2:] == ["150000", "exit"]


async def test_closing_asks_when_a_program_runs_and_not_when_none_does(at_shell):
    async with at_shell() as operator:
        await operator.type("sleep 1000")
        await operator.press("enter", OUT)
        await operator.pilot.pause(0.3)
        await operator.press("x")
        await operator.sees("Close the shell on edge-1?")
        await operator.press("escape", "enter", "ctrl+c", OUT, "x")
        await operator.sees("--- closed at")


async def test_a_shell_that_rings_unseen_is_told_about_and_draws_nothing(at_shell):
    async with at_shell() as operator:
        view, painted = operator.app.focused, []
        await operator.press(OUT, "1")
        await operator.sees("[1 Overview]")
        view.painted = lambda: painted.append(1)
        await run(operator, "seq 1 200; printf '\\a'")
        await operator.told("The shell on edge-1 rang.")
        assert not painted and not view.is_shown


async def test_quitting_lists_the_open_shells(at_shell):
    async with at_shell() as operator:
        await operator.press(OUT, "q")
        await operator.sees("A shell is open on edge-1; it is hung up")
        await operator.press("escape")
        await operator.sees("the keyboard is yours")


async def test_what_a_shell_shows_goes_on_unseen_and_is_there_afterwards(at_shell):
    async with at_shell() as operator:
        await run(operator, "sleep 0.3; seq 1 500; echo done-$((5+6))")
        await operator.press(OUT, "1")
        await operator.sees("[1 Overview]")
        await operator.until(lambda: "done-11" in text_of(operator))
        await operator.press("7")
        await operator.sees("done-11", "500")


def text_of(operator):
    with shell_of(operator).emulation.engine() as engine:
        return "\n".join(engine.line(line) for line in range(engine.history() + engine.rows))


async def test_scrolling_says_where_it_stands_and_searching_finds_what_is_gone_from_the_screen(at_shell):
    async with at_shell() as operator:
        await run(operator, "seq 1 300; echo needle-$((1+1)); seq 301 600", "600")
        await operator.press(OUT, "pageup")
        await operator.sees("lines up, G goes to the end")
        await operator.press("slash")
        await operator.type("needle-2")
        await operator.press("enter")
        await operator.sees("'needle-2': 1 of", "needle-2")
        await operator.press("escape", "escape")
        await operator.sees("600")


async def test_a_selection_by_keys_is_copied(at_shell):
    async with at_shell() as operator:
        await run(operator, "clear; echo copy-me", "copy-me")
        await operator.press(OUT, "v")
        await operator.press("up", "left", "left")
        await operator.sees("selecting: arrows move, y copies")
        await operator.press("y")
        await operator.until(lambda: "copy-me" in operator.app.clipboard)


async def test_two_shells_on_one_server_are_listed_and_chosen(at_shell):
    async with at_shell() as operator:
        await run(operator, "echo first-$((1+0))", "first-1")
        await operator.press(OUT, "a")
        await operator.sees("Which shell?", "sh, which every host has")
        await operator.press("down", "down", "enter")
        await operator.until(lambda: len(operator.app.desk.shells) == 2)
        await operator.until(lambda: operator.app.desk.shells[1].state is ShellState.OPEN)
        await run(operator, "echo second-$((1+1))", "second-2")
        await operator.press(OUT)
        await operator.sees("1 more here, b lists", "1 more session: edge-1")
        await operator.press("b")
        await operator.sees("Shells")
        await operator.press("g", "enter")
        await operator.sees("first-1")


async def test_a_server_whose_host_key_nobody_approved_gets_no_shell(sit_down, start_peer, register):
    peer = await start_peer()
    await register("edge-1", peer, approve=False)
    async with sit_down() as operator:
        await operator.press("t")
        await operator.told("No host key of edge-1 is approved yet")
        assert not operator.app.desk.shells and peer.log.logins == 0


async def test_a_read_only_session_gets_no_shell(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down(read_only=True) as operator:
        await operator.press("t")
        await operator.told("This session is read-only")


async def test_the_palette_opens_a_terminal_by_name(sit_down, start_peer, register):
    await register("edge-1", await start_peer())
    async with sit_down() as operator:
        await operator.press("colon")
        await operator.type("terminal edge-1")
        await operator.sees("a shell in this console")
        await operator.press("enter")
        await operator.sees("A shell needs terminal:open")


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_row_is_exactly_as_wide_as_the_screen_whatever_is_shown(at_shell, size):
    async with at_shell(size=size) as operator:
        wide = "👨\u200d👩\u200d👧 漢字 e\u0301 \u200b \u202e x".encode()
        octal = "".join(f"\\{byte:03o}" for byte in wide)
        await run(operator, f"clear; printf '{octal}\\n'", "漢字")
        view = operator.app.focused
        for y in range(view.size.height):
            (strip,) = view.render_lines(Region(0, y, view.size.width, 1))
            assert sum(segment.cell_length for segment in strip) == view.size.width
