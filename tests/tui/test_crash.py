"""A crash tells where it happened, and nothing of what it worked on."""

from __future__ import annotations

import pytest

from daoflow_core.errors import Unreachable
from daoflow_tui.commands.node import CommandApp
from daoflow_tui.crash import QuietCrash, crash_report

CANARY = "canary-7f3d-private-key"


class CrashingApp(QuietCrash, CommandApp):
    def on_mount(self) -> None:
        private_key = CANARY
        raise ValueError(f"could not read {private_key}")


async def shown_after_crash(app, capsys) -> str:
    with pytest.raises(ValueError):
        async with app.run_test():
            pass
    return capsys.readouterr().err


async def test_the_crash_screen_shows_no_local_and_no_foreign_message(capsys):
    shown = await shown_after_crash(CrashingApp(), capsys)
    assert CANARY not in shown
    assert "ValueError" in shown
    assert "test_crash.py" in shown and "on_mount" in shown


async def test_textuals_own_crash_screen_would_show_it(capsys):
    """The reason for the mixin; when this fails, Textual changed and the mixin may go."""

    class PlainApp(CommandApp):
        on_mount = CrashingApp.on_mount

    assert CANARY in await shown_after_crash(PlainApp(), capsys)


def test_our_own_errors_are_told_with_their_code_and_next_step():
    try:
        raise Unreachable("edge-1 can't be reached", next_step="check the address\x1b]0;x\x07") from OSError(
            CANARY
        )
    except Unreachable as error:
        report = crash_report(error)
    assert "Unreachable (UNREACHABLE) from OSError" in report
    assert "UNREACHABLE: edge-1 can't be reached" in report
    assert "check the address" in report and "\x1b" not in report
    assert CANARY not in report


def test_a_report_needs_no_error():
    assert "stopped" in crash_report(None)
