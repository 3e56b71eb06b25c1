"""What was kept of a shell: all of it, sealed, readable up to a kill, and gone when it is deleted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.services.shells import REQUEST, detail, trail

from daoflow_core import asciicast
from daoflow_core.errors import Conflict, NotFound, ScopeDenied, StoreFull, VaultDamaged, VaultLocked
from daoflow_core.model.recordings import Cause, Part, RecordingStatus
from daoflow_core.model.terminal import EndReason, ShellRequest
from daoflow_core.services import recording_file, recording_writer, terminal_watch
from daoflow_core.services.access import Principal
from daoflow_core.services.recording_file import RecordingFile

RECORDED = ShellRequest(REQUEST.columns, REQUEST.rows, REQUEST.shell, record=True)
CANARY = "canary-of-the-recording"


@pytest.fixture
async def recorded(core, trusted, screen, monkeypatch) -> str:
    """The id of a recording in which a canary was shown, and the terminal got another size."""
    monkeypatch.setattr(recording_writer, "FLUSH_SECONDS", 0.02)
    session = await core.terminals.open("one", RECORDED, screen)
    session.write(
        f"echo {CANARY[:6]}''{CANARY[6:]}; printf '\\377\\342\\202'; sleep 0.1; printf '\\254'\n".encode()
    )
    await screen.shows(b"\xac")
    session.resize(120, 40)
    session.write(b"exit 3\n")
    await session.ended()
    return session.recording_id


async def test_everything_shown_comes_back_with_its_times_and_sizes(core, recorded, screen):
    recording, frames = await core.recordings.frames(recorded)
    frames = list(frames)
    assert b"".join(frame.data for frame in frames if frame.part is Part.OUTPUT) == bytes(screen.shown)
    assert [frame.data for frame in frames if frame.part is Part.SIZE] == [b"120x40"]
    assert not [frame for frame in frames if frame.part is Part.INPUT]
    times = [frame.seconds for frame in frames]
    assert times == sorted(times) and 0 < times[-1] < 10
    assert (recording.status, recording.size, recording.width) == (
        RecordingStatus.COMPLETE,
        len(screen.shown),
        100,
    )
    assert (await detail(core, "server.terminal.open"))["recording"] == recorded


async def test_as_asciicast_a_character_cut_between_two_frames_is_whole(core, recorded):
    recording, frames = await core.recordings.frames(recorded)
    head, *events = [json.loads(line) for line in asciicast.lines(recording, frames)]
    assert (head["version"], head["width"], head["height"]) == (2, 100, 30)
    text = "".join(data for _, code, data in events if code == "o")
    assert CANARY in text and "\ufffd€" in text
    assert [data for _, code, data in events if code == "r"] == ["120x40"]


async def test_what_is_typed_is_kept_only_when_that_was_asked_for(core, trusted, screen):
    wish = ShellRequest(80, 24, REQUEST.shell, record=True, record_input=True)
    session = await core.terminals.open("one", wish, screen)
    session.write(b"stty -echo\n")
    session.write(b"secret-typing\nexit\n")
    await session.ended()
    _, frames = await core.recordings.frames(session.recording_id)
    typed = b"".join(frame.data for frame in frames if frame.part is Part.INPUT)
    assert typed == b"stty -echo\nsecret-typing\nexit\n"
    assert (await detail(core, "server.terminal.open"))["recordsInput"] is True


async def test_a_rule_records_every_shell_on_a_server(core, trusted, screen):
    plain = await core.terminals.open("one", REQUEST, screen)
    assert plain.recording_id is None
    await core.recordings.set_rule("one", is_always=True)
    kept = await core.terminals.open("one", REQUEST, screen)
    assert kept.recording_id is not None
    await core.recordings.set_rule("one", is_always=False)
    assert (await core.terminals.open("one", REQUEST, screen)).recording_id is None


async def test_a_grant_that_demands_it_has_every_shell_recorded_and_a_later_one_lifts_nothing(
    core, trusted, screen
):
    demanding, _ = await core.grants.terminal("one", 900, "a watched test", records=True)
    await core.grants.terminal("one", 900, "an unwatched test")
    session = await core.terminals.open("one", REQUEST, screen)
    assert session.recording_causes == (Cause.GRANT,)
    opened = await detail(core, "server.terminal.open")
    assert (opened["recording"], opened["recordedBecause"]) == (session.recording_id, ["grant"])
    await core.grants.revoke(demanding.id)
    plain = await core.terminals.open("one", REQUEST, screen)
    assert (plain.recording_id, plain.recording_causes) == (None, ())
    assert (await detail(core, "server.terminal.open"))["recordedBecause"] == []


async def test_a_recording_names_everybody_who_wanted_it(core, trusted, screen):
    await core.recordings.set_rule("one", is_always=True)
    await core.grants.terminal("one", 900, "a watched test", records=True)
    assert await core.recordings.demands("one") == (Cause.SERVER, Cause.GRANT)
    await core.terminals.open("one", RECORDED, screen)
    (kept,) = await core.recordings.list()
    assert kept.causes == (Cause.SERVER, Cause.GRANT, Cause.ASKED)


async def test_an_unrecorded_shell_does_not_live_on_by_a_grant_that_demands_recording(
    core, trusted, screen, monkeypatch
):
    monkeypatch.setattr(terminal_watch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(terminal_watch, "TICK", 0.02)
    plain = await core.terminals.open("one", REQUEST, screen)
    await revoke_all_but_new(core)
    end = await plain.ended()
    assert end.reason is EndReason.NOT_PERMITTED
    assert "this shell is not recorded" in end.words


async def revoke_all_but_new(core) -> None:
    before = [grant for grant, _ in await core.grants.list()]
    await core.grants.terminal("one", 900, "a watched test", records=True)
    for grant in before:
        await core.grants.revoke(grant.id)


async def test_a_shell_does_not_open_where_nobody_can_tell_whether_it_must_be_recorded(
    core, home, open_core, trusted, screen
):
    await core.close()
    (home / "vault.key").rename(home / "vault.key.away")
    locked = await open_core()
    logins = trusted.log.logins
    with pytest.raises(VaultLocked):
        await locked.terminals.open("one", REQUEST, screen)
    assert trusted.log.logins == logins


async def test_a_vault_that_is_locked_while_a_shell_opens_opens_none(core, trusted, screen, monkeypatch):
    async def locked(*_: object) -> None:
        raise VaultLocked("The vault is locked.")

    monkeypatch.setattr(core._rights, "standing", locked)
    monkeypatch.setattr(core.access, "_is_granted", lambda *_: settled_true())
    logins = trusted.log.logins
    with pytest.raises(VaultLocked):
        await core.terminals.open("one", REQUEST, screen)
    assert trusted.log.logins == logins
    assert await trail(core, "server.terminal.open") == [("intent", "pending"), ("outcome", "failed")]


async def settled_true() -> bool:
    return True


async def test_nothing_of_it_is_anywhere_unsealed(core, home, recorded):
    await core.close()
    for file in home.rglob("*"):
        if file.is_file():
            assert CANARY.encode() not in file.read_bytes(), file
    (kept,) = home.glob("recordings/*")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


async def test_every_look_and_the_deletion_are_on_record(core, home, recorded):
    await core.recordings.frames(recorded)
    await core.recordings.frames(recorded, "recording.export")
    gone = await core.recordings.delete(recorded)
    for action in ("recording.play", "recording.export", "recording.delete"):
        assert await trail(core, action) == [("intent", "pending"), ("outcome", "completed")]
    assert gone.status is RecordingStatus.DELETED
    assert list(home.glob("recordings/*")) == []
    assert await core.database.rows("select 1 from sealed where owner_table = 'recordings'") == []
    with pytest.raises(Conflict):
        await core.recordings.frames(recorded)
    (left,) = await core.recordings.list()
    assert (left.status, left.id) == (RecordingStatus.DELETED, recorded)


async def test_a_running_recording_is_not_deleted(core, trusted, screen):
    session = await core.terminals.open("one", RECORDED, screen)
    with pytest.raises(Conflict):
        await core.recordings.delete(session.recording_id)


async def test_a_token_lists_recordings_and_does_nothing_else_with_them(core, open_core, recorded):
    scopes = frozenset({"server:read", "server:write", "terminal:open"})
    token = await open_core(Principal("token ci", scopes, token_id="tok_1"))
    token.access._rights = None
    assert [one.id for one in await token.recordings.list()] == [recorded]
    for attempt in (
        token.recordings.permit(recorded, "recording.play"),
        token.recordings.frames(recorded),
        token.recordings.delete(recorded),
        token.recordings.set_rule("one", is_always=False),
    ):
        with pytest.raises(ScopeDenied):
            await attempt


async def test_a_changed_moved_or_shortened_file_is_told_from_a_whole_one(core, home, recorded, trusted):
    (path,) = home.glob("recordings/*")
    whole = path.read_bytes()
    pieces = pieces_of(whole)
    assert len(pieces) >= 2
    rng = range(len(recording_file.MAGIC), len(whole), 37)
    for at in rng:
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(VaultDamaged):
            list((await core.recordings.frames(recorded))[1])
    for changed in (pieces[:-1], pieces[1:], [pieces[1], pieces[0], *pieces[2:]]):
        path.write_bytes(recording_file.MAGIC + b"".join(changed))
        with pytest.raises(VaultDamaged):
            list((await core.recordings.frames(recorded))[1])
    path.unlink()
    with pytest.raises(NotFound):
        await core.recordings.frames(recorded)
    assert (await core.recordings.list())[0].status is RecordingStatus.MISSING


async def test_another_recording_does_not_open_in_its_place(core, home, trusted, screen):
    files = []
    for _ in range(2):
        session = await core.terminals.open("one", RECORDED, screen)
        session.write(b"exit\n")
        await session.ended()
        files.append((session.recording_id, home / "recordings" / f"{session.recording_id}.rec"))
    shutil.copyfile(files[0][1], files[1][1])
    with pytest.raises(VaultDamaged):
        list((await core.recordings.frames(files[1][0]))[1])


def pieces_of(whole: bytes) -> list[bytes]:
    at, found = len(recording_file.MAGIC), []
    while at < len(whole):
        length = int.from_bytes(whole[at : at + 4], "big")
        found.append(whole[at : at + 4 + length])
        at += 4 + length
    return found


async def test_a_disk_that_is_nearly_full_opens_no_recorded_shell(core, trusted, screen, monkeypatch, home):
    monkeypatch.setattr(recording_file, "LEAST_FREE", 1 << 62)
    with pytest.raises(StoreFull):
        await core.terminals.open("one", RECORDED, screen)
    assert await core.recordings.list() == []
    assert list(home.glob("recordings/*")) == []
    assert await trail(core, "server.terminal.open") == [("intent", "pending"), ("outcome", "failed")]


async def test_a_disk_that_fills_up_ends_the_shell_and_says_so(core, trusted, screen, monkeypatch):
    session = await core.terminals.open("one", RECORDED, screen)
    monkeypatch.setattr(recording_file, "LEAST_FREE", 1 << 62)
    session.write(b"echo more\n")
    end = await session.ended()
    assert end.reason is EndReason.RECORDING_FAILED
    assert "no room left" in end.words
    assert await trail(core, "server.terminal.close") == [("outcome", "failed")]
    (kept,) = await core.recordings.list()
    assert kept.status is RecordingStatus.CUT


async def test_a_disk_that_stalls_holds_the_host_back_and_then_ends_the_shell(
    core, trusted, screen, monkeypatch
):
    def stalls(*_: object, **__: object) -> None:
        time.sleep(1.0)

    monkeypatch.setattr(recording_writer, "STALL_SECONDS", 0.7)
    monkeypatch.setattr(recording_writer, "HIGH", 64 * 1024)
    session = await core.terminals.open("one", RECORDED, screen)
    monkeypatch.setattr(RecordingFile, "append", stalls)
    session.write(b"yes\n")
    end = await session.ended()
    assert end.reason is EndReason.RECORDING_FAILED
    assert len(screen.shown) < 2 * 1024 * 1024, "the flood was held back while nothing was kept"


async def test_what_was_shown_before_a_kill_is_readable_after_it(core, trusted, home, tmp_path):
    for round_ in range(3):
        mark = f"mark-{round_}"
        with subprocess.Popen(
            [sys.executable, "-m", "tests.services.recording_rounds", str(home), mark],
            stdout=subprocess.PIPE,
            env={**os.environ, "DAOFLOW_HOME": str(home), "HOME": str(home)},
        ) as child:
            seen = await asyncio.to_thread(child.stdout.readline)
            await asyncio.sleep(recording_writer.FLUSH_SECONDS + 0.2 + 0.03 * round_)
            child.kill()
            await asyncio.to_thread(child.wait)
        assert seen.strip() == mark.encode(), seen
        await core.recover()
        kept = (await core.recordings.list())[0]
        assert kept.status is RecordingStatus.CUT
        _, frames = await core.recordings.frames(kept.id)
        assert mark.encode() in b"".join(frame.data for frame in frames)
    assert await trail(core, "server.terminal.close") == [("outcome", "unknown")] * 3


async def test_the_store_refuses_to_forget_or_change_a_recording(core, recorded, home):
    with contextlib.closing(sqlite3.connect(home / "daoflow.db")) as stranger:
        for change in (
            "delete from recordings",
            "update recordings set server_id = 'x'",
            "update recordings set ended_at = 'x'",
            "update recordings set causes = '[]'",
            "update grants set records = 1",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="daoflow guard"):
                stranger.execute(change)


def test_the_folder_is_beside_the_database(home: Path):
    from daoflow_core.paths import Paths

    assert Paths.locate({"DAOFLOW_HOME": str(home)}).recordings_dir == home / "recordings"
