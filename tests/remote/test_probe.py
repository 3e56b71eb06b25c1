"""probe.sh in every POSIX shell at hand, against Docker programs that behave as the real ones were recorded."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from daoflow_core.model.facts import Fault
from daoflow_core.model.host import Section
from daoflow_core.parse.docker import read_compose, read_engine, read_swarm
from daoflow_core.parse.host import read_load, read_os
from daoflow_core.parse.probe import ReplyReader
from daoflow_core.remote import SECTIONS, probe_line, probe_script

RECORDED = Path(__file__).parent.parent / "recorded" / "docker"
VERSIONS = ("20.10.24", "28.2.2")
SHELLS = {
    "dash": ["dash"],
    "bash": ["bash"],
    "bash --posix": ["bash", "--posix"],
    "busybox ash": ["busybox", "ash"],
    "mksh": ["mksh"],
}
TOOLS = ("sleep", "ls", "id", "df", "nproc", "cat", "true", "env", "sh", "head", "yes", "printf")


@dataclass
class Host:
    """A host to probe: its own bin folder is the whole PATH."""

    shell: list[str]
    folder: Path

    def program(self, name: str, body: str) -> None:
        path = self.folder / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text("#!/bin/sh\n" + body)
        path.chmod(0o755)

    def docker(
        self, *, version: str = "echo dft=28.2.2", info: str = "", compose: str = "echo 2.36.2"
    ) -> None:
        self.program(
            "docker",
            f'case "$1 $2" in\n"version --format") {version} ;;\n"info --format") {info or "exit 1"} ;;\n'
            f'"compose version") {compose} ;;\n-H*) echo dft=$2 | head -c 30; echo ;;\nesac\n',
        )

    def probe(
        self, *sections: str, checks: int = 1, before: str = "dft_limit=1\n", **env: str
    ) -> list[dict[str, Section]]:
        lines = [probe_line(f"n{number}", sections) for number in range(checks)]
        home = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder)}
        done = subprocess.run(
            [*self.shell, "-s"],
            input=(probe_script() + before + "".join(lines)).encode(),
            env={**home, **env},
            capture_output=True,
            timeout=30,
        )
        assert done.stderr == b"", done.stderr
        replies = [ReplyReader(f"n{number}").feed(done.stdout) for number in range(checks)]
        assert None not in replies, done.stdout
        return replies

    def ask(self, section: str, **env: str) -> Section:
        return self.probe(section, **env)[0][section]


@pytest.fixture(params=SHELLS)
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Host:
    name, *options = SHELLS[request.param]
    where = shutil.which(name)
    if where is None:
        pytest.skip(f"no {name} here")
    (tmp_path / "bin").mkdir()
    for tool in (*TOOLS, "timeout"):
        if real := shutil.which(tool):
            (tmp_path / "bin" / tool).symlink_to(real)
    return Host([where, *options], tmp_path)


def recorded(name: str) -> str:
    """Shell that does what the real program did: its output, its errors, its exit status."""
    status, _, rest = (RECORDED / f"{name}.txt").read_text().partition("--- stdout\n")
    out, _, err = rest.partition("--- stderr\n")
    quoted_out, quoted_err = (text.replace("'", "'\\''") for text in (out, err))
    return f"printf '%s' '{quoted_out}'; printf '%s' '{quoted_err}' >&2; exit {status.split()[1]}"


# ---- Docker ----


def test_docker_that_answers(host: Host) -> None:
    host.docker(version="echo dft=20.10.24+dfsg1")
    facts = read_engine(host.ask("docker"))
    assert (facts.version, facts.way, facts.fault) == ("20.10.24+dfsg1", "plain", None)


def test_warnings_around_the_answer_do_no_harm(host: Host) -> None:
    host.docker(version="echo 'WARNING: Error loading config file' >&2; echo dft=28.2.2; echo noise >&2")
    assert read_engine(host.ask("docker")).version == "28.2.2"


def test_docker_missing(host: Host) -> None:
    assert read_engine(host.ask("docker")).fault is Fault.MISSING
    assert read_compose(host.ask("compose")).fault is Fault.MISSING


@pytest.mark.parametrize("version", VERSIONS)
def test_daemon_down(version: str, host: Host) -> None:
    host.docker(version=recorded(f"{version}-version-down"), info=recorded(f"{version}-info-down"))
    reply = host.probe("docker", "compose", "swarm")[0]
    assert read_engine(reply["docker"]).fault is Fault.DOWN
    assert reply["docker"].value.startswith("Cannot connect to the Docker daemon")
    assert read_compose(reply["compose"]).version == "2.36.2"
    assert read_swarm(reply["swarm"]).fault is Fault.SKIPPED
    assert read_swarm(host.ask("swarm")).fault is Fault.DOWN


@pytest.mark.parametrize("version", VERSIONS)
def test_permission_denied_without_sudo(version: str, host: Host) -> None:
    host.docker(version=recorded(f"{version}-version-denied"))
    section = host.ask("docker")
    assert read_engine(section).fault is Fault.DENIED
    assert section.value.endswith("; and there is no sudo")


def test_permission_denied_and_sudo_asks_for_a_password(host: Host) -> None:
    host.docker(version=recorded("28.2.2-version-denied"))
    host.program("sudo", "echo 'sudo: a password is required' >&2; exit 1\n")
    section = host.ask("docker")
    assert section.status == 126
    assert section.value.startswith("permission denied")
    assert section.value.endswith("; and sudo: a password is required")


AS_ROOT = '[ -n "$ROOT" ] && {{ echo dft=28.2.2; exit; }}; {}'


def sudo(only_docker: bool) -> str:
    guard = (
        '[ "$1" = docker ] || { echo "sudo: a password is required" >&2; exit 1; }\n' if only_docker else ""
    )
    return f'shift\n{guard}echo used >>"$HOME/sudo"\nROOT=yes; export ROOT; exec "$@"\n'


@pytest.mark.parametrize("only_docker", [False, True])
def test_sudo_without_a_password_is_used_and_remembered(only_docker: bool, host: Host) -> None:
    denied = recorded("28.2.2-version-denied")
    tried = 'echo tried >>"$HOME/plain"; '
    host.docker(version=AS_ROOT.format(tried + denied), info='[ -n "$ROOT" ] && echo "dft=active true"')
    host.program("sudo", sudo(only_docker))
    first, second = host.probe("docker", "swarm", checks=2)
    assert (read_engine(first["docker"]).way, read_engine(second["docker"]).way) == ("sudo", "sudo")
    assert read_swarm(second["swarm"]).manager is True
    assert (host.folder / "plain").read_text() == "tried\n"


def test_rootless_socket_is_found(host: Host) -> None:
    host.docker(version=recorded("28.2.2-version-down"))
    with socket.socket(socket.AF_UNIX) as listener:
        place = host.folder / "r"
        place.mkdir()
        listener.bind(str(place / "docker.sock"))
        host.program(
            "docker",
            f'[ "$1" = -H ] && {{ echo dft=27.0.3; exit; }}\n{recorded("28.2.2-version-down")}\n',
        )
        facts = read_engine(host.ask("docker", XDG_RUNTIME_DIR=str(place)))
    assert (facts.version, facts.way) == ("27.0.3", "rootless")


@pytest.mark.parametrize("with_timeout", [True, False])
@pytest.mark.parametrize("stubborn", [False, True])
def test_hung_docker_is_timed_out_and_the_shell_lives_on(
    stubborn: bool, with_timeout: bool, host: Host
) -> None:
    if not with_timeout:
        (host.folder / "bin" / "timeout").unlink()
    trap = "trap '' TERM; " if stubborn else ""
    host.docker(version=f"{trap}exec sleep 60")
    began = time.monotonic()
    reply, again = host.probe("docker", "compose", "swarm", checks=1), host.probe("os")
    assert time.monotonic() - began < 10
    facts = read_engine(reply[0]["docker"])
    assert (facts.fault, facts.words) == (Fault.HUNG, "no answer within 1 s")
    assert read_compose(reply[0]["compose"]).version == "2.36.2"
    assert read_swarm(reply[0]["swarm"]).fault is Fault.SKIPPED
    assert again


def test_docker_that_is_killed_early_is_no_time_out(host: Host) -> None:
    host.docker(version="kill -KILL $$")
    section = host.probe("docker", before="dft_limit=9\n")[0]["docker"]
    assert (section.status, read_engine(section).fault) == (137, Fault.OTHER)


def test_program_that_reads_its_stdin_does_not_eat_the_script(host: Host) -> None:
    host.docker(version="cat >/dev/null; echo dft=28.2.2", compose="cat; echo 2.36.2")
    first, second = host.probe("docker", "compose", checks=2)
    assert read_engine(first["docker"]).version == read_engine(second["docker"]).version == "28.2.2"


def test_value_may_hold_bars_and_is_cut_at_a_thousand_bytes(host: Host) -> None:
    host.docker(version="echo 'a|b|c' >&2; exit 3")
    assert (host.ask("docker").status, host.ask("docker").value) == (3, "a|b|c")
    host.docker(version="yes x | head -c 9000 | while read -r l; do printf '%s' \"$l$l$l\"; done >&2; exit 3")
    assert len(host.ask("docker").value) == 1000


# ---- Compose ----


@pytest.mark.parametrize("version", VERSIONS)
def test_compose_plugin_missing(version: str, host: Host) -> None:
    host.docker(compose=recorded(f"{version}-compose-missing"))
    assert read_compose(host.ask("compose")).fault is Fault.MISSING


@pytest.mark.parametrize("words", ["1.29.2", "2.26.1"])
def test_compose_as_a_standalone_program_only(words: str, host: Host) -> None:
    host.docker(compose=recorded("20.10.24-compose-missing"))
    host.program("docker-compose", f"echo {words}\n")
    facts = read_compose(host.ask("compose"))
    assert (facts.fault, facts.words) == (Fault.STANDALONE, words)


def test_compose_hangs(host: Host) -> None:
    host.docker(compose="exec sleep 60")
    facts = read_compose(host.ask("compose"))
    assert (facts.fault, facts.words) == (Fault.HUNG, "no answer within 1 s")


def test_compose_that_answers_nonsense_is_an_error_not_a_version(host: Host) -> None:
    host.docker(compose="echo hello")
    facts = read_compose(host.ask("compose"))
    assert (facts.version, facts.fault, facts.words) == (None, Fault.OTHER, "hello")


def test_compose_is_asked_again_only_when_its_binary_changed(host: Host) -> None:
    host.docker(compose='echo asked >>"$HOME/asked"; echo v2.36.2')
    plugin = host.folder / ".docker" / "cli-plugins" / "docker-compose"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("one")
    line = probe_line("n9", ["compose"])
    again = f"{line}echo longer >{plugin}\n"
    replies = host.probe("compose", checks=2, before=again)
    assert [read_compose(reply["compose"]).version for reply in replies] == ["2.36.2", "2.36.2"]
    assert (host.folder / "asked").read_text().count("asked") == 2


# ---- Swarm, system, load ----


@pytest.mark.parametrize(
    ("said", "state", "manager"),
    [
        ("active true", "active", True),
        ("active false", "active", False),
        ("inactive false", "inactive", False),
    ],
)
def test_swarm_states(said: str, state: str, manager: bool, host: Host) -> None:
    host.docker(info=f"echo 'dft={said}'")
    facts = read_swarm(host.probe("docker", "swarm")[0]["swarm"])
    assert (facts.state, facts.manager) == (state, manager)


def test_this_machine_is_described(host: Host) -> None:
    reply = host.probe("os", "res")[0]
    assert read_os(reply["os"]).kernel == Path("/proc/sys/kernel/osrelease").read_text().strip()
    load = read_load(reply["res"])
    cores = subprocess.run(["nproc"], capture_output=True, text=True).stdout.strip()
    disk = subprocess.run(["df", "-Pk", "/"], capture_output=True, text=True).stdout.split()[-2]
    assert str(load.cores) == cores
    assert abs((load.disk_percent or 0) - int(disk.rstrip("%"))) <= 1
    assert load.memory_percent is not None
    assert load.cpu_percent is not None


def test_part_that_can_t_be_read_is_unknown_never_zero(host: Host) -> None:
    host.program("df", "exit 1\n")
    host.program("nproc", "exit 1\n")
    reply = host.probe("os", "res", DFT_ROOT=str(host.folder / "nowhere"))[0]
    assert reply["res"].value == "cores=? load=? memtotal=? memavailable=? df=?"
    assert reply["os"].value == "kernel=? name=?"
    assert read_load(reply["res"]).disk_percent is None


def test_old_kernel_without_memory_available(host: Host) -> None:
    (host.folder / "proc").mkdir()
    (host.folder / "proc" / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 10 kB\n")
    value = host.ask("res", DFT_ROOT=str(host.folder)).value
    assert "memtotal=1000 memavailable=? " in value


def test_unusual_os_release_files(host: Host) -> None:
    (host.folder / "usr" / "lib").mkdir(parents=True)
    (host.folder / "usr" / "lib" / "os-release").write_text("ID=x\nPRETTY_NAME='Quoted | Linux 3'")
    assert read_os(host.ask("os", DFT_ROOT=str(host.folder))).name == "Quoted | Linux 3"
    (host.folder / "usr" / "lib" / "os-release").write_text("PRETTY_NAME=Plain\n")
    assert read_os(host.ask("os", DFT_ROOT=str(host.folder))).name == "Plain"


def test_probe_line_refuses_what_is_no_nonce_or_section() -> None:
    assert probe_line("a1", SECTIONS) == "dft_probe a1 os res docker compose swarm\n"
    for nonce, section in (("a b", "os"), ("", "os"), ("$(x)", "os"), ("a", "reboot")):
        with pytest.raises(ValueError):
            probe_line(nonce, [section])
