"""What an operator sees when the store can't be opened, and when its texts are hostile."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from tui.painting import HOSTILE


def database(home) -> Path:
    (found,) = Path(home.environ["DAOFLOW_HOME"]).rglob("*.db")
    return found


async def test_a_damaged_store_is_told_in_words_and_quitting_works(sit_down, start_peer, register, home):
    await register("edge-1", await start_peer())
    file = database(home)
    for beside in file.parent.glob(f"{file.name}-*"):
        beside.unlink()
    file.write_bytes(b"not a database at all" * 500)
    async with sit_down(wait=False) as operator:
        await operator.sees("DaoFlow can't open its store", "STORE_", "q quits")
        await operator.press("q")
        await operator.pilot.pause()


async def test_a_newer_store_is_told_in_words(sit_down, start_peer, register, home):
    await register("edge-1", await start_peer())
    with contextlib.closing(sqlite3.connect(database(home))) as connection, connection:
        connection.execute("pragma user_version = 999")
    connection.close()
    async with sit_down(wait=False) as operator:
        await operator.sees("DaoFlow can't open its store", "STORE_NEWER")


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: repr(words)[:20])
async def test_hostile_texts_of_a_host_are_drawn_and_do_nothing(sit_down, start_peer, register, home, words):
    await register("edge-1", await start_peer())
    with contextlib.closing(sqlite3.connect(database(home))) as connection, connection:
        connection.execute(
            "update readiness set os_name = ?, docker_version = ?, status = 'attention'", (words, words)
        )
        connection.execute(
            "update readiness set issues = json_array(json_object('code', 'x', 'message', ?, 'next_step', ?))",
            (words, words),
        )
    connection.close()
    async with sit_down() as operator:
        await operator.sees("edge-1", "! attention")
        for keys in (("enter",), ("escape", "J"), ("escape", "y"), ("escape",)):
            await operator.press(*keys)
            painted = operator.screen().replace("\n", "")
            assert not [sign for sign in painted if not sign.isprintable()]
