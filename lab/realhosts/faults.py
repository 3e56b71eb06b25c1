"""Breaking hosts in the ways that hosts break, and healing them."""

from dataclasses import dataclass, replace

from realhosts.commands import LabError
from realhosts.hosts import wait_answering
from realhosts.inside import script_inside
from realhosts.places import Lab
from realhosts.records import Host, save

COMPOSE = "/usr/libexec/docker/cli-plugins/docker-compose"
OLD_KEYS = "/etc/ssh/before-the-change"
ENGINE_PID = "pid=$(systemctl show --property=MainPID --value docker.service)\n"
# Without a reset systemd refuses a unit that was started a few times within a minute.
ENGINE_UNITS = "docker.socket docker.service"
START_ENGINE = f"systemctl reset-failed {ENGINE_UNITS}\nsystemctl start {ENGINE_UNITS}\n"
MACHINE = "machine=$(ip -4 -o addr show eth0 | awk '{ sub(/[0-9]+\\/.*/, \"1\", $4); print $4 }')\n"
RESTART_SSHD = "systemctl reset-failed ssh.service\nsystemctl restart ssh.service\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """Holds what a fault shows to a client, and the scripts that make and undo it; both may run twice."""

    shows: str
    strike: str
    heal: str


def _move(source: str, target: str) -> str:
    return f"[ ! -e {source} ] || mv {source} {target}\n"


def _firewall(*rules: str) -> tuple[str, str]:
    """Make the script that puts rules first in their chains, and the one that takes them away."""
    strike = "".join(f"iptables -C {rule} 2>/dev/null || iptables -I {rule}\n" for rule in rules)
    heal = "".join(f"while iptables -C {rule} 2>/dev/null; do iptables -D {rule}; done\n" for rule in rules)
    return strike, heal


FAULTS = {
    "engine-hung": Fault(
        "docker commands never answer",
        ENGINE_PID + '[ "$pid" -gt 0 ]; kill -STOP "$pid"\n'
        'until grep -q "^State:.T" "/proc/$pid/status"; do sleep 0.05; done\n',
        ENGINE_PID + '[ "$pid" -eq 0 ] || kill -CONT "$pid"\n',
    ),
    "engine-stopped": Fault(
        "docker commands say that they cannot connect to the daemon",
        f"systemctl stop {ENGINE_UNITS}\n",
        START_ENGINE,
    ),
    "no-compose": Fault(
        "docker knows no command compose",
        _move(COMPOSE, f"{COMPOSE}.away"),
        _move(f"{COMPOSE}.away", COMPOSE),
    ),
    "no-docker": Fault(
        "docker: command not found",
        _move("/usr/bin/docker", "/usr/bin/docker.away"),
        _move("/usr/bin/docker.away", "/usr/bin/docker"),
    ),
    "host-key-changed": Fault(
        "sshd shows new host keys of every algorithm; healing brings the old ones back",
        f"if [ ! -d {OLD_KEYS} ]; then\nmkdir {OLD_KEYS}; mv /etc/ssh/ssh_host_* {OLD_KEYS}\n"
        f"ssh-keygen -A\n{RESTART_SSHD}fi\n",
        f"if [ -d {OLD_KEYS} ]; then\nmv -f {OLD_KEYS}/* /etc/ssh/; rmdir {OLD_KEYS}\n{RESTART_SSHD}fi\n",
    ),
    "blackhole": Fault(
        "packets vanish: connections time out and sessions fall silent",
        *_firewall("INPUT -i eth0 -j DROP", "OUTPUT -o eth0 -j DROP"),
    ),
    "jump-host-only": Fault(
        "packets from this machine vanish, the other hosts of the lab are answered",
        *(MACHINE + script for script in _firewall('INPUT -i eth0 -s "$machine" -j DROP')),
    ),
    "refused": Fault(
        "connections to port 22 are reset at once, running sessions too",
        *_firewall("INPUT -p tcp --dport 22 -j REJECT --reject-with tcp-reset"),
    ),
    "sshd-stopped": Fault(
        "no new connection is taken, running sessions go on",
        "systemctl stop ssh.service\n",
        "systemctl reset-failed ssh.service\nsystemctl start ssh.service\n",
    ),
}


def strike(lab: Lab, host: Host, kind: str) -> Host:
    """Break a host; the record comes first, so that a fault that was cut short is healed too."""
    _require_kind(kind)
    struck = save(lab, replace(host, faults=tuple(sorted({*host.faults, kind}))))
    script_inside(host, FAULTS[kind].strike)
    return struck


def heal(lab: Lab, host: Host, kind: str | None = None) -> Host:
    """Undo one fault, or all; when none is left, wait until SSH and Docker answer."""
    if kind:
        _require_kind(kind)
    kinds = (kind,) if kind else host.faults
    for each in kinds:
        script_inside(host, FAULTS[each].heal)
    healed = save(lab, replace(host, faults=tuple(each for each in host.faults if each not in kinds)))
    return healed if healed.faults else wait_answering(lab, healed)


def pardon(host: Host) -> None:
    """Let sshd forget which addresses it punishes (OpenSSH 9.8 and later); running sessions go on."""
    script_inside(host, RESTART_SSHD)


def _require_kind(kind: str) -> None:
    if kind not in FAULTS:
        raise LabError(f"{kind!r} is no fault: use {', '.join(FAULTS)}.")
