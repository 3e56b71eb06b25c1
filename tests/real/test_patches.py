"""Patch plans by the real package managers: every update told, no file of the host touched, no lock taken or waited for."""

from __future__ import annotations

import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from daoflow_core.clock import SystemClock, stamp
from daoflow_core.console import Console, Opening, open_console
from daoflow_core.model.operation import Operation, OperationStatus
from daoflow_core.model.patches import Package, PatchPlan
from daoflow_core.model.registration import KeyMaterial, ServerDraft
from daoflow_core.model.server import Endpoint, Environment, ServerKind
from daoflow_core.model.steps import StepReply
from daoflow_core.parse.steps import STDERR, STDOUT, Collector, FrameReader
from daoflow_core.remote import steps_script
from daoflow_core.secret import Secret
from daoflow_core.services.patch_judgement import plan_of

from .lab_hosts import LAB, LabHost, RealLab

PACKAGES = (Path(__file__).parent / "packages.sh").read_text()
COUNT = 250
IN_ORDER = ("apt-get", "dnf", "zypper", "pacman")
FAMILIES = {"apt": (), "dnf": IN_ORDER[:1], "zypper": IN_ORDER[:2], "pacman": IN_ORDER[:3], "none": IN_ORDER}
"""What has to be out of the way on gamma, which has them all, for the family to be the one that is found."""
EVERY_FILE = "find / /run -xdev -printf '%p|%y|%m|%s|%T@|%C@|%i\\n'"
OF_A_LOGIN = ("/run/motd", "/run|", "/run/user", "/run/systemd", "/run/utmp", "/run/log", "/var/log/journal")
"""What sshd, PAM and journald write whenever anybody logs in, whatever they run."""


def on(host: LabHost, script: str) -> str:
    """What a script on the host, as root, prints; it ends at its first failure."""
    return host.exec("sh", "-ec", script).strip()


def packages(host: LabHost, *what: str) -> None:
    host.exec("sh", "-c", PACKAGES, "packages.sh", *what)


@pytest.fixture(scope="module")
def sources(lab: RealLab) -> Iterator[RealLab]:
    """Updates for apt on both hosts, for the other families on gamma; the hosts are as before afterwards."""
    used = (lab["alpha"], lab["gamma"])
    try:
        for host in used:
            packages(host, "clear")
            packages(host, "apt", str(COUNT))
        for family in ("rpm", "pacman"):
            packages(lab["gamma"], family)
        yield lab
    finally:
        for host in used:
            packages(host, "clear")


@pytest.fixture(params=["alpha", "gamma"])
def host(request: pytest.FixtureRequest, sources: RealLab) -> LabHost:
    """apt 3 of trixie, and apt 2 of bookworm; what earlier tests asked without a login is forgiven."""
    sources[request.param].pardon()
    return sources[request.param]


@pytest.fixture
def rich(sources: RealLab) -> LabHost:
    """The host with four package managers."""
    return sources["gamma"]


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    home = str(tmp_path / "home")
    async with await open_console(Opening({"DAOFLOW_HOME": home, "HOME": home})) as opened:
        yield opened


@contextmanager
def family(host: LabHost, name: str) -> Iterator[None]:
    """Have the host be one of that family for a while."""
    hidden = FAMILIES[name]
    on(host, "; ".join(["true", *(f"mv /usr/bin/{one} /usr/bin/{one}.away" for one in hidden)]))
    try:
        yield
    finally:
        on(host, "; ".join(["true", *(f"mv /usr/bin/{one}.away /usr/bin/{one}" for one in hidden)]))


async def register(console: Console, host: LabHost) -> None:
    wish = ServerDraft(
        host.name,
        Endpoint(host.address, host.port, "deploy"),
        "lab",
        ServerKind.ENGINE,
        Environment.NONE,
        key_material=KeyMaterial(Secret(host.key_path.read_bytes())),
        approve_fingerprint=host.fingerprints["ed25519"],
    )
    await console.servers.add(wish)


async def plan_on(console: Console, host: LabHost) -> tuple[Operation, PatchPlan]:
    """The recorded plan, made over SSH by an ordinary user."""
    if not await console.inventory.all():
        await register(console, host)
    operation = await console.patches.plan(host.name)
    return operation, PatchPlan.of(operation.result)


def plan_as_root(host: LabHost) -> PatchPlan:
    """The plan that root would get; no host of the lab lets root log in."""
    script = steps_script("n0nce", "patches", limit=60)
    done = subprocess.run(
        ["python3", str(LAB), "exec", host.name, "--", "sh", "-c", script],
        capture_output=True,
        check=True,
        timeout=120,
    )
    collector = Collector()
    for name, data in ((STDOUT, done.stdout), (STDERR, done.stderr)):
        reader = FrameReader("n0nce")
        collector.take(name, reader.feed(data))
        collector.take(name, reader.close())
    reply = StepReply(collector.steps(), collector.whole)
    return plan_of(reply, planned_at=stamp(SystemClock().now()), is_root=True)


def shape(one: Package) -> tuple[str | None, str | None, bool | None, str]:
    marks = ("held", one.held), ("kept back", one.kept_back), ("new", one.new)
    return one.from_version, one.to_version, one.security, " ".join(word for word, holds in marks if holds)


def shapes(plan: PatchPlan) -> dict[str, tuple[str | None, str | None, bool | None, str]]:
    return {one.name: shape(one) for one in plan.packages if not one.name.startswith("lab-bulk")}


APT = {
    "labtool": ("1.0", "1.0+deb12u1", False, ""),
    "labsec": ("1.0", "1.0+deb12u1", True, ""),
    "labheld": ("1.0", "2.0", False, "held"),
    "labkeep": ("1.0", "2.0", False, "kept back"),
    "labnew": (None, "1.0", False, "new"),
    "linux-image-lab": ("1.0", "2.0", True, ""),
}


async def test_apt_tells_every_update_and_none_is_cut_off(console, host):
    operation, plan = await plan_on(console, host)
    assert (operation.status, plan.status) == (OperationStatus.COMPLETED, "available")
    assert shapes(plan) == APT
    bulk = sorted(one.name for one in plan.packages if one.name.startswith("lab-bulk"))
    assert bulk == [f"lab-bulk-{number:03d}" for number in range(1, COUNT + 1)]
    assert (plan.package_count, plan.security_count, plan.held_count) == (COUNT + len(APT), 2, 2)
    needs = {one.name: one.needs for one in plan.packages if one.needs}
    assert needs == {"linux-image-lab": "reboot"}
    assert plan.lists_age_seconds is not None and plan.lists_age_seconds < 600
    assert (
        plan.reboot_required is None
    )  # nothing on these hosts would leave the mark, so its absence says nothing


RPM = {
    "labtool": ("1.0-1", "2.0-1", False, ""),
    "labsec": ("1.0-1", "2.0-1", True, ""),
    "labheld": ("1.0-1", "2.0-1", False, "held"),
    "kernel": ("1.0-1", "2.0-1", False, ""),
}
PACMAN = {
    "labtool": ("1.0-1", "2.0-1", None, ""),
    "labheld": ("1.0-1", "2.0-1", None, "held"),
    "linux": ("1.0-1", "2.0-1", None, ""),
}
KERNELS = {"kernel", "linux", "linux-image-lab"}
OTHERS = {
    "dnf": (RPM, 1),
    "zypper": ({name: (old, new, None, held) for name, (old, new, _, held) in RPM.items()}, 1),
    "pacman": (PACMAN, None),
}


def files_of(host: LabHost) -> set[str]:
    """Every file of the host with its size, times and inode; the time of its last change can't be set back."""
    return set(host.exec("sh", "-c", EVERY_FILE).splitlines())


@pytest.mark.parametrize(
    ("where", "name"), [("alpha", "apt"), *(("gamma", name) for name in ("apt", *OTHERS))]
)
async def test_users_and_root_are_told_the_same_and_no_file_of_the_host_is_written(
    console, sources, where, name
):
    host = sources[where]
    host.pardon()
    with family(host, name):
        await register(console, host)  # the first login of a user makes things of its own
        before = files_of(host)
        operation, plan = await plan_on(console, host)
        root = plan_as_root(host)
        after = files_of(host)
    assert [line for line in sorted(before ^ after) if not line.startswith(OF_A_LOGIN)] == []
    assert len(before) > 5000
    expected, security = OTHERS.get(name, (APT, 2))
    assert (operation.status, plan.package_manager, plan.status) == ("completed", name, "available")
    assert (shapes(plan), plan.security_count) == (expected, security)
    assert {one.name for one in plan.packages if one.needs == "reboot"} == set(expected) & KERNELS
    assert root.packages == plan.packages
    assert plan.lists_age_seconds is not None and plan.lists_age_seconds < 600


async def test_a_plan_is_made_while_apt_installs_and_neither_waits_for_the_other(console, host):
    repo = "/srv/daoflow-packages"
    on(host, f"rm -f {repo}/slow-began")
    install = subprocess.Popen(
        ["python3", str(LAB), "exec", host.name, "--", "apt-get", "-y", "-qq", "install", "labslow"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(lambda: on(host, f"[ -e {repo}/slow-began ] && echo yes || echo no") == "yes")
        _, plan = await plan_on(console, host)
        root = plan_as_root(host)  # root could take the locks, and would be told if it tried
        assert install.poll() is None
    finally:
        on(host, f"timeout 20 sh -c 'echo go >{repo}/slow-waits'")
        ended = install.wait(60)
    assert ended == 0
    assert shapes(plan) == APT
    assert root.packages == plan.packages
    on(host, "dpkg --purge labslow >/dev/null")


def wait_for(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


async def test_a_source_that_apt_cannot_read_fails_the_plan_in_apt_s_words(console, host):
    on(host, "echo 'deb nonsense' >/etc/apt/sources.list.d/broken.list")
    try:
        operation, plan = await plan_on(console, host)
    finally:
        on(host, "rm /etc/apt/sources.list.d/broken.list")
    assert (operation.status, operation.error_code) == (OperationStatus.FAILED, "PATCH_PLAN_FAILED")
    assert (plan.status, plan.packages, plan.package_count, plan.commands) == ("failed", (), None, ())
    assert "exit 100: E: " in operation.error
    assert "broken.list" in operation.error
    asked = next(one for one in plan.asked if one.reason)
    assert (asked.command.split()[0], asked.exit_code) == ("apt-get", 100)


LISTS = {
    "apt": "/var/lib/apt/lists",
    "dnf": "/var/cache/dnf",
    "zypper": "/var/cache/zypp",
    "pacman": "/var/lib/pacman/sync",
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_host_without_package_lists_never_reads_as_up_to_date(console, rich, name):
    place = LISTS[name]
    with family(rich, name):
        on(rich, f"mv {place} {place}.away; mkdir {place}")
        try:
            operation, plan = await plan_on(console, rich)
        finally:
            on(rich, f"rm -rf {place}; mv {place}.away {place}")
    assert (operation.status, plan.status) == (OperationStatus.FAILED, "failed")
    said = {
        "apt": "no package lists",
        "dnf": "Error: Cache-only enabled but no cache for 'lab'",
        "zypper": "exit 106: Error building the cache",
        "pacman": "warning: database file for 'lab' does not exist",
    }
    assert said[name] in operation.error


async def test_a_host_with_no_known_manager_is_unsupported_and_that_is_an_answer(console, rich):
    with family(rich, "none"):
        operation, plan = await plan_on(console, rich)
    assert (operation.status, plan.status) == (OperationStatus.COMPLETED, "unsupported")
    assert plan.package_count is None


async def test_the_commands_of_the_plan_do_what_the_plan_says_and_a_reboot_is_then_due(console, host):
    """Last on each host: from here on it is up to date but for what is held."""
    _, before = await plan_on(console, host)
    secure = next(one for one in before.commands if "--only-upgrade" in one)
    on(host, f"{secure.removeprefix('sudo ')} -y -qq >/dev/null 2>&1")
    _, after = await plan_on(console, host)
    assert set(shapes(before)) - set(shapes(after)) == {"labsec", "linux-image-lab"}
    assert after.security_count == 0
    assert (after.reboot_required, after.reboot_reason) == (True, "linux-image-lab")
