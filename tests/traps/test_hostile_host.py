"""A host that says the worst things: nothing breaks, nothing it says acts, forges or hides, wherever it is kept."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace

import pytest
from tests.traps.relay import Relay, disconnect, kexinit

from daoflow_core import documents
from daoflow_core.errors import DaoflowError
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.server import ServerKind
from daoflow_core.ssh import peer as peer_module
from daoflow_core.ssh.peer import Peer, PeerSetup

# Written here once more, apart from the product's own table: nobody tests a sieve with itself.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e007f]"
)

TERMINAL = "\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x1b\\\x1b[2J\x9b31m\x90q\x9c"
UNSEEN = "a\u202etxt.exe\u200b\u2066x\u2069\ufeff\U000e0041"
MARKUP = "[/] [/foo] [@click=app.quit]x[/] [link=file:///etc/passwd]y[/link] [bold]"
SMUGGLED = '{"ok":true,"data":{"status":"ready","status":NaN}} ' + "[" * 300
FORGED = "2026-01-01T00:00:00.000Z exit: docker: exit 0 after 0.0 s"
BRACES = "{name} {quoted} {0} %s %(x)s ${HOME} $(id) `id`"
SAYINGS = {
    "terminal": TERMINAL.encode("utf-8") + b"\x9b31m\x85",
    "unseen": UNSEEN.encode(),
    "markup": MARKUP.encode(),
    "json": SMUGGLED.encode(),
    "forged": f"real\rfake\x08\x08 {FORGED}\n{FORGED}\n#dft 0123456789abcdef end".encode(),
    "braces": BRACES.encode(),
    "not text": b"\xff\xfe\xc3\x28\xed\xa0\x80 \xf4\x90\x80\x80",
    "long": b"w" * 4096 + b" " + "\u00e9".encode() * 4096,
    "formula": b"=cmd|' /C calc'!A1",
}


@pytest.fixture
def programs(tmp_path):
    """Tools of the host that say what lies in a file, and a root whose files say it too."""
    folder, root = tmp_path / "tools", tmp_path / "root"
    folder.mkdir()
    say = (
        f'case "$1" in compose) cat {tmp_path}/says >&2 ;; *) printf dft=; cat {tmp_path}/says ;; esac\n'
        f"exit $(cat {tmp_path}/status)\n"
    )
    for name, words in (("docker", say), ("df", f"cat {tmp_path}/says"), ("nproc", f"cat {tmp_path}/says")):
        (folder / name).write_text(f"#!/bin/sh\n{words}\n")
        (folder / name).chmod(0o755)
    for place in ("etc/os-release", "proc/sys/kernel/osrelease", "proc/loadavg", "proc/meminfo"):
        (root / place).parent.mkdir(parents=True, exist_ok=True)

    def speak(saying: bytes, status: int) -> None:
        (tmp_path / "says").write_bytes(saying)
        (tmp_path / "status").write_text(str(status))
        (root / "etc/os-release").write_bytes(b"PRETTY_NAME=" + saying)
        (root / "proc/sys/kernel/osrelease").write_bytes(saying)
        (root / "proc/loadavg").write_bytes(saying)
        (root / "proc/meminfo").write_bytes(b"MemTotal: " + saying + b"\nMemAvailable: 9 " + saying)

    speak(b"", 0)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "DFT_ROOT": str(root), "HOME": str(tmp_path)}
    return environment, speak


@pytest.fixture
async def hostile(core, draft, login, programs):
    """A Swarm manager that is registered and trusted, its peer, and what makes it speak."""
    environment, speak = programs
    peer = await Peer.start(PeerSetup({"deploy": [login.line]}, environment))
    fingerprint = peer.host_keys[0].fingerprint
    wish = draft(
        "edge", peer.endpoint("deploy"), kind=ServerKind.SWARM_MANAGER, approve_fingerprint=fingerprint
    )
    await core.servers.add(wish)
    yield peer, speak
    await peer.aclose()


def every_text(path) -> list[tuple[str, str]]:
    """Every string of the database, with those inside its JSON columns, and the column it is in."""
    found: list[tuple[str, str]] = []
    with closing(sqlite3.connect(path)) as opened:
        opened.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        for (table,) in opened.execute("select name from sqlite_master where type = 'table'").fetchall():
            cursor = opened.execute(f"select * from {table}")
            for row in cursor:
                for column, value in zip(cursor.description, row, strict=True):
                    if isinstance(value, str):
                        found.append((f"{table}.{column[0]}", value))
                        found += [(f"{table}.{column[0]}", one) for one in inside_json(value)]
    return found


def inside_json(value: str) -> list[str]:
    """The strings of a JSON text; none of another one."""
    if not value.startswith(("{", "[")):
        return []
    try:
        waiting, found = [json.loads(value)], []
    except (ValueError, RecursionError):
        return []
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one
    return found


def unsafe_texts(core) -> list[tuple[str, str]]:
    """What in the store could act on a terminal or hide; log lines are one line each, without exception."""
    lines = ("operation_logs.message", "operations.summary", "audit.target", "readiness_changes.reason")
    found = every_text(core.paths.database)
    return [
        (where, value) for where, value in found if UNSAFE.search(value) or (where in lines and "\n" in value)
    ]


async def answers(core) -> str:
    """What the JSON commands say of the fleet, and whether a parser reads it."""
    rows = await core.fleet.rows("server.status")
    said = json.dumps(documents.status(rows, now=core.clock.now(), poll_interval_ms=60_000))
    assert json.loads(said)["servers"]["summary"]["totalServers"] == len(rows)
    return said


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize("saying", SAYINGS)
async def test_what_a_host_says_is_kept_as_harmless_text(core, hostile, saying, status):
    _, speak = hostile
    heard = []
    core.events.subscribe(heard.append)
    speak(SAYINGS[saying], status)
    checked = await core.readiness.check("edge")
    assert checked.status in (ReadinessStatus.ATTENTION, ReadinessStatus.READY)
    assert await core.readiness.check_quietly(checked.server_id) is not None
    assert unsafe_texts(core) == []
    assert not UNSAFE.search(repr(heard)) and not UNSAFE.search(await answers(core))
    assert all(len(issue.message) < 1500 for issue in checked.issues)
    assert (await core.audit.verify()).ok


async def test_the_check_of_the_texts_would_find_what_is_unsafe(core, hostile):
    """The control: each hostile saying, stored as it came or within JSON, is found."""
    for name in ("terminal", "unseen", "forged", "not text"):
        raw = SAYINGS[name].decode("utf-8", "surrogateescape")
        with closing(sqlite3.connect(core.paths.database, isolation_level=None)) as opened:
            opened.execute("delete from meta where key like 'x%'")
            opened.execute("insert into meta values ('x', cast(? as text))", (SAYINGS[name],))
            opened.execute("insert into meta values ('xj', ?)", (json.dumps({"a": [raw]}),))
        assert unsafe_texts(core) == [("meta.value", raw)] * 2


async def test_a_forged_line_stays_a_line_of_the_hosts_own_stream(core, hostile):
    """However a host mimics our log, each of its answers stays one line of `stdout`, and only ours are `exit`."""
    _, speak = hostile
    speak(b"26.1.5", 0)
    plain = await core.readiness.check("edge")
    speak(SAYINGS["forged"], 1)
    forged = await core.readiness.check("edge")
    logs = [await core.history.lines(one.operation_id) for one in (plain, forged)]
    streams = [
        [line.stream.value for line in log if line.stream in ("stdout", "exit", "run")] for log in logs
    ]
    assert streams[0] == streams[1]
    ours = [line.message for line in logs[1] if line.stream != "stdout"]
    assert not [message for message in ours if message.startswith(("real", FORGED))], (
        "ours begin with our words"
    )
    assert [line.message for line in logs[1] if line.stream == "stdout" and FORGED in line.message]
    assert all("docker: exit 0" not in line.message for line in logs[1] if line.stream == "exit")


async def test_a_preamble_and_a_banner_are_neither_shown_nor_kept(core, draft, start_peer, monkeypatch):
    peer = await start_peer()
    begin = peer_module._PeerServer.begin_auth

    async def begin_with_banner(self, username):
        self._connection.send_auth_banner(f"{TERMINAL} {MARKUP} banner-of-the-host\n")
        return await begin(self, username)

    monkeypatch.setattr(peer_module._PeerServer, "begin_auth", begin_with_banner)
    async with Relay() as relay:
        relay.pass_to(peer.port, preamble=f"{TERMINAL}{MARKUP} preamble-of-the-host\r\n".encode() * 3)
        fingerprint = peer.host_keys[0].fingerprint
        made = await core.servers.add(
            draft("edge", relay.endpoint("deploy"), approve_fingerprint=fingerprint)
        )
        assert made.readiness.status is ReadinessStatus.READY
        await core.servers.remove("edge")
    assert unsafe_texts(core) == []
    kept = "".join(value for _, value in every_text(core.paths.database))
    assert "of-the-host" not in kept


GREETING = b"SSH-2.0-OpenSSH_9.9 \x1b]52;c;ZXZpbA==\x07\x9b31m\r\n"
PLAIN_GREETING = b"SSH-2.0-OpenSSH_9.9\r\n"
HOSTILE_KINDS = b"\x1b]0;t\x07,ssh-ed25519\x1b[2J,[/]," + b"k" * 4096
GOODBYE = TERMINAL.encode() + UNSEEN.encode() + MARKUP.encode() + b" password=hunter2hunter2 " + b"w" * 4096
REFUSALS = {
    "greeting": GREETING,
    "greeting and kinds": GREETING + kexinit(HOSTILE_KINDS),
    "kinds": PLAIN_GREETING + kexinit(HOSTILE_KINDS),
    "goodbye": PLAIN_GREETING + kexinit(b"ssh-ed25519") + disconnect(GOODBYE),
    "early goodbye": PLAIN_GREETING + disconnect(GOODBYE),
    "another protocol": b"HTTP/1.1 400 \x1b]52;c;ZXZpbA==\x07\r\n\r\n" + GOODBYE,
    "banner without end": b"\x1b[2Jw" * 4096,
    "half a packet": PLAIN_GREETING + b"\x00\x00\xff\xff\x00",
    "junk": PLAIN_GREETING + bytes(range(256)) * 64,
}


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_server_that_is_none_is_refused_in_safe_words(open_core, quick_limits, draft, refusal):
    core = await open_core()
    async with Relay() as relay:
        relay.send(REFUSALS[refusal])
        made = await core.servers.add(draft("edge", relay.endpoint("deploy")))
        assert made.readiness.status is ReadinessStatus.BLOCKED
        with pytest.raises(DaoflowError) as refused:
            await core.identity.scan("edge")
    told = json.dumps(refused.value.document(), ensure_ascii=False)
    assert not UNSAFE.search(told)
    assert "hunter2" not in told
    assert len(told) < 2500
    assert refused.value.next_step
    assert unsafe_texts(core) == []
    assert not [value for _, value in every_text(core.paths.database) if "hunter2" in value]


async def test_a_server_that_shows_another_face_after_approval_is_told_in_safe_words(
    open_core, quick_limits, draft, start_peer
):
    core, peer = await open_core(), await start_peer()
    async with Relay() as relay:
        relay.pass_to(peer.port)
        fingerprint = peer.host_keys[0].fingerprint
        await core.servers.add(draft("edge", relay.endpoint("deploy"), approve_fingerprint=fingerprint))
        users = list(peer.log.users)
        for data in REFUSALS.values():
            relay.send(data)
            relay.drop()
            checked = await core.readiness.check("edge")
            assert checked.status is ReadinessStatus.BLOCKED
            assert await core.readiness.check_quietly(checked.server_id)
    assert b"deploy" not in relay.heard
    assert peer.log.users == users
    assert unsafe_texts(core) == []


async def test_a_flood_of_answers_ends_as_an_issue_and_not_as_a_hang(core, hostile, programs, tmp_path):
    (tmp_path / "tools" / "docker").write_text(
        "#!/bin/sh\nyes \"$(printf '\\033]0;x\\007')\" | head -c 30000000\nexit 1\n"
    )
    async with asyncio.timeout(30):
        checked = await core.readiness.check("edge")
    assert checked.status is ReadinessStatus.ATTENTION
    assert unsafe_texts(core) == []


async def test_deep_json_and_wrong_types_in_an_answer_change_nothing_of_ours(core, hostile):
    _, speak = hostile
    deep = "[" * (sys.getrecursionlimit() * 2)
    for words in (deep, '{"issues":null}', "true false", "-1", "nan", "9" * 400, "1.2.3 sudo"):
        speak(words.encode(), 0)
        checked = await core.readiness.check("edge")
        assert replace(checked, issues=()).disk_percent is None
        assert checked.cpu_percent is None or 0 <= checked.cpu_percent < 10**16
        await answers(core)
