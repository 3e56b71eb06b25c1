"""What a server needs: each finding from what is known, with the number, the limit and the next step."""

from __future__ import annotations

from datetime import UTC, datetime

from daoflow_core.config import load
from daoflow_core.model.identity import HostKey, HostKeyStatus
from daoflow_core.model.needs import NeedLevel
from daoflow_core.model.patches import PatchPlan, PatchStatus
from daoflow_core.model.readiness import Issue, Readiness, ReadinessStatus
from daoflow_core.model.resources import (
    Cpu,
    Disk,
    DiskUsage,
    DockerUse,
    HostFacts,
    Memory,
    ResourceSnapshot,
    Swap,
)
from daoflow_core.model.samples import Sample
from daoflow_core.model.server import Endpoint, Environment, Server, ServerKind
from daoflow_core.services.needs import Known, needs

NOW = datetime(2026, 10, 3, 12, 41, tzinfo=UTC)
STAMP = "2026-10-03T12:00:00.000Z"
KEY = HostKey(
    "hk_1", "srv_1", "ssh-ed25519", "AAAA", "SHA256:Qe1", HostKeyStatus.APPROVED, STAMP, STAMP,
    "2026-10-02T08:00:00.000Z", "mara",
)  # fmt: skip
SERVER = Server(
    "srv_1", "edge us 2", Endpoint("203.0.113.7", 22, "deploy"), "us", ServerKind.ENGINE, Environment.PROD,
    None, False, STAMP, STAMP,
)  # fmt: skip
USAGE = (
    DiskUsage(type="Images", reclaimable="9.8GB (45%)", reclaimable_bytes=9_800_000_000),
    DiskUsage(type="Containers", reclaimable="0B", reclaimable_bytes=0),
    DiskUsage(type="Build Cache", reclaimable="2.6GB", reclaimable_bytes=2_600_000_000),
)
GOOD_DOCKER = DockerUse(reachable=True, version="27.3.1", way="plain", disk_usage=USAGE)


def snapshot(cpu=10, memory=20, disk=30, docker=GOOD_DOCKER, **parts):
    values = {
        "cpu": Cpu(cores=4, load1=0.4, load_percent=cpu),
        "memory": Memory(total_bytes=1, used_percent=memory),
        "swap": Swap(total_bytes=0, free_bytes=0),
        "disk": Disk(total_bytes=1, used_percent=disk),
        "docker": docker,
        "host": HostFacts(kernel="6"),
        "checked_at": STAMP,
    }
    return ResourceSnapshot(**{**values, **parts})


def samples(*cpu):
    return [Sample(f"2026-10-03T11:{n:02d}:00.000Z", one, 20, 30) for n, one in enumerate(cpu)]


def known(tmp_path, **changes):
    readiness = Readiness(
        "srv_1", ReadinessStatus.READY, STAMP, docker_version="27.3.1", compose_version="2.29.7"
    )
    plan = PatchPlan(status=PatchStatus.NONE, planned_at=STAMP, package_count=0)
    values = {
        "server": SERVER,
        "settings": load(tmp_path / "none.toml", {}, changes.pop("limits", {})),
        "snapshot": snapshot(),
        "samples": (),
        "approved": KEY,
        "readiness": readiness,
        "plan": plan,
        "planned_at": STAMP,
        "now": NOW,
    }
    return Known(**{**values, **changes})


def told(found):
    return {need.code: need for need in found}


def test_a_server_that_needs_nothing_says_what_is_well(tmp_path):
    found = needs(known(tmp_path))
    assert {need.level for need in found} == {NeedLevel.GOOD}
    assert [need.message for need in found] == [
        "Host key approved by mara on 2026-10-02 (SHA256:Qe1)",
        "Docker 27.3.1 and Compose 2.29.7 meet the floor (20.10, 2.0)",
        "No package update is waiting (planned 41m ago)",
    ]


def test_a_full_disk_names_the_limit_and_what_docker_could_give_back(tmp_path):
    need = told(needs(known(tmp_path, snapshot=snapshot(disk=97))))["disk-hard"]
    assert need.level is NeedLevel.FAULT
    assert need.message.startswith("Disk / is at 97%, over the hard limit of ")
    assert (
        need.next_step == "preview a cleanup; Docker could give back of images 9.8GB (45%), build cache 2.6GB"
    )
    assert need.command == "server ops cleanup --dry-run --server 'edge us 2'"
    assert need.key == "p"


def test_a_limit_is_the_operator_s_own_and_counts_from_its_very_percent(tmp_path):
    limits = {"limits.memory.warn": 60, "limits.memory.hard": 70}
    for percent, code, words in (
        (59, None, ""),
        (60, "memory-warn", "Memory is at 60%, at the limit of 60%"),
        (69, "memory-warn", "Memory is at 69%, over the limit of 60%"),
        (70, "memory-hard", "Memory is at 70%, at the hard limit of 70%"),
    ):
        found = told(needs(known(tmp_path, snapshot=snapshot(memory=percent), limits=limits)))
        assert {one for one in found if one.startswith("memory")} == ({code} if code else set())
        if code:
            assert found[code].message == words


def test_a_load_that_lasts_says_for_how_many_checks(tmp_path):
    trend = samples(95, 10, *[85] * 9)
    need = told(needs(known(tmp_path, snapshot=snapshot(cpu=85), samples=trend)))["cpu-warn"]
    assert need.message == "CPU load is at 85%, over the limit of 80%, for 9 checks in a row"


def test_a_check_that_did_not_know_ends_the_row(tmp_path):
    trend = samples(85, 85, None, 85, 85)
    need = told(needs(known(tmp_path, snapshot=snapshot(cpu=85), samples=trend)))["cpu-warn"]
    assert "in a row" not in need.message


def test_without_a_snapshot_the_last_check_s_figures_count_and_a_check_is_asked_for(tmp_path):
    readiness = Readiness("srv_1", ReadinessStatus.ATTENTION, STAMP, disk_percent=99)
    found = told(needs(known(tmp_path, snapshot=None, readiness=readiness)))
    assert found["disk-hard"].level is NeedLevel.FAULT
    assert found["resources-unchecked"].key == "c"
    assert "floor-met" not in found


def test_an_unapproved_key_comes_first(tmp_path):
    found = needs(known(tmp_path, approved=None, snapshot=snapshot(cpu=99, disk=99)))
    assert (found[0].code, found[0].level, found[0].key) == ("host-key-unapproved", NeedLevel.FAULT, "8")


def test_a_local_server_has_no_host_key_to_approve(tmp_path):
    local = Server(
        "srv_1", "here", Endpoint("localhost", 22, "me"), "us", ServerKind.ENGINE, Environment.NONE, None, False,
        STAMP, STAMP,
    )  # fmt: skip
    assert not {
        code for code in told(needs(known(tmp_path, server=local, approved=None))) if "host-key" in code
    }


def test_docker_s_fault_is_told_once_with_its_own_next_step(tmp_path):
    for fault, reachable, reason, code in (
        ("hung", None, "no answer within 5 s", "docker-hung"),
        ("down", False, "Cannot connect to the Docker daemon", "docker-down"),
        ("missing", False, "docker: command not found", "docker-missing"),
        ("denied", None, "permission denied", "docker-denied"),
    ):
        docker = DockerUse(reachable=reachable, fault=fault, reason=reason)
        found = told(needs(known(tmp_path, snapshot=snapshot(docker=docker))))
        assert found[code].next_step
        assert found[code].level is NeedLevel.FAULT
        assert "not-known" not in found


def test_an_old_docker_or_a_missing_compose_is_below_the_floor(tmp_path):
    docker = DockerUse(reachable=True, version="19.03.15", way="plain", disk_usage=())
    readiness = Readiness(
        "srv_1",
        ReadinessStatus.ATTENTION,
        STAMP,
        issues=(Issue("compose-missing", "No plugin.", "Install it."),),
    )
    found = told(needs(known(tmp_path, snapshot=snapshot(docker=docker), readiness=readiness)))
    assert "19.03.15" in found["docker-too-old"].message
    assert found["compose-missing"].next_step == "Install it."
    assert "floor-met" not in found


def test_what_could_not_be_read_is_told_with_its_reason(tmp_path):
    broken = snapshot(
        disk=None, docker=DockerUse(reachable=True, version="27.3.1", reason="`docker system df`: no")
    )
    broken = broken.model_copy(update={"memory": Memory(reason="/proc/meminfo: cannot be read")})
    messages = [need.message for need in needs(known(tmp_path, snapshot=broken)) if need.code == "not-known"]
    assert messages == [
        "Not known: memory: /proc/meminfo: cannot be read",
        "Not known: Docker: `docker system df`: no",
    ]


def test_updates_name_their_number_security_and_age(tmp_path):
    for count, security, level, words in (
        (14, 3, NeedLevel.WARN, "14 package updates, 3 of them security (planned 41m ago)"),
        (1, 0, NeedLevel.NOTE, "1 package update (planned 41m ago)"),
        (2, None, NeedLevel.NOTE, "2 package updates, security not told (planned 41m ago)"),
    ):
        plan = PatchPlan(
            status=PatchStatus.AVAILABLE, planned_at=STAMP, package_count=count, security_count=security
        )
        need = next(one for one in needs(known(tmp_path, plan=plan)) if one.key == "4")
        assert (need.level, need.message) == (level, words)


def test_no_plan_and_a_failed_one_are_not_no_updates(tmp_path):
    assert "patches-unplanned" in told(needs(known(tmp_path, plan=None)))
    failed = PatchPlan(status=PatchStatus.FAILED, planned_at=STAMP, summary="apt-get: locked")
    need = told(needs(known(tmp_path, plan=failed)))["patches-failed"]
    assert need.message == "Package updates are not known: apt-get: locked (planned 41m ago)"


def test_a_reboot_that_is_due_says_why(tmp_path):
    plan = PatchPlan(
        status=PatchStatus.NONE, planned_at=STAMP, reboot_required=True, reboot_reason="linux-image-6.1"
    )
    need = told(needs(known(tmp_path, plan=plan)))["reboot-required"]
    assert need.message == "A reboot is required: linux-image-6.1 (planned 41m ago)"
