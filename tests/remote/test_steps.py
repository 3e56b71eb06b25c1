"""steps.sh in every POSIX shell at hand: how each step ended is told truly, and its output stays whole."""

from __future__ import annotations

import time

import pytest

from daoflow_core.model.steps import MISSING, NO_PERMISSION, TIMED_OUT


def test_streams_status_and_command_of_each_step_come_back_apart(step_host):
    step_host.program("talk", 'echo "out $1"; echo "err $1" >&2; exit $2\n')
    reply = step_host.run(then="dft_step one talk a 0\ndft_step two talk b 7")
    assert reply.whole
    assert [(one.name, one.command, one.status) for one in reply.steps.values()] == [
        ("one", "talk a 0", 0),
        ("two", "talk b 7", 7),
    ]
    assert (reply["one"].stdout, reply["one"].stderr) == (b"out a", b"err a")
    assert (reply["two"].stdout, reply["two"].stderr) == (b"out b", b"err b")
    assert all(one.seconds is not None and 0 <= one.seconds < 2 for one in reply.steps.values())


def test_a_step_that_failed_does_not_end_the_script(step_host):
    reply = step_host.run(then="dft_step one sh -c 'exit 9'\ndft_step two true")
    assert (reply.whole, reply["one"].status, reply["two"].status) == (True, 9, 0)


def test_output_without_a_line_end_stays_whole(step_host):
    reply = step_host.run(
        then="dft_step one printf 'no end'\ndft_step two sh -c 'printf half >&2'\ndft_step three true"
    )
    assert (reply["one"].stdout, reply["two"].stderr) == (b"no end", b"half")
    assert (reply["three"].stdout, reply["three"].status) == (b"", 0)


@pytest.mark.parametrize("with_timeout", [True, False])
@pytest.mark.parametrize("trap", ["", "trap '' TERM; "])
def test_a_step_past_its_time_is_124_and_the_next_one_runs(step_host, with_timeout, trap):
    if not with_timeout:
        step_host.without("timeout")
    step_host.program("hang", f"{trap}echo begun; exec sleep 30\n")
    began = time.monotonic()
    reply = step_host.run(then="dft_step one hang\ndft_step two true", limit=1)
    assert time.monotonic() - began < 8
    assert (reply["one"].status, reply["one"].stdout) == (TIMED_OUT, b"begun")
    assert (reply["two"].status, reply.whole) == (0, True)


def test_a_missing_program_is_127_and_a_forbidden_one_126(step_host):
    (step_host.programs / "forbidden").write_text("#!/bin/sh\n")
    reply = step_host.run(then="dft_step one nowhere\ndft_step two forbidden")
    assert (reply["one"].status, reply["two"].status) == (MISSING, NO_PERMISSION)


def test_a_missing_program_is_127_without_a_timeout_program_too(step_host):
    step_host.without("timeout")
    assert step_host.run(then="dft_step one nowhere")["one"].status == MISSING


def test_a_program_killed_early_is_no_time_out(step_host):
    step_host.program("dies", "kill -KILL $$\n")
    reply = step_host.run(then="dft_step one dies", limit=9)
    assert reply["one"].status == 137


def test_a_step_does_not_read_what_the_shell_reads(step_host):
    reply = step_host.run(
        then="dft_step one cat\nread -r line\ndft_step two printf '%s' \"$line\"", stdin=b"mine\n"
    )
    assert (reply["one"].stdout, reply["two"].stdout) == (b"", b"mine")


def test_words_with_blanks_quotes_and_dollars_reach_the_program_as_they_are(step_host):
    step_host.program("show", 'for word in "$@"; do printf "<%s>" "$word"; done\n')
    reply = step_host.run(then="""dft_step one show 'a  b' '$HOME' "it's" '*' '{{json .}}'""")
    assert reply["one"].stdout == b"<a  b><$HOME><it's><*><{{json .}}>"


def test_a_forged_frame_in_the_output_is_output(step_host):
    step_host.program("forge", "printf '#dft other exit one 0 1 1\\n#dft other end\\n'; exit 4\n")
    reply = step_host.run(then="dft_step one forge")
    assert reply["one"].status == 4
    assert reply["one"].stdout == b"#dft other exit one 0 1 1\n#dft other end"


def test_without_an_uptime_the_seconds_are_not_known(step_host):
    reply = step_host.run(then="dft_uptime() { dft_now=-; }\ndft_step one true")
    assert (reply["one"].status, reply["one"].seconds) == (0, None)


# ---- Docker ----

ENGINE = 'case "$1 $2" in "version --format") echo dft=26.1.5 ;; *) echo "docker $*" ;; esac\n'
DENIED = 'echo "permission denied while trying to connect to the Docker daemon socket" >&2; exit 1\n'
STEP = "dft_reach_docker && dft_docker_step one ps -aq"


def test_docker_that_answers_is_asked_as_it_is(step_host):
    step_host.program("docker", ENGINE)
    reply = step_host.run(then=STEP)
    assert (reply["engine"].status, reply["engine"].stdout) == (0, b"plain 26.1.5")
    assert (reply["one"].command, reply["one"].stdout) == ("docker ps -aq", b"docker ps -aq")


def test_docker_behind_sudo_is_asked_by_sudo_under_root_s_own_time_limit(step_host):
    step_host.program("docker", f'[ -n "$ROOT" ] || {{ {DENIED.strip()}; }}\n{ENGINE}')
    step_host.program("sudo", 'shift; ROOT=yes; export ROOT; exec "$@"\n')
    reply = step_host.run(then=STEP)
    assert reply["engine"].stdout == b"sudo 26.1.5"
    assert reply["one"].command.endswith("timeout -k 1 2 docker ps -aq")
    assert reply["one"].stdout == b"docker ps -aq"


def test_docker_that_refuses_ends_the_chain_with_its_words(step_host):
    step_host.program("docker", DENIED)
    reply = step_host.run(then=STEP)
    assert reply["engine"].status == NO_PERMISSION
    assert reply["engine"].stderr.startswith(b"permission denied")
    assert (reply["one"].status, reply.whole) == (None, True)


def test_docker_that_is_not_there_is_127(step_host):
    reply = step_host.run(then=STEP)
    assert (reply["engine"].status, reply["engine"].stderr) == (MISSING, b"docker: command not found")


def test_a_hung_docker_is_124_and_is_not_asked_again(step_host):
    step_host.program("docker", 'echo asked >>"$HOME/asked"; exec sleep 30\n')
    reply = step_host.run(then=STEP, limit=1)
    assert (reply["engine"].status, "one" in reply.steps) == (TIMED_OUT, False)
    assert (step_host.folder / "asked").read_text() == "asked\n"
