"""`stack.sh` in every shell: the file goes to Docker's standard input, and nothing of it is in an argument or a step."""

from __future__ import annotations

import json

import pytest

from daoflow_core.model.stack import StackTarget
from daoflow_core.services.stack_script import (
    applying_script,
    looking_script,
    planning_script,
    removing_script,
)

from .conftest import StepHost

SECRET = "s3cr3t $x `id` 'q' \\n é"
FILE = json.dumps({"services": {"web": {"image": "a", "environment": {"PW": SECRET}}}}, ensure_ascii=False)
DOCKER = r"""
printf '%s\n' "$*" >>"$HOME/arguments"
case "$*" in
    'version --format '*) echo dft=26.1.5 ;;
    'compose version --short') echo 2.26.1 ;;
    *' -f - '* | 'stack deploy '* | 'stack config '*) cat >"$HOME/fed"; cat "$HOME/fed" ;;
    'stack --help') echo '  config      Outputs the final config file' ;;
    'info '*) echo 'active true 1' ;;
    *' ls -aq '* | 'service ls -q '*) echo one ;;
    *'inspect '*) echo '["web","/shop-web-1","a","running",0,0,"t","","no"]' ;;
esac
"""


@pytest.fixture
def host(step_host: StepHost) -> StepHost:
    step_host.program("docker", DOCKER)
    step_host.program("ls", 'exec /bin/ls "$@"\n')
    return step_host


@pytest.fixture(params=["plain", "sudo", "sudo-docker", "without timeout"])
def way(request: pytest.FixtureRequest, host: StepHost) -> str:
    """How Docker is reached; each of them has to pass the file on."""
    if request.param.startswith("sudo"):
        only = "case $2 in docker) ;; *) echo 'sudo: a password is required' >&2; exit 1 ;; esac\n"
        refuse = "[ -n \"$AS_ROOT\" ] || { echo 'permission denied' >&2; exit 1; }\n"
        host.program("docker", refuse + DOCKER)
        rule = only if request.param == "sudo-docker" else ""
        host.program("sudo", f'{rule}export AS_ROOT=1\nshift; exec "$@"\n')
    if request.param == "without timeout":
        if "mksh" in host.shell[0]:
            pytest.skip("the watchdog of ask.sh may keep mksh waiting for its whole limit")
        host.without("timeout")
    return str(request.param)


@pytest.mark.parametrize("target", list(StackTarget))
def test_a_file_is_fed_whole_and_shown_nowhere(host, way, target):
    reply = host.run("stack", then=applying_script(target, "shop", FILE, 5))
    assert reply.whole
    assert reply["apply"].status == 0, reply["apply"]
    assert (host.folder / "fed").read_text() == FILE
    assert "s3cr3t" not in (host.folder / "arguments").read_text()
    assert "s3cr3t" not in "".join(step.command for step in reply.steps.values())
    assert "shop" in reply["apply"].command


@pytest.mark.parametrize("target", list(StackTarget))
def test_what_a_validation_prints_is_thrown_away(host, target):
    reply = host.run("stack", then=planning_script(target, "shop", FILE, ["/", "/no such place"]))
    assert reply.whole
    assert reply["validate"].status == 0
    assert (host.folder / "fed").read_text() == FILE
    assert not any(b"s3cr3t" in step.stdout + step.stderr for step in reply.steps.values())
    assert (reply["place-0"].status, reply["place-1"].succeeded) == (0, False)


def test_the_user_s_own_settings_decide_nothing(host):
    host.program(
        "docker", 'echo "${COMPOSE_FILE-unset} ${COMPOSE_PROFILES-unset} $PWD" >>"$HOME/seen"\n' + DOCKER
    )
    script = removing_script(StackTarget.COMPOSE, "shop", 5)
    host.run("stack", then=script, COMPOSE_FILE="/x.yml", COMPOSE_PROFILES="debug")
    assert set((host.folder / "seen").read_text().splitlines()) == {"unset unset /"}


@pytest.mark.parametrize("target", list(StackTarget))
def test_a_listing_that_fails_is_a_failed_step(host, target):
    host.program("docker", 'case "$*" in version*) echo dft=1 ;; *) echo broken >&2; exit 1 ;; esac\n')
    reply = host.run("stack", then=looking_script(target, "shop"))
    name = "containers" if target is StackTarget.COMPOSE else "specs"
    assert (reply[name].status, reply[name].stderr.strip()) == (1, b"broken")
