"""The command line over a real store and real in-process SSH servers."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sqlite3
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from daoflow_core.ssh.peer import Peer, PeerSetup
from daoflow_tui.cli.main import run

DOCKER = r"""#!/bin/sh
case "$*" in
  *label=com.docker.*) ;;
  compose*' up '*) echo 'Error response from daemon: no such image' >&2; exit 18 ;;
  compose*) echo 2.26.1 ;;
  'system df'*) echo '{"Active":"1","Reclaimable":"9.8GB (45%)","Size":"21.4GB","TotalCount":"3","Type":"Images"}' ;;
  *) eval "last=\${$#}"
     printf '%s\n' "$last" | sed 's/{{.Server.Version}}/26.1.5/' ;;
esac
"""
TABLES = (
    "servers",
    "ssh_keys",
    "sealed",
    "host_keys",
    "readiness",
    "operations",
    "operation_logs",
    "audit",
    "tokens",
    "grants",
)


@dataclass(frozen=True)
class Answer:
    """How one command line ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout; anything beside it fails the test."""
        assert self.out.endswith("\n") and self.out.count("\n") == 1, self.out
        return json.loads(self.out)

    @property
    def data(self) -> dict[str, Any]:
        assert self.document["ok"] is True, self.document
        return self.document["data"]

    @property
    def code(self) -> str:
        assert self.document["ok"] is False, self.document
        return self.document["code"]


Cli = Callable[..., Answer]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of its own, and nothing of the developer's environment."""
    folder = tmp_path / "home"
    for name in (
        "DAOFLOW_TOKEN",
        "DAOFLOW_KEY_FILE",
        "DAOFLOW_MASTER_KEY",
        "SERVER_READINESS_POLL_INTERVAL_MS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DAOFLOW_HOME", str(folder))
    monkeypatch.setenv("HOME", str(tmp_path))
    return folder


@pytest.fixture
def cli(home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Runs one command line through the whole path, in this process."""

    def call(*words: str, stdin: bytes = b"") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        status = run(list(words))
        out, err = capfd.readouterr()
        return Answer(status, out, err)

    return call


@pytest.fixture
def counted(home: Path) -> Callable[[], dict[str, int]]:
    """How many rows every table has: the proof that nothing was half-written."""

    def count() -> dict[str, int]:
        with (
            contextlib.closing(sqlite3.connect(f"file:{home / 'daoflow.db'}?mode=ro", uri=True)) as database,
            database,
        ):
            found = {name: database.execute(f"select count(*) from {name}").fetchone()[0] for name in TABLES}
        database.close()
        return found

    return count


@dataclass(frozen=True)
class KeyFile:
    """A client key in a file, and the line that lets it in."""

    path: Path
    line: str
    fingerprint: str


def key_file(path: Path, passphrase: str | None = None) -> KeyFile:
    """A new client key in this file."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    form = "openssh" if passphrase is None else "pkcs8-pem"
    path.write_bytes(key.export_private_key(form, passphrase))
    path.chmod(0o600)
    line = key.export_public_key("openssh").decode().strip()
    return KeyFile(path, line, key.get_fingerprint("sha256"))


@pytest.fixture
def make_key(tmp_path: Path) -> Callable[..., KeyFile]:
    def make(name: str = "id_ed25519", passphrase: str | None = None) -> KeyFile:
        return key_file(tmp_path / name, passphrase)

    return make


@pytest.fixture
def key(make_key: Callable[..., KeyFile]) -> KeyFile:
    return make_key()


@dataclass(frozen=True)
class Remote:
    """A peer that lives on another thread's loop, as a server lives elsewhere."""

    peer: Peer
    ask: Callable[[Coroutine[Any, Any, Any]], Any]

    @property
    def fingerprint(self) -> str:
        return self.peer.host_keys[0].fingerprint

    @property
    def where(self) -> tuple[str, ...]:
        """The options that name it."""
        return ("--host", "127.0.0.1", "--ssh-port", str(self.peer.port), "--ssh-user", "deploy")


@pytest.fixture
def start_peer(tmp_path: Path, key: KeyFile) -> Iterator[Callable[..., Remote]]:
    """Starts peers that let `key` in as deploy and answer as healthy Docker hosts."""
    with peers(tmp_path, key) as start:
        yield start


@contextlib.contextmanager
def peers(folder: Path, key: KeyFile) -> Iterator[Callable[..., Remote]]:
    """What starts them, on a thread of their own, with all they need in this folder."""
    programs = folder / "programs"
    programs.mkdir()
    (programs / "docker").write_text(DOCKER)
    (programs / "docker").chmod(0o755)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def ask(question: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(question, loop).result(30)

    started: list[Peer] = []

    def start(*, docker: bool = True, forwards: bool = False) -> Remote:
        path = f"{programs}:/usr/bin:/bin" if docker else "/nonexistent:/usr/bin:/bin"
        setup = PeerSetup({"deploy": [key.line]}, {"PATH": path}, folder, forwards=forwards)
        peer = ask(Peer.start(setup))
        started.append(peer)
        return Remote(peer, ask)

    yield start
    for peer in started:
        ask(peer.aclose())
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def peer(start_peer: Callable[..., Remote]) -> Remote:
    return start_peer()


@pytest.fixture
def ready(cli: Cli, peer: Remote, key: KeyFile) -> str:
    """The id of a registered, trusted, ready server named edge."""
    added = cli(
        *("server", "add", "--name", "edge", *peer.where, "--ssh-key", str(key.path)),
        *("--approve-fingerprint", peer.fingerprint, "--yes", "--json"),
    )
    assert added.data["readiness"]["readinessStatus"] == "ready", added.data["readiness"]
    return added.data["server"]["id"]
