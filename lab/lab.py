"""A lab of real SSH and Docker hosts on this machine: python3 lab/lab.py --help."""

import argparse
import fcntl
import json
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from realhosts import bases, faults, hosts, inside, network, records, report, requirements, swarm, teardown
from realhosts.commands import LabError
from realhosts.places import Lab, lab_from_environment

USUAL_HOSTS = ["alpha", "beta", "gamma"]


def main() -> int:
    """Run one command; say what went wrong in a sentence and exit with 1."""
    try:
        lab = lab_from_environment()
        options = _parser().parse_args()
        command: Callable[[Lab, argparse.Namespace], int] = options.command
        return command(lab, options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def up(lab: Lab, options: argparse.Namespace) -> int:
    """Bring hosts up, healed and answering; those that are, stay as they are."""
    requirements.require()
    wishes = [hosts.parse_wish(wish) for wish in options.names or USUAL_HOSTS]
    with _alone(lab):
        with _locked(lab.folder / "bases.lock"):
            bases.remove_stale_bases(lab, records.bases_in_use(lab.folder))
            bases.ensure_bases(lab, {suite for _, suite in wishes})
        network.ensure_switch(lab)
        hosts.ensure_client_key(lab)
        made = [hosts.start(lab, hosts.ensure_host(lab, name, suite)) for name, suite in wishes]
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda host: _make_ready(lab, host), made))
    print(report.as_text(lab))
    return 0


def down(lab: Lab, _options: argparse.Namespace) -> int:
    """Take the whole lab away; only the bases stay."""
    requirements.require()
    with _alone(lab):
        teardown.take_down(lab)
    return 0


def status(lab: Lab, options: argparse.Namespace) -> int:
    """Tell what is up."""
    print(json.dumps(report.status(lab), indent=2) if options.json else report.as_text(lab))
    return 0


def fault(lab: Lab, options: argparse.Namespace) -> int:
    """Break a host in one way."""
    with _alone(lab):
        faults.strike(lab, records.require_up(lab, options.name), options.kind)
    return 0


def heal(lab: Lab, options: argparse.Namespace) -> int:
    """Undo one fault of a host, or all."""
    with _alone(lab):
        faults.heal(lab, records.require_up(lab, options.name), options.kind)
    return 0


def pardon(lab: Lab, options: argparse.Namespace) -> int:
    """Let a host's sshd forget whom it punishes."""
    with _alone(lab):
        faults.pardon(records.require_up(lab, options.name))
    return 0


def execute(lab: Lab, options: argparse.Namespace) -> int:
    """Become a command inside a host."""
    inside.become(records.require_up(lab, options.name), options.words)


def sshd_log(lab: Lab, options: argparse.Namespace) -> int:
    """Print what a host's sshd logged, or a mark for where its log ends now."""
    host = records.require_up(lab, options.name)
    print(inside.sshd_log_mark(host) if options.mark else inside.sshd_log(host, options.after), end="")
    return 0


def swarm_init(lab: Lab, options: argparse.Namespace) -> int:
    """Make a swarm of hosts that are up."""
    with _alone(lab):
        members = [records.require_up(lab, name) for name in (options.manager, *options.workers)]
        swarm.form_swarm(members[0], members[1:])
    return 0


def swarm_leave(lab: Lab, options: argparse.Namespace) -> int:
    """Take hosts out of their swarm."""
    with _alone(lab):
        swarm.leave_swarm([records.require_up(lab, name) for name in options.names])
    return 0


def check(_lab: Lab, _options: argparse.Namespace) -> int:
    """Say what keeps the lab from running here and how to change that."""
    found = requirements.obstacles()
    print("\n".join(found) if found else "The lab can run here.")
    return 1 if found else 0


def install(_lab: Lab, _options: argparse.Namespace) -> int:
    """Install the Debian packages that the lab needs."""
    requirements.install()
    return check(_lab, _options)


def _make_ready(lab: Lab, host: records.Host) -> None:
    """Wait for a host; one that was left broken is healed first."""
    hosts.wait_booted(lab, host)
    faults.heal(lab, host)


@contextmanager
def _alone(lab: Lab) -> Iterator[None]:
    """Let one command at a time change this lab."""
    lab.folder.mkdir(parents=True, exist_ok=True)
    with _locked(lab.folder / f"lab-{lab.number}.lock"):
        yield


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab.py", description="Real SSH and Docker hosts on this machine.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add(commands, "up", up).add_argument(
        "names", nargs="*", metavar="NAME[:SUITE]", help="default: alpha beta gamma"
    )
    _add(commands, "down", down)
    _add(commands, "status", status).add_argument("--json", action="store_true", help="for programs")
    kinds = "; ".join(f"{kind}: {each.shows}" for kind, each in faults.FAULTS.items())
    for name, function, count in (("fault", fault, None), ("heal", heal, "?")):
        parts = _add(commands, name, function)
        parts.add_argument("name")
        parts.add_argument("kind", nargs=count, help=kinds)
    _add(commands, "pardon", pardon).add_argument("name")
    parts = _add(commands, "exec", execute)
    parts.add_argument("name")
    parts.add_argument("words", nargs="+", metavar="-- COMMAND")
    parts = _add(commands, "sshd-log", sshd_log)
    parts.add_argument("name")
    parts.add_argument(
        "--mark", action="store_true", help="print a mark for the log's end instead of the log"
    )
    parts.add_argument("--after", metavar="MARK", help="print only what was logged after a mark")
    _add_swarm(commands)
    _add(commands, "check", check)
    _add(commands, "install", install)
    return parser


def _add_swarm(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parts = commands.add_parser("swarm", help="Make or leave a swarm.").add_subparsers(
        required=True, metavar="COMMAND"
    )
    init = _add(parts, "init", swarm_init)
    init.add_argument("manager")
    init.add_argument("workers", nargs="*")
    _add(parts, "leave", swarm_leave).add_argument("names", nargs="+")


def _add(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    function: Callable[[Lab, argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
    parser.set_defaults(command=function)
    return parser


if __name__ == "__main__":
    sys.exit(main())
