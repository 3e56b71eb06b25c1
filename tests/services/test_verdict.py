"""What a check's outcome means: the status, one issue a fault, and a next step that can be done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daoflow_core import errors
from daoflow_core.model.host import ProbeReply, Section
from daoflow_core.model.readiness import Readiness
from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.services import docker_issues, ssh_issues
from daoflow_core.services.verdict import judge

NOW = "2026-03-20T22:29:30.000Z"
SERVER = Server(
    "srv_1", "edge one", Endpoint("203.0.113.42", 2222, "deploy"), "eu", ServerKind.ENGINE, Environment.PROD,
    "key_1", False, NOW, NOW,
)  # fmt: skip
NO_LEADER = (
    "rpc error: code = Unknown desc = The swarm does not have a leader. It's possible that too few managers are online. "
    "Make sure more than half of the managers are online."
)
LEADER_AWAY = ["swarm-leader-unreachable"]
MANAGER = replace(SERVER, kind=ServerKind.SWARM_MANAGER)
DENIED = (
    "permission denied while trying to connect to the Docker daemon socket; and sudo: a password is required"
)
DOWN = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?"
GOOD = {
    "os": (0, "kernel=6.1.0 name=Debian GNU/Linux 12 (bookworm)"),
    "res": (0, "cores=4 load=1.00 memtotal=100 memavailable=60 df=/dev/vda1 100 38 62 38% /"),
    "docker": (0, "plain 28.2.2"),
    "compose": (0, "2.36.2"),
}


def judged(server: Server = SERVER, **changed: tuple[int, str] | None) -> Readiness:
    answers = {**GOOD, **changed}
    sections = {name: Section(name, *one, 0.0) for name, one in answers.items() if one is not None}
    return judge(server, ProbeReply(sections, 42, True), NOW)


def codes(readiness: Readiness) -> list[str]:
    return [issue.code for issue in readiness.issues]


def test_server_that_answers_everything_is_ready() -> None:
    assert judged() == Readiness(
        "srv_1", "ready", NOW, ssh_reachable=True, docker_reachable=True, compose_reachable=True,
        docker_version="28.2.2", compose_version="2.36.2", latency_ms=42, cpu_percent=25, memory_percent=40,
        disk_percent=38, os_name="Debian GNU/Linux 12 (bookworm)",
    )  # fmt: skip


def test_use_of_sudo_is_said_and_is_no_issue() -> None:
    readiness = judged(docker=(0, "sudo 20.10.24+dfsg1"))
    assert (readiness.status, readiness.uses_sudo, readiness.issues) == ("ready", True, ())


@pytest.mark.parametrize(
    ("answers", "expected", "docker", "compose"),
    [
        ({"docker": (127, "docker: command not found"), "compose": (127, "docker: command not found")},
         ["docker-missing"], False, None),
        ({"docker": (1, DOWN)}, ["docker-down"], False, True),
        ({"docker": (126, DENIED)}, ["docker-denied"], False, True),
        ({"docker": (124, "no answer within 4 s")}, ["docker-hung"], False, True),
        ({"docker": (1, "Error response from daemon: x")}, ["docker-failed"], False, True),
        ({"docker": (0, "plain 19.03.15")}, ["docker-too-old"], True, True),
        ({"compose": (127, "none")}, ["compose-missing"], True, False),
        ({"compose": (127, "standalone 1.29.2")}, ["compose-too-old"], True, False),
        ({"compose": (127, "standalone 2.26.1")}, ["compose-missing"], True, False),
        ({"compose": (127, "standalone ?")}, ["compose-missing"], True, False),
        ({"compose": (124, "no answer within 4 s")}, ["compose-hung"], True, False),
        ({"compose": (0, "1.29.2")}, ["compose-too-old"], True, True),
        ({"compose": (1, "exec format error")}, ["compose-failed"], True, False),
        ({"docker": (1, DOWN), "compose": (127, "none")}, ["docker-down", "compose-missing"], False, False),
        ({"docker": None}, ["docker-unanswered"], None, True),
        ({"compose": None}, ["compose-unanswered"], True, None),
        ({"res": (0, "cores=? load=? memtotal=? memavailable=? df=/dev/vda1 100 91 9 91% /")},
         ["disk-nearly-full"], True, True),
    ],
)  # fmt: skip
def test_fault_behind_a_good_login_asks_for_attention(
    answers: dict[str, tuple[int, str] | None], expected: list[str], docker: bool | None, compose: bool | None
) -> None:
    readiness = judged(**answers)
    assert (readiness.status, codes(readiness)) == ("attention", expected)
    assert (readiness.ssh_reachable, readiness.docker_reachable, readiness.compose_reachable) == (
        True,
        docker,
        compose,
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((0, "active true"), []),
        ((0, "active false"), ["swarm-worker"]),
        ((0, "inactive false"), ["swarm-inactive"]),
        ((0, "active true managers=3 reachable=3"), []),
        ((0, "active true managers=3 reachable=2"), ["swarm-managers-unreachable"]),
        ((0, f"active true {NO_LEADER}"), ["swarm-quorum-lost"]),
        ((0, "active true rpc error: code = DeadlineExceeded desc = context deadline exceeded"), LEADER_AWAY),
        ((0, "locked false"), ["swarm-locked"]),
        ((0, "error false"), ["swarm-failed"]),
        ((124, "no answer within 4 s"), ["swarm-failed"]),
        (None, ["swarm-unanswered"]),
    ],
)
def test_swarm_matters_to_a_manager_only(answer: tuple[int, str] | None, expected: list[str]) -> None:
    assert codes(judged(MANAGER, swarm=answer)) == expected
    assert codes(judged(SERVER, swarm=answer)) == []


def test_swarm_is_no_second_issue_where_docker_does_not_answer() -> None:
    readiness = judged(MANAGER, docker=(1, DOWN), swarm=(1, "not asked: Docker did not answer"))
    assert codes(readiness) == ["docker-down"]


@pytest.mark.parametrize(
    ("error", "status", "code", "reachable"),
    [
        (errors.HostIdentityUnapproved("x"), "unknown", "host-key-unapproved", None),
        (errors.HostIdentityChanged("x"), "blocked", "host-key-changed", False),
        (errors.NoCredentials("x"), "blocked", "ssh-no-key", None),
        (errors.AuthFailed("x"), "blocked", "ssh-key-refused", False),
        (errors.TimedOut("x"), "blocked", "ssh-timed-out", False),
        (errors.OutcomeUnknown("x"), "blocked", "ssh-link-lost", False),
        (errors.VaultLocked("No slot opens.", next_step="Unlock it."), "blocked", "vault-locked", None),
        (errors.Unreachable("x", reason="refused"), "blocked", "ssh-refused", False),
        (errors.Unreachable("x", reason="timeout"), "blocked", "ssh-unreachable", False),
        (errors.Unreachable("x", reason="dns"), "blocked", "ssh-unknown-host", False),
        (errors.Unreachable("x", reason="route"), "blocked", "ssh-no-route", False),
        (errors.Unreachable("x", reason="not-ssh"), "blocked", "ssh-not-ssh", False),
        (errors.Unreachable("x", reason="closed"), "blocked", "ssh-closed", False),
        (errors.Unreachable("x", reason="kex"), "blocked", "ssh-no-common-algorithm", False),
        (errors.Unreachable("x", reason="new"), "blocked", "ssh-unreachable", False),
    ],
)
def test_without_a_login_nothing_else_is_known(
    error: errors.DaoflowError, status: str, code: str, reachable: bool | None
) -> None:
    readiness = judge(SERVER, error, NOW)
    assert (readiness.status, codes(readiness), readiness.ssh_reachable) == (status, [code], reachable)
    unknown = (
        readiness.docker_reachable,
        readiness.compose_reachable,
        readiness.disk_percent,
        readiness.latency_ms,
    )
    assert unknown == (None, None, None, None)
    assert readiness.issues[0].next_step.endswith(".")


def test_command_in_a_next_step_can_be_pasted() -> None:
    step = judge(SERVER, errors.NoCredentials("x"), NOW).issues[0].next_step
    assert "`daoflow-tui server update --server 'edge one' --yes --ssh-key PATH`" in step
    refused = judge(SERVER, errors.AuthFailed("x"), NOW).issues[0].next_step
    assert "`ssh-copy-id -i KEY.pub -p 2222 deploy@203.0.113.42`" in refused


def test_host_text_with_braces_is_text() -> None:
    issue = judged(docker=(1, "weird {name} {0}")).issues[0]
    assert issue.message == "Docker on edge one answered with an error: weird {name} {0}"


def every_words() -> list[object]:
    tables = (ssh_issues.UNREACHABLE, docker_issues.ENGINE, docker_issues.COMPOSE, docker_issues.SWARM)
    single = (ssh_issues.HOST_KEY_UNAPPROVED, ssh_issues.HOST_KEY_CHANGED, docker_issues.DISK_NEARLY_FULL)
    return [words for table in tables for words in table.values()] + list(single)


@pytest.mark.parametrize("words", every_words(), ids=lambda words: words.code)
def test_every_issue_is_a_sentence_with_a_command(words: docker_issues.Words) -> None:
    assert words.message.endswith((".", "{told}"))
    assert words.next_step.endswith(".")
    assert "`" in words.next_step or "wait a minute" in words.next_step
