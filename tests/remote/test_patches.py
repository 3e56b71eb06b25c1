"""`patches.sh` in every shell: it finds the manager, asks without changing, and each of the four answers is told apart."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from daoflow_core.model.patches import PatchPlan
from daoflow_core.services.patch_judgement import plan_of

from .conftest import StepHost

APK = Path(__file__).parent.parent / "recorded" / "packages" / "apk-2.txt"
NOW = "2026-03-20T22:29:30.000Z"
INST = "Inst zip [3.0-13] (3.0-13+deb12u1 Debian:12/oldstable [amd64])"


def planned(host: StepHost, limit: int = 5) -> PatchPlan:
    reply = host.run("patches", limit=limit, DFT_ROOT=str(host.folder))
    assert reply.whole
    return plan_of(reply, planned_at=NOW, is_root=False)


@pytest.fixture
def plain(step_host: StepHost) -> StepHost:
    """A host with the few programs that every manager's questions need, and no manager."""
    for tool in ("date", "stat", "uname"):
        step_host.program(tool, f'exec /usr/bin/env -i PATH=/usr/bin:/bin {tool} "$@"\n')
    (step_host.folder / "etc").mkdir()
    (step_host.folder / "etc" / "os-release").write_text("NAME=x\nPRETTY_NAME='Lab OS 1'")
    return step_host


@pytest.fixture
def debian(plain: StepHost) -> StepHost:
    """One with apt, lists, and one update."""
    for place in ("var/lib/dpkg/status", "var/lib/apt/lists/x_Packages"):
        (plain.folder / place).parent.mkdir(parents=True)
        (plain.folder / place).touch()
    plain.program("apt-get", f'echo "$*" >>"$DFT_ROOT/asked"\necho {shlex.quote(INST)}\n')
    plain.program("dpkg-query", "echo 'install zip'\n")
    return plain


def test_no_manager_is_unsupported(plain):
    plan = planned(plain)
    assert (plan.status, plan.package_manager, plan.os_name) == ("unsupported", "unknown", "Lab OS 1")


def test_apt_is_only_ever_asked_to_simulate_without_locks_caches_and_logs(debian):
    assert planned(debian).status == "available"
    asked = (debian.folder / "asked").read_text().splitlines()
    assert [line.split()[-1] for line in asked] == ["upgrade", "dist-upgrade"]
    for line in asked:
        assert line.startswith("-s ")
        for option in ("Debug::NoLocking=true", "Dir::Cache::pkgcache=", "Dir::Cache::srcpkgcache="):
            assert f"-o {option} " in line
        assert "-o Dir::Log::Planner= " in line


def test_apt_with_nothing_to_do_is_none_and_not_unknown(debian):
    debian.program("apt-get", "echo 'Reading package lists...'\n")
    plan = planned(debian)
    assert (plan.status, plan.package_count, plan.security_count) == ("none", 0, 0)


@pytest.mark.parametrize("failing", ["upgrade", "dist-upgrade"])
def test_a_failing_apt_fails_the_plan_with_its_first_error(debian, failing):
    script = "echo 'W: old' >&2; echo 'E: broken' >&2; exit 100"
    debian.program("apt-get", f'case $* in *" {failing}") {script} ;; esac\necho {shlex.quote(INST)}\n')
    plan = planned(debian)
    assert (plan.status, plan.package_count, plan.commands) == ("failed", None, ())
    assert plan.summary.endswith("exit 100: E: broken.")


def test_a_manager_that_hangs_fails_the_plan(debian):
    debian.program("apt-get", "case $* in *dist-upgrade) ;; *) exec sleep 60 ;; esac\n")
    plan = planned(debian, limit=1)
    assert plan.status == "failed"
    assert "no answer within its time" in plan.summary


def test_apk_s_words_as_they_are_published(plain):
    plain.program("apk", f"cat {shlex.quote(str(APK))}\n")
    plan = planned(plain)
    assert (plan.status, plan.package_manager, plan.package_count) == ("available", "apk", 9)
    found = {one.name: (one.from_version, one.to_version) for one in plan.packages}
    assert found["py3-3to2"] == ("1.1-r2", "1.1-r3")
    assert found["musl"] == ("1.2.4_git20230717-r5", "1.2.5-r9")
    assert found["a-package-with-a-name-longer-than-the-column"] == ("1.0-r0", "1.1-r0")
    assert found["libcrypto1.0"] == ("1.0.1q-r0", "1.0.2m-r0")
    assert {one.security for one in plan.packages} == {None}
    assert {one.name for one in plan.packages if one.needs == "reboot"} == {"linux-virt"}


def test_apk_without_its_index_fails(plain):
    plain.program("apk", "echo 'ERROR: Unable to read database: No such file' >&2; exit 99\n")
    assert planned(plain).summary.endswith("exit 99: ERROR: Unable to read database: No such file.")


def test_words_that_are_not_understood_fail_the_plan_rather_than_shorten_it(plain):
    plain.program("apk", "echo 'Installed: Available:'; echo 'musl is outdated'\n")
    plan = planned(plain)
    assert (plan.status, plan.packages) == ("failed", ())


def test_pacman_tells_held_ones_and_that_there_are_none(plain):
    plain.program(
        "pacman", "echo 'linux 6.11.3.arch1-1 -> 6.11.4.arch1-1'; echo 'zip 1-1 -> 2-1 [ignored]'\n"
    )
    plan = planned(plain)
    assert [(one.name, one.held, one.needs) for one in plan.packages] == [
        ("linux", False, "reboot"),
        ("zip", True, None),
    ]
    plain.program("pacman", "exit 1\n")
    assert planned(plain).status == "none"


def test_pacman_that_lacks_one_of_its_databases_fails_though_it_lists_the_rest(plain):
    words = "warning: database file for 'extra' does not exist (use '-Sy' to download)"
    plain.program("pacman", f"echo 'zip 1-1 -> 2-1'; echo {shlex.quote(words)} >&2\n")
    plan = planned(plain)
    assert (plan.status, plan.package_count) == ("failed", None)
    assert "'extra'" in plan.summary


@pytest.mark.parametrize("manager", ["dnf", "yum", "zypper"])
def test_a_manager_that_writes_is_not_asked_where_nothing_can_shield_the_host(plain, manager):
    plain.program(manager, 'echo "$*" >>"$DFT_ROOT/asked"\n')
    plain.program("unshare", "echo 'unshare: unshare failed: Operation not permitted' >&2; exit 1\n")
    plan = planned(plain)
    assert plan.status == "failed"
    assert "Operation not permitted" in plan.summary
    assert not (plain.folder / "asked").exists()
