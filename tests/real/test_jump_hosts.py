"""A server that only its jump host can reach, over real OpenSSH on both: checks, scans and a swapped hop."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import Unreachable
from daoflow_core.model.operation import OperationStatus
from daoflow_core.model.readiness import ReadinessStatus
from daoflow_core.model.registration import KeyMaterial, ServerChanges, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret

from .lab_hosts import LabHost


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    home = str(tmp_path / "home")
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        yield opened


def wish(host: LabHost, user: str = "deploy", jump: str | None = None) -> ServerDraft:
    return ServerDraft(
        host.name,
        Endpoint(host.address, host.port, user),
        "lab",
        ServerKind.ENGINE,
        Environment.NONE,
        key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
        approve_fingerprint=host.fingerprints_now()["ed25519"],
        jump=jump,
    )


async def test_a_host_that_answers_only_its_jump_host_is_registered_checked_and_asked(
    console: Console, alpha: LabHost, beta: LabHost
) -> None:
    await console.servers.add(wish(alpha))
    mark = beta.sshd_mark()
    with beta.fault("jump-host-only"):
        with pytest.raises(Unreachable):
            await console.servers.add(wish(beta))
        made = await console.servers.add(wish(beta, jump="alpha"))
        assert made.readiness.status is ReadinessStatus.READY, made.readiness.issues
        operation = await console.resources.check("beta")
        assert operation.status is OperationStatus.COMPLETED, operation.error
        direct = await console.servers.update("beta", ServerChanges(jump=""))
        assert [issue.code for issue in direct.readiness.issues] == ["ssh-unreachable"]
    seen = beta.sshd_log(after=mark)
    assert f"Accepted publickey for deploy from {alpha.address}" in seen


async def test_a_swapped_jump_host_blocks_and_the_host_behind_it_hears_nothing(
    console: Console, alpha: LabHost, beta: LabHost
) -> None:
    await console.servers.add(wish(alpha))
    assert (await console.servers.add(wish(beta, jump="alpha"))).readiness.status is ReadinessStatus.READY
    for name in ("alpha", "beta"):
        await console._hosts.close((await console.inventory.find(name)).id)
    marks = alpha.sshd_mark(), beta.sshd_mark()
    with alpha.fault("host-key-changed"):
        checked = await console.readiness.check("beta")
        assert [issue.code for issue in checked.issues] == ["jump-host-changed"]
        assert "alpha" in checked.issues[0].message
    assert "userauth-request" not in alpha.sshd_log(after=marks[0])
    assert "Connection from" not in beta.sshd_log(after=marks[1])


async def test_a_jump_host_whose_sshd_forwards_nothing_is_named(
    console: Console, alpha: LabHost, beta: LabHost
) -> None:
    await console.servers.add(wish(alpha))
    rule = "/etc/ssh/sshd_config.d/90-no-forwarding.conf"
    alpha.exec("sh", "-c", f"echo 'AllowTcpForwarding no' > {rule}; systemctl restart ssh")
    try:
        made = await console.servers.add(replace(wish(beta, jump="alpha"), approve_fingerprint=None))
        assert [issue.code for issue in made.readiness.issues] == ["jump-host-forbids"]
    finally:
        alpha.exec("sh", "-c", f"rm {rule}; systemctl restart ssh")
