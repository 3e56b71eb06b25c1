"""A home whose `~/.ssh` runs programs, trusts everybody and has an agent: the product touches none of it."""

from __future__ import annotations

import asyncio
import sys

import asyncssh
import pytest
from tests.traps.watching import FakeAgent, OpenedFiles

from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.server import Endpoint

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="inotify tells which files were opened")

CONFIG = """\
Match exec "touch {mark}-match"
  User mallory
Host *
  ProxyCommand sh -c 'touch {mark}-proxy; exec nc %h %p'
  KnownHostsCommand /usr/bin/touch {mark}-known
  UserKnownHostsFile none
  StrictHostKeyChecking no
  IdentityAgent {agent}
  ForwardAgent yes
  PermitLocalCommand yes
  LocalCommand touch {mark}-local
  IdentityFile {identity}
"""


@pytest.fixture
async def trap(tmp_path, monkeypatch):
    """The hostile home: an agent, the folder watched, and where executed programs would leave a mark."""
    ssh, agent = tmp_path / "user" / ".ssh", tmp_path / "agent"
    ssh.mkdir(parents=True, mode=0o700)
    own = asyncssh.generate_private_key("ssh-ed25519")
    (ssh / "id_ed25519").write_bytes(own.export_private_key("openssh"))
    (ssh / "id_ed25519").chmod(0o600)
    places = {"mark": tmp_path / "executed", "agent": agent, "identity": ssh / "id_ed25519"}
    (ssh / "config").write_text(CONFIG.format(**places))
    (ssh / "known_hosts").write_text("* ssh-ed25519 AAAA\n")
    (ssh / "environment").write_text("PATH=/nowhere\n")
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("SSH_AUTH_SOCK", str(agent))
    monkeypatch.setenv("SSH_ASKPASS", f"/usr/bin/touch {tmp_path}/executed-askpass")
    opened = OpenedFiles(ssh)
    async with FakeAgent(agent) as calls:
        yield opened, calls, own
    opened.close()


def executed(tmp_path) -> list[str]:
    return sorted(path.name for path in tmp_path.glob("executed*"))


async def test_a_whole_day_of_work_runs_reads_and_asks_nothing_of_it(
    trap, tmp_path, open_core, start_peer, draft
):
    opened, agent, own = trap
    core, peer = await open_core(), await start_peer(algorithms=("ssh-ed25519", "ecdsa-sha2-nistp256"))
    trust = peer.host_keys[0].fingerprint
    made = await core.servers.add(draft("edge", peer.endpoint("deploy"), approve_fingerprint=trust))
    assert made.readiness.status is ReadinessStatus.READY
    await core.servers.add(draft("here", Endpoint("localhost", 22, "root"), key_material=None))
    (shown, *_) = peer.rotate_host_key("ssh-ed25519")
    lines = f"[127.0.0.1]:{peer.port} {shown.algorithm} {shown.public_key}\n"
    (tmp_path / "user" / ".ssh" / "known_hosts").write_text(lines)
    opened.names()  # that was us
    assert (await core.readiness.check("edge")).status is ReadinessStatus.BLOCKED
    await core.identity.scan("edge")
    await core.identity.rotate("edge", shown.fingerprint)
    peer.authorize("deploy")
    refused = await core.readiness.check("edge")
    assert refused.issues[0].code == "ssh-key-refused"
    await core.diagnose()
    assert own.get_fingerprint("sha256") not in peer.log.key_offers
    assert set(peer.log.users) == {"deploy"}
    assert opened.names() == set()
    assert agent.calls == 0
    assert executed(tmp_path) == []


async def test_the_import_reads_the_file_it_is_given_and_still_runs_nothing(trap, tmp_path, core):
    opened, agent, _ = trap
    config = tmp_path / "user" / ".ssh" / "config"
    config.write_text(config.read_text() + "Host edge\n  HostName 192.0.2.1\n  User deploy\n")
    opened.names()
    report = await core.importing.import_ssh_config(str(config), home=tmp_path / "user", dry_run=True)
    assert {one.candidate.alias for one in report.skipped} == {"edge"}, "it lies behind a ProxyCommand"
    assert {one.keyword for one in report.ignored} >= {"Match", "ProxyCommand", "StrictHostKeyChecking"}
    assert opened.names() <= {"config", "."}
    assert agent.calls == 0
    assert executed(tmp_path) == []


async def test_the_traps_would_go_off(trap, tmp_path, start_peer):
    """The control: the library's own defaults, on the same home, set off every one of them."""
    opened, agent, _ = trap
    peer = await start_peer()
    try:
        async with asyncio.timeout(5):
            await asyncssh.connect("127.0.0.1", peer.port)
    except (OSError, asyncssh.Error):
        pass
    assert "config" in opened.names()
    assert "executed-match" in executed(tmp_path)
    _, writer = await asyncio.open_unix_connection(agent.path)
    writer.close()
    while not agent.calls:
        await asyncio.sleep(0.01)
