"""The truth about readiness and trust: real OpenSSH, Docker Engine and Compose, each broken in a real way."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from daoflow_core.console import Console, Opening, open_console
from daoflow_core.errors import HostIdentityMismatch
from daoflow_core.model.identity import Verification
from daoflow_core.model.readiness import Readiness, ReadinessStatus
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.secret import Secret

from .lab_hosts import LabHost, RealLab

READY, ATTENTION, BLOCKED = ReadinessStatus.READY, ReadinessStatus.ATTENTION, ReadinessStatus.BLOCKED
OFFERED = re.compile(
    r"userauth-request|Accepted publickey|Failed publickey|Invalid user|authenticating user (?!root\b)\S+"
)


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    home = str(tmp_path / "home")
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        yield opened


def draft(
    host: LabHost, user: str = "deploy", *, trust: bool = True, kind: ServerKind = ServerKind.ENGINE
) -> ServerDraft:
    return ServerDraft(
        host.name,
        Endpoint(host.address, host.port, user),
        "lab",
        kind,
        Environment.NONE,
        key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
        approve_fingerprint=host.fingerprints_now()["ed25519"] if trust else None,
    )


async def register(console: Console, host: LabHost, user: str = "deploy", **how: object) -> Readiness:
    made = await console.servers.add(draft(host, user, **how))  # type: ignore[arg-type]
    return made.readiness


def codes(readiness: Readiness) -> list[str]:
    return [issue.code for issue in readiness.issues]


async def test_a_real_server_goes_from_registration_to_ready(console, alpha):
    readiness = await register(console, alpha)
    assert (readiness.status, readiness.issues) == (READY, ())
    assert readiness.docker_version.startswith("26.")
    assert readiness.compose_version.startswith("2.")
    assert readiness.uses_sudo is False
    assert 0 <= readiness.disk_percent <= 100


async def test_the_oldest_docker_that_is_supported_is_ready(console, gamma):
    readiness = await register(console, gamma)
    assert readiness.status is READY
    assert readiness.docker_version.startswith("20.10.")


async def test_a_user_with_passwordless_sudo_is_ready_and_it_is_said(console, alpha):
    readiness = await register(console, alpha, "sudoer")
    assert readiness.status is READY
    assert readiness.uses_sudo is True


async def test_a_user_outside_the_docker_group_is_told_how_to_get_in(console, alpha):
    readiness = await register(console, alpha, "outsider")
    assert (readiness.status, codes(readiness)[0]) == (ATTENTION, "docker-denied")
    assert "usermod -aG docker outsider" in readiness.issues[0].next_step


async def test_nothing_is_offered_to_a_server_nobody_approved(console, alpha):
    mark = alpha.sshd_mark()
    await register(console, alpha, trust=False)
    await console.readiness.check(alpha.name)
    await console.identity.scan(alpha.name)
    with pytest.raises(HostIdentityMismatch):
        await console.identity.approve(alpha.name, "SHA256:" + "A" * 43)
    log = alpha.sshd_log(after=mark)
    assert "Connection from" in log, "the scan itself must be in the log, or its silence proves nothing"
    assert OFFERED.search(log) is None, OFFERED.search(log)


async def test_a_login_is_in_the_log_so_that_silence_proves_something(console, alpha):
    mark = alpha.sshd_mark()
    await register(console, alpha)
    assert OFFERED.search(alpha.sshd_log(after=mark)) is not None


async def test_a_changed_host_key_gets_nothing_until_rotated_and_rotating_back_works(console, alpha):
    await register(console, alpha)
    old = alpha.fingerprints_now()["ed25519"]
    with alpha.fault("host-key-changed"):
        mark = alpha.sshd_mark()
        blocked = await console.readiness.check(alpha.name)
        assert (blocked.status, codes(blocked)) == (BLOCKED, ["host-key-changed"])
        log = alpha.sshd_log(after=mark)
        assert "Connection from" in log
        assert OFFERED.search(log) is None
        assert (await console.identity.report(alpha.name)).verification is Verification.MISMATCH
        await console.identity.rotate(alpha.name, alpha.fingerprints_now()["ed25519"])
        assert (await console.readiness.check(alpha.name)).status is READY
    assert (await console.readiness.check(alpha.name)).status is BLOCKED
    await console.identity.rotate(alpha.name, old)
    assert (await console.readiness.check(alpha.name)).status is READY


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("engine-stopped", ATTENTION, "docker-down"),
        ("engine-hung", ATTENTION, "docker-hung"),
        ("no-compose", ATTENTION, "compose-missing"),
        ("no-docker", ATTENTION, "docker-missing"),
        ("refused", BLOCKED, "ssh-refused"),
        ("sshd-stopped", BLOCKED, "ssh-refused"),
        ("blackhole", BLOCKED, "ssh-unreachable"),
    ],
)
async def test_each_real_fault_has_its_own_words_and_is_gone_when_mended(console, beta, fault, status, code):
    assert (await register(console, beta)).status is READY
    with beta.fault(fault):
        broken = await console.readiness.check(beta.name)
        assert broken.status is status
        assert code in codes(broken)
        assert all(issue.message and issue.next_step for issue in broken.issues)
    assert (await console.readiness.check(beta.name)).status is READY


async def test_the_oldest_docker_hung_or_stopped_is_told_apart_too(console, gamma):
    assert (await register(console, gamma)).status is READY
    for fault, code in (("engine-stopped", "docker-down"), ("engine-hung", "docker-hung")):
        with gamma.fault(fault):
            assert code in codes(await console.readiness.check(gamma.name))


async def test_a_wrong_key_is_refused_in_words_and_not_tried_again_and_again(console, alpha, tmp_path):
    import asyncssh

    stranger = asyncssh.generate_private_key("ssh-ed25519").export_private_key("openssh")
    wish = draft(alpha)
    wrong = ServerDraft(
        wish.name,
        wish.endpoint,
        wish.region,
        wish.kind,
        wish.environment,
        key_material=KeyMaterial(Secret(stranger)),
        approve_fingerprint=wish.approve_fingerprint,
    )
    mark = alpha.sshd_mark()
    made = await console.servers.add(wrong)
    assert (made.readiness.status, codes(made.readiness)) == (BLOCKED, ["ssh-key-refused"])
    assert alpha.sshd_log(after=mark).count("Failed publickey") <= 1


async def test_a_swarm_manager_is_ready_and_a_worker_or_a_lone_engine_is_not_one(
    console, lab: RealLab, alpha, beta, gamma
):
    with lab.swarm("alpha", "beta"):
        manager = await register(console, alpha, kind=ServerKind.SWARM_MANAGER)
        assert (manager.status, manager.swarm_state) == (READY, "active")
        worker = await register(console, beta, kind=ServerKind.SWARM_MANAGER)
        assert codes(worker) == ["swarm-worker"]
        lone = await register(console, gamma, kind=ServerKind.SWARM_MANAGER)
        assert codes(lone) == ["swarm-inactive"]


async def test_one_login_serves_the_recurring_checks(console, alpha):
    mark = alpha.sshd_mark()
    server = (await console.servers.add(draft(alpha))).server
    for _ in range(5):
        await console.readiness.check_quietly(server.id)
    assert alpha.sshd_log(after=mark).count("Accepted publickey") == 1


async def test_joining_the_docker_group_is_noticed_by_the_recurring_check(console, alpha):
    server = (await console.servers.add(draft(alpha, "outsider"))).server
    assert codes(await console.readiness.check_quietly(server.id)) != []
    try:
        alpha.exec("usermod", "-aG", "docker", "outsider")
        assert (await console.readiness.check_quietly(server.id)).status is READY
    finally:
        alpha.exec("gpasswd", "-d", "outsider", "docker")
