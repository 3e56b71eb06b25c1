"""Where the canaries are planted: a store, a peer whose `docker` watches, and everything that comes out."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
import pytest
from tests.traps.canaries import Canary, Sweep

from daoflow_core.ssh.peer import Peer, PeerSetup
from daoflow_tui.cli.main import run

PASSPHRASE = "canary passphrase 5e9d1c"
HOST_TOKEN = "canaryHostToken7f31aa90"

DOCKER = """#!/bin/sh
# Shows what any user of this machine could see of it and of the processes that started it.
pid=$$
while [ "$pid" -gt 1 ] && [ "$pid" -ne {stop} ]; do
  cat /proc/$pid/cmdline /proc/$pid/environ
  echo
  pid=$(sed -n 's/^PPid:.//p' /proc/$pid/status)
done >>{spool} 2>/dev/null
if [ -e {failing} ]; then
  echo 'denied: password={token} Authorization: Bearer {token} https://u:{token}@registry' >&2
  exit 1
fi
case "$*" in
  compose*) echo 2.26.1 ;;
  *) echo dft=26.1.5 ;;
esac
"""


@dataclass
class Stage:
    """A store, a peer, and what was seen of them."""

    folder: Path
    home: Path
    peer: Peer
    key: asyncssh.SSHKey
    sweep: Sweep
    capture: pytest.CaptureFixture[str]
    environment: dict[str, str]
    answers: dict[str, dict] = field(default_factory=dict)

    async def cli(self, *words: str) -> dict:
        """One command line, as people and scripts give it; what it prints goes into the sweep."""
        os.environ.update(self.environment)
        await asyncio.to_thread(run, [*words, "--json"])
        told = self.capture.readouterr()
        self.sweep.add(f"stdout of {words[:3]}", told.out)
        self.sweep.add(f"stderr of {words[:3]}", told.err)
        return json.loads(told.out.splitlines()[-1])

    def take_files(self) -> None:
        """Everything on the disk but the vault's own key file."""
        self.sweep.add_files(self.home, but=("vault.key",))

    @property
    def failing(self) -> Path:
        return self.folder / "failing"

    @property
    def spool(self) -> Path:
        return self.folder / "processes"


def stand_in(folder: Path) -> Path:
    """A `docker` that shows every process above it and can be made to print a secret."""
    programs = folder / "programs"
    programs.mkdir()
    places = {"stop": os.getpid(), "spool": folder / "processes", "failing": folder / "failing"}
    (programs / "docker").write_text(DOCKER.format(**places, token=HOST_TOKEN))
    (programs / "docker").chmod(0o755)
    return programs


@pytest.fixture(params=["key file", "environment"])
async def stage(request, tmp_path, monkeypatch, capsys, caplog):
    """The key of the vault comes from its file or from the environment."""
    home, programs = tmp_path / "home", stand_in(tmp_path)
    home.mkdir(mode=0o700)
    key = asyncssh.generate_private_key("ssh-ed25519")
    locked = key.export_private_key("pkcs8-pem", passphrase=PASSPHRASE)
    (tmp_path / "id").write_bytes(locked)
    (tmp_path / "phrase").write_text(PASSPHRASE + "\n")
    master = secrets.token_urlsafe(32)
    environment = {"DAOFLOW_HOME": str(home), "HOME": str(home), "PATH": f"{programs}:/usr/bin:/bin"}
    if request.param == "environment":
        environment["DAOFLOW_MASTER_KEY"] = master
    else:
        (home / "vault.key").write_text(master + "\n")
        (home / "vault.key").chmod(0o600)
    for name in environment:
        monkeypatch.setenv(name, "")
    canaries = (
        Canary.of_pem("private key", key.export_private_key("openssh"), key.pyca_key.private_bytes_raw()),
        Canary.of_pem("private key as given", locked),
        Canary.of("passphrase", PASSPHRASE),
        Canary.of(f"master key ({request.param})", master),
        Canary.of("token of a host", HOST_TOKEN),
    )
    line = key.export_public_key("openssh").decode().strip()
    asyncssh.set_debug_level(2)
    caplog.set_level(logging.DEBUG)
    setup = PeerSetup({"deploy": [line]}, {"PATH": environment["PATH"]})
    peer = await Peer.start(setup)
    yield Stage(tmp_path, home, peer, key, Sweep(canaries), capsys, environment)
    await peer.aclose()
    asyncssh.set_debug_level(1)
