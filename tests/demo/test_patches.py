"""What `server ops patch` learns of the demo hosts: each kind of answer once, through the script that real hosts run."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from daoflow_core.clock import stamp
from daoflow_core.demo.folders import environment, furnish
from daoflow_core.demo.hosts import PLANS
from daoflow_core.model.patches import PatchPlan
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.steps import STDERR, STDOUT, Collector, FrameReader
from daoflow_core.remote import steps_script
from daoflow_core.services.patch_judgement import plan_of


@pytest.fixture
def planned(tmp_path: Path):
    """Plans updates of a demo host by its name."""

    def plan(name: str) -> PatchPlan:
        folder = tmp_path / name
        furnish(folder, next(one for one in PLANS if one.name == name))
        done = subprocess.run(
            ["sh"],
            input=steps_script("n0nce", "patches").encode(),
            env=environment(folder),
            capture_output=True,
            timeout=30,
            check=False,
        )
        collector = Collector()
        for stream, data in ((STDOUT, done.stdout), (STDERR, done.stderr)):
            reader = FrameReader("n0nce")
            collector.take(stream, reader.feed(data))
            collector.take(stream, reader.close())
        assert collector.whole
        return plan_of(StepReply(collector.steps(), True), planned_at=stamp(datetime.now(UTC)), is_root=False)

    return plan


def test_one_host_is_behind_by_security_a_kernel_and_a_hold(planned):
    plan = planned("edge-us-2")
    assert (plan.status, plan.package_count, plan.security_count) == ("available", 10, 6)
    held = {one.name: (one.from_version, one.to_version) for one in plan.packages if one.held}
    assert held == {"docker-ce": ("5:28.2.2-1~debian.12~bookworm", "5:28.3.3-1~debian.12~bookworm")}
    kept = {one.name: one.needs for one in plan.packages if one.kept_back}
    assert kept == {"linux-image-amd64": "reboot"}
    assert [one.name for one in plan.packages if one.new] == ["linux-image-6.1.0-38-amd64"]
    assert (plan.reboot_required, plan.reboot_reason) == (True, "linux-image-6.1.0-37-amd64")
    assert plan.lists_age_seconds == pytest.approx(31 * 3600, abs=60)


def test_one_host_is_up_to_date_and_waits_for_no_reboot(planned):
    plan = planned("edge-eu-1")
    assert (plan.status, plan.packages, plan.package_count) == ("none", (), 0)
    assert plan.reboot_required is False


def test_one_host_has_apk_which_tells_nothing_of_security(planned):
    plan = planned("ci-runner-1")
    assert (plan.status, plan.package_manager, plan.os_name) == ("available", "apk", "Alpine Linux v3.20")
    assert {one.name: (one.from_version, one.to_version) for one in plan.packages}["py3-pip"] == (
        "24.0-r2",
        "24.0-r3",
    )
    assert (plan.security_count, {one.security for one in plan.packages}) == (None, {None})


def test_one_host_fails_with_apt_s_own_words(planned):
    plan = planned("legacy-1")
    assert (plan.status, plan.packages, plan.package_count) == ("failed", (), None)
    assert "exit 100: E: Malformed entry 1 in list file /etc/apt/sources.list.d/docker.list" in plan.summary
    assert plan.commands == ()
