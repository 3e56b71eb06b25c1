"""Knocking at a port from the server itself: what answers, what ends at once, what is not there, what is forbidden."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest
from tests.ssh.parts import target

from daoflow_core.errors import TimedOut, Unreachable
from daoflow_core.local import LocalShell

GET = b"GET / HTTP/1.0\r\n\r\n"


async def _answer(reader, writer):
    if await reader.read(4):
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
    writer.close()


async def _end(reader, writer):
    writer.close()


async def _hang(reader, writer):
    await reader.read()
    writer.close()


@pytest.fixture
async def listening():
    """Ports of this machine by how they behave."""
    started = {}
    for name, behaviour in (("answers", _answer), ("ends", _end), ("hangs", _hang)):
        server = await asyncio.start_server(behaviour, "127.0.0.1", 0)
        started[name] = (server, server.sockets[0].getsockname()[1])
    closed = await asyncio.start_server(_end, "127.0.0.1", 0)
    nobody = closed.sockets[0].getsockname()[1]
    closed.close()
    yield {**{name: port for name, (_, port) in started.items()}, "nobody": nobody}
    for server, _ in started.values():
        server.close()


@pytest.fixture(params=["over SSH", "here"])
async def knock(request, peer, pool, monkeypatch):
    """The same questions to a server over its SSH connection, and to this machine."""
    monkeypatch.setattr(
        "daoflow_core.ssh.peer._PeerServer.connection_requested", lambda *_: True, raising=False
    )
    local = LocalShell()

    async def ask(port, said, timeout=2.0):
        if request.param == "here":
            return await local.knock("127.0.0.1", port, said, timeout=timeout)
        return await pool.knock(target(peer), "127.0.0.1", port, said, timeout=timeout)

    return ask


async def test_a_port_that_answers_gives_its_first_bytes(knock, listening):
    assert (await knock(listening["answers"], GET)).startswith(b"HTTP/1.0 200")


async def test_a_connection_that_is_kept_counts_without_a_word(knock, listening):
    assert await knock(listening["hangs"], b"") == b""


async def test_a_connection_that_is_ended_at_once_does_not_count(knock, listening):
    """A proxy in front of nobody behaves so."""
    with pytest.raises(Unreachable) as raised:
        await knock(listening["ends"], b"")
    assert raised.value.details["reason"] == "closed"


async def test_a_port_that_nobody_listens_at_is_refused(knock, listening):
    with pytest.raises(Unreachable) as raised:
        await knock(listening["nobody"], b"")
    assert raised.value.details["reason"] == "refused"


async def test_silence_after_a_question_ends_in_time(knock, listening):
    with pytest.raises(TimedOut):
        await knock(listening["hangs"], GET, timeout=0.3)


async def test_a_server_that_forwards_nothing_is_told_apart(peer, pool, listening, monkeypatch):
    def refuse(self, *where):
        raise asyncssh.ChannelOpenError(asyncssh.OPEN_ADMINISTRATIVELY_PROHIBITED, "open failed")

    monkeypatch.setattr("daoflow_core.ssh.peer._PeerServer.connection_requested", refuse, raising=False)
    with pytest.raises(Unreachable) as raised:
        await pool.knock(target(peer), "127.0.0.1", listening["answers"], b"", timeout=2.0)
    assert raised.value.details["reason"] == "forbidden"
