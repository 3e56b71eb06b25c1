"""The lab is what it says: every other test on real hosts stands on this."""

import subprocess
from pathlib import Path

import pytest

from . import conftest
from .lab_hosts import LabHost, RealLab, lab_command, lab_status

ENGINE = "docker version --format '{{.Server.Version}}'"
COMPOSE = "docker compose version --short"
SCAN_SECONDS = "5"


def ssh(
    host: LabHost, user: str, command: str, known_hosts: Path, seconds: float = 20
) -> subprocess.CompletedProcess[str]:
    """Run a command over OpenSSH's own client, trusting only the key the host came up with."""
    known_hosts.write_text(host.known_hosts_line())
    options = ["-oBatchMode=yes", "-oConnectTimeout=2", "-oStrictHostKeyChecking=yes", "-oLogLevel=ERROR"]
    options += [f"-oUserKnownHostsFile={known_hosts}", "-oGlobalKnownHostsFile=/dev/null"]
    return subprocess.run(
        ["ssh", "-F", "none", "-n", "-i", host.key_path, *options, f"{user}@{host.address}", command],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@pytest.fixture
def known_hosts(tmp_path: Path) -> Path:
    return tmp_path / "known_hosts"


@pytest.fixture(params=["alpha", "gamma"])
def host(request: pytest.FixtureRequest) -> LabHost:
    """Be one host of each base in turn."""
    each: LabHost = request.getfixturevalue(request.param)
    return each


def scanned_keys(host: LabHost) -> dict[str, str]:
    """Ask sshd for its keys as anyone can, by algorithm."""
    scan = ["ssh-keyscan", "-T", SCAN_SECONDS, "-t", "ed25519,ecdsa,rsa", host.address]
    lines = subprocess.run(scan, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()
    names = {"ssh-ed25519": "ed25519", "ecdsa-sha2-nistp256": "ecdsa", "ssh-rsa": "rsa"}
    return {names[line.split()[1]]: line.split()[2] for line in lines}


def test_a_member_of_the_docker_group_reaches_docker_and_compose(host: LabHost, known_hosts: Path) -> None:
    done = ssh(host, "deploy", f"{ENGINE} && {COMPOSE}", known_hosts)
    assert done.returncode == 0, done.stderr
    engine, compose = done.stdout.split()
    assert engine.startswith({"alpha": "26.1.5", "gamma": "20.10.24"}[host.name])
    assert compose.startswith("2.26")


def test_a_user_with_sudo_reaches_docker_only_through_it(host: LabHost, known_hosts: Path) -> None:
    assert "permission denied" in ssh(host, "sudoer", ENGINE, known_hosts).stderr
    assert ssh(host, "sudoer", f"sudo -n {ENGINE}", known_hosts).stdout.strip() == host.engine


def test_an_outsider_reaches_docker_in_no_way(host: LabHost, known_hosts: Path) -> None:
    assert "permission denied" in ssh(host, "outsider", ENGINE, known_hosts).stderr
    assert "a password is required" in ssh(host, "outsider", f"sudo -n {ENGINE}", known_hosts).stderr


def test_a_scan_sees_a_key_of_each_algorithm_as_the_status_tells(host: LabHost) -> None:
    told = {kind: line.split()[1] for kind, line in host.host_keys.items()}
    assert scanned_keys(host) == told
    assert set(told) == {"ed25519", "ecdsa", "rsa"}


def test_fingerprints_are_those_that_ssh_keygen_prints(alpha: LabHost) -> None:
    for kind, fingerprint in alpha.fingerprints.items():
        printed = alpha.exec("ssh-keygen", "-lf", f"/etc/ssh/ssh_host_{kind}_key.pub")
        assert printed.split()[1] == fingerprint


def test_the_sshd_log_shows_a_login_and_no_user_for_a_scan(host: LabHost, known_hosts: Path) -> None:
    before = host.sshd_mark()
    scanned_keys(host)
    after_scan = host.sshd_mark()
    ssh(host, "deploy", "true", known_hosts)
    assert "Connection from" in host.sshd_log(after=before)
    assert "userauth-request for user deploy" in host.sshd_log(after=after_scan)
    scan_only = host.sshd_log(after=before).removesuffix(host.sshd_log(after=after_scan))
    assert "Connection from" in scan_only
    assert "userauth-request" not in scan_only


DOCKER_FAULTS = {
    "engine-stopped": (ENGINE, "Cannot connect to the Docker daemon"),
    "no-compose": ("docker compose version", "'compose' is not a docker command"),
    "no-docker": (ENGINE, "docker: command not found"),
}
SSH_FAULTS = {
    "host-key-changed": "Host key verification failed",
    "blackhole": "timed out",
    "refused": "Connection refused",
    "sshd-stopped": "Connection refused",
}


@pytest.mark.parametrize("kind", DOCKER_FAULTS)
def test_a_docker_fault_shows_and_heals(kind: str, host: LabHost, known_hosts: Path) -> None:
    command, words = DOCKER_FAULTS[kind]
    with host.fault(kind):
        broken = ssh(host, "deploy", command, known_hosts)
        assert broken.returncode not in (0, 255)
        assert words in broken.stderr
    assert ssh(host, "deploy", f"{ENGINE} && {COMPOSE}", known_hosts).returncode == 0


@pytest.mark.parametrize("kind", SSH_FAULTS)
def test_an_ssh_fault_shows_and_heals(kind: str, host: LabHost, known_hosts: Path) -> None:
    with host.fault(kind):
        broken = ssh(host, "deploy", "true", known_hosts)
        assert broken.returncode == 255
        assert SSH_FAULTS[kind] in broken.stderr
    assert ssh(host, "deploy", ENGINE, known_hosts).returncode == 0


def test_a_hung_engine_never_answers_and_wakes_again(host: LabHost, known_hosts: Path) -> None:
    with host.fault("engine-hung"), pytest.raises(subprocess.TimeoutExpired):
        ssh(host, "deploy", ENGINE, known_hosts, seconds=3)
    assert ssh(host, "deploy", ENGINE, known_hosts).returncode == 0


def test_changed_host_keys_are_all_new_and_the_old_ones_come_back(alpha: LabHost) -> None:
    with alpha.fault("host-key-changed"):
        changed = alpha.fingerprints_now()
        assert set(changed) == set(alpha.fingerprints)
        assert not set(changed.values()) & set(alpha.fingerprints.values())
    assert alpha.fingerprints_now() == alpha.fingerprints


def test_a_fault_is_healed_when_the_test_fails(alpha: LabHost, known_hosts: Path) -> None:
    with pytest.raises(ZeroDivisionError), alpha.fault("no-docker"):
        _ = 1 // 0
    assert ssh(alpha, "deploy", ENGINE, known_hosts).returncode == 0


def test_a_punished_client_is_let_in_after_a_pardon(
    alpha: LabHost, known_hosts: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", wrong], check=True, timeout=30)
    attempt = ["ssh", "-F", "none", "-n", "-i", str(wrong), "-oBatchMode=yes", "-oStrictHostKeyChecking=no"]
    attempt += ["-oUserKnownHostsFile=/dev/null", f"deploy@{alpha.address}", "true"]
    for _ in range(6):
        subprocess.run(attempt, capture_output=True, check=False, timeout=30)
    assert ssh(alpha, "deploy", "true", known_hosts).returncode == 255
    alpha.pardon()
    assert ssh(alpha, "deploy", "true", known_hosts).returncode == 0


def test_two_hosts_form_a_swarm_and_part_again(lab: RealLab, alpha: LabHost, beta: LabHost) -> None:
    roles = ["docker", "node", "ls", "--format", "{{.Hostname}} {{.Status}} {{.ManagerStatus}}"]
    with lab.swarm("alpha", "beta"):
        assert {line.strip() for line in alpha.exec(*roles).splitlines()} == {
            "alpha Ready Leader",
            "beta Ready",
        }
    for each in (alpha, beta):
        assert each.exec("docker", "info", "--format", "{{.Swarm.LocalNodeState}}").strip() == "inactive"


def test_hosts_have_no_way_out_of_the_lab(host: LabHost) -> None:
    assert "default" not in host.exec("ip", "route")
    assert host.exec("cat", "/etc/resolv.conf") == ""


def test_up_again_leaves_running_hosts_alone(lab: RealLab) -> None:
    before = {each["name"]: each["initPid"] for each in lab_status()["hosts"]}
    lab_command("up")
    assert {each["name"]: each["initPid"] for each in lab_status()["hosts"]} == before


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["fault", "alpha", "sunspots"], "'sunspots' is no fault: use engine-hung"),
        (["fault", "omega", "refused"], "Host omega is not up: run `python3 lab/lab.py up omega`"),
        (["up", "../alpha"], "'../alpha' is no host name"),
        (["up", "alpha:woody"], "'woody' is no base: use trixie or bookworm"),
        (["up", "alpha:bookworm"], "Host alpha exists as trixie"),
    ],
)
def test_a_wrong_wish_is_answered_in_a_sentence(lab: RealLab, words: list[str], answer: str) -> None:
    done = lab_command(*words, check=False)
    assert done.returncode == 1
    assert answer in done.stderr
    assert "Traceback" not in done.stderr


def test_where_the_lab_cannot_run_tests_skip_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "_obstacle", lambda: "The lab needs root.")
    monkeypatch.delenv(conftest.REQUIRED, raising=False)
    with pytest.raises(pytest.skip.Exception, match="no real hosts: The lab needs root"):
        conftest.pytest_runtest_setup()


def test_where_the_lab_is_required_and_cannot_run_tests_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conftest, "_obstacle", lambda: "The lab needs root.")
    monkeypatch.setenv(conftest.REQUIRED, "required")
    with pytest.raises(pytest.fail.Exception, match="but the lab cannot run"):
        conftest.pytest_runtest_setup()
