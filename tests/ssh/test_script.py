"""The frame around a script keeps its promises under every shell that may be `sh` on a host."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from tests.ssh.parts import lives

from daoflow_core.script_frame import wrap

SHELLS = [["dash"], ["bash", "--posix"], ["busybox", "sh"], ["mksh"]]
BODY = "echo out; echo err >&2; cat; exit 7"


@pytest.fixture(params=SHELLS, ids=lambda shell: shell[0])
def shell(request):
    if shutil.which(request.param[0]) is None:
        pytest.skip(f"{request.param[0]} is not installed")
    return [*request.param, "-s"]


def start(shell, payload: bytes) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    process.stdin.write(payload)
    process.stdin.flush()
    return process


def wait_for(condition, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.02)


@pytest.mark.parametrize("survive", [False, True], ids=["guarded", "surviving"])
def test_streams_and_status_stay_apart_while_the_input_is_open(shell, survive):
    process = start(shell, wrap(BODY, survive=survive))
    assert process.wait(10) == 7
    assert (process.stdout.read(), process.stderr.read()) == (b"out\n", b"err\n")
    process.communicate()


def test_the_end_of_input_ends_a_guarded_script_and_its_children(shell, tmp_path):
    body = f"sleep 600 & echo $! >{tmp_path}/child; echo $$ >{tmp_path}/pid; touch {tmp_path}/on; wait"
    process = start(shell, wrap(body, survive=False))
    wait_for((tmp_path / "on").exists)
    process.communicate(timeout=10)
    wait_for(lambda: not lives(tmp_path / "pid") and not lives(tmp_path / "child"))


@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_the_end_of_input_ends_what_runs_under_a_time_limit_too(shell, tmp_path, trap):
    """GNU timeout takes a process group of its own, which a signal to the script's group does not reach."""
    inner = f"{trap}echo $$ >{tmp_path}/pid; touch {tmp_path}/on; sleep 600; sleep 600"
    process = start(
        shell, wrap(f'timeout -k 1 600 sh -c "{inner.replace("$", chr(92) + "$")}"', survive=False)
    )
    wait_for((tmp_path / "on").exists)
    process.stdin.close()
    wait_for(lambda: not lives(tmp_path / "pid"))
    process.wait(10)
    process.stdout.close()
    process.stderr.close()


def test_a_surviving_script_meets_no_broken_pipe(shell, tmp_path):
    """When the connection goes, so do the far ends of its output."""
    lines = "n=0; while [ $n -lt 30 ]; do echo line; echo line >&2; sleep 0.03; n=$((n+1)); done"
    process = start(shell, wrap(f"touch {tmp_path}/on; {lines}; echo end >{tmp_path}/done", survive=True))
    wait_for((tmp_path / "on").exists)
    for stream in (process.stdin, process.stdout, process.stderr):
        stream.close()
    wait_for((tmp_path / "done").exists)
    process.wait(10)
