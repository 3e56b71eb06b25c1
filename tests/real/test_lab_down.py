"""A lab comes back from any accident and goes without a trace; these tests have a lab of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .lab_hosts import lab_command, lab_status

OWN = 255 - int(os.environ.get("DAOFLOW_LAB_NUMBER", "0"))
PREFIX = f"daolab{OWN}"
PAUSED_CONTAINER = """
tar -cC / usr/bin/busybox | docker import - lab/busybox
docker run --detach --name frozen lab/busybox /usr/bin/busybox sleep 600
docker pause frozen
"""


@pytest.fixture
def delta() -> Iterator[dict[str, Any]]:
    """Have one host up in a lab of its own."""
    try:
        yield bring_up_delta()
    finally:
        lab_command("down", number=OWN)


def bring_up_delta() -> dict[str, Any]:
    lab_command("up", "delta", number=OWN)
    (host,) = lab_status(OWN)["hosts"]
    assert host["isUp"]
    return dict(host)


def traces() -> list[str]:
    """Look for the lab with the machine's own tools, not with the lab's."""
    loops = subprocess.run(
        ["losetup", "--list"], capture_output=True, text=True, check=True, timeout=30
    ).stdout
    folder = lab_status(OWN)["folder"]
    found = [line for line in loops.splitlines() if f"{folder}/" in line]
    found += [
        line for line in Path("/proc/mounts").read_text().splitlines() if folder in line or PREFIX in line
    ]
    found += [str(path) for path in Path("/sys/class/net").glob(PREFIX)]
    found += [str(path) for path in Path("/run/netns").glob(f"{PREFIX}*")]
    found += [str(path) for depth in ("", "*/") for path in Path("/sys/fs/cgroup").glob(depth + PREFIX)]
    return found + [str(path) for path in (Path(folder),) if path.exists()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_down_leaves_no_trace_though_a_container_is_frozen_and_all_records_are_lost(
    delta: dict[str, Any],
) -> None:
    lab_command("exec", "delta", "--", "sh", "-ec", PAUSED_CONTAINER, number=OWN)
    lab_command("fault", "delta", "engine-hung", number=OWN)
    assert len(traces()) >= 5
    (Path(lab_status(OWN)["folder"]) / "hosts/delta/host.json").unlink()
    lab_command("down", number=OWN)
    assert traces() == []
    assert not is_alive(delta["pid"])
    assert not is_alive(delta["initPid"])


@pytest.mark.parametrize("victim", ["pid", "initPid"])
def test_a_killed_host_comes_back_with_its_keys_and_its_disk(delta: dict[str, Any], victim: str) -> None:
    lab_command("exec", "delta", "--", "sh", "-ec", PAUSED_CONTAINER, number=OWN)
    lab_command("exec", "delta", "--", "touch", "/root/kept", "/var/lib/docker/kept", number=OWN)
    lab_command("fault", "delta", "no-docker", number=OWN)
    os.kill(delta[victim], signal.SIGKILL)
    back = bring_up_delta()
    assert back["pid"] != delta["pid"]
    assert back["hostKeys"] == delta["hostKeys"]
    assert back["faults"] == []
    lab_command("exec", "delta", "--", "ls", "/root/kept", "/var/lib/docker/kept", number=OWN)


def test_a_process_that_got_the_pid_of_a_dead_host_is_neither_believed_nor_killed(
    delta: dict[str, Any],
) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        record = Path(lab_status(OWN)["folder"]) / "hosts/delta/host.json"
        record.write_text(json.dumps(json.loads(record.read_text()) | {"pid": stranger.pid}))
        (told,) = lab_status(OWN)["hosts"]
        assert not told["isUp"]
        lab_command("down", number=OWN)
        assert stranger.poll() is None
        stranger.terminate()


def test_down_may_be_said_to_a_lab_that_is_down() -> None:
    lab_command("down", number=OWN)
    assert traces() == []
