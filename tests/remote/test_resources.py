"""resources.sh in every POSIX shell at hand, with GNU, busybox and hardly any userland, and Docker in every state."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.remote.conftest import StepHost

from daoflow_core.model.resources import ResourceSnapshot
from daoflow_core.parse.resources import read_snapshot

RECORDED = Path(__file__).parent.parent / "recorded" / "docker"
NOW = "2026-03-20T22:29:30.000Z"
MEMINFO = (
    "MemTotal:       16000000 kB\nMemFree:         1000 kB\nMemAvailable:    4000000 kB\n"
    "SwapTotal:       2000000 kB\nSwapFree:        1500000 kB\n"
)
DF = "Filesystem     1024-blocks     Used Available Capacity Mounted on\\n/dev/vda1 125829120 48000000 77829120 39%% /\\n"


def docker(usage: str) -> str:
    return f'case "$1 $2" in "version --format") echo dft=26.1.5 ;; "system df") {usage} ;; esac\n'


def recorded(name: str) -> str:
    """Shell that prints what the real program printed."""
    said = (RECORDED / f"{name}.txt").read_text().partition("--- stdout\n")[2].partition("--- stderr\n")[0]
    return f"printf '%s' '{said}'"


@pytest.fixture
def linux(step_host: StepHost) -> StepHost:
    """A host with files, cores and a disk that are known to the last digit."""
    for folder in ("proc/sys/kernel", "etc"):
        (step_host.folder / folder).mkdir(parents=True)
    for name, text in {
        "proc/loadavg": "3.52 2.10 1.07 2/311 4711\n",
        "proc/meminfo": MEMINFO,
        "proc/uptime": "3571200.42 9999.99\n",
        "proc/sys/kernel/osrelease": "6.8.0-45-generic\n",
        "etc/os-release": 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
    }.items():
        (step_host.folder / name).write_text(text)
    step_host.program("nproc", "echo 4\n")
    step_host.program("df", f"printf '{DF}'\n")
    return step_host


def check(host: StepHost, limit: int = 2, before: str = "") -> ResourceSnapshot:
    reply = host.run("resources", limit=limit, DFT_ROOT=str(host.folder))
    assert reply.whole
    return read_snapshot(reply, NOW)


def test_every_figure_is_the_host_s_own(linux):
    linux.program("docker", docker(recorded("26.1.5-system-df")))
    found = check(linux)
    cpu, memory, swap, disk = found.cpu, found.memory, found.swap, found.disk
    assert (cpu.cores, cpu.load1, cpu.load5, cpu.load15, cpu.load_percent) == (4, 3.52, 2.10, 1.07, 88)
    assert (memory.total_bytes, memory.available_bytes) == (16_000_000 * 1024, 4_000_000 * 1024)
    assert (memory.total_mb, memory.available_mb, memory.used_percent) == (15625, 3906, 75)
    assert (swap.total_bytes, swap.free_bytes, swap.used_percent) == (2_048_000_000, 1_536_000_000, 25)
    assert (disk.mount, disk.total_bytes, disk.used_bytes) == ("/", 125829120 * 1024, 48000000 * 1024)
    assert (disk.available_bytes, disk.used_percent) == (77829120 * 1024, 39)
    assert (disk.total_gb, disk.used_gb, disk.available_gb) == (120.0, 45.8, 74.2)
    assert (found.host.os_name, found.host.kernel) == ("Debian GNU/Linux 12 (bookworm)", "6.8.0-45-generic")
    assert found.host.uptime_seconds == 3571200
    assert (found.docker.reachable, found.docker.version, found.docker.way) == (True, "26.1.5", "plain")
    assert found.unknown() == []
    assert found.sample().cpu_percent == 88


@pytest.mark.parametrize("version", ["20.10.24", "26.1.5"])
def test_docker_s_disk_use_is_read_to_the_byte_from_what_real_engines_said(linux, version):
    linux.program("docker", docker(recorded(f"{version}-system-df")))
    usage = {one.type: one for one in check(linux).docker.disk_usage}
    assert list(usage) == ["Images", "Containers", "Local Volumes", "Build Cache"]
    for one in usage.values():
        assert one.size_bytes is not None
        assert one.reclaimable_bytes is not None
        assert one.total_count is not None
    images, cache, volumes = usage["Images"], usage["Build Cache"], usage["Local Volumes"]
    assert (images.total_count, images.active, images.size_bytes, images.reclaimable_bytes) == IMAGES[version]
    assert (cache.total_count, cache.size_bytes, cache.reclaimable_bytes) == (7, 600_100, 600_100)
    assert (volumes.size_bytes, volumes.reclaimable_bytes) == (6, 6)


IMAGES = {"20.10.24": (3, 1, 7_265_000, 3_782_000), "26.1.5": (3, 1, 7_349_000, 3_825_000)}


def test_a_host_without_docker_is_known_whole(linux):
    found = check(linux)
    assert (found.docker.reachable, found.docker.fault) == (False, "missing")
    assert found.docker.disk_usage is None
    assert found.docker.reason == "docker: command not found"
    assert found.unknown() == []


def test_a_stopped_docker_is_an_answer_too(linux):
    linux.program("docker", "echo 'Cannot connect to the Docker daemon at unix:///x.' >&2; exit 1\n")
    found = check(linux)
    assert (found.docker.reachable, found.docker.fault) == (False, "down")
    assert found.unknown() == []


def test_a_hung_docker_is_not_known_and_hides_nothing_else(linux):
    linux.program("docker", "exec sleep 30\n")
    found = check(linux, limit=1)
    assert (found.docker.reachable, found.docker.fault) == (None, "hung")
    assert found.unknown() == ["Docker: no answer within 1 s"]
    assert (found.cpu.cores, found.disk.used_percent) == (4, 39)


def test_docker_that_may_not_be_asked_is_not_known(linux):
    linux.program("docker", "echo 'permission denied while trying to connect' >&2; exit 1\n")
    found = check(linux)
    assert (found.docker.reachable, found.docker.fault) == (None, "denied")
    assert len(found.unknown()) == 1


@pytest.mark.parametrize(
    ("usage", "why"),
    [
        ("echo 'Error response from daemon: no' >&2; exit 1", "Error response from daemon: no"),
        ("echo json", "nothing that can be read"),
        (":", "nothing that can be read"),
        ('echo \'{"Type":1}\'; echo "[1]"; echo null', "nothing that can be read"),
    ],
)
def test_disk_use_that_can_not_be_read_has_a_reason_and_docker_is_still_reachable(linux, usage, why):
    linux.program("docker", docker(usage))
    docker_use = check(linux).docker
    assert (docker_use.reachable, docker_use.version, docker_use.disk_usage) == (True, "26.1.5", None)
    assert why in docker_use.reason


def test_a_warning_of_the_client_is_no_row_and_control_characters_are_shown(linux):
    row = r'{"Active":"x","Reclaimable":"?","Size":"1.5kB","TotalCount":"7","Type":"Im\u001b[31mages"}'
    linux.program("docker", docker(f"echo 'WARNING: no swap limit'; printf '%s\\n' '{row}'"))
    (one,) = check(linux).docker.disk_usage
    assert (one.type, one.total_count, one.active) == ("Images", 7, None)
    assert (one.size_bytes, one.reclaimable_bytes) == (1500, None)


def test_each_part_that_is_missing_says_why_and_hides_no_other(linux):
    for name in ("proc/meminfo", "proc/loadavg"):
        (linux.folder / name).unlink()
    linux.program("df", "echo 'df: /: Input/output error' >&2; exit 1\n")
    linux.program("nproc", "exit 1\n")
    found = check(linux)
    assert (found.cpu.cores, found.cpu.load1, found.cpu.load_percent) == (None, None, None)
    assert (found.memory.total_bytes, found.swap.total_bytes, found.disk.used_percent) == (None, None, None)
    assert found.memory.reason == "/proc/meminfo: cannot be read"
    assert found.disk.reason == "df: /: Input/output error"
    assert found.cpu.reason == "nproc ended with status 1; /proc/loadavg: cannot be read"
    assert found.host.kernel == "6.8.0-45-generic"
    assert len(found.unknown()) == 4


def test_a_kernel_that_does_not_tell_available_memory_is_not_taken_for_a_full_one(linux):
    (linux.folder / "proc/meminfo").write_text(
        "MemTotal: 16000000 kB\nMemFree: 10 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n"
    )
    found = check(linux)
    assert (found.memory.used_percent, found.memory.available_bytes) == (None, None)
    assert found.memory.total_mb == 15625
    assert "does not tell" in found.memory.reason
    assert (found.swap.total_bytes, found.swap.used_percent, found.swap.reason) == (0, None, None)


@pytest.mark.parametrize("broken", ["MemAvailable: 99000000 kB", "MemAvailable: -5 kB", "MemAvailable: x kB"])
def test_figures_that_can_not_be_true_are_not_known(linux, broken):
    (linux.folder / "proc/meminfo").write_text(f"MemTotal: 16000000 kB\n{broken}\n")
    assert check(linux).memory.used_percent is None


def test_nothing_at_all_is_told_apart_from_zero(linux):
    linux.without("nproc", "df", "cat")
    shutil.rmtree(linux.folder / "proc")
    shutil.rmtree(linux.folder / "etc")
    linux.program("docker", "exit 1\n")
    found = check(linux)
    assert found.host.reason is not None
    assert found.empty()
    assert found.sample().disk_percent is None


def test_an_environment_of_openmp_does_not_change_the_cores(step_host):
    real = check_real(step_host)
    assert check_real(step_host, OMP_NUM_THREADS="77").cpu.cores == real.cpu.cores != 77


def test_busybox_answers_the_same_questions(step_host):
    """Alpine's userland: every program is busybox, and there is no getconf."""
    real = check_real(step_host)
    for program in step_host.programs.iterdir():
        program.unlink()
    box = shutil.which("busybox")
    if box is None:
        pytest.skip("no busybox here")
    for applet in ("sh", "df", "nproc", "timeout", "true", "id", "sleep", "env", "printf"):
        step_host.program(applet, f'exec {box} {applet} "$@"\n')
    found = check_real(step_host)
    assert (found.cpu.cores, found.memory.total_bytes) == (real.cpu.cores, real.memory.total_bytes)
    assert (found.disk.total_bytes, found.host) == (real.disk.total_bytes, found.host)
    assert found.unknown() == []


def test_where_no_program_counts_the_cores_the_kernel_s_list_does(linux):
    linux.without("nproc", "getconf")
    (linux.folder / "proc/cpuinfo").write_text("processor\t: 0\nmodel\t: x\n\nprocessor\t: 1\n")
    assert check(linux).cpu.cores == 2


def check_real(host: StepHost, **env: str) -> ResourceSnapshot:
    """A check of this machine's own files."""
    return read_snapshot(host.run("resources", **env), NOW)
